import { useState } from "preact/hooks";
import type { OutputProps } from "../../outputs/props";
import { aspectOf } from "../../ui/format";
import { Layer, Slider } from "../displays/media/Compare";

const WAYS = ["Slider", "Difference", "Side by side"] as const;
/** What a wide panel can show on a dense screen. */
const WIDTH = 1080;

interface PicturePairProps {
  former: OutputProps;
  latter: OutputProps;
  label: string;
}

/** Two pictures as large as there is room: over each other, what differs, or beside each other. */
export function PicturePair({ former, latter, label }: PicturePairProps) {
  const [way, setWay] = useState<(typeof WAYS)[number]>("Slider");
  const aspect = aspectOf(latter.preview.summary) ?? 1.5;
  const [before, after] = [former, latter].map((shown) => ({ shown, width: WIDTH }));
  return (
    <div class="daggr-picture-pair">
      <fieldset class="daggr-ways" aria-label={`How to compare ${label}`}>
        {WAYS.map((each) => (
          <label key={each} data-on={each === way}>
            <input
              type="radio"
              name={`way-of-${label}`}
              checked={each === way}
              onChange={() => setWay(each)}
            />
            {each}
          </label>
        ))}
      </fieldset>
      {way === "Slider" && (
        <Slider before={former} after={latter} label={label} from={50} width={WIDTH} />
      )}
      {way === "Difference" && before && after && (
        <div class="daggr-difference" style={{ aspectRatio: aspect }}>
          <Layer {...before} />
          <Layer {...after} />
        </div>
      )}
      {way === "Side by side" && before && after && (
        <div class="daggr-sides daggr-pictures">
          <Layer {...before} />
          <Layer {...after} />
        </div>
      )}
    </div>
  );
}
