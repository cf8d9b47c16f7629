import type { ComponentChildren } from "preact";
import type { Compared, Pair, RunId, RunRow } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { clock } from "../../ui/format";
import { Scroller } from "../../ui/Scroller";
import { useAnswer } from "../answers";
import { Diff } from "../card/Diff";
import { RecordedValue } from "../displays/RecordedValue";

interface ComparisonProps {
  card: CardSignals;
  records: [RunId, RunId];
}

/** Two runs side by side: what went in, the code, what came out. */
export function Comparison({ card, records }: ComparisonProps) {
  const key = records.join(" ");
  const { found, error } = useAnswer({ kind: "compare", node: card.id, records }, "compared", key);
  if (error) return <p class="daggr-quiet">{error}</p>;
  if (!found) return <p class="daggr-quiet">Comparing…</p>;
  const { former, latter, code, environment } = found;
  const differing = found.inputs.filter((pair) => !pair.same);
  const same = found.inputs.filter((pair) => pair.same);
  return (
    <Scroller label="Comparison" tabStop class="daggr-side-body daggr-versus">
      <div class="daggr-sides daggr-versus-heads">
        <Head row={former} />
        <Head row={latter} />
      </div>
      <Part title="Inputs" empty={same.length ? "All the same." : "None."}>
        {differing.map((pair) => (
          <Both key={pair.name} {...{ card, pair, found }} side="input" />
        ))}
      </Part>
      {differing.length > 0 && same.length > 0 && (
        <p class="daggr-quiet">The same: {same.map((pair) => pair.name).join(", ")}</p>
      )}
      <Part title="Outputs" empty="None.">
        {found.outputs.map((pair) => (
          <Both key={pair.name} {...{ card, pair, found }} side="output" />
        ))}
      </Part>
      <Part title="Code" empty="The same.">
        {code.map(({ subject, text, diff }) => (
          <div key={`${subject} ${text}`}>
            <p>{text}</p>
            {diff && <Diff text={diff} />}
          </div>
        ))}
      </Part>
      {environment.length > 0 && (
        <Part title="Packages" empty="">
          {environment.map(({ name, former: old, latter: now }) => (
            <p key={name}>
              <b>{name}</b> {old} → {now}
            </p>
          ))}
        </Part>
      )}
    </Scroller>
  );
}

function Head({ row }: { row: RunRow }) {
  return (
    <p>
      <b>Run {row.index}</b> <span class="daggr-figures daggr-quiet">{clock(row.started_at)}</span>
    </p>
  );
}

function Part({
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

interface BothProps {
  card: CardSignals;
  pair: Pair;
  found: Compared;
  side: "input" | "output";
}

/** A value then and now; what differs is stressed. */
function Both({ card, pair, found, side }: BothProps) {
  const value = (which: "former" | "latter") => {
    const preview = pair[which];
    if (!preview) return <p class="daggr-quiet">nothing</p>;
    const label = `${pair.name} of run ${found[which].index}`;
    return (
      <RecordedValue
        {...{ card, preview, label, component: pair.component, port: pair.name }}
        record={found[which].record}
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
