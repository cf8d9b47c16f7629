import { Control } from "../../inputs/Control";
import { Options } from "../../inputs/choice";
import { Output } from "../../outputs/Output";
import type { OutputProps } from "../../outputs/props";
import { isBrief, shownText } from "../../outputs/text";
import type { ComponentView, Json, PortName, QuestionView } from "../../protocol.gen";
import type { Signal } from "../../state/signals";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp, useTab } from "../../ui/context";
import { useSignal } from "../../ui/reactive";
import { acceptance } from "../controls/FileField";
import { Drop, useUploads } from "../controls/Files";
import { Tile } from "../displays/media/tiles";
import { briefOf } from "../displays/RecordedValue";

interface AnswerForm {
  /** Whether nobody can answer: there is no kernel, or the answer is on its way. */
  disabled: boolean;
  answer: Signal<Json>;
  send: (value: Json) => void;
  /** Sends `answer`. */
  done: () => void;
  uploads: ReturnType<typeof useUploads>;
}

function useAnswerForm(card: CardSignals, { key, value }: QuestionView): AnswerForm {
  const { bridge, store, view } = useApp();
  const answer = useSignal<Json>(value);
  const disabled = store.readOnly.value || store.edits.of(card.id, key).value !== null;
  const send = (value: Json) => {
    if (disabled) return;
    bridge.answer(card.id, key, value);
    view.article(card.id)?.focus({ preventScroll: true });
  };
  return {
    disabled,
    answer,
    send,
    done: () => answer.peek() !== null && send(answer.peek()),
    uploads: useUploads(([file]) => send(file ?? null)),
  };
}

/** What a person is asked, and what to answer it with. */
export function QuestionPanel({ card, question }: { card: CardSignals; question: QuestionView }) {
  const { kind, text, item, waiting, component } = question;
  const form = useAnswerForm(card, question);
  const file = kind === "value" && component?.single_file ? component : null;
  const position = [waiting > 1 && `1 of ${waiting} questions`, item && `item ${item}`];
  return (
    <section
      class="daggr-question"
      aria-label={`Question of ${card.id}`}
      onKeyDown={(event) => {
        const ends = (event.target as Element).matches("input:not([type=file], [type=color])");
        if (ends && event.key === "Enter" && !event.isComposing) form.done();
      }}
    >
      <p class="daggr-ask" dir="auto">
        {text}
      </p>
      {position.some(Boolean) && <p class="daggr-quiet">{position.filter(Boolean).join(" · ")}</p>}
      <Body card={card} question={question} component={file ? null : component} {...form} />
      <div class="daggr-actions">
        {file ? <FileAnswer component={file} {...form} /> : <Buttons kind={kind} {...form} />}
      </div>
    </section>
  );
}

interface BodyProps extends AnswerForm {
  card: CardSignals;
  question: QuestionView;
  /** The control that a value is given with; null for a file. */
  component: ComponentView | null;
}

/** What is asked about, and what an answer is picked with. */
function Body({ card, question, component, answer, disabled, done }: BodyProps) {
  const { kind, key, text, port, options } = question;
  const label = component?.label ?? text;
  const field = { "aria-label": label, tabIndex: useTab(), disabled };
  const about = options.map((preview, index) => ({
    node: card.id,
    port: port ?? ("" as PortName),
    path: [index],
    question: key,
    preview,
    label: kind === "choose" ? `Option ${index + 1}` : (port ?? text),
  }));
  const commit = (value: Json) => {
    answer.value = value;
  };
  if (kind === "choose") {
    return (
      <Options
        type="radio"
        {...optionsOf(about)}
        label={text}
        field={field}
        isOn={({ value }) => value === answer.value}
        choose={({ value }) => commit(value)}
        confirm={done}
      />
    );
  }
  return (
    <>
      {about.map((each) => (
        <Value key={each.label} {...each} />
      ))}
      {kind === "value" && component && (
        <Control {...{ component, label, field, commit }} value={answer.value} />
      )}
    </>
  );
}

function Buttons({ kind, answer, disabled, send, done }: AnswerForm & Pick<QuestionView, "kind">) {
  const words = { approve: ["Approve", "Reject"], rename: ["Yes", "No"] }[kind as "approve"];
  if (words) {
    return words.map((word, index) => (
      <Button
        key={word}
        look={index ? "labelled" : "primary"}
        disabled={disabled}
        onClick={() => send(!index)}
      >
        {word}
      </Button>
    ));
  }
  return (
    <Button look="primary" disabled={disabled || answer.value === null} onClick={done}>
      {kind === "choose" ? "Choose" : "Answer"}
    </Button>
  );
}

function FileAnswer({ component, disabled, uploads }: AnswerForm & { component: ComponentView }) {
  const field = { "aria-label": "", tabIndex: useTab(), disabled };
  const about = acceptance(component);
  return (
    <div class="daggr-filefield daggr-wide">
      <Drop
        {...about}
        multiple={false}
        field={{ ...field, "aria-label": `Choose ${about.what}` }}
        uploads={uploads}
      />
    </div>
  );
}

function Value(props: OutputProps) {
  const { preview } = props;
  if (!isBrief(preview)) return <Output {...props} />;
  return <p dir="auto">{shownText(preview.data)}</p>;
}

/** Pictures side by side, short texts and numbers as they are, other values as outputs. */
function optionsOf(about: OutputProps[]) {
  const pictures = about.every(({ preview }) => preview.kind === "image");
  return {
    look: `daggr-scroll daggr-picks ${pictures ? "daggr-tiles" : ""}`,
    choices: about.map((each, value) => {
      const text = caption(each);
      const view = pictures ? <Tile {...each} /> : text === null && <Value {...each} />;
      return { label: text ?? each.label, value, view };
    }),
  };
}

/** A short text or a number, which says itself; null for all other values. */
export function caption({ preview }: Pick<OutputProps, "preview">): string | null {
  const text = briefOf(preview);
  return text?.trim() && text.length <= 200 && !text.includes("\n") ? text : null;
}
