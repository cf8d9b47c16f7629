import { useState } from "preact/hooks";
import { Options, withValue } from "../../inputs/choice";
import type { ControlProps } from "../../inputs/props";
import { choicesOf, same, textOf } from "../../inputs/props";
import type { Json } from "../../protocol.gen";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";

export function ColorField({ value, field, commit }: ControlProps) {
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

/** A moment, or a day. */
export function DateField({ component, value, field, commit }: ControlProps) {
  const timed = component.props.include_time !== false;
  const text = typeof value === "string" ? value : "";
  return (
    <input
      class="daggr-field"
      type={timed ? "datetime-local" : "date"}
      step={timed ? 1 : undefined}
      {...field}
      value={text.slice(0, timed ? 19 : 10)}
      onChange={(event) => commit(event.currentTarget.value || null)}
    />
  );
}

/** Counts its presses, and runs what hangs on it. */
export function PushButton({ component, value, field, source, commit }: ControlProps) {
  const { bridge, store } = useApp();
  const caption = textOf(component.props, "caption") ?? "Run";
  const press = () => {
    commit((typeof value === "number" ? value : 0) + 1);
    if (!source) return;
    const card = store.card(source.node);
    const runnable = card?.shape.peek().runnable !== false;
    if (runnable) bridge.run([source.node], "to_here");
    else bridge.run(below(store.edges.peek(), source.node), "downstream");
  };
  return (
    <Button
      look={component.props.variant === "primary" ? "primary" : "labelled"}
      disabled={field.disabled}
      hint={`${caption} (pressed ${value ?? 0} times)`}
      onClick={press}
    >
      {caption}
    </Button>
  );
}

/** A list of choices; with custom values, whatever people type. */
export function SeveralField(props: ControlProps) {
  const { component, value, field, label, commit } = props;
  const chosen = Array.isArray(value) ? value : [];
  const choices = chosen.reduce(withValue, choicesOf(component.props));
  const isOn = (each: { value: Json }) => chosen.some((one) => same(one, each.value));
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
        <Another {...props} take={(text) => commit([...chosen, text])} />
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
  const known = choices.find((choice) => same(choice.value, value));
  const shown = known?.label ?? (value === null ? "" : String(value));
  return (
    <>
      <input
        class="daggr-field"
        type="text"
        list={id}
        dir="auto"
        {...field}
        key={shown}
        defaultValue={shown}
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

/** The nodes that an edge leads to from a node. */
function below(edges: readonly { source: string; target: string }[], node: string) {
  const targets = edges.filter((edge) => edge.source === node).map((edge) => edge.target);
  return [...new Set(targets)] as Parameters<ReturnType<typeof useApp>["bridge"]["run"]>[0];
}
