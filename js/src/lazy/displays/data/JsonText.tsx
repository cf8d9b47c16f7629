import { useState } from "preact/hooks";
import type { OutputProps } from "../../../outputs/props";
import { WholeText } from "../../../outputs/text";
import { Button } from "../../../ui/Button";
import { Scroller } from "../../../ui/Scroller";
import { useRoom } from "../room";

const SHORT_LINES = 9;

export function JsonText(props: OutputProps) {
  const { data, inline, summary } = props.preview;
  const quoted = typeof data === "string" && summary !== "int"; // a large one comes as text
  if (inline && data === null) return <Pretty label={props.label} text="null" />;
  return (
    <WholeText {...props}>
      {(text) => <Pretty label={props.label} text={quoted ? JSON.stringify(text) : text} />}
    </WholeText>
  );
}

function Pretty({ label, text }: { label: string; text: string }) {
  const [open, setOpen] = useState(false);
  const lines = text.split("\n");
  const long = !useRoom() && lines.length > SHORT_LINES + 2;
  return (
    <>
      <Scroller code label={label}>
        {long && !open ? lines.slice(0, SHORT_LINES).join("\n") : text}
      </Scroller>
      {long && (
        <Button look="link" expanded={open} onClick={() => setOpen(!open)}>
          {open ? "Show less" : `Show all ${lines.length} lines`}
        </Button>
      )}
    </>
  );
}
