import type { Shows } from "../../../outputs/props";
import type { Json } from "../../../protocol.gen";
import { Scroller } from "../../../ui/Scroller";
import { huesOf } from "../colors";

/** A text with marked parts; each says what it is, in words or as a number. */
export function Marked({ preview, label }: Shows<"marked">) {
  const { parts, colors } = preview.data;
  const kinds = parts.flatMap(([, mark]) => (isKind(mark) ? [String(mark)] : []));
  const hues = huesOf(kinds, colors);
  if (parts.length === 0) return <p class="daggr-quiet">No text.</p>;
  return (
    <Scroller class="daggr-marked" label={label}>
      <p dir="auto">
        {parts.map(([text, mark], index) =>
          mark === null || mark === 0 ? (
            text
          ) : (
            <mark
              key={index}
              data-score={typeof mark === "number" ? Math.sign(mark) : undefined}
              style={styleOf(mark, hues)}
            >
              {text}
              <small>{typeof mark === "number" ? mark.toFixed(2) : String(mark)}</small>
            </mark>
          ),
        )}
      </p>
    </Scroller>
  );
}

function isKind(mark: Json): boolean {
  return mark !== null && typeof mark !== "number";
}

/** A kind has a colour of its own; of scores it says which side of 0 they are on. */
function styleOf(mark: Json, hues: ReadonlyMap<string, string>) {
  if (typeof mark !== "number") return { "--mark": hues.get(String(mark)) };
  const side = mark > 0 ? 2 : 3;
  return { "--mark": `var(--dg-hue-${side})`, "--strength": Math.min(Math.abs(mark), 1) };
}
