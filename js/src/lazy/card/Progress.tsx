import type { CardSignals } from "../../state/store";
import { Bar } from "../../ui/Bar";
import { isActive } from "../../ui/format";
import { useValue } from "../../ui/reactive";

/** How far a running node is, and what it says: a bar that fills if somebody knows, else moves. */
export function ProgressBar({ card }: { card: CardSignals }) {
  const running = useValue(() => {
    const { status } = card.state.value;
    return isActive(status) && status !== "queued";
  });
  if (!running) return null;
  const { progress, items, note } = card.state.value;
  const [done, total] = progress ? [progress.done, progress.total] : [items?.done, items?.total];
  return (
    <div class="daggr-progress">
      <Bar label={`Progress of ${card.id}`} part={total ? (done ?? 0) / total : null} />
      {(progress?.text || total) && (
        <div class="daggr-row daggr-quiet">
          <span class="daggr-ellipsis">{progress?.text}</span>
          {total ? <span class="daggr-figures">{`${done ?? 0}/${total}`}</span> : null}
        </div>
      )}
      {note && (
        <div class="daggr-row daggr-quiet">
          <span class="daggr-ellipsis" title={note}>
            {note}
          </span>
        </div>
      )}
    </div>
  );
}
