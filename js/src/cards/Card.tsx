import { later } from "../later";
import type { NodeId } from "../protocol.gen";
import type { CardSignals } from "../state/store";
import { CardContext, useApp } from "../ui/context";
import { isActive, statusWord } from "../ui/format";
import { useComputed, useValue } from "../ui/reactive";
import { Failure } from "./Failure";
import { Footer } from "./Footer";
import { Header } from "./Header";
import { OpenQuestion } from "./OpenQuestion";
import { Ports } from "./Ports";
import { Reasons } from "./Reasons";

const Items = later("Items");
const Log = later("Log");
const ProgressBar = later("ProgressBar");
const Service = later("Service");

/** `Upscale, stale, input from Prompt, feeds Grid`: the card in one sentence. */
function useSentence(card: CardSignals) {
  const { store } = useApp();
  return useValue(() => {
    const names = (ids: NodeId[]) => [...new Set(ids)].join(" and ");
    const edges = store.edges.value;
    const parents = names(
      edges.filter((edge) => edge.target === card.id).map((edge) => edge.source),
    );
    const children = names(
      edges.filter((edge) => edge.source === card.id).map((edge) => edge.target),
    );
    const word = card.shape.value.runnable ? statusWord(card.state.value).word : "inputs";
    const parts = [
      card.id,
      word,
      parents && `input from ${parents}`,
      children && `feeds ${children}`,
    ];
    return parts.filter(Boolean).join(", ");
  });
}

/** A whole card. `article` is the stable hook; where it stands is the caller's business. */
export function Card({ card }: { card: CardSignals }) {
  const { view } = useApp();
  const sentence = useSentence(card);
  const tab = useComputed<0 | -1>(() => (view.entered.value === card.id ? 0 : -1));
  const stop = useValue(() => (view.active.value === card.id ? 0 : -1));
  const { status, freshness, service, log, items } = card.state.value;
  const { runnable, collapsed } = card.shape.value;
  return (
    <CardContext.Provider value={tab}>
      <article
        class="daggr-card"
        data-node={card.id}
        data-status={status}
        data-freshness={freshness}
        data-tone={runnable ? statusWord(card.state.value).tone : "plain"}
        data-collapsed={collapsed}
        aria-label={sentence}
        tabIndex={stop}
        onFocusIn={(event) => {
          view.active.value = card.id;
          view.entered.value = event.target === event.currentTarget ? null : card.id;
        }}
        onFocusOut={(event) => {
          const to = event.relatedTarget;
          if (!(to instanceof Node && event.currentTarget.contains(to))) view.entered.value = null;
        }}
      >
        <Header card={card} />
        {!collapsed && (
          <>
            {service && <Service card={card} />}
            {isActive(status) && <ProgressBar card={card} />}
            <Failure card={card} />
            <Reasons card={card} />
            <OpenQuestion card={card} />
            <Ports card={card} />
            {items?.total ? <Items card={card} /> : null}
            {log && <Log card={card} />}
            <Footer card={card} />
          </>
        )}
      </article>
    </CardContext.Provider>
  );
}
