import { Control } from "../inputs/Control";
import { fitsSegments, Radio } from "../inputs/choice";
import { type ControlProps, textOf } from "../inputs/props";
import { later } from "../later";
import { Output } from "../outputs/Output";
import { isBrief } from "../outputs/text";
import type { ComponentView, InputView, Json, OutputView, PortName } from "../protocol.gen";
import type { CardSignals } from "../state/store";
import { useApp, useTab } from "../ui/context";
import { isActive } from "../ui/format";
import { useValue } from "../ui/reactive";

const Enlarge = later("Enlarge");
const ItemList = later("ItemList");

/** A row per port. Input nodes have their controls on their outputs. */
export function Ports({ card }: { card: CardSignals }) {
  const { outputs, runnable, selector } = card.shape.value;
  const inputs = card.rows.value;
  if (inputs.length + outputs.length === 0) return null;
  return (
    <div class="daggr-ports">
      {inputs.map((input) => (
        <InputRow key={input.name} card={card} input={input} picker={input.name === selector} />
      ))}
      {inputs.length > 0 && outputs.length > 0 && <hr class="daggr-divider" />}
      {outputs.map((output) =>
        !runnable && output.component ? (
          <EditableOutput
            key={output.name}
            card={card}
            output={output}
            component={output.component}
          />
        ) : (
          <OutputRow key={output.name} card={card} output={output} />
        ),
      )}
    </div>
  );
}

interface InputRowProps {
  card: CardSignals;
  input: InputView;
  /** Whether it says which variant does the work. */
  picker: boolean;
}

export function InputRow({ card, input, picker }: InputRowProps) {
  const { name, label, component, source, text, type, value } = input;
  return (
    <div class="daggr-port daggr-port-in" data-port={`in:${name}`} data-source={source}>
      {component && source === "component" ? (
        <Field
          card={card}
          port={name}
          label={component.label ?? label}
          component={component}
          value={value}
          picker={picker}
        />
      ) : (
        <LabelRow label={label} text={source === "port" ? "" : text || type} hint={text} />
      )}
    </div>
  );
}

/** Together so long, a label and its text might not fit. */
const LONG = 32;

interface LabelRowProps {
  label: string;
  text: string;
  /** What is said only to who asks. */
  hint?: string | undefined;
}

function LabelRow({ label, text, hint = text }: LabelRowProps) {
  const long = label.length + text.length > LONG;
  return (
    <div class={`daggr-row ${long ? "daggr-long" : ""}`} title={hint || undefined}>
      <span class="daggr-label">{label}</span>
      {text && (
        <span class="daggr-source" title={hint}>
          {text}
        </span>
      )}
    </div>
  );
}

interface FieldProps {
  card: CardSignals;
  port: PortName;
  label: string;
  component: ComponentView;
  value: Json;
  picker?: boolean;
}

/** A control with its label; what a person just typed wins over what the kernel last said. */
function Field({ card, port, label, component, value, picker }: FieldProps) {
  const { bridge, store } = useApp();
  const tab = useTab();
  const edit = store.edits.of(card.id, port).value;
  const control: ControlProps = {
    component,
    value: edit ? edit.value : value,
    label,
    field: { "aria-label": label, tabIndex: tab, disabled: store.readOnly.value },
    source: { node: card.id, port, path: [], control: true },
    commit: (next) => bridge.setInput(card.id, port, next),
  };
  if (picker && fitsSegments(component)) return <Radio {...control} look="daggr-segments" />;
  return (
    <>
      {!component.labels_itself && (
        <LabelRow label={label} text={textOf(component.props, "info") ?? ""} />
      )}
      <Control {...control} />
    </>
  );
}

export function EditableOutput({
  card,
  output,
  component,
}: {
  card: CardSignals;
  output: OutputView;
  component: ComponentView;
}) {
  const value = useValue(() => {
    const preview = card.values.value[output.name];
    return preview?.kind === "json" ? preview.data : null;
  });
  return (
    <div class="daggr-port daggr-port-out" data-port={`out:${output.name}`}>
      <Field
        card={card}
        port={output.name}
        label={component.label ?? output.label}
        component={component}
        value={value}
      />
    </div>
  );
}

export function OutputRow({ card, output }: { card: CardSignals; output: OutputView }) {
  const preview = useValue(() => card.values.value[output.name]);
  const label = output.component?.label ?? output.label;
  // What is on record has a digest.
  const growing = useValue(() => isActive(card.state.value.status)) && preview?.digest === null;
  const shown = preview && {
    node: card.id,
    port: output.name,
    preview,
    path: [],
    label,
    component: output.component,
    growing,
  };
  return (
    <div
      class="daggr-port daggr-port-out"
      data-port={`out:${output.name}`}
      data-growing={growing || undefined}
    >
      <LabelRow
        label={label}
        text={preview ? (preview.size ?? preview.summary) : output.type}
        hint={preview?.summary}
      />
      {!preview && output.component?.height ? (
        <div class="daggr-reserve" style={{ height: output.component.height }} />
      ) : null}
      {preview?.kind === "items" && preview.data !== null ? (
        <ItemList card={card} output={output} preview={preview} />
      ) : (
        shown && (
          <>
            <Output {...shown} />
            {shown.preview.kind !== "image" && !isBrief(shown.preview) && <Enlarge {...shown} />}
          </>
        )
      )}
    </div>
  );
}
