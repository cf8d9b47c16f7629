import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { useTab } from "./context";
import { Icon, type IconName } from "./icons";

interface ButtonProps {
  onClick: () => void;
  /** Further class names, without their prefix. */
  look?:
    | "square"
    | "kind"
    | "star"
    | "spare"
    | "labelled"
    | "step"
    | "stop"
    | "primary"
    | "all-fresh"
    | "picture"
    | "link"
    | "summary"
    | "add"
    | "waiting"
    | "play"
    | "again";
  icon?: IconName;
  iconSize?: number;
  /** The accessible name, where the button shows none; also its hint unless `hint` is given. */
  name?: string;
  hint?: string;
  disabled?: boolean;
  "aria-disabled"?: boolean;
  expanded?: boolean;
  /** A number shown after the words; no part of the accessible name. */
  count?: number;
  style?: Record<string, string | number>;
  children?: ComponentChildren;
}

/** A button; inside a card it is a tab stop only once a person has entered the card. */
export function Button({
  look,
  icon,
  iconSize = 12,
  name,
  hint = name,
  expanded,
  count,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      class={look ? `daggr-button daggr-${look}` : "daggr-button"}
      aria-label={name}
      title={hint}
      aria-expanded={expanded}
      data-count={count}
      tabIndex={useTab()}
      {...rest}
    >
      {icon && <Icon name={icon} size={iconSize} />}
      {children}
    </button>
  );
}

/** Whether a menu is open, and the element around it and its button, which has `aria-expanded`. */
export function useMenu(opened = false) {
  const [open, setOpen] = useState(opened);
  const around = useRef<HTMLSpanElement>(null);
  const close = (refocus: boolean) => {
    setOpen(false);
    if (refocus) around.current?.querySelector<HTMLElement>("[aria-expanded]")?.focus();
  };
  return { open, setOpen, around, close };
}

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

/** A bar that fills with `part` (0 to 1); one that moves while nobody knows how far it is. */
export function Bar({ label, part }: { label: string; part: number | null }) {
  const percent = part === null ? undefined : Math.round(Math.min(part, 1) * 100);
  return (
    <div class="daggr-bar" role="progressbar" aria-label={label} aria-valuenow={percent}>
      <i
        data-unknown={part === null}
        style={{ width: percent === undefined ? "" : `${percent}%` }}
      />
    </div>
  );
}
