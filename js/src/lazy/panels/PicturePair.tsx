import { useState } from "preact/hooks";
import { Options } from "../../inputs/choice";
import type { OutputProps } from "../../outputs/props";
import { aspectOf } from "../../ui/format";
import { Layer, Slider } from "../displays/media/Compare";
import { LinkedPictures } from "./LinkedPictures";

const WAYS = ["Slider", "Side by side", "Difference"].map((label) => ({ label, value: label }));
/** What a wide panel can show on a dense screen. */
const WIDTH = 1080;

interface PicturePairProps {
  former: OutputProps;
  latter: OutputProps;
  label: string;
}

/** Two pictures as large as there is room: over each other, side by side, or what differs. */
export function PicturePair({ former, latter, label }: PicturePairProps) {
  const [way, setWay] = useState("Slider");
  const how = `How to compare ${label}`;
  const field = { "aria-label": how, tabIndex: 0 as const, disabled: false };
  return (
    <>
      <Options
        type="radio"
        look="daggr-segments"
        choices={WAYS}
        isOn={(choice) => choice.label === way}
        choose={(choice) => setWay(choice.label)}
        label={how}
        field={field}
      />
      {way === "Slider" && (
        <Slider before={former} after={latter} label={label} from={50} width={WIDTH} />
      )}
      {way === "Side by side" && (
        <LinkedPictures pictures={[former, latter]} label={label} width={WIDTH} />
      )}
      {way === "Difference" && (
        <div
          class="daggr-compare daggr-difference"
          style={{ aspectRatio: aspectOf(latter.preview.summary) ?? 1.5 }}
        >
          <Layer shown={former} width={WIDTH} />
          <Layer shown={latter} width={WIDTH} />
        </div>
      )}
    </>
  );
}
