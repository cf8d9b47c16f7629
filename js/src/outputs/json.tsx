import { useState } from "preact/hooks";
import { useCard } from "../context";
import type { OutputProps } from "./Output";
import { ShowButton, useText } from "./text";

const SHORT_LINES = 9;

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export function JsonText(props: OutputProps) {
  const { text, load, failure } = useText(props);
  const { tab } = useCard();
  const [open, setOpen] = useState(false);
  if (text === null) {
    if (props.preview.digest && !props.preview.inline) return <ShowButton load={load} failure={failure} />;
    return <pre class="daggr-code">null</pre>;
  }
  const whole = typeof props.preview.data === "string" ? JSON.stringify(text) : pretty(text);
  const lines = whole.split("\n");
  const long = lines.length > SHORT_LINES + 2;
  return (
    <>
      <pre class="daggr-code daggr-scroll" tabIndex={open || !long ? tab.value : undefined}>
        {long && !open ? lines.slice(0, SHORT_LINES).join("\n") : whole}
      </pre>
      {long && (
        <button
          type="button"
          class="daggr-link"
          aria-expanded={open}
          tabIndex={tab.value}
          onClick={() => setOpen(!open)}
        >
          {open ? "Show less" : `Show all ${lines.length} lines`}
        </button>
      )}
    </>
  );
}
