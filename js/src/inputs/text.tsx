import { dirOf, useDraft } from "./draft";
import { type ControlProps, isSet, numberOf, textOf } from "./props";

function textFor(value: unknown): string {
  if (value === null || value === undefined || isSet(value)) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function placeholderOf({ component, value }: ControlProps): string | undefined {
  return isSet(value) ? "is set" : textOf(component.props, "placeholder");
}

export function Textbox(props: ControlProps) {
  const lines = numberOf(props.component.props, "lines") ?? 1;
  const secret = textOf(props.component.props, "type") === "password";
  const many = lines > 1 || props.component.type === "TextArea";
  if (props.flowing && !secret) return <Lines {...props} rows={lines} oneLine={!many} />;
  return many ? <Lines {...props} rows={Math.max(lines, 2)} /> : <Line {...props} />;
}

function Line(props: ControlProps) {
  const { component, value, field, commit } = props;
  const draft = useDraft(textFor(value), commit);
  const secret = isSet(value) || textOf(component.props, "type") === "password";
  const kind = secret ? ({ type: "password" } as const) : ({ type: "text" } as const);
  return (
    <input
      class="daggr-field"
      {...kind}
      {...field}
      {...draft.field}
      dir={dirOf(draft.text)}
      placeholder={placeholderOf(props)}
      onKeyDown={(event) => event.key === "Enter" && !event.isComposing && draft.flush()}
    />
  );
}

interface LinesProps extends ControlProps {
  rows: number;
  /** Whether Enter ends the text in place of a line. */
  oneLine?: boolean;
}

function Lines(props: LinesProps) {
  const { value, field, commit, rows, flowing, oneLine } = props;
  const draft = useDraft(textFor(value), commit);
  return (
    <textarea
      class="daggr-field daggr-lines"
      {...field}
      placeholder={placeholderOf(props)}
      {...draft.field}
      dir={dirOf(draft.text)}
      rows={Math.min(Math.max(rows, flowing ? Math.ceil(draft.text.length / 30) : 0), 8)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.isComposing || (event.shiftKey && !oneLine)) return;
        if (!oneLine && !event.currentTarget.closest(".daggr-stage")) return;
        event.preventDefault();
        draft.flush();
      }}
    />
  );
}
