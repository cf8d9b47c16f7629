import type { ComponentType } from "preact";
import type { Json } from "../protocol.gen";
import { Checkbox, CheckboxGroup, ColorPicker, Dropdown, Radio } from "./choice";
import { NumberField, Slider } from "./number";
import type { ControlProps } from "./props";
import { Textbox } from "./text";

const CONTROLS: Record<string, ComponentType<ControlProps>> = {
  Textbox,
  TextArea: Textbox,
  Number: NumberField,
  Slider,
  Checkbox,
  CheckboxGroup,
  Dropdown,
  Radio,
  ColorPicker,
};

/** Controls that name themselves; the others get a label line above them. */
export function labelsItself(type: string): boolean {
  return type === "Checkbox";
}

export function isEditable(type: string): boolean {
  return type in CONTROLS;
}

export function Control(props: ControlProps) {
  const Known = CONTROLS[props.component.type] ?? ReadOnly;
  return <Known {...props} />;
}

/** A component this canvas cannot edit shows its value all the same. */
function ReadOnly({ value }: ControlProps) {
  return <div class="daggr-field daggr-readonly">{plain(value)}</div>;
}

function plain(value: Json): string {
  if (value === null) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
