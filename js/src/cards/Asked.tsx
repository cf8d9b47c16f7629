import { later } from "../later";
import type { CardSignals } from "../state/store";
import { useValue } from "../ui/reactive";

const Panel = later("Panel");

/** What a person is asked, where the eye already is: under the name. */
export function Asked({ card }: { card: CardSignals }) {
  const question = useValue(() => {
    const { status, question } = card.state.value;
    return status === "waiting" ? question : null;
  });
  return question && <Panel key={question.key} card={card} question={question} />;
}
