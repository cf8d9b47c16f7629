import type { OutputProps } from "../../../outputs/props";
import { Scroller } from "../../../ui/Scroller";
import { isRecord } from "../fetching";

/** An array: shape, kind, range, and its first values. */
export function Numbers({ preview, label }: OutputProps) {
  const about = isRecord(preview.data) ? preview.data : {};
  const range = "min" in about ? `${about.min} … ${about.max}` : null;
  const facts = { shape: about.shape, type: about.dtype, range };
  return (
    <>
      <dl class="daggr-about">
        {Object.entries(facts).map(([name, value]) =>
          value ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{String(value)}</dd>
            </div>
          ) : null,
        )}
      </dl>
      <Scroller code label={label}>
        {String(about.values ?? "") || "No values."}
      </Scroller>
    </>
  );
}
