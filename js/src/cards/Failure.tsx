import { later } from "../later";
import type { CardSignals } from "../state/store";
import { useValue } from "../ui/reactive";

const FailureBody = later("FailureBody", ({ error }) => (
  <div class="daggr-failure-line">
    <p data-clamped="true">
      <strong>{error.type}</strong> {error.message}
    </p>
  </div>
));

/** What went wrong and where; what to do next. */
export function Failure({ card }: { card: CardSignals }) {
  const error = useValue(() =>
    card.state.value.status === "failed" ? card.state.value.error : null,
  );
  return (
    error && (
      <div class="daggr-failure">
        <FailureBody card={card} error={error} />
      </div>
    )
  );
}
