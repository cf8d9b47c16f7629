import { useDraft } from "./draft";
import { type ControlProps, numberOf, textOf } from "./props";

function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function Textbox(props: ControlProps) {
  const lines = numberOf(props.component.props, "lines") ?? 1;
  const many = lines > 1 || props.component.type === "TextArea";
  return many ? <Lines {...props} rows={Math.max(lines, 2)} /> : <Line {...props} />;
}

function Line({ component, value, field, commit }: ControlProps) {
  const draft = useDraft(shown(value), commit);
  const secret = textOf(component.props, "type") === "password";
  const kind = secret ? ({ type: "password" } as const) : ({ type: "text" } as const);
  return (
    <input
      class="daggr-field"
      {...kind}
      {...field}
      placeholder={textOf(component.props, "placeholder")}
      value={draft.text}
      onInput={(event) => draft.onInput(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && !event.isComposing && draft.onEnter()}
      onBlur={draft.onBlur}
    />
  );
}

function Lines({ component, value, field, commit, rows }: ControlProps & { rows: number }) {
  const draft = useDraft(shown(value), commit);
  return (
    <textarea
      class="daggr-field daggr-lines"
      {...field}
      placeholder={textOf(component.props, "placeholder")}
      rows={Math.min(rows, 8)}
      value={draft.text}
      onInput={(event) => draft.onInput(event.currentTarget.value)}
      onBlur={draft.onBlur}
    />
  );
}
