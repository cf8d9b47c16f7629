import type { ComponentChildren } from "preact";
import { useTab } from "../../ui/context";

/** A part that opens and closes, closed at first. */
export function Drawer({
  title,
  children,
  ...rest
}: {
  title: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}) {
  return (
    <details class={`daggr-details ${rest.class ?? ""}`}>
      <summary tabIndex={useTab()}>{title}</summary>
      {children}
    </details>
  );
}
