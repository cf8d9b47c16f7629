import { useState } from "preact/hooks";
import type { RunId, RunRow } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { clock, duration, messageOf, statusWord } from "../../ui/format";
import { Icon } from "../../ui/icons";
import { useValue } from "../../ui/reactive";
import { useAnswer } from "../request";
import { Comparison } from "./Comparison";
import { Side } from "./Side";

const PAGE = 50;

/** All runs of a card: look back, mark, restore, compare two. */
export function History({ card }: { card: CardSignals }) {
  const [selection, pick] = useSelection();
  return (
    <Side label={`History of ${card.id}`} at="right" wide={selection.length > 1}>
      <Runs card={card} selection={selection} pick={pick} />
    </Side>
  );
}

/** Up to two runs to compare, and what picks one or lets go of it. */
export function useSelection(): [RunId[], (record: RunId) => void] {
  const [selection, setSelection] = useState<RunId[]>([]);
  const pick = (id: RunId) => {
    const others = selection.filter((each) => each !== id);
    setSelection(others.length < selection.length ? others : [...others, id].slice(-2));
  };
  return [selection, pick];
}

interface RunsProps {
  card: CardSignals;
  selection: RunId[];
  pick: (record: RunId) => void;
}

export function Runs({ card, selection, pick }: RunsProps) {
  const { store } = useApp();
  const { rows, more, error, older, mark } = useRuns(card);
  const [one, other] = selection;
  return (
    <>
      <p class="daggr-quiet daggr-side-hint">
        {other
          ? "Earlier on the left, later on the right."
          : one
            ? "Tick another one to compare the two."
            : "Click a run to restore it; select two to compare."}
      </p>
      {error && <p class="daggr-quiet">{error}</p>}
      <div class="daggr-history-body">
        <div class="daggr-side-body daggr-scroll">
          <ol class="daggr-runs">
            {rows.map((row) => (
              <Row
                key={row.record}
                card={card}
                row={row}
                checked={selection.includes(row.record)}
                pick={pick}
                mark={mark}
                fixed={store.readOnly.value}
              />
            ))}
          </ol>
          {more && (
            <Button look="link" onClick={older}>
              Older runs
            </Button>
          )}
        </div>
        {one && other && <Comparison card={card} records={[one, other]} />}
      </div>
    </>
  );
}

function useRuns(card: CardSignals) {
  const { bridge, store } = useApp();
  const [limit, setLimit] = useState(PAGE);
  const [marks, setMarks] = useState(0);
  const key = useValue(() => {
    const { index, total } = card.state.value.history;
    return `${index} ${total} ${store.sheet.value}`;
  });
  const { answer, error } = useAnswer(
    { kind: "list_runs", node: card.id, before: 0, limit },
    `${key} ${limit} ${marks}`,
  );
  const mark = async (record: RunId, on: boolean) => {
    try {
      await bridge.ask({ kind: "star", record, on });
      setMarks(marks + 1);
    } catch (reason) {
      store.toast(messageOf(reason));
    }
  };
  const limitMax = 200;
  return {
    rows: answer?.rows ?? [],
    more: !!answer?.more && limit < limitMax,
    error,
    older: () => setLimit(Math.min(limitMax, limit + PAGE)),
    mark,
  };
}

interface RowProps {
  card: CardSignals;
  row: RunRow;
  checked: boolean;
  pick: (record: RunId) => void;
  mark: (record: RunId, on: boolean) => void;
  fixed: boolean;
}

function Row({ card, row, checked, pick, mark, fixed }: RowProps) {
  const { bridge, store } = useApp();
  const { record, index, starred, shown } = row;
  return (
    <li class="daggr-runs-row" data-record={record} data-shown={shown}>
      <input
        type="checkbox"
        aria-label={`Compare run ${index}`}
        checked={checked}
        onChange={() => pick(record)}
      />
      <button
        type="button"
        class="daggr-runs-main"
        aria-current={shown}
        disabled={fixed}
        title={shown ? "Shown now" : "Show this result again"}
        onClick={() => !shown && bridge.select(card.id, record)}
      >
        <RunSummary row={row} />
        <span class="daggr-runs-label">{row.error || row.label}</span>
      </button>
      {!store.visited.value && (
        <Button
          look="star"
          icon={starred ? "starred" : "star"}
          iconSize={14}
          name={starred ? `Unstar run ${index}` : `Star run ${index}`}
          hint={starred ? "Kept when the store is pruned" : "Keep it when the store is pruned"}
          disabled={fixed}
          onClick={() => mark(record, !starred)}
        />
      )}
    </li>
  );
}

/** `#4 · fresh · 09:14 · 3.9 s`: which run it was, and how it ended. */
export function RunSummary({ row }: { row: RunRow }) {
  const done = row.status === "succeeded";
  const { word, tone, icon } = statusWord({
    status: row.status,
    freshness: done ? "fresh" : "missing",
  });
  return (
    <span class="daggr-runs-summary">
      <span class="daggr-figures daggr-runs-index">{row.index}</span>
      <span class="daggr-status" data-tone={done ? "plain" : tone}>
        <Icon name={done ? "check" : icon} size={12} />
        <span>{done ? "done" : word}</span>
      </span>
      <span class="daggr-figures">
        {clock(row.started_at)}
        {row.edited ? "" : ` · ${duration(row.duration)}`}
      </span>
      {row.shown && <span class="daggr-runs-here">shown</span>}
    </span>
  );
}
