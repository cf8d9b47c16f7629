import { useDraft } from "./draft";
import { type ControlProps, numberOf, textOf } from "./props";

function textFor(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function Textbox(props: ControlProps) {
  const lines = numberOf(props.component.props, "lines") ?? 1;
  const secret = textOf(props.component.props, "type") === "password";
  const many = lines > 1 || props.component.type === "TextArea";
  if (props.flowing && !secret) return <Lines {...props} rows={lines} oneLine={!many} />;
  return many ? <Lines {...props} rows={Math.max(lines, 2)} /> : <Line {...props} />;
}

function Line({ component, value, field, commit }: ControlProps) {
  const draft = useDraft(textFor(value), commit);
  const secret = textOf(component.props, "type") === "password";
  const kind = secret ? ({ type: "password" } as const) : ({ type: "text" } as const);
  return (
    <input
      class="daggr-field"
      {...kind}
      {...field}
      dir="auto"
      placeholder={textOf(component.props, "placeholder")}
      value={draft.text}
      onInput={(event) => draft.onInput(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && !event.isComposing && draft.onEnter()}
      onBlur={draft.onBlur}
    />
  );
}

interface LinesProps extends ControlProps {
  rows: number;
  /** Whether Enter ends the text in place of a line. */
  oneLine?: boolean;
}

function Lines({ component, value, field, commit, rows, flowing, oneLine }: LinesProps) {
  const draft = useDraft(textFor(value), commit);
  return (
    <textarea
      class="daggr-field daggr-lines"
      {...field}
      placeholder={textOf(component.props, "placeholder")}
      dir="auto"
      rows={Math.min(Math.max(rows, flowing ? Math.ceil(draft.text.length / 30) : 0), 8)}
      value={draft.text}
      onKeyDown={(event) => {
        if (!oneLine || event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        draft.onEnter();
      }}
      onInput={(event) => draft.onInput(event.currentTarget.value)}
      onBlur={draft.onBlur}
    />
  );
}
