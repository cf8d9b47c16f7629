import { useState } from "preact/hooks";
import { Options, withValue } from "../../inputs/choice";
import type { ControlProps } from "../../inputs/props";
import { choicesOf, same } from "../../inputs/props";
import type { Json } from "../../protocol.gen";

/** A list of choices; with custom values, whatever people type. */
export function SeveralField(props: ControlProps) {
  const { component, value, field, label, commit } = props;
  const values = Array.isArray(value) ? value : [];
  const choices = values.reduce(withValue, choicesOf(component.props));
  const isOn = (each: { value: Json }) => values.some((one) => same(one, each.value));
  return (
    <>
      <Options
        type="checkbox"
        label={label}
        field={field}
        look="daggr-scroll daggr-many"
        choices={choices}
        isOn={isOn}
        choose={(choice) => {
          const on = choices.filter((each) => isOn(each) !== (each === choice));
          commit(on.map((each) => each.value));
        }}
      />
      {component.props.allow_custom_value && (
        <Another {...props} take={(text) => commit([...values, text])} />
      )}
    </>
  );
}

function Another({ field, take }: ControlProps & { take: (text: string) => void }) {
  const [text, setText] = useState("");
  return (
    <input
      class="daggr-field"
      type="text"
      {...field}
      aria-label={`${field["aria-label"]}: another value`}
      placeholder="Another value, then Enter"
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.isComposing || !text.trim()) return;
        event.preventDefault();
        take(text.trim());
        setText("");
      }}
    />
  );
}

/** A text field that offers the choices. */
export function ComboField({ component, value, field, commit }: ControlProps) {
  const [id] = useState(() => `daggr-${Math.random()}`); // other widgets of the page have lists too
  const choices = choicesOf(component.props);
  const choice = choices.find((choice) => same(choice.value, value));
  const text = choice?.label ?? (value === null ? "" : String(value));
  return (
    <>
      <input
        class="daggr-field"
        type="text"
        list={id}
        dir="auto"
        {...field}
        key={text}
        defaultValue={text}
        onChange={(event) => {
          const text = event.currentTarget.value;
          const choice = choices.find(({ label }) => label === text);
          commit(choice ? choice.value : text || null);
        }}
      />
      <datalist id={id}>
        {choices.map(({ label }) => (
          <option key={label} value={label} />
        ))}
      </datalist>
    </>
  );
}
