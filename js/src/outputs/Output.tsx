import type { ComponentChildren, ComponentType } from "preact";
import type { ValueRef } from "../media";
import { later } from "../more";
import type { ComponentView, Preview } from "../protocol.gen";
import { Picture } from "./image";
import { JsonText } from "./json";
import { List } from "./list";
import { PlainText } from "./text";

export interface OutputProps extends Omit<ValueRef, "digest"> {
  preview: Preview;
  label: string;
  component?: ComponentView | null | undefined;
  /** What more there is to do with it. */
  actions?: ComponentChildren;
  /** Takes one of several away, by its place. */
  remove?: ((index: number) => void) | undefined;
}

export function refOf({
  preview,
  label,
  component,
  actions,
  remove,
  ...ref
}: OutputProps): ValueRef {
  return { ...ref, digest: preview.digest };
}

const Rare = later<OutputProps>((more) => more.Display, PlainText);

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
  const known = component?.type !== "JSON" && !cut && BY_MIME[mime];
  const Display = mime.startsWith("image/") ? Picture : known || Rare;
  return known && items[0] ? <List {...props} /> : <Display {...props} />;
}
