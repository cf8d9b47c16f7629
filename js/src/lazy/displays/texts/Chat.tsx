import type { Shows } from "../../../outputs/props";
import { Scroller } from "../../../ui/Scroller";
import { InlineMarkdown } from "./Markdown";

/** A conversation: messages as Markdown, or who says what. */
export function Chat({ preview, label, growing }: Shows<"chat">) {
  const messages = preview.data;
  if (messages.length === 0) return <p class="daggr-quiet">Nothing has been said.</p>;
  return (
    <Scroller class="daggr-chat" label={label} toEnd={growing}>
      <ol>
        {messages.map(({ who, text, chat }, index) => (
          <li key={index} data-who={chat ? who : undefined}>
            {who && <strong>{who}</strong>}
            {chat ? (
              <InlineMarkdown text={text} growing={growing && index === messages.length - 1} />
            ) : (
              <span dir="auto">{text}</span>
            )}
          </li>
        ))}
      </ol>
    </Scroller>
  );
}
