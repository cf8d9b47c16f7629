import type { ComponentType } from "preact";
import { later } from "../later";
import { Picture } from "./image";
import { JsonText } from "./json";
import { List } from "./list";
import type { OutputProps } from "./props";
import { PlainText } from "./text";

const Rare = later("Display", PlainText);

const BY_MIME: Record<string, ComponentType<OutputProps>> = {
  "text/plain": PlainText,
  "application/json": JsonText,
  "application/x-daggr-list": List,
};

/** One value. What it is decides how it looks; what is rare is drawn by the second part. */
export function Output(props: OutputProps) {
  const { preview, component } = props;
  const { mime, items } = preview;
  const cut = preview.data !== null && !preview.inline;
  const Plain = component?.type !== "JSON" && !cut && BY_MIME[mime];
  const Display = mime.startsWith("image/") ? Picture : Plain || Rare;
  return Plain && items[0] ? <List {...props} /> : <Display {...props} />;
}
