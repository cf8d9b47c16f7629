import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { RunId, SweepCell, SweepView } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { plural } from "../../ui/format";
import { Scroller } from "../../ui/Scroller";
import { Glimpse } from "./Glimpse";
import { type Grid, gridOf } from "./grid";
import { ago, exactly } from "./when";

interface SweepGroupProps {
  card: CardSignals;
  sweep: SweepView;
  now: number;
  /** The group's runs, one by one. */
  rows: ComponentChildren;
}

/** The runs of a sweep as one group: a table of its results, or its runs one by one. */
export function SweepGroup({ card, sweep, now, rows }: SweepGroupProps) {
  const [listed, setListed] = useState(false);
  const grid = gridOf(sweep);
  const latest = sweep.cells.at(-1)?.run.started_at ?? now;
  return (
    <li class="daggr-sweep" data-sweep={sweep.id}>
      <div class="daggr-row">
        <strong>Sweep</strong>
        <span class="daggr-quiet" title={exactly(latest)}>
          {plural(sweep.cells.length, "run")} · {grid.title} · {ago(latest, now)}
        </span>
        <Button look="link" onClick={() => setListed(!listed)}>
          {listed ? "as a grid" : "as a list"}
        </Button>
      </div>
      {listed ? <ol class="daggr-runs">{rows}</ol> : <Results card={card} grid={grid} />}
    </li>
  );
}

function Results({ card, grid }: { card: CardSignals; grid: Grid }) {
  const { bridge, store } = useApp();
  const fixed = store.readOnly.value;
  const select = (record: RunId) => bridge.select(card.id, record);
  return (
    <Scroller label={`Results by ${grid.title}`} class="daggr-sweep-grid">
      <table>
        <thead>
          <tr>
            <th scope="col">{grid.corner}</th>
            {grid.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {grid.rows.map(({ name, cells }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, place) => (
                <td key={place}>{cell && <Result {...{ card, cell, grid, fixed, select }} />}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

interface ResultProps {
  card: CardSignals;
  cell: SweepCell;
  grid: Grid;
  fixed: boolean;
  select: (record: RunId) => void;
}

function Result({ card, cell, grid, fixed, select }: ResultProps) {
  const { run, values } = cell;
  const told = grid.inputs.map((input, place) => `${input} ${values[place]}`).join(", ");
  const failed = run.status !== "succeeded";
  return (
    <button
      type="button"
      class="daggr-sweep-cell"
      data-cell={run.record}
      aria-current={run.shown}
      aria-label={`Show run ${run.index}: ${told}${failed ? `, ${run.status}` : ""}`}
      title={failed ? run.error : `${told} · #${run.index}`}
      disabled={fixed}
      onClick={() => !run.shown && select(run.record)}
    >
      {failed ? (
        <span class="daggr-glimpse" data-status={run.status}>
          <span>{run.status}</span>
        </span>
      ) : (
        <Glimpse node={card.id} record={run.record} />
      )}
    </button>
  );
}
