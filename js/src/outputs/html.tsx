import { useCard } from "../context";
import type { OutputProps } from "./Output";
import { ShowButton, useText } from "./text";

/** Foreign HTML: in a frame without scripts, forms or an origin. */
export function Html(props: OutputProps) {
  const { text, load, failure } = useText(props);
  const { tab } = useCard();
  if (text === null) return <ShowButton load={load} failure={failure} />;
  const page = `<!doctype html><meta name="color-scheme" content="light"><style>body{font:13px system-ui;margin:8px}</style>${text}`;
  return (
    <iframe class="daggr-html" title={props.label} sandbox="" srcdoc={page} tabIndex={tab.value} />
  );
}
