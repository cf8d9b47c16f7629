import { choicesOf, numberOf } from "../../inputs/props";
import type { ComponentView, Json } from "../../protocol.gen";

/** What a control of a new item starts with. */
export function blank({ type, props }: ComponentView): Json {
  if (props.value !== undefined && props.value !== null) return props.value;
  if (type === "CheckboxGroup" || props.multiselect === true) return [];
  if (type === "Dropdown" || type === "Radio") return choicesOf(props)[0]?.value ?? null;
  if (type === "Number" || type === "Slider") return numberOf(props, "minimum") ?? 0;
  if (type === "Checkbox") return false;
  return /^Text/.test(type) ? "" : null;
}
