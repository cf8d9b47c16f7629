import type { OutputProps } from "../../outputs/Output";
import { WholeText } from "../../outputs/text";
import { Scroller } from "../../parts";
import { Copy } from "./actions";

/** Lines that are numbered one by one; longer texts go without. */
const MOST_NUMBERED = 3000;

/** A text in a fixed-width font, with line numbers. */
export function Code(props: OutputProps) {
  return <WholeText {...props}>{(text) => <Lines text={text} label={props.label} />}</WholeText>;
}

function Lines({ text, label }: { text: string; label: string }) {
  const lines = text.split("\n");
  const numbered = lines.length <= MOST_NUMBERED;
  return (
    <div class="daggr-lined">
      <Scroller code label={label} class={numbered ? "daggr-numbered" : ""}>
        {numbered
          ? lines.map((line, index) => (
              <span key={index} dir="ltr">
                {`${line}\n`}
              </span>
            ))
          : text}
      </Scroller>
      <Copy text={text} what={label} />
    </div>
  );
}
