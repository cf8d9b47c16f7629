import type { ComponentChildren } from "preact";
import type { ComponentView, Preview } from "../protocol.gen";
import type { ValueRef } from "../wire/media";

export interface OutputProps extends Omit<ValueRef, "digest"> {
  preview: Preview;
  label: string;
  component?: ComponentView | null | undefined;
  /** What more there is to do with it. */
  actions?: ComponentChildren;
  /** Takes one of several away, by its index. */
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
