import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { RunId, SweepCell, SweepView } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { plural } from "../../ui/format";
import { Scroller } from "../../ui/Scroller";
import { Dialog } from "../overlays/Dialog";
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
  const [large, setLarge] = useState(false);
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
        {!listed && (
          <Button look="link" control="enlarge-sweep" onClick={() => setLarge(true)}>
            large grid
          </Button>
        )}
      </div>
      {listed ? <ol class="daggr-runs">{rows}</ol> : <Results card={card} grid={grid} />}
      {large && (
        <Dialog
          class="daggr-lightbox"
          label={`Sweep of ${card.id} by ${grid.title}`}
          close={() => setLarge(false)}
          large
        >
          <div class="daggr-large-head">
            <p class="daggr-large-name">
              <strong>{card.id}</strong> <span class="daggr-quiet">{grid.title}</span>
            </p>
          </div>
          <Results card={card} grid={grid} large />
        </Dialog>
      )}
    </li>
  );
}

interface ResultsProps {
  card: CardSignals;
  grid: Grid;
  large?: boolean;
}

function Results({ card, grid, large = false }: ResultsProps) {
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
                <td key={place}>
                  {cell && <Result {...{ card, cell, grid, fixed, select, large }} />}
                </td>
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
  large: boolean;
  select: (record: RunId) => void;
}

function Result({ card, cell, grid, fixed, select, large }: ResultProps) {
  const { run, values } = cell;
  const told = grid.inputs.map((input, place) => `${input} ${values[place]}`).join(", ");
  const failed = run.status !== "succeeded";
  return (
    <button
      type="button"
      class="daggr-sweep-cell"
      data-cell={run.record}
      aria-current={run.shown}
      title={failed ? run.error : `${told} · #${run.index}`}
      disabled={fixed}
      onClick={() => !run.shown && select(run.record)}
    >
      <span class="daggr-unseen">{`Show run ${run.index}: ${told}`}</span>
      {failed ? (
        <span class="daggr-glimpse" data-status={run.status}>
          <span>{run.status}</span>
        </span>
      ) : (
        <Glimpse node={card.id} record={run.record} large={large} />
      )}
    </button>
  );
}
