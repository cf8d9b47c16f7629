import { useComputed } from "@preact/signals";
import { isActive } from "../format";
import type { CardSignals } from "../store";

/** How far a running node is: a bar that fills when somebody knows, else one that moves. */
export function ProgressBar({ card }: { card: CardSignals }) {
  const running = useComputed(() => {
    const { status } = card.state.value;
    return isActive(status) && status !== "queued";
  });
  if (!running.value) return null;
  const { progress, items } = card.state.value;
  const [done, total] = progress ? [progress.done, progress.total] : [items?.done, items?.total];
  const part = total ? Math.min((done ?? 0) / total, 1) : null;
  return (
    <div class="daggr-progress">
      <div
        class="daggr-bar"
        role="progressbar"
        aria-label={`Progress of ${card.id}`}
        aria-valuenow={part === null ? undefined : Math.round(part * 100)}
      >
        <i
          data-unknown={part === null}
          style={part === null ? undefined : { width: `${part * 100}%` }}
        />
      </div>
      {(progress?.text || total) && (
        <div class="daggr-row daggr-quiet">
          <span class="daggr-ellipsis">{progress?.text}</span>
          {total ? <span class="daggr-figures">{`${done ?? 0}/${total}`}</span> : null}
        </div>
      )}
    </div>
  );
}
