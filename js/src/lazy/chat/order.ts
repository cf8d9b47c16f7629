import type { ChatCommand, NodeId } from "../../protocol.gen";

/** A command about a conversation. */
export function order(
  node: NodeId,
  action: ChatCommand["action"],
  more: Partial<Pick<ChatCommand, "text" | "at" | "after" | "record">> = {},
) {
  const rest = { text: "", at: null, after: null, record: null, ...more };
  return { kind: "chat", node, action, ...rest } as const;
}
