import { later } from "../later";
import type { CardSignals } from "../state/store";
import { useValue } from "../ui/reactive";

const QuestionPanel = later("QuestionPanel");

/** What a person is asked, where the eye already is: under the name. */
export function OpenQuestion({ card }: { card: CardSignals }) {
  const question = useValue(() => card.state.value.question);
  return question && <QuestionPanel key={question.key} card={card} question={question} />;
}
