import type { ControlProps } from "../../inputs/props";
import { textOf } from "../../inputs/props";
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
  const zone = /T.*([+-]\d\d:\d\d)/.exec(text)?.[1];
  return (
    <input
      class="daggr-field"
      title={zone && `UTC${zone}`}
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
    bridge.run([source.node], runnable ? "to_here" : "downstream");
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
