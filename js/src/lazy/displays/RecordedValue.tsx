import { Output } from "../../outputs/Output";
import type { Pair, Preview, RunId } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Enlarge } from "../overlays/Enlarge";

/** A text or a number as it is; null for all other values. */
export function briefOf({ data, kind }: Preview): string | null {
  const rich = kind === "html" || kind === "markdown";
  return data === null || typeof data === "object" || rich ? null : String(data);
}

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
  const brief = briefOf(preview);
  if (brief !== null && brief.length <= 60) {
    return (
      <p class="daggr-brief" dir="auto">
        {brief || "(empty)"}
      </p>
    );
  }
  const path: number[] = [];
  const shown = { ...rest, node: card.id, preview, path, control: !!input };
  return (
    <div class="daggr-recorded">
      <Output {...shown} />
      {preview.kind !== "image" && <Enlarge {...shown} />}
    </div>
  );
}
