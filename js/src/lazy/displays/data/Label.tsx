import type { Shows } from "../../../outputs/props";
import { Scroller } from "../../../ui/Scroller";
import { huesOf } from "../colors";

/** The best class, and how sure the others are. */
export function Label({ preview, label }: Shows<"label">) {
  const parts = preview.data.parts.map(([name, part]) => [name, Number(part)] as const);
  const hues = huesOf(parts.map(([name]) => name));
  return (
    <Scroller class="daggr-classes" label={label}>
      <p class="daggr-best" dir="auto">
        {preview.data.label}
      </p>
      {parts.map(([name, part]) => (
        <p key={name}>
          <span dir="auto">{name}</span>
          <output>{percent(part)}</output>
          <i
            aria-hidden="true"
            style={{
              "--part": `${Math.min(Math.max(part, 0), 1) * 100}%`,
              "--mark": hues.get(name),
            }}
          />
        </p>
      ))}
    </Scroller>
  );
}

/** Confidences are parts of 1; what is none is shown as it is. */
function percent(part: number): string {
  if (part < 0 || part > 1) return String(part);
  return `${(part * 100).toFixed(part > 0 && part < 0.01 ? 1 : 0)} %`;
}
