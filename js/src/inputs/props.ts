import type { ComponentView, Json } from "../protocol.gen";
import { reuse } from "../state/reduce";
import type { ValueRef } from "../wire/media";

/** What every control gets. `commit` sends a value a person is done with. */
export interface ControlProps {
  component: ComponentView;
  value: Json;
  label: string;
  /** What each of its fields gets. */
  field: { "aria-label": string; tabIndex: 0 | -1 | undefined; disabled: boolean };
  commit: (value: Json) => void;
  /** Where its value is fetched from, if it is more than plain data. */
  source?: Omit<ValueRef, "digest"> | undefined;
  /** Whether a text grows with what is in it. */
  flowing?: boolean;
}

export type Props = ComponentView["props"];

/** Whether a value is a secret, of which the kernel says no more than that there is one. */
export function isSet(value: unknown): boolean {
  return typeof value === "object" && value !== null && "$set" in value;
}

export function textOf(props: Props, key: string): string | undefined {
  const value = props[key];
  return typeof value === "string" ? value : undefined;
}

export function numberOf(props: Props, key: string): number | null {
  const value = props[key];
  return typeof value === "number" ? value : null;
}

export interface Choice {
  label: string;
  value: Json;
}

/** Choices come as `[label, value]` pairs; bare values are their own label. */
export function choicesOf(props: Props): Choice[] {
  const choices = props.choices;
  if (!Array.isArray(choices)) return [];
  return choices.map((choice) => {
    if (!Array.isArray(choice)) return { label: String(choice), value: choice };
    const [label, value] = choice;
    return { label: String(label), value: value ?? null };
  });
}

/** A value in words. A choice that JSON cannot say comes as its place, with its label. */
export function labelOf(value: Json): string {
  if (typeof value === "string") return value;
  const choice = value as { $choice?: Json; label?: Json } | null;
  return choice?.$choice !== undefined ? String(choice.label) : JSON.stringify(value);
}

export function same(a: Json | undefined, b: Json | undefined): boolean {
  return reuse(a, b) === a;
}
