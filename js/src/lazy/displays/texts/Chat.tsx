import type { Shows } from "../../../outputs/props";
import { Scroller } from "../../../ui/Scroller";
import { InlineMarkdown } from "./Markdown";

/** A conversation: messages as Markdown, or who says what. */
export function Chat({ preview, label }: Shows<"chat">) {
  const messages = preview.data;
  if (messages.length === 0) return <p class="daggr-quiet">Nothing has been said.</p>;
  return (
    <Scroller class="daggr-chat" label={label}>
      <ol>
        {messages.map(({ who, text, chat }, index) => (
          <li key={index} data-who={chat ? who : undefined}>
            {who && <strong>{who}</strong>}
            {chat ? <InlineMarkdown text={text} /> : <span dir="auto">{text}</span>}
          </li>
        ))}
      </ol>
    </Scroller>
  );
}
