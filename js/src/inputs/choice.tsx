import { useState } from "preact/hooks";
import type { Json } from "../protocol.gen";
import { type Choice, type ControlProps, choicesOf, same } from "./props";

/** A value that is no choice (any more) stays visible as one, so that it is never dropped. */
function withValue(choices: Choice[], value: Json): Choice[] {
  if (value === null || choices.some((choice) => same(choice.value, value))) return choices;
  return [...choices, { label: typeof value === "string" ? value : JSON.stringify(value), value }];
}

export function Dropdown(props: ControlProps) {
  if (props.component.props.multiselect === true) return <CheckboxGroup {...props} />;
  const { component, value, field, commit } = props;
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
        <option key={choice.label} value={String(each)}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}

interface OptionsProps extends ControlProps {
  type: "radio" | "checkbox";
  choices: Choice[];
  isOn: (choice: Choice) => boolean;
  choose: (choice: Choice) => void;
}

/** Radio buttons belong together by name. */
let groups = 0;

function Options({ type, choices, isOn, choose, label, field }: OptionsProps) {
  const [name] = useState(() => `daggr-options-${++groups}`);
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both of these roles take a name
    <div class="daggr-options" role={type === "radio" ? "radiogroup" : "group"} aria-label={label}>
      {choices.map((choice) => (
        <label class="daggr-option" key={choice.label}>
          <input
            type={type}
            name={name}
            tabIndex={field.tabIndex}
            disabled={field.disabled}
            checked={isOn(choice)}
            onChange={() => choose(choice)}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </div>
  );
}

export function Radio(props: ControlProps) {
  const { component, value, commit } = props;
  return (
    <Options
      {...props}
      type="radio"
      choices={withValue(choicesOf(component.props), value)}
      isOn={(choice) => same(choice.value, value)}
      choose={(choice) => commit(choice.value)}
    />
  );
}

/** Several of the choices, kept in the order of the choices. */
export function CheckboxGroup(props: ControlProps) {
  const { component, value, commit } = props;
  const chosen = Array.isArray(value) ? value : [];
  const choices = chosen.reduce<Choice[]>(withValue, choicesOf(component.props));
  const isOn = (choice: Choice) => chosen.some((each) => same(each, choice.value));
  const toggle = (choice: Choice) => {
    const on = choices.filter((each) => isOn(each) !== (each === choice));
    commit(on.map((each) => each.value));
  };
  return <Options {...props} type="checkbox" choices={choices} isOn={isOn} choose={toggle} />;
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

export function ColorPicker({ value, field, commit }: ControlProps) {
  const color = typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value) ? value : "#000000";
  return (
    <label class="daggr-field daggr-color">
      <input
        type="color"
        {...field}
        value={color}
        onChange={(event) => commit(event.currentTarget.value)}
      />
      <span>{typeof value === "string" ? value : "none"}</span>
    </label>
  );
}
