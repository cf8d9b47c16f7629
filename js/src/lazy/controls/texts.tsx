import { useState } from "preact/hooks";
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

function shown(value: Json): string {
  return value === null ? "" : JSON.stringify(value, null, 2);
}

/** Data as JSON; a text that is none is not sent, and says why. */
export function JsonField({ value, field, commit }: ControlProps) {
  const [problem, setProblem] = useState("");
  const draft = useDraft(shown(value), (text) => {
    try {
      const data = text.trim() === "" ? null : JSON.parse(text);
      commit(data);
      setProblem("");
      return shown(data);
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
