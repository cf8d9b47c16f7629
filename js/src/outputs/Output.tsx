import type { ComponentType } from "preact";
import { later } from "../later";
import type { Preview } from "../protocol.gen";
import { Picture } from "./image";
import { JsonText } from "./json";
import type { OutputProps } from "./props";
import { PlainText } from "./text";

const Rare = later("Display", PlainText);

const PLAIN: { [Kind in Preview["kind"]]?: ComponentType<OutputProps> } = {
  text: PlainText,
  json: JsonText,
  image: Picture,
};

/** One value. What it is decides how it looks; what is rare is drawn by the second part. */
export function Output(props: OutputProps) {
  const { kind, data, inline, note } = props.preview;
  const cut = data !== null && !inline && kind !== "image";
  const Shown = (!cut && !note && PLAIN[kind]) || Rare;
  return <Shown {...props} />;
}
