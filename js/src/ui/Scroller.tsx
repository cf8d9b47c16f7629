import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useTab } from "./context";

interface ScrollerProps {
  label: string;
  class?: string;
  code?: boolean;
  /** Keeps the last line in view, unless somebody has scrolled away from it. */
  toEnd?: boolean | undefined;
  children: ComponentChildren;
}

/** Nearer than this is at the end. */
const NEAR = 8;
/** About five lines. */
const LONG = 90;
/** What to do with boxes, by how high what they hold is, and whether that is too large for them. */
const due = new Map<HTMLElement, (end: number, scrolls: boolean) => void>();

/** Reads of all boxes come before the first write: the page is laid out once for all of them. */
function settle(): void {
  const read = [...due].map(([box, act]) => {
    const end = box.scrollHeight;
    const scrolls = end > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1;
    return () => act(end, scrolls);
  });
  due.clear();
  for (const act of read) act();
}

/** A text that scrolls when it is long: then Tab leads to it, also from outside of its card. */
export function Scroller({ label, class: name = "", code, toEnd, children }: ScrollerProps) {
  const tab = useTab();
  const box = useRef<HTMLElement>(null);
  const at = useRef({ top: 0, away: false }).current;
  const [scrolls, setScrolls] = useState(false);
  useLayoutEffect(() => {
    const element = box.current as HTMLElement;
    if (due.size === 0) queueMicrotask(settle);
    due.set(element, (end, over) => {
      setScrolls(over);
      if (!toEnd || at.away) return;
      if (end > LONG) element.dataset.long = "";
      element.scrollTop = end;
    });
  });
  const Tag = (code ? "pre" : "div") as "div";
  return (
    <Tag
      ref={box as never}
      dir={code ? "ltr" : undefined}
      class={`daggr-scroll ${code ? "daggr-code " : ""}${name}`}
      role="group"
      aria-label={label}
      tabIndex={scrolls ? 0 : tab}
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
