import type { OutputProps } from "../../../outputs/props";
import { Scroller } from "../../../ui/Scroller";
import { isRecord } from "../fetching";

type Mark = string | number | boolean | null;

/** A text with marked parts; each says what it is, in words or as a number. */
export function Marked({ preview, label }: OutputProps) {
  const data = isRecord(preview.data) ? preview.data : {};
  const parts = (Array.isArray(data.parts) ? data.parts : []) as [string, Mark][];
  const colors = isRecord(data.colors) ? data.colors : {};
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

function styleOf(mark: Mark, colors: Record<string, unknown>) {
  if (typeof mark === "number") return { "--strength": Math.min(Math.abs(mark), 1) };
  const color = colors[String(mark)];
  return typeof color === "string" && CSS.supports("color", color) ? { "--mark": color } : {};
}
