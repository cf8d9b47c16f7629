import type { ComponentType } from "preact";
import { later } from "../later";
import type { Preview } from "../protocol.gen";
import { Picture } from "./image";
import type { OutputProps } from "./props";
import { isBrief, PlainText } from "./text";

const Rare = later("Display", PlainText);

const PLAIN: { [Kind in Preview["kind"]]?: ComponentType<OutputProps> } = {
  text: PlainText,
  image: Picture,
};

/** One value. What it is decides how it looks; what is rare is drawn by the second part. */
export function Output(props: OutputProps) {
  const { kind, data, inline } = props.preview;
  if (isBrief(props.preview)) return null;
  const cut = data !== null && !inline && kind !== "image";
  const Shown = (!cut && PLAIN[kind]) || Rare;
  return <Shown {...props} />;
}
