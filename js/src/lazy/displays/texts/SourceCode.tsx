import { useMemo } from "preact/hooks";
import type { OutputProps } from "../../../outputs/props";
import { WholeText } from "../../../outputs/text";
import { Scroller } from "../../../ui/Scroller";
import { Copy } from "../actions";
import { tokensOf } from "./tokens";

/** Lines that are numbered one by one; longer texts go without. */
const MOST_NUMBERED = 3000;

/** A text in a fixed-width font, with line numbers. Colour means state, so weight tells words apart. */
export function SourceCode(props: OutputProps) {
  const language = String(props.component?.props.language ?? "");
  return (
    <WholeText {...props}>
      {(text) => <Lines {...props} text={text} language={language} />}
    </WholeText>
  );
}

interface LinesProps extends Pick<OutputProps, "label" | "growing"> {
  text: string;
  language: string;
}

function Lines({ text, label, language, growing }: LinesProps) {
  const lines = useMemo(() => tokensOf(text, language), [text, language]);
  const numbered = lines.length <= MOST_NUMBERED;
  return (
    <div class="daggr-lined">
      <Scroller code label={label} class={numbered ? "daggr-numbered" : ""} toEnd={growing}>
        {numbered
          ? lines.map((line, index) => (
              <span key={index} dir="ltr">
                {line.map((token, at) =>
                  token.kind ? (
                    <span key={at} data-token={token.kind}>
                      {token.text}
                    </span>
                  ) : (
                    token.text
                  ),
                )}
                {"\n"}
              </span>
            ))
          : text}
      </Scroller>
      <Copy text={text} what={label} />
    </div>
  );
}
