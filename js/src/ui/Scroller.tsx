import type { ComponentChildren } from "preact";
import { useTab } from "./context";

interface ScrollerProps {
  label: string;
  class?: string;
  code?: boolean;
  /** Keeps the last line in view. */
  toEnd?: boolean;
  /** Reachable with Tab even before a person has entered the card. */
  tabStop?: boolean;
  children: ComponentChildren;
}

function showEnd(element: HTMLElement | null): void {
  if (element) element.scrollTop = element.scrollHeight;
}

/** A text that scrolls when it is long; reachable by keyboard, as a scroller must be. */
export function Scroller({
  label,
  class: name = "",
  code,
  toEnd,
  tabStop,
  children,
}: ScrollerProps) {
  const tab = useTab();
  const Tag = code ? "pre" : "div";
  return (
    <Tag
      ref={toEnd ? (element: HTMLElement | null) => showEnd(element) : undefined}
      class={`daggr-scroll ${code ? "daggr-code " : ""}${name}`}
      role="group"
      aria-label={label}
      tabIndex={tabStop ? 0 : tab}
    >
      {children}
    </Tag>
  );
}
