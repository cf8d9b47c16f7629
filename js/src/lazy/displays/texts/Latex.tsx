import DOMPurify from "dompurify";
import { useEffect, useState } from "preact/hooks";
import type { OutputProps } from "../../../outputs/props";
import { WholeText } from "../../../outputs/text";
import { useApp } from "../../../ui/context";
import { messageOf } from "../../../ui/format";
import { Scroller } from "../../../ui/Scroller";
import type { Bridge } from "../../../wire/bridge";
import { type Piece, piecesOf } from "./formulas";
import { SourceCode } from "./SourceCode";

type Typeset = (formula: string, display: boolean) => string;

let typesetter: Promise<Typeset> | undefined;

/** What sets formulas is a module of its own: most pages have none. */
async function load({ media }: Bridge): Promise<Typeset> {
  const blob = await media.blob({ kind: "fetch_module", module: "math" });
  const address = URL.createObjectURL(new Blob([blob], { type: "text/javascript" }));
  try {
    return (await import(/* @vite-ignore */ address)).default;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Formulas as a book has them; their source where they cannot be set. */
export function Latex(props: OutputProps) {
  const { bridge } = useApp();
  const [typeset, setTypeset] = useState<Typeset | null>(null);
  useEffect(() => {
    typesetter ??= load(bridge);
    typesetter.then(
      (typeset) => setTypeset(() => typeset),
      () => {
        typesetter = undefined;
      },
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
