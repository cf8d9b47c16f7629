import { Output } from "../../outputs/Output";
import type { Pair, RunId } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";

interface RecordedProps {
  card: CardSignals;
  preview: NonNullable<Pair["former"]>;
  label: string;
  component: Pair["component"];
  port: Pair["name"];
  record: RunId;
  input?: boolean;
}

/** A value of a run of the past, fetched from its record. */
export function RecordedValue({ card, preview, input, ...rest }: RecordedProps) {
  const { data, mime } = preview;
  const brief = data !== null && typeof data !== "object" && !/html|markdown/.test(mime);
  if (brief && String(data).length <= 60) {
    return (
      <p class="daggr-brief" dir="auto">
        {String(data) || "(empty)"}
      </p>
    );
  }
  const path: number[] = [];
  return <Output {...rest} node={card.id} {...{ preview, path }} control={!!input} />;
}
