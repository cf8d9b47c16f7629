import { dirOf, useDraft } from "../../inputs/draft";
import type { ControlProps } from "../../inputs/props";
import type { Json } from "../../protocol.gen";
import { Button } from "../../ui/Button";
import { useTab } from "../../ui/context";
import { saidIn } from "../chat/turns";
import { isRecord } from "../displays/fetching";

type Line = { [key: string]: Json };

/** What the two parts of a line are called, and what people call a line. */
interface Form {
  who: string;
  what: string;
  speakers: string[];
  /** How many of the speakers take turns, if not all. */
  turns?: number;
  line: string;
  add: string;
}

/** Who says what: a line a row. */
export function DialogueField(props: ControlProps) {
  const { speakers } = props.component.props;
  const names = (Array.isArray(speakers) ? speakers : []).map(String);
  return <Lines {...props} who="speaker" what="text" speakers={names} line="line" add="Add line" />;
}

/** A conversation in OpenAI's shape. */
export function MessagesField(props: ControlProps) {
  return (
    <Lines
      {...props}
      who="role"
      what="content"
      speakers={["user", "assistant", "system"]}
      turns={2}
      line="message"
      add="Add message"
    />
  );
}

function Lines({ value, label, field, commit, ...form }: ControlProps & Form) {
  const { who, what, speakers } = form;
  const lines = (Array.isArray(value) ? value : []).filter(isRecord) as Line[];
  const set = (index: number, part: Line) =>
    commit(lines.map((line, i) => (i === index ? { ...line, ...part } : line)));
  return (
    <fieldset class="daggr-dialogue" aria-label={label}>
      {lines.map((line, index) => (
        <div key={index} class="daggr-spoken">
          <Speaker
            {...{ line, index, form, field }}
            set={(speaker) => set(index, { [who]: speaker })}
          />
          <Words {...{ line, index, form, field }} set={(text) => set(index, { [what]: text })} />
          <Button
            look="step"
            icon="cross"
            name={`Remove ${form.line} ${index}`}
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
          const last = speakers.indexOf(String(lines.at(-1)?.[who] ?? ""));
          const next = (last + 1) % Math.max(form.turns ?? speakers.length, 1);
          commit([...lines, { [who]: speakers[next] ?? "", [what]: "" }]);
        }}
      >
        {form.add}
      </Button>
    </fieldset>
  );
}

interface PartProps {
  line: Line;
  index: number;
  form: Form;
  field: ControlProps["field"];
  set: (text: string) => void;
}

function Speaker({ line, index, form, field, set }: PartProps) {
  const { who, speakers } = form;
  const tab = useTab();
  const name = { "aria-label": `${capital(who)} of ${form.line} ${index}`, tabIndex: tab };
  const speaker = String(line[who] ?? "");
  const draft = useDraft(speaker, set);
  if (speakers.length === 0) {
    return (
      <input
        class="daggr-field"
        type="text"
        {...name}
        disabled={field.disabled}
        placeholder="Speaker"
        {...draft.field}
      />
    );
  }
  return (
    <select
      class="daggr-field daggr-select"
      {...name}
      disabled={field.disabled}
      value={speaker}
      onChange={(event) => set(event.currentTarget.value)}
    >
      {!speakers.includes(speaker) && <option value={speaker}>{speaker}</option>}
      {speakers.map((each) => (
        <option key={each}>{each}</option>
      ))}
    </select>
  );
}

/** A text; a message with more parts, such as a picture, is shown and stays as it is. */
function Words({ line, index, form, field, set }: PartProps) {
  const tab = useTab();
  const content = line[form.what] ?? "";
  const draft = useDraft(saidIn(content), set);
  return (
    <textarea
      class="daggr-field daggr-lines"
      rows={Math.min(Math.max(1, Math.ceil(draft.text.length / 24)), 4)}
      dir={dirOf(draft.text)}
      tabIndex={tab}
      disabled={field.disabled}
      readOnly={typeof content !== "string"}
      aria-label={`${capital(form.what)} of ${form.line} ${index}`}
      {...draft.field}
    />
  );
}

function capital(word: string): string {
  return word[0]?.toUpperCase() + word.slice(1);
}
