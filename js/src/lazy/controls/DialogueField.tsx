import { useDraft } from "../../inputs/draft";
import type { ControlProps } from "../../inputs/props";
import { Button } from "../../ui/Button";
import { useTab } from "../../ui/context";
import { isRecord } from "../displays/fetching";

type Line = { speaker: string; text: string };

function linesOf(value: unknown): Line[] {
  const lines: unknown[] = Array.isArray(value) ? value : [];
  return lines
    .filter(isRecord)
    .map(({ speaker, text }) => ({ speaker: String(speaker ?? ""), text: String(text ?? "") }));
}

/** Who says what: a line a row. */
export function DialogueField({ component, value, label, field, commit }: ControlProps) {
  const lines = linesOf(value);
  const speakers = (Array.isArray(component.props.speakers) ? component.props.speakers : []).map(
    String,
  );
  const set = (index: number, part: Partial<Line>) =>
    commit(lines.map((line, i) => (i === index ? { ...line, ...part } : line)));
  return (
    <fieldset class="daggr-dialogue" aria-label={label}>
      {lines.map((line, index) => (
        <div key={index} class="daggr-spoken">
          <Speaker
            {...{ line, index, speakers, field }}
            set={(speaker) => set(index, { speaker })}
          />
          <Words {...{ line, index, field }} set={(text) => set(index, { text })} />
          <Button
            look="step"
            icon="cross"
            name={`Remove line ${index}`}
            disabled={field.disabled}
            onClick={() => commit(lines.filter((_, i) => i !== index))}
          />
        </div>
      ))}
      <Button
        look="add"
        icon="plus"
        disabled={field.disabled}
        onClick={() => {
          const last = speakers.indexOf(lines.at(-1)?.speaker ?? "");
          const speaker = speakers[(last + 1) % Math.max(speakers.length, 1)] ?? "";
          commit([...lines, { speaker, text: "" }]);
        }}
      >
        Add line
      </Button>
    </fieldset>
  );
}

interface PartProps {
  line: Line;
  index: number;
  field: ControlProps["field"];
  set: (text: string) => void;
}

function Speaker({ line, index, speakers, field, set }: PartProps & { speakers: string[] }) {
  const tab = useTab();
  const name = { "aria-label": `Speaker of line ${index}`, tabIndex: tab };
  const draft = useDraft(line.speaker, set);
  if (speakers.length === 0) {
    return (
      <input
        class="daggr-field"
        type="text"
        {...name}
        disabled={field.disabled}
        placeholder="Speaker"
        value={draft.text}
        onInput={(event) => draft.onInput(event.currentTarget.value)}
        onBlur={draft.onBlur}
      />
    );
  }
  return (
    <select
      class="daggr-field daggr-select"
      {...name}
      disabled={field.disabled}
      value={line.speaker}
      onChange={(event) => set(event.currentTarget.value)}
    >
      {!speakers.includes(line.speaker) && <option value={line.speaker}>{line.speaker}</option>}
      {speakers.map((each) => (
        <option key={each}>{each}</option>
      ))}
    </select>
  );
}

function Words({ line, index, field, set }: PartProps) {
  const tab = useTab();
  const draft = useDraft(line.text, set);
  return (
    <textarea
      class="daggr-field daggr-lines"
      rows={Math.min(Math.max(1, Math.ceil(draft.text.length / 24)), 4)}
      dir="auto"
      tabIndex={tab}
      disabled={field.disabled}
      aria-label={`Text of line ${index}`}
      value={draft.text}
      onInput={(event) => draft.onInput(event.currentTarget.value)}
      onBlur={draft.onBlur}
    />
  );
}
