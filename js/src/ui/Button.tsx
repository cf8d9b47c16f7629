import type { ComponentChildren } from "preact";
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
    | "calm"
    | "failures"
    | "picture"
    | "link"
    | "summary"
    | "add"
    | "waiting"
    | "play"
    | "again"
    | "enlarge";
  icon?: IconName;
  iconSize?: number;
  /** The accessible name, where the button shows none; also its hint unless `hint` is given. */
  name?: string;
  hint?: string;
  disabled?: boolean;
  "aria-disabled"?: boolean;
  expanded?: boolean;
  /** The stable name of what it does, for tests: words change. */
  control?: string;
  /** -1 where a key does the same. */
  tabIndex?: number;
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
  control,
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
      data-control={control}
      tabIndex={useTab()}
      {...rest}
    >
      {icon && <Icon name={icon} size={iconSize} />}
      {children}
    </button>
  );
}
