import type { ComponentChildren } from "preact";
import type { ComponentView, Preview } from "../protocol.gen";
import type { ValueRef } from "../wire/media";

export interface OutputProps<Shown extends Preview = Preview> extends Omit<ValueRef, "digest"> {
  preview: Shown;
  label: string;
  component?: ComponentView | null | undefined;
  /** Whether there is more to come of it. */
  growing?: boolean | undefined;
  /** What more there is to do with it. */
  actions?: ComponentChildren;
  /** Takes one of several away, by its index. */
  remove?: ((index: number) => void) | undefined;
}

/** The props of what shows previews of a kind. */
export type Shows<Kind extends Preview["kind"]> = OutputProps<Extract<Preview, { kind: Kind }>>;

export function refOf({
  preview,
  label,
  component,
  growing,
  actions,
  remove,
  ...ref
}: OutputProps): ValueRef {
  return { ...ref, digest: preview.digest };
}
