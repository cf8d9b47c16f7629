import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../ui/Button";
import { useApp } from "../ui/context";
import { Scroller } from "../ui/Scroller";
import { type OutputProps, refOf } from "./props";

export function shownText(data: OutputProps["preview"]["data"]): string | null {
  if (data === null || data === undefined) return null;
  if (typeof data === "string") return data;
  return JSON.stringify(data, null, 2).replace(/\{\s*"\$int": "(.*)"\s*\}/g, "$1");
}

/** A value so short that the caption beside the port's name says it all. */
export function isBrief({ kind, data, summary }: OutputProps["preview"]): boolean {
  const text = /text|json|tree/.test(kind) ? shownText(data) : null;
  return (
    text !== null &&
    text.length <= 24 &&
    !text.includes("\n") &&
    text.toLowerCase() === summary.toLowerCase()
  );
}

interface WholeTextProps extends OutputProps {
  children: (text: string) => ComponentChildren;
}

/** Shows the text of a preview, or that of the whole value once somebody asked for it. */
export function WholeText({ children, ...props }: WholeTextProps) {
  const { media } = useApp().bridge;
  const { data } = props.preview;
  const ref = refOf(props);
  const digest = ref.digest ?? ref.question ?? null;
  const [answer, setAnswer] = useState({ digest, text: "", failure: "" });
  const { text, failure } = answer.digest === digest ? answer : { text: "", failure: "" };
  const load = () => {
    media
      .fetch(ref)
      .then((blob) => blob.text())
      .then((text) => setAnswer({ digest, text, failure: "" }))
      .catch((error: Error) => setAnswer({ digest, text: "", failure: error.message }));
  };
  const whole = text || shownText(data);
  if (whole !== null) return <>{children(whole)}</>;
  if (digest === null) return null;
  return (
    <div class="daggr-show">
      <Button look="link" onClick={load}>
        Show the value
      </Button>
      <span class="daggr-quiet">{failure}</span>
    </div>
  );
}

/** Text to which its end is added as it comes: what is selected in it stays selected. */
function GrowingText({ text }: { text: string }) {
  const element = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const node = element.current?.firstChild as Text | null | undefined;
    if (node && text.startsWith(node.data)) node.appendData(text.slice(node.length));
    else if (element.current) element.current.textContent = text;
  }, [text]);
  return <span ref={element} />;
}

export function PlainText(props: OutputProps) {
  return (
    <WholeText {...props}>
      {(text) => (
        <Scroller class="daggr-text" label={props.label} toEnd={props.growing}>
          <GrowingText text={text} />
        </Scroller>
      )}
    </WholeText>
  );
}
