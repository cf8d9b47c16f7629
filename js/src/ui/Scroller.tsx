import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useTab } from "./context";

interface ScrollerProps {
  label: string;
  class?: string;
  code?: boolean;
  /** Keeps the last line in view, unless somebody has scrolled away from it. */
  toEnd?: boolean | undefined;
  /** Reachable with Tab even before a person has entered the card. */
  tabStop?: boolean;
  children: ComponentChildren;
}

/** Nearer than this is at the end. */
const NEAR = 8;
/** About five lines. */
const LONG = 90;
const due = new Set<HTMLElement>();

/** Reads of all boxes come before the first write: the page is laid out once for all of them. */
function showEnds(): void {
  const ends = [...due].map((box) => [box, box.scrollHeight] as const);
  due.clear();
  for (const [box, end] of ends) {
    if (end > LONG) box.dataset.long = "";
    box.scrollTop = end;
  }
}

function showEnd(box: HTMLElement): void {
  if (due.size === 0) queueMicrotask(showEnds);
  due.add(box);
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
  const box = useRef<HTMLElement>(null);
  const at = useRef({ top: 0, away: false }).current;
  useLayoutEffect(() => {
    if (toEnd && box.current && !at.away) showEnd(box.current);
  });
  const Tag = (code ? "pre" : "div") as "div";
  return (
    <Tag
      ref={box as never}
      class={`daggr-scroll ${code ? "daggr-code " : ""}${name}`}
      role="group"
      aria-label={label}
      tabIndex={tabStop ? 0 : tab}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        if (scrollHeight - clientHeight - scrollTop < NEAR) at.away = false;
        else if (scrollTop < at.top) at.away = true;
        at.top = scrollTop;
      }}
    >
      {children}
    </Tag>
  );
}
