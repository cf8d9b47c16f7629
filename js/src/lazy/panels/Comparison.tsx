import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { OutputProps } from "../../outputs/props";
import type { Compared, Pair, RunId, RunRow } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { Scroller } from "../../ui/Scroller";
import { Diff } from "../card/Diff";
import { Marks } from "../card/Marks";
import { differing } from "../differing";
import { briefOf, RecordedValue } from "../displays/RecordedValue";
import { useAnswer } from "../request";
import { pictureOf } from "./Glimpse";
import { PicturePair } from "./PicturePair";
import { TableChanges } from "./TableChanges";
import { ago, exactly, useNow } from "./when";

interface ComparisonProps {
  card: CardSignals;
  records: [RunId, RunId];
}

/** Texts longer than this have a room of their own. */
const SHORT = 60;

/** Two runs side by side: what was changed, what came of it; what is the same is folded away. */
export function Comparison({ card, records }: ComparisonProps) {
  const key = records.join(" ");
  const { answer: comparison, error } = useAnswer({ kind: "compare", node: card.id, records }, key);
  if (error) return <p class="daggr-quiet">{error}</p>;
  if (!comparison) return <p class="daggr-quiet">Comparing…</p>;
  const { former, latter, causes, inputs, outputs, code, environment } = comparison;
  const named = new Set(causes.filter(({ node }) => node === card.id).map(({ name }) => name));
  const followed = inputs.filter((pair) => !pair.same && !named.has(pair.name));
  const differ = outputs.filter((pair) => !pair.same);
  const same = [...inputs, ...outputs].filter((pair) => pair.same);
  const all = { card, comparison };
  return (
    <Scroller label="Comparison" class="daggr-side-body daggr-versus">
      <div class="daggr-sides daggr-versus-heads">
        <RunHead row={former} />
        <RunHead row={latter} />
      </div>
      <Section title="Changed" empty={latter.edited ? "Edited by hand." : "Nothing."}>
        {[
          ...causes.map((pair) => (
            <PairRow key={`${pair.node} ${pair.name}`} {...all} pair={pair} side="input" />
          )),
          ...code.map(({ subject, text, diff }) => (
            <div key={`${subject} ${text}`} class="daggr-versus-row">
              <p class="daggr-versus-name">{text}</p>
              {diff && <Diff text={diff} />}
            </div>
          )),
        ]}
      </Section>
      <Section title="Result" empty={outputs.length ? "The same." : "None."}>
        {differ.map((pair) => (
          <PairRow key={pair.name} {...all} pair={pair} side="output" />
        ))}
      </Section>
      {followed.length > 0 && (
        <Section title={causes.length + code.length ? "Inputs that followed" : "Inputs"} empty="">
          {followed.map((pair) => (
            <Folded key={pair.name} {...all} pair={pair} open={causes.length + code.length === 0} />
          ))}
        </Section>
      )}
      {environment.length > 0 && (
        <Section title="Packages" empty="">
          {environment.map(({ name, former: old, latter: now }) => (
            <p key={name}>
              <b>{name}</b> {old} → {now}
            </p>
          ))}
        </Section>
      )}
      {same.length > 0 && (
        <p class="daggr-quiet daggr-versus-part">
          The same: {same.map((pair) => pair.name).join(", ")}
        </p>
      )}
    </Scroller>
  );
}

function RunHead({ row }: { row: RunRow }) {
  const now = useNow();
  return (
    <p>
      <b>Run {row.index}</b>{" "}
      <span class="daggr-figures daggr-quiet" title={exactly(row.started_at)}>
        {ago(row.started_at, now)}
      </span>
      {row.name && <b> {row.name}</b>}
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

/** A value then and now, and how they differ. */
function PairRow(props: PairRowProps) {
  const { card, pair } = props;
  const { name, node, how } = pair;
  const line = oneLine(pair);
  return (
    <div class="daggr-versus-row" data-pair={name} data-same={pair.same}>
      <p class="daggr-versus-name">
        {name}
        {node && node !== card.id && <span class="daggr-quiet"> of {node}</span>}
        {line && (
          <span class="daggr-figures">
            <del>{line[0]}</del> → <ins>{line[1]}</ins>
          </span>
        )}
        {how && <span class="daggr-quiet daggr-figures">{how}</span>}
      </p>
      {!line && <Values {...props} />}
    </div>
  );
}

/** An input that differs as something above it does: one line, and more on demand. */
function Folded({ open, ...props }: Omit<PairRowProps, "side"> & { open: boolean }) {
  const [shown, setShown] = useState(open);
  const { pair } = props;
  if (shown) return <PairRow {...props} side="input" />;
  return (
    <p data-pair={pair.name}>
      <b>{pair.name}</b> <span class="daggr-quiet">{pair.how || "differs"}</span>{" "}
      <Button look="link" name={`Show ${pair.name}`} onClick={() => setShown(true)}>
        show
      </Button>
    </p>
  );
}

/** Two values so short that a line says them. */
function oneLine({ former, latter }: Pair): [string, string] | null {
  if (!former || !latter) return null;
  const [old, now] = [briefOf(former), briefOf(latter)];
  if (old === null || now === null || old.length + now.length > SHORT) return null;
  return [old || "(empty)", now || "(empty)"];
}

function Values({ card, pair, comparison, side }: PairRowProps) {
  const { former, latter, table, name } = pair;
  if (table) return <TableChanges table={table} label={`What differs in ${name}`} />;
  const shown = (which: "former" | "latter"): OutputProps | null => {
    const preview = pair[which];
    if (!preview) return null;
    const at = which === "former" ? 0 : 1;
    return {
      node: card.id,
      port: pair.port || name,
      path: [],
      preview,
      label: `${name} of run ${comparison[which].index}`,
      component: pair.component,
      record: pair.records?.[at] ?? comparison[which].record,
      control: side === "input",
    };
  };
  const [old, now] = [shown("former"), shown("latter")];
  const pictures = [old && pictureOf(old), now && pictureOf(now)];
  const single = [former, latter].every((preview) => (preview?.items.length ?? 0) < 2);
  if (single && pictures[0] && pictures[1]) {
    return <PicturePair former={pictures[0]} latter={pictures[1]} label={name} />;
  }
  const texts = former && latter && textsOf(former, latter);
  if (texts) {
    const [before, after] = differing(...texts);
    return (
      <div class="daggr-sides">
        {[before, after].map((parts, which) => (
          <Scroller
            key={which}
            label={`${name} ${which ? "now" : "then"}`}
            class={`daggr-text ${which ? "" : "daggr-former"}`}
          >
            <Marks parts={parts} />
          </Scroller>
        ))}
      </div>
    );
  }
  return (
    <div class="daggr-sides">
      <Value card={card} shown={old} />
      <Value card={card} shown={now} />
    </div>
  );
}

/** Two texts as they are, where all of both is at hand. */
function textsOf(former: NonNullable<Pair["former"]>, latter: NonNullable<Pair["latter"]>) {
  const plain = ({ kind, data, mime }: typeof former) =>
    typeof data === "string" && (kind === "code" || kind === "markdown" || mime === "text/plain");
  if (!plain(former) || !plain(latter)) return null;
  return [String(former.data), String(latter.data)] as const;
}

function Value({ card, shown }: { card: CardSignals; shown: OutputProps | null }) {
  if (!shown) return <div class="daggr-versus-value daggr-quiet">nothing</div>;
  const { preview, label, component = null, port, record, control } = shown;
  return (
    <div class="daggr-versus-value">
      {record && (
        <RecordedValue {...{ card, preview, label, component, port, record }} input={!!control} />
      )}
    </div>
  );
}
