import { later } from "../more";
import { useValue } from "../reactive";
import type { CardSignals } from "../store";

const Panel = later((more) => more.Panel);

/** What a person is asked, where the eye already is: under the name. */
export function Asked({ card }: { card: CardSignals }) {
  const question = useValue(() => {
    const { status, question } = card.state.value;
    return status === "waiting" ? question : null;
  });
  return question && <Panel key={question.key} card={card} question={question} />;
}
