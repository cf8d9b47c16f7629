import { useState } from "preact/hooks";
import { useDraft } from "../../inputs/draft";
import type { ControlProps } from "../../inputs/props";
import { numberOf, textOf } from "../../inputs/props";
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
      value={draft.text}
      onInput={(event) => draft.onInput(event.currentTarget.value)}
      onBlur={draft.onBlur}
    />
  );
}

/** Data as JSON; a text that is none is not sent, and says why. */
export function JsonField({ value, field, commit }: ControlProps) {
  const [problem, setProblem] = useState("");
  const json = value === null ? "" : JSON.stringify(value, null, 2);
  const draft = useDraft(json, (text) => {
    try {
      commit(text.trim() === "" ? null : JSON.parse(text));
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
        value={draft.text}
        onInput={(event) => draft.onInput(event.currentTarget.value)}
        onBlur={draft.onBlur}
      />
      {problem && (
        <p class="daggr-lost" role="alert">
          No JSON yet: {problem}
        </p>
      )}
    </>
  );
}
