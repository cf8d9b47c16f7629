import { useState } from "preact/hooks";
import { Options, withValue } from "../../inputs/choice";
import type { ControlProps } from "../../inputs/props";
import { type Choice, choicesOf, labelOf, same } from "../../inputs/props";
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
        <Another
          {...props}
          take={(text) => {
            const another = choices.find(({ label }) => label === text)?.value ?? text;
            if (!values.some((one) => same(one, another))) commit([...values, another]);
          }}
        />
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

/** Choices of one label are told apart by a number: what is picked of a list is a text. */
function named(choices: Choice[]): Choice[] {
  const count = new Map<string, number>();
  return choices.map(({ label, value }) => {
    const before = count.get(label) ?? 0;
    count.set(label, before + 1);
    return { label: before ? `${label} (${before + 1})` : label, value };
  });
}

/** A text field that offers the choices. */
export function ComboField({ component, value, field, commit }: ControlProps) {
  const [id] = useState(() => `daggr-${Math.random()}`); // other widgets of the page have lists too
  const choices = named(choicesOf(component.props));
  const choice = choices.find((choice) => same(choice.value, value));
  const text = choice?.label ?? (value === null ? "" : labelOf(value));
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
