import { useState } from "preact/hooks";
import type { Json } from "../protocol.gen";
import { number as format } from "../ui/format";
import { useDraft } from "./draft";
import { type ControlProps, numberOf } from "./props";

interface Range {
  minimum: number | null;
  maximum: number | null;
  step: number | null;
}

function rangeOf(props: ControlProps["component"]["props"]): Range {
  return {
    minimum: numberOf(props, "minimum"),
    maximum: numberOf(props, "maximum"),
    step: numberOf(props, "step"),
  };
}

/** The number a text stands for, kept in range and precision; null for none. */
function parse(text: string, { minimum, maximum }: Range, precision: number | null) {
  if (text.trim() === "") return null;
  const value = Number(text);
  const clamped = Math.min(Math.max(value, minimum ?? -Infinity), maximum ?? Infinity);
  // JSON has neither so many digits nor a zero with a sign.
  if (clamped === value && (Math.abs(value) > Number.MAX_SAFE_INTEGER || /^-0*$/.test(text)))
    return text;
  return precision === null ? clamped : Number(clamped.toFixed(Math.max(precision, 0)));
}

/** A number as a field shows it; one that JSON has not comes as a text. */
function shown(value: Json): string {
  const text = String(value ?? "");
  return /\d$/.test(text) ? text : "";
}

export function NumberField({ component, value, field, commit }: ControlProps) {
  const range = rangeOf(component.props);
  const precision = numberOf(component.props, "precision");
  const draft = useDraft(shown(value), (text) => {
    const parsed = parse(text, range, precision);
    commit(parsed);
    return shown(parsed);
  });
  return (
    <input
      class="daggr-field daggr-number"
      type="number"
      {...field}
      min={range.minimum ?? undefined}
      max={range.maximum ?? undefined}
      step={range.step ?? "any"}
      placeholder={shown(value) || value === null ? "" : `${value}`}
      {...draft.field}
      onKeyDown={(event) => event.key === "Enter" && draft.flush()}
    />
  );
}

/** The value follows the thumb at once; it is sent when the thumb is let go. */
export function Slider({ component, value, field, commit }: ControlProps) {
  const range = rangeOf(component.props);
  const low = range.minimum ?? 0;
  const high = range.maximum ?? 100;
  const [thumb, setThumb] = useState<number | null>(null);
  const position = thumb ?? (typeof value === "number" ? value : low);
  const part = high > low ? ((position - low) / (high - low)) * 100 : 0;
  return (
    <span class="daggr-slider">
      <input
        type="range"
        {...field}
        min={low}
        max={high}
        step={range.step ?? "any"}
        value={position}
        style={{ "--part": `${part}%` }}
        onInput={(event) => setThumb(event.currentTarget.valueAsNumber)}
        onChange={(event) => {
          commit(event.currentTarget.valueAsNumber);
          setThumb(null);
        }}
      />
      <output class="daggr-slider-value">{format(position, range.step)}</output>
    </span>
  );
}
