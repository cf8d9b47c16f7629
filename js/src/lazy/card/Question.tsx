import { Control } from "../../inputs/Control";
import { Options } from "../../inputs/choice";
import { Tile } from "../../outputs/image";
import { Output } from "../../outputs/Output";
import type { OutputProps } from "../../outputs/props";
import { isBrief, shownText } from "../../outputs/text";
import type { ComponentView, Json, PortName, Question } from "../../protocol.gen";
import type { Signal } from "../../state/signals";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp, useTab } from "../../ui/context";
import { useSignal } from "../../ui/reactive";
import { blank } from "../controls/blank";
import { accepted } from "../controls/FileField";
import { Drop, useUploads } from "../controls/Files";

/** Components whose values are files. */
const FILES = /^(Image|Audio|Video|File|Model3D)$/;
/** What a value is given with, unless the question says it. */
const TEXT: ComponentView = { type: "Textbox", label: null, props: {} };

interface Answering {
  /** Whether nobody can answer: there is no kernel, or the answer is on its way. */
  disabled: boolean;
  picked: Signal<Json>;
  send: (answer: Json) => void;
  /** Sends what was picked. */
  done: () => void;
  uploads: ReturnType<typeof useUploads>;
}

function useAnswering(card: CardSignals, { kind, key, value, component }: Question): Answering {
  const { bridge, store, view } = useApp();
  // Where a control shows that nothing is chosen, nothing is.
  const open = kind !== "value" || /^(Dropdown|Radio)$/.test(component?.type ?? "");
  const picked = useSignal<Json>(value ?? (open ? null : blank(component ?? TEXT)));
  const disabled = store.readOnly.value || store.edits.of(card.id, key).value !== null;
  const send = (answer: Json) => {
    if (disabled) return;
    bridge.answer(card.id, key, answer);
    view.article(card.id)?.focus({ preventScroll: true });
  };
  return {
    disabled,
    picked,
    send,
    done: () => picked.peek() !== null && send(picked.peek()),
    uploads: useUploads(([file]) => send(file ?? null)),
  };
}

/** What a person is asked, and what to answer it with. */
export function Panel({ card, question }: { card: CardSignals; question: Question }) {
  const { kind, text, item, waiting } = question;
  const answering = useAnswering(card, question);
  const component = question.component ?? TEXT;
  const files = kind === "value" && FILES.test(component.type);
  const place = [waiting > 1 && `1 of ${waiting} questions`, item && `item ${item}`];
  return (
    <section
      class="daggr-question"
      aria-label={`Question of ${card.id}`}
      onKeyDown={(event) => {
        const ends = (event.target as Element).matches("input:not([type=file], [type=color])");
        if (ends && event.key === "Enter" && !event.isComposing) answering.done();
      }}
    >
      <p class="daggr-ask" dir="auto">
        {text}
      </p>
      {place.some(Boolean) && <p class="daggr-quiet">{place.filter(Boolean).join(" · ")}</p>}
      <Body card={card} question={question} component={files ? null : component} {...answering} />
      <div class="daggr-actions">
        {files ? (
          <FileAnswer component={component} {...answering} />
        ) : (
          <Buttons kind={kind} {...answering} />
        )}
      </div>
    </section>
  );
}

interface BodyProps extends Answering {
  card: CardSignals;
  question: Question;
  /** The control that a value is given with; null for a file. */
  component: ComponentView | null;
}

/** What is asked about, and what an answer is picked with. */
function Body({ card, question, component, picked, disabled, done }: BodyProps) {
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
    picked.value = value;
  };
  if (kind === "choose") {
    return (
      <Options
        type="radio"
        {...optionsOf(about)}
        label={text}
        field={field}
        isOn={({ value }) => value === picked.value}
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
        <Control {...{ component, label, field, commit }} value={picked.value} />
      )}
    </>
  );
}

function Buttons({ kind, picked, disabled, send, done }: Answering & Pick<Question, "kind">) {
  if (kind === "approve") {
    return (
      <>
        <Button look="primary" disabled={disabled} onClick={() => send(true)}>
          Approve
        </Button>
        <Button look="labelled" disabled={disabled} onClick={() => send(false)}>
          Reject
        </Button>
      </>
    );
  }
  return (
    <Button look="primary" disabled={disabled || picked.value === null} onClick={done}>
      {kind === "choose" ? "Choose" : "Answer"}
    </Button>
  );
}

function FileAnswer({ component, disabled, uploads }: Answering & { component: ComponentView }) {
  const field = { "aria-label": "", tabIndex: useTab(), disabled };
  const about = accepted(component);
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
  const pictures = about.every(({ preview }) => preview.mime.startsWith("image/"));
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
export function caption({ preview: { data, mime } }: Pick<OutputProps, "preview">): string | null {
  if (data === null || typeof data === "object" || /html|markdown/.test(mime)) return null;
  const text = String(data);
  return text.trim() && text.length <= 200 && !text.includes("\n") ? text : null;
}
