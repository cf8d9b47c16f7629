import type { ComponentChildren } from "preact";
import type { Compared, Pair, RunId, RunRow } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { clock } from "../../ui/format";
import { Scroller } from "../../ui/Scroller";
import { Diff } from "../card/Diff";
import { RecordedValue } from "../displays/RecordedValue";
import { useAnswer } from "../request";

interface ComparisonProps {
  card: CardSignals;
  records: [RunId, RunId];
}

/** Two runs side by side: what went in, the code, what came out. */
export function Comparison({ card, records }: ComparisonProps) {
  const key = records.join(" ");
  const { answer: comparison, error } = useAnswer({ kind: "compare", node: card.id, records }, key);
  if (error) return <p class="daggr-quiet">{error}</p>;
  if (!comparison) return <p class="daggr-quiet">Comparing…</p>;
  const { former, latter, code, environment } = comparison;
  const differing = comparison.inputs.filter((pair) => !pair.same);
  const same = comparison.inputs.filter((pair) => pair.same);
  return (
    <Scroller label="Comparison" class="daggr-side-body daggr-versus">
      <div class="daggr-sides daggr-versus-heads">
        <RunHead row={former} />
        <RunHead row={latter} />
      </div>
      <Section title="Inputs" empty={same.length ? "All the same." : "None."}>
        {differing.map((pair) => (
          <PairRow key={pair.name} {...{ card, pair, comparison }} side="input" />
        ))}
      </Section>
      {differing.length > 0 && same.length > 0 && (
        <p class="daggr-quiet">The same: {same.map((pair) => pair.name).join(", ")}</p>
      )}
      <Section title="Outputs" empty="None.">
        {comparison.outputs.map((pair) => (
          <PairRow key={pair.name} {...{ card, pair, comparison }} side="output" />
        ))}
      </Section>
      <Section title="Code" empty="The same.">
        {code.map(({ subject, text, diff }) => (
          <div key={`${subject} ${text}`}>
            <p>{text}</p>
            {diff && <Diff text={diff} />}
          </div>
        ))}
      </Section>
      {environment.length > 0 && (
        <Section title="Packages" empty="">
          {environment.map(({ name, former: old, latter: now }) => (
            <p key={name}>
              <b>{name}</b> {old} → {now}
            </p>
          ))}
        </Section>
      )}
    </Scroller>
  );
}

function RunHead({ row }: { row: RunRow }) {
  return (
    <p>
      <b>Run {row.index}</b> <span class="daggr-figures daggr-quiet">{clock(row.started_at)}</span>
    </p>
  );
}

function Section({
  title,
  empty,
  children,
}: {
  title: string;
  empty: string;
  children: ComponentChildren[];
}) {
  return (
    <section class="daggr-versus-part">
      <h4>{title}</h4>
      {children.length ? children : <p class="daggr-quiet">{empty}</p>}
    </section>
  );
}

interface PairRowProps {
  card: CardSignals;
  pair: Pair;
  comparison: Compared;
  side: "input" | "output";
}

/** A value then and now; what differs is stressed. */
function PairRow({ card, pair, comparison, side }: PairRowProps) {
  const value = (which: "former" | "latter") => {
    const preview = pair[which];
    if (!preview) return <p class="daggr-quiet">nothing</p>;
    const label = `${pair.name} of run ${comparison[which].index}`;
    return (
      <RecordedValue
        {...{ card, preview, label, component: pair.component, port: pair.name }}
        record={comparison[which].record}
        input={side === "input"}
      />
    );
  };
  return (
    <div class="daggr-versus-row" data-pair={pair.name} data-same={pair.same}>
      <p class="daggr-versus-name">
        {pair.name}
        {pair.same && <span class="daggr-quiet"> the same</span>}
      </p>
      <div class="daggr-sides">
        <div class="daggr-versus-value">{value("former")}</div>
        <div class="daggr-versus-value">{value("latter")}</div>
      </div>
    </div>
  );
}
