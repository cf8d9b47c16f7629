import { useEffect, useRef, useState } from "preact/hooks";
import type { ChangeView, RunId, RunRow } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { duration, messageOf, statusWord } from "../../ui/format";
import { Icon } from "../../ui/icons";
import { useValue } from "../../ui/reactive";
import type { Question } from "../../wire/requests";
import { useAnswer } from "../request";
import { Comparison } from "./Comparison";
import { Glimpse } from "./Glimpse";
import { Side } from "./Side";
import { SweepGroup } from "./SweepGrid";
import { ago, exactly, useNow } from "./when";

const PAGE = 50;
/** Changes that a row names. */
const NAMED = 2;

/** All runs of a card: look back, mark, restore, compare two. */
export function History({ card }: { card: CardSignals }) {
  const [selection, pick] = useSelection();
  return (
    <Side label={`History of ${card.id}`} at="right" wide={selection.length > 1} about={card.id}>
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
  const now = useNow();
  const { rows, sweeps, more, error, older, marks } = useRuns(card);
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
            {grouped(rows).map((group) => {
              const sweep = sweeps.find(({ id }) => id === group[0]?.sweep);
              const each = group.map((row) => (
                <Row
                  key={row.record}
                  card={card}
                  row={row}
                  checked={selection.includes(row.record)}
                  pick={pick}
                  marks={marks}
                  now={now}
                />
              ));
              if (!sweep) return each;
              return <SweepGroup key={sweep.id} {...{ card, sweep, now }} rows={each} />;
            })}
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

/** Rows of one sweep together, where the newest of them is. */
function grouped(rows: RunRow[]): RunRow[][] {
  const groups = new Map<string, RunRow[]>();
  for (const row of rows) {
    const key = row.sweep ? `sweep ${row.sweep}` : row.record;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

/** What a person notes about runs. */
interface Marks {
  star: (record: RunId, on: boolean) => void;
  label: (record: RunId, text: string) => void;
}

function useRuns(card: CardSignals) {
  const { bridge, store } = useApp();
  const [limit, setLimit] = useState(PAGE);
  const [beat, setBeat] = useState(0);
  const key = useValue(() => {
    const { index, total } = card.state.value.history;
    return `${index} ${total} ${store.sheet.value}`;
  });
  const { answer, error } = useAnswer(
    { kind: "list_runs", node: card.id, before: 0, limit },
    `${key} ${limit} ${beat}`,
  );
  const say = async (command: Question<"star" | "label">) => {
    try {
      await bridge.ask(command);
    } catch (reason) {
      store.toast(messageOf(reason));
    }
    setBeat((beat) => beat + 1);
  };
  const marks: Marks = {
    star: (record, on) => say({ kind: "star", record, on }),
    label: (record, text) => say({ kind: "label", record, text }),
  };
  const limitMax = 200;
  return {
    rows: answer?.rows ?? [],
    sweeps: answer?.sweeps ?? [],
    more: !!answer?.more && limit < limitMax,
    error,
    older: () => setLimit(Math.min(limitMax, limit + PAGE)),
    marks,
  };
}

interface RowProps {
  card: CardSignals;
  row: RunRow;
  checked: boolean;
  pick: (record: RunId) => void;
  marks: Marks;
  now: number;
}

/** A run: what it made, small; what was changed for it; when it was. */
function Row({ card, row, checked, pick, marks, now }: RowProps) {
  const { bridge, store } = useApp();
  const [editing, setEditing] = useState(false);
  const { record, index, starred, shown, name } = row;
  const fixed = store.readOnly.value;
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
        onKeyDown={(event) => {
          if (event.key === "F2" && !store.shown.peek().visited) setEditing(true);
        }}
      >
        {row.status === "succeeded" ? (
          <Glimpse node={card.id} record={record} />
        ) : (
          <span class="daggr-glimpse" data-kind="none" data-status={row.status} />
        )}
        <span class="daggr-runs-text">
          {name && !editing && <strong class="daggr-ellipsis">{name}</strong>}
          <News row={row} />
          <RunSummary row={row} now={now} />
        </span>
      </button>
      {editing && (
        <Naming
          row={row}
          close={(text) => {
            setEditing(false);
            if (text !== null && text !== name) marks.label(record, text);
          }}
        />
      )}
      {!store.shown.value.visited && !editing && (
        <span class="daggr-runs-marks">
          <Button
            look="star"
            icon={starred ? "starred" : "star"}
            iconSize={14}
            name={starred ? `Unstar run ${index}` : `Star run ${index}`}
            hint={starred ? "Kept when the store is pruned" : "Keep it when the store is pruned"}
            disabled={fixed}
            onClick={() => marks.star(record, !starred)}
          />
          <Button
            look="star"
            icon="template"
            iconSize={14}
            name={`Label run ${index}`}
            hint={name ? "Change the label (F2)" : "Add a label (F2)"}
            tabIndex={-1}
            disabled={fixed}
            onClick={() => setEditing(true)}
          />
        </span>
      )}
    </li>
  );
}

/** What was changed since the run before, or why it failed. */
function News({ row }: { row: RunRow }) {
  const changes = row.changes ?? [];
  if (row.error || row.edited || changes.length === 0) {
    return (
      <span class="daggr-runs-label" data-failed={!!row.error} title={row.error || row.label}>
        {row.error || row.label}
      </span>
    );
  }
  return (
    <span class="daggr-runs-label" title={changes.map(told).join("\n")}>
      {changes.slice(0, NAMED).map((change, index) => (
        <span key={index}>
          {index > 0 && ", "}
          <Change {...change} />
        </span>
      ))}
      {changes.length > NAMED && `, ${changes.length - NAMED} more`}
    </span>
  );
}

function told({ node, text }: ChangeView): string {
  return `${node}: ${text}`;
}

function Change({ name, text, former, latter }: ChangeView) {
  if (!former && !latter) return <>{text}</>;
  return (
    <>
      <span class="daggr-quiet">{name}: </span>
      <span class="daggr-figures">
        {former} → <b>{latter}</b>
      </span>
    </>
  );
}

/** A field for what somebody calls a run. */
function Naming({ row, close }: { row: RunRow; close: (text: string | null) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Enter") close(field.current?.value.trim() ?? null);
    if (event.key === "Escape") close(null);
  };
  return (
    <input
      ref={field}
      class="daggr-field daggr-runs-naming"
      aria-label={`Label of run ${row.index}`}
      placeholder="Label"
      maxLength={200}
      value={row.name}
      onKeyDown={onKeyDown}
      onBlur={(event) => close(event.currentTarget.value.trim())}
    />
  );
}

/** `#4 · 2 min ago · 3.9 s`: which run it was, when, and how it ended if not well. */
export function RunSummary({ row, now }: { row: RunRow; now: number }) {
  const done = row.status === "succeeded";
  const { word, tone, icon } = statusWord({
    status: row.status,
    freshness: done ? "fresh" : "missing",
  });
  return (
    <span class="daggr-runs-summary">
      <span class="daggr-figures daggr-runs-index">#{row.index}</span>
      {row.shown && <span class="daggr-runs-here">shown</span>}
      {!done && (
        <span class="daggr-status" data-tone={tone}>
          <Icon name={icon} size={12} />
          <span>{word}</span>
        </span>
      )}
      <span class="daggr-figures" title={exactly(row.started_at)}>
        {ago(row.started_at, now)}
        {row.edited ? "" : ` · ${duration(row.duration)}`}
      </span>
    </span>
  );
}
