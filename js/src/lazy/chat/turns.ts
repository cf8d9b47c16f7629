/** A conversation as its control holds it: messages in OpenAI's shape. */
import { isRecord } from "../displays/fetching";

export interface Turn {
  role: string;
  text: string;
}

export function turnsOf(value: unknown): Turn[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter(isRecord)
    .map(({ role, content }) => ({ role: String(role ?? ""), text: saidIn(content) }));
}

/** The text of a message's content: a text, or that of its parts. */
export function saidIn(content: unknown): string {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map(saidIn).filter(Boolean).join("\n\n");
  if (!isRecord(content)) return "";
  const text = content.text ?? content.content;
  return text === undefined ? `(${content.type ?? "something"})` : saidIn(text);
}

/** Of a conversation that a node returned, what it says after the person's last message. */
export function saidLast(messages: { who: string; text: string }[]): string {
  const last = messages.map(({ who }) => who).lastIndexOf("user");
  return messages
    .slice(last + 1)
    .filter(({ who }) => who === "assistant")
    .map(({ text }) => text)
    .join("\n\n");
}
