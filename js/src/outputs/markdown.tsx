import { type ComponentChildren, h } from "preact";
import { useTab } from "../context";
import { Scroller } from "../parts";
import { type Part, parseBlocks } from "./mdparse";
import type { OutputProps } from "./Output";
import { WholeText } from "./text";

export function Markdown(props: OutputProps) {
  const tabIndex = useTab();
  const view = (part: Part | string): ComponentChildren => {
    if (typeof part === "string") return part;
    const { tag, attributes, children } = part;
    const link = { target: "_blank", rel: "noopener noreferrer nofollow", tabIndex };
    return h(tag, { ...attributes, ...(tag === "a" && link) }, ...children.map(view));
  };
  return (
    <WholeText {...props}>
      {(text) => (
        <Scroller class="daggr-markdown" label={props.label}>
          {parseBlocks(text).map(view)}
        </Scroller>
      )}
    </WholeText>
  );
}
