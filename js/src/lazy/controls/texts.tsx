import { useRef, useState } from "preact/hooks";
import { useDraft } from "../../inputs/draft";
import type { ControlProps } from "../../inputs/props";
import { numberOf, textOf } from "../../inputs/props";
import type { Json } from "../../protocol.gen";
import { messageOf } from "../../ui/format";

/** Code as text; Tab moves on, as in every field. */
export function CodeField({ component, value, field, commit }: ControlProps) {
  const draft = useDraft(typeof value === "string" ? value : "", commit);
  return (
    <textarea
      class="daggr-field daggr-lines daggr-mono"
      {...field}
      dir="ltr"
      spellcheck={false}
      rows={Math.min(Math.max(numberOf(component.props, "lines") ?? 5, 2), 14)}
      placeholder={textOf(component.props, "language") ?? ""}
      {...draft.field}
    />
  );
}

/** Numbers that a browser would give back as others, and those that JSON has not. */
const EXACT = /\d[.eE]|\d{16}|NaN|Infinity/;

export function dataText(value: Json): string {
  if (value === null) return "";
  const text = typeof value === "object" && "$json" in value && value.$json;
  return typeof text === "string" ? text : JSON.stringify(value, null, 2);
}

function compact(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, "$1");
}

/** Data as JSON; a text that is none is not sent, and says why. */
export function JsonField({ value, field, commit }: ControlProps) {
  const [problem, setProblem] = useState("");
  const typed = useRef("");
  const now = dataText(value);
  // However the kernel writes it, it stays as it was typed.
  const same = compact(now) === compact(typed.current);
  const draft = useDraft(same ? typed.current : now, (text) => {
    try {
      const exact = EXACT.test(text);
      const data = text.trim() === "" ? null : JSON.parse(text.replace(/-?(NaN|Infinity)/g, "0"));
      typed.current = text;
      commit(exact ? { $json: text } : data);
      setProblem("");
    } catch (error) {
      setProblem(messageOf(error));
    }
  });
  return (
    <>
      <textarea
        class="daggr-field daggr-lines daggr-mono"
        {...field}
        dir="ltr"
        spellcheck={false}
        rows={Math.min(Math.max(draft.text.split("\n").length, 2), 10)}
        aria-invalid={problem !== ""}
        {...draft.field}
      />
      {problem && (
        <p class="daggr-lost" role="alert">
          No JSON yet: {problem}
        </p>
      )}
    </>
  );
}
