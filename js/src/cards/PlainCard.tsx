import { useComputed } from "@preact/signals";
import { statusWord } from "../format";
import { Icon } from "../icons";
import type { CardSignals } from "../store";

/** A card seen from afar: its name and status, large enough to read. */
export function PlainCard({ card, height }: { card: CardSignals; height: number }) {
  const status = useComputed(() => card.state.value.status);
  const freshness = useComputed(() => card.state.value.freshness);
  const said = useComputed(() => statusWord(card.state.value));
  const { runnable } = card.shape.value;
  return (
    <article
      class="daggr-card daggr-plain"
      data-node={card.id}
      data-status={status}
      data-freshness={freshness}
      data-tone={runnable ? said.value.tone : "plain"}
      aria-label={runnable ? `${card.id}, ${said.value.word}` : card.id}
      tabIndex={-1}
      style={{ height: `${height}px` }}
    >
      <span class="daggr-plain-name">{card.id}</span>
      {runnable && (
        <span class="daggr-status" data-tone={said.value.tone}>
          <Icon name={said.value.icon} size={24} />
          <span class="daggr-plain-word">{said.value.word}</span>
        </span>
      )}
    </article>
  );
}
