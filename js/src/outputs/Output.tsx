import { later } from "../later";
import { Picture } from "./image";
import type { OutputProps } from "./props";
import { isBrief, PlainText } from "./text";

const Rare = later("Display", PlainText);

/** One value. What it is decides how it looks; what is rare is drawn by the second part. */
export function Output(props: OutputProps) {
  const { kind, data, inline, note } = props.preview;
  if (isBrief(props.preview)) return null;
  const plain = !note && kind === "text" && (inline || data === null);
  const Shown = kind === "image" && !note ? Picture : plain ? PlainText : Rare;
  return <Shown {...props} />;
}
