import type { ComponentType } from "preact";
import { plain } from "../../inputs/Control";
import type { ControlProps } from "../../inputs/props";
import type { ChatPreview } from "../../protocol.gen";
import { useApp } from "../../ui/context";
import { Conversation } from "../chat/Conversation";
import { turnsOf } from "../chat/turns";
import { isRecord } from "../displays/fetching";
import { Chat } from "../displays/texts/Chat";
import { Rendered } from "../displays/texts/Markdown";
import { ColorField, DateField, PushButton } from "./basic";
import { ComboField, SeveralField } from "./choices";
import { DialogueField, MessagesField } from "./DialogueField";
import { FileField, previewOf, ValueView } from "./FileField";
import { TableField } from "./TableField";
import { CodeField, dataText, JsonField } from "./texts";

const CONTROLS: Record<string, ComponentType<ControlProps>> = {
  Audio: FileField,
  Button: PushButton,
  Chatbot: MessagesField,
  CheckboxGroup: SeveralField,
  Code: CodeField,
  ColorPicker: ColorField,
  Dataframe: TableField,
  DateTime: DateField,
  Dialogue: DialogueField,
  Dropdown: (props) =>
    props.component.props.multiselect ? <SeveralField {...props} /> : <ComboField {...props} />,
  File: FileField,
  Gallery: FileField,
  Image: FileField,
  ImageSlider: FileField,
  JSON: JsonField,
  Model3D: FileField,
  Video: FileField,
};

/** The controls that are needed now and then. */
export function RareControl(props: ControlProps) {
  const { type, props: about } = props.component;
  const Field = (!about.fixed && CONTROLS[type]) || Fixed;
  return <Field {...props} />;
}

const CHAT: Omit<ChatPreview, "data"> = {
  kind: "chat",
  mime: "application/x-daggr-chat",
  summary: "",
  size: null,
  inline: true,
  digest: null,
  items: [],
  count: null,
  note: "",
};

/** What cannot be edited here shows its value. */
function Fixed({ component, value, label, source }: ControlProps) {
  const { store } = useApp();
  const preview = previewOf(value);
  if (preview && source) return <ValueView {...{ preview, label, component }} {...source} />;
  if (component.type === "Markdown" && typeof value === "string") {
    return <Rendered label={label} text={value} />;
  }
  if (component.type === "Chatbot" && source) {
    const card = store.card(source.node);
    if (card?.state.value.chat?.turns === source.port) return <Conversation card={card} />;
    const data = turnsOf(value).map(({ role, text }) => ({ who: role, text, chat: true }));
    return <Chat {...source} label={label} preview={{ ...CHAT, data }} />;
  }
  const said = isRecord(value) && "$json" in value ? dataText(value) : plain(value);
  return (
    <div class="daggr-field daggr-readonly" title={said} dir="auto">
      {said}
    </div>
  );
}
