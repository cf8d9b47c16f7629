import DOMPurify from "dompurify";
import { useEffect, useState } from "preact/hooks";
import type { OutputProps } from "../../../outputs/props";
import { WholeText } from "../../../outputs/text";
import { useApp } from "../../../ui/context";
import { messageOf } from "../../../ui/format";
import { Scroller } from "../../../ui/Scroller";
import { moduleOf } from "../../module";
import { type Piece, piecesOf } from "./formulas";
import { SourceCode } from "./SourceCode";

type Typeset = (formula: string, display: boolean) => string;

/** Formulas as a book has them; their source where they cannot be set. */
export function Latex(props: OutputProps) {
  const { bridge } = useApp();
  const [typeset, setTypeset] = useState<Typeset | null>(null);
  useEffect(() => {
    moduleOf<Typeset>(bridge, "math").then(
      (typeset) => setTypeset(() => typeset),
      () => {},
    );
  }, [bridge]);
  if (!typeset) return <SourceCode {...props} />;
  return (
    <WholeText {...props}>
      {(text) => (
        <Scroller label={props.label} class="daggr-math">
          {piecesOf(text).map((piece, index) => (
            <Part key={index} typeset={typeset} {...piece} />
          ))}
        </Scroller>
      )}
    </WholeText>
  );
}

function Part({ typeset, text, kind }: Piece & { typeset: Typeset }) {
  if (kind === "text") return <span dir="auto">{text}</span>;
  try {
    const html = DOMPurify.sanitize(typeset(text, kind === "display"), {
      USE_PROFILES: { mathMl: true },
    });
    return <span data-formula={kind} dangerouslySetInnerHTML={{ __html: html }} />;
  } catch (error) {
    return <code title={messageOf(error)}>{text}</code>;
  }
}
