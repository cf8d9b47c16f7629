import type { ComponentType } from "preact";
import { later } from "../later";
import type { Json } from "../protocol.gen";
import { Checkbox, Radio, Select } from "./choice";
import { NumberField, Slider } from "./number";
import { type ControlProps, isSet, labelOf } from "./props";
import { Textbox } from "./text";

const CONTROLS: Record<string, ComponentType<ControlProps>> = {
  Textbox,
  TextArea: Textbox,
  Number: NumberField,
  Slider,
  Checkbox,
  Dropdown: Select,
  Radio,
};

const RareControl = later("RareControl", Waiting);

export function Control(props: ControlProps) {
  const { type, props: about } = props.component;
  if (isSet(props.value) && CONTROLS[type] !== Textbox) {
    return <div class="daggr-field daggr-readonly">is set</div>;
  }
  const rare = about.fixed || about.multiselect || about.allow_custom_value;
  const Field = (!rare && CONTROLS[type]) || RareControl;
  return <Field {...props} />;
}

/** What is there until a control is, and shows its value all the same. */
function Waiting({ value }: ControlProps) {
  return <div class="daggr-field daggr-readonly">{plain(value)}</div>;
}

export function plain(value: Json): string {
  if (value === null) return "none";
  return labelOf(value);
}
