import { useEffect, useState } from "preact/hooks";
import type { VariantView } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { messageOf, plural } from "../../ui/format";
import { useValue } from "../../ui/reactive";
import { Scroller } from "../../ui/Scroller";
import { RecordedValue } from "../displays/RecordedValue";
import { useAnswer } from "../request";
import { RunSummary } from "./History";
import { Side } from "./Side";
import { useNow } from "./when";

const POLL_MS = 400;

/** The variants of a choice side by side, each with its latest result; several can be run at once. */
export function Variants({ card }: { card: CardSignals }) {
  const { bridge, store } = useApp();
  const [beat, setBeat] = useState(0);
  const [selection, setSelection] = useState<string[] | null>(null);
  const history = useValue(() => {
    const { index, total } = card.state.value.history;
    return `${index} ${total} ${card.rows.value[0]?.value} ${store.sheet.value}`;
  });
  const { answer, error } = useAnswer(
    { kind: "list_variants", node: card.id },
    `${history} ${beat}`,
  );
  const variants = answer?.variants ?? [];
  const busy = variants.some((variant) => variant.running);
  useEffect(() => {
    if (!busy) return;
    const timer = setTimeout(() => setBeat(beat + 1), POLL_MS);
    return () => clearTimeout(timer);
  }, [busy, beat, answer]);
  const names = selection ?? variants.map((variant) => variant.name);
  const run = async () => {
    const command = {
      kind: "run_variants" as const,
      node: card.id,
      variants: names,
      force: false,
    };
    try {
      await bridge.ask(command);
    } catch (reason) {
      store.toast(messageOf(reason));
    }
    setBeat(beat + 1);
  };
  const toggle = (name: string) => {
    const others = names.filter((each) => each !== name);
    setSelection(others.length < names.length ? others : [...names, name]);
  };
  const fixed = store.readOnly.value;
  return (
    <Side label={`Variants of ${card.id}`} at="right" wide about={card.id}>
      <div class="daggr-side-hint daggr-row">
        <span class="daggr-quiet">
          {error || "The latest result of each. Comparing does not change your choice."}
        </span>
        {busy ? (
          <Button
            look="stop"
            icon="stop"
            name="Stop the variants"
            onClick={() => bridge.tell({ kind: "stop_variants", node: card.id })}
          >
            Stop
          </Button>
        ) : (
          <Button look="primary" icon="play" disabled={fixed || names.length === 0} onClick={run}>
            {`Run ${plural(names.length, "variant")}`}
          </Button>
        )}
      </div>
      <Scroller label="Variants" class="daggr-side-body daggr-variants">
        {variants.map((variant) => (
          <Variant
            key={variant.name}
            card={card}
            variant={variant}
            checked={names.includes(variant.name)}
            toggle={toggle}
            fixed={fixed}
          />
        ))}
      </Scroller>
    </Side>
  );
}

interface VariantProps {
  card: CardSignals;
  variant: VariantView;
  checked: boolean;
  toggle: (name: string) => void;
  fixed: boolean;
}

function Variant({ card, variant, checked, toggle, fixed }: VariantProps) {
  const { bridge } = useApp();
  const { name, chosen, running, run, outputs } = variant;
  const { selector } = card.shape.value;
  const now = useNow();
  return (
    <section class="daggr-variant" data-variant={name} data-chosen={chosen} aria-label={name}>
      <header>
        <label class="daggr-variant-name">
          <input type="checkbox" checked={checked} onChange={() => toggle(name)} />
          <strong class="daggr-ellipsis">{name}</strong>
        </label>
        {chosen ? (
          <span class="daggr-quiet">chosen</span>
        ) : (
          <Button
            look="link"
            name={`Choose ${name}`}
            disabled={fixed}
            onClick={() => selector && bridge.setInput(card.id, selector, name)}
          >
            choose
          </Button>
        )}
      </header>
      {running && <p class="daggr-quiet">running…</p>}
      {!run && !running && <p class="daggr-quiet">Not run yet.</p>}
      {run && (
        <>
          <p class="daggr-quiet">
            <RunSummary row={{ ...run, shown: false }} now={now} />
          </p>
          {run.error && <p class="daggr-item-error">{run.error}</p>}
          {outputs.map(({ name: port, preview, component }) => (
            <div key={port} class="daggr-versus-value">
              {outputs.length > 1 && <p class="daggr-quiet">{port}</p>}
              <RecordedValue
                {...{ card, preview, component, port }}
                record={run.record}
                label={`${port} of ${name}`}
              />
            </div>
          ))}
        </>
      )}
    </section>
  );
}
