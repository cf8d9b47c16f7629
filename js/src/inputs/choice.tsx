import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Json } from "../protocol.gen";
import { type Choice, type ControlProps, choicesOf, labelOf, same } from "./props";

/** A value that is no choice (any more) stays visible as one, so that it is never dropped. */
export function withValue(choices: Choice[], value: Json): Choice[] {
  if (value === null || choices.some((choice) => same(choice.value, value))) return choices;
  return [...choices, { label: labelOf(value), value }];
}

export function Select({ component, value, field, commit }: ControlProps) {
  const choices = withValue(choicesOf(component.props), value);
  const index = choices.findIndex((choice) => same(choice.value, value));
  return (
    <select
      class="daggr-field daggr-select"
      {...field}
      value={String(index)}
      onChange={(event) => {
        const choice = choices[Number(event.currentTarget.value)];
        if (choice) commit(choice.value);
      }}
    >
      {index < 0 && <option value="-1">Choose…</option>}
      {choices.map((choice, each) => (
        <option key={each} value={String(each)}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}

interface OptionsProps extends Pick<ControlProps, "label" | "field"> {
  type: "radio" | "checkbox";
  /** Further class names. */
  look?: string;
  /** With a `view` the label is only for those who do not see it. */
  choices: (Choice & { view?: ComponentChildren })[];
  isOn: (choice: Choice) => boolean;
  choose: (choice: Choice) => void;
  /** A double click. */
  confirm?: () => void;
}

export function Options(props: OptionsProps) {
  const { type, look = "", choices, isOn, choose, confirm, label, field } = props;
  // Radio buttons of a page belong together by name, also those of other widgets.
  const [name] = useState(() => `daggr-${Math.random()}`);
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both of these roles take a name
    <div
      class={`daggr-options ${look}`}
      role={type === "radio" ? "radiogroup" : "group"}
      aria-label={label}
    >
      {choices.map((choice, index) => (
        <label class="daggr-option" key={index} onDblClick={confirm}>
          <input
            type={type}
            name={name}
            tabIndex={field.tabIndex}
            disabled={field.disabled}
            checked={isOn(choice)}
            aria-label={choice.view ? choice.label : undefined}
            onChange={() => choose(choice)}
          />
          {choice.view || <span dir="auto">{choice.label}</span>}
        </label>
      ))}
    </div>
  );
}

/** Whether so few choices are so short that they stand side by side. */
export function fitsSegments({ props }: ControlProps["component"]): boolean {
  const choices = choicesOf(props);
  const width = choices.reduce((sum, { label }) => sum + 20 + 7 * label.length, 0);
  return choices.length > 1 && choices.length < 5 && width <= 240;
}

export function Radio({ look, ...props }: ControlProps & { look?: string }) {
  const { component, value, commit } = props;
  return (
    <Options
      {...props}
      look={look}
      type="radio"
      choices={withValue(choicesOf(component.props), value)}
      isOn={(choice) => same(choice.value, value)}
      choose={(choice) => commit(choice.value)}
    />
  );
}

export function Checkbox({ value, label, field, commit }: ControlProps) {
  return (
    <label class="daggr-option">
      <input
        type="checkbox"
        {...field}
        checked={value === true}
        onChange={(event) => commit(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}
