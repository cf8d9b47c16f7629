import type { ComponentType } from "preact";
import type { ValueRef } from "../media";
import { later } from "../more";
import type { Preview } from "../protocol.gen";
import { Picture } from "./image";
import { JsonText } from "./json";
import { List } from "./list";
import { PlainText } from "./text";

export interface OutputProps extends Omit<ValueRef, "digest"> {
  preview: Preview;
  label: string;
}

export function refOf({ node, port, path, preview, question }: OutputProps): ValueRef {
  return { node, port, path, digest: preview.digest, question };
}

const Colors = later<OutputProps>((more) => more.Colors);
const Html = later<OutputProps>((more) => more.Html, PlainText);
const Markdown = later<OutputProps>((more) => more.Markdown, PlainText);

const BY_MIME: [test: (mime: string) => boolean, display: ComponentType<OutputProps>][] = [
  [(mime) => mime.startsWith("image/"), Picture],
  [(mime) => mime === "application/x-daggr-colors", Colors],
  [(mime) => mime === "text/markdown", Markdown],
  [(mime) => mime === "text/html", Html],
  [(mime) => mime.endsWith("json"), JsonText],
];

/** One value. What it is decides how it looks; what nobody knows is shown as text. */
export function Output(props: OutputProps) {
  const { preview } = props;
  if (preview.items.length > 0) return <List {...props} />;
  const Display = BY_MIME.find(([test]) => test(preview.mime))?.[1] ?? PlainText;
  return <Display {...props} />;
}
