import type { Shows } from "../../../outputs/props";
import type { Json, MarkedText } from "../../../protocol.gen";
import { Scroller } from "../../../ui/Scroller";

/** A text with marked parts; each says what it is, in words or as a number. */
export function Marked({ preview, label }: Shows<"marked">) {
  const { parts, colors } = preview.data;
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
              style={styleOf(mark, colors)}
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

function styleOf(mark: Json, colors: MarkedText["colors"]) {
  if (typeof mark === "number") return { "--strength": Math.min(Math.abs(mark), 1) };
  const color = colors[String(mark)];
  return color && CSS.supports("color", color) ? { "--mark": color } : {};
}
