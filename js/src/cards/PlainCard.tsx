import type { CardSignals } from "../state/store";
import { useApp } from "../ui/context";
import { statusWord } from "../ui/format";
import { Icon } from "../ui/icons";
import { useValue } from "../ui/reactive";

/** Below this zoom a status word could not be read. */
const TITLE_ONLY = 0.24;

/** A card seen from afar: its name and status, large enough to read. */
export function PlainCard({ card, height }: { card: CardSignals; height: number }) {
  const { status, freshness } = card.state.value;
  const { word, tone, icon } = statusWord({ status, freshness });
  const { view } = useApp();
  const titleOnly = useValue(() => view.camera.value.zoom < TITLE_ONLY);
  const { runnable } = card.shape.value;
  return (
    <article
      class="daggr-card daggr-plain"
      data-node={card.id}
      data-status={status}
      data-freshness={freshness}
      data-tone={runnable ? tone : "plain"}
      aria-label={runnable ? `${card.id}, ${word}` : card.id}
      tabIndex={-1}
      style={{ height: `${height}px` }}
    >
      <span class="daggr-plain-name">{card.id}</span>
      {runnable && !titleOnly && (
        <span class="daggr-status" data-tone={tone}>
          <Icon name={icon} size={24} />
          <span class="daggr-plain-word">{status === "waiting" ? status : word}</span>
        </span>
      )}
    </article>
  );
}
