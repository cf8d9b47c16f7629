import temml from "temml";

/** A formula as MathML, which browsers draw themselves; throws what is wrong with it. */
export default (formula: string, display: boolean): string =>
  temml.renderToString(formula, { displayMode: display, throwOnError: true, annotate: false });
