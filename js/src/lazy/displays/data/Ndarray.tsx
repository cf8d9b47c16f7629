import type { Shows } from "../../../outputs/props";
import { Scroller } from "../../../ui/Scroller";

/** An array: shape, kind, range, and its first values. */
export function Ndarray({ preview, label }: Shows<"array">) {
  const { shape, dtype, values, min, max } = preview.data;
  const facts = { shape, type: dtype, range: min === null ? null : `${min} … ${max}` };
  return (
    <>
      <dl class="daggr-about">
        {Object.entries(facts).map(([name, value]) =>
          value ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
      <Scroller code label={label} class="daggr-rows">
        {values.includes("\n") ? values : <Numbers text={values} />}
      </Scroller>
    </>
  );
}

/** Numbers in lines that break between them, never inside. */
function Numbers({ text }: { text: string }) {
  if (!text) return <>No values.</>;
  return (
    <span class="daggr-numbers">
      {text.split(" ").map((number, index) => (
        <span key={index}>{number} </span>
      ))}
    </span>
  );
}
