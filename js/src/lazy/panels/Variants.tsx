import { useEffect, useState } from "preact/hooks";
import type { VariantView } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { plural } from "../../ui/format";
import { useValue } from "../../ui/reactive";
import { Scroller } from "../../ui/Scroller";
import { answer, useAnswer } from "../answers";
import { RecordedValue } from "../displays/RecordedValue";
import { Told } from "./History";
import { Side } from "./Side";

const POLL_MS = 400;

/** The ways of a choice side by side, each with its latest result; several can be run at once. */
export function Variants({ card }: { card: CardSignals }) {
  const { bridge, store } = useApp();
  const [beat, setBeat] = useState(0);
  const [picked, setPicked] = useState<string[] | null>(null);
  const history = useValue(() => {
    const { index, total } = card.state.value.history;
    return `${index} ${total} ${card.rows.value[0]?.value} ${store.sheet.value}`;
  });
  const { found, error } = useAnswer(
    { kind: "list_variants", node: card.id },
    "variants_listed",
    `${history} ${beat}`,
  );
  const variants = found?.variants ?? [];
  const busy = variants.some((variant) => variant.running);
  useEffect(() => {
    if (!busy) return;
    const timer = setTimeout(() => setBeat(beat + 1), POLL_MS);
    return () => clearTimeout(timer);
  }, [busy, beat, found]);
  const chosen = picked ?? variants.map((variant) => variant.name);
  const run = async () => {
    const command = {
      kind: "run_variants" as const,
      node: card.id,
      variants: chosen,
      force: false,
    };
    try {
      await answer(bridge, command, "done");
    } catch (failed) {
      store.toast((failed as Error).message);
    }
    setBeat(beat + 1);
  };
  const toggle = (name: string) => {
    const others = chosen.filter((each) => each !== name);
    setPicked(others.length < chosen.length ? others : [...chosen, name]);
  };
  const fixed = store.readOnly.value;
  return (
    <Side label={`Variants of ${card.id}`} at="right" wide>
      <div class="daggr-side-hint daggr-row">
        <span class="daggr-quiet">
          {error || "The latest result of each. Which one is chosen stays as it is."}
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
          <Button look="primary" icon="play" disabled={fixed || chosen.length === 0} onClick={run}>
            {`Run ${plural(chosen.length, "variant")}`}
          </Button>
        )}
      </div>
      <Scroller label="Variants" tabStop class="daggr-side-body daggr-variants">
        {variants.map((variant) => (
          <Variant
            key={variant.name}
            card={card}
            variant={variant}
            picked={chosen.includes(variant.name)}
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
  picked: boolean;
  toggle: (name: string) => void;
  fixed: boolean;
}

function Variant({ card, variant, picked, toggle, fixed }: VariantProps) {
  const { bridge } = useApp();
  const { name, chosen, running, run, outputs } = variant;
  const { selector } = card.shape.value;
  return (
    <section class="daggr-variant" data-variant={name} data-chosen={chosen} aria-label={name}>
      <header>
        <label class="daggr-variant-name">
          <input type="checkbox" checked={picked} onChange={() => toggle(name)} />
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
            <Told row={{ ...run, shown: false }} />
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
