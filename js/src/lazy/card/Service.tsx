import type { CardSignals } from "../../state/store";
import { useTab } from "../../ui/context";

/** Who does the work elsewhere, as a link, at which revision; and that nobody can repeat it. */
export function Service({ card }: { card: CardSignals }) {
  const tab = useTab();
  const { service } = card.state.value;
  if (!service) return null;
  const { label, url, commit } = service;
  return (
    <div class="daggr-service daggr-row daggr-quiet">
      {url ? (
        <a
          class="daggr-ellipsis"
          href={url}
          target="_blank"
          rel="noopener noreferrer"
          title={`${label} opens in a tab of its own`}
          tabIndex={tab}
        >
          {label}
        </a>
      ) : (
        <span class="daggr-ellipsis" title={label}>
          {label}
        </span>
      )}
      {commit && (
        <code class="daggr-figures" title="The revision that is called">
          {commit}
        </code>
      )}
      <span
        class="daggr-unrepeatable"
        title="Done elsewhere: the same inputs may give another result"
      >
        not reproducible
      </span>
    </div>
  );
}
