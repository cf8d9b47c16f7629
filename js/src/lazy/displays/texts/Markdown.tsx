import { useLayoutEffect, useRef } from "preact/hooks";
import type { OutputProps } from "../../../outputs/props";
import { WholeText } from "../../../outputs/text";
import { useTab } from "../../../ui/context";
import { Scroller } from "../../../ui/Scroller";
import { Blocks } from "./blocks";

export function Markdown(props: OutputProps) {
  return <WholeText {...props}>{(text) => <Rendered {...props} text={text} />}</WholeText>;
}

interface RenderedProps {
  label: string;
  text: string;
  growing?: boolean | undefined;
}

export function Rendered({ label, text, growing }: RenderedProps) {
  return (
    <Scroller class="daggr-markdown" label={label} toEnd={growing}>
      <InlineMarkdown text={text} growing={growing} />
    </Scroller>
  );
}

export function InlineMarkdown({ text, growing = false }: Omit<RenderedProps, "label">) {
  const tab = useTab() ?? 0;
  const box = useRef<HTMLDivElement>(null);
  const blocks = useRef<Blocks>(null);
  useLayoutEffect(() => {
    if (!box.current) return;
    blocks.current ??= new Blocks(box.current);
    blocks.current.show(text, growing, tab);
  }, [text, growing]);
  useLayoutEffect(() => {
    for (const link of box.current?.querySelectorAll("a") ?? []) link.tabIndex = tab;
  }, [tab]);
  return <div ref={box} class="daggr-md" dir="auto" />;
}
