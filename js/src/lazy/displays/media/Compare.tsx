import { useState } from "preact/hooks";
import { usePicture } from "../../../outputs/image";
import { type OutputProps, refOf, type Shows } from "../../../outputs/props";
import { Button } from "../../../ui/Button";
import { useApp, useTab } from "../../../ui/context";
import { aspectOf } from "../../../ui/format";
import { useRoom } from "../room";
import { NoPicture, picturesOf } from "./Gallery";

const WIDTH = 488;

/** Two pictures, one over the other, with a handle between them. */
export function Compare(props: Shows<"compare">) {
  const [before, after] = picturesOf(props);
  if (!before || !after) return <p class="daggr-quiet">No pictures.</p>;
  const { label, preview } = props;
  const slider = <Slider {...{ before, after, label }} from={preview.data.position} />;
  const { remove } = props;
  if (!remove) return slider;
  return (
    <>
      {slider}
      <p class="daggr-under">
        {["first", "second"].map((which, index) => (
          <Button key={which} look="link" onClick={() => remove(index)}>
            Remove {which}
          </Button>
        ))}
      </p>
    </>
  );
}

interface SliderProps {
  before: OutputProps;
  after: OutputProps;
  label: string;
  /** How much of the first picture is shown at first, in per cent. */
  from: number;
  /** How wide the pictures are fetched, where that is not as it is elsewhere. */
  width?: number | undefined;
}

/** Two pictures, of one value or of two, with a handle between them. */
export function Slider({ before, after, label, from, width }: SliderProps) {
  const [at, setAt] = useState(from);
  const tab = useTab();
  const aspect = aspectOf(before.preview.summary) ?? aspectOf(after.preview.summary) ?? 1.5;
  return (
    <div class="daggr-compare" style={{ "--at": `${at}%`, aspectRatio: aspect }}>
      <Side shown={before} width={width} />
      <Side shown={after} width={width} />
      <input
        type="range"
        min="0"
        max="100"
        step="any"
        value={at}
        tabIndex={tab}
        aria-label={`${label}: how much of the first picture is shown`}
        aria-valuetext={`${Math.round(at)} %`}
        onInput={(event) => setAt(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

interface LayerProps {
  shown: OutputProps;
  width?: number | undefined;
}

function Side({ shown, width }: LayerProps) {
  const { preview } = shown;
  return preview.kind === "image" ? <Layer {...{ shown, width }} /> : <NoPicture {...preview} />;
}

export function Layer({ shown, width }: LayerProps) {
  const { view } = useApp();
  const wide = useRoom() ? Math.min(2 * view.size.peek().width, 3000) : WIDTH;
  const image = usePicture(refOf(shown), width || wide || WIDTH);
  if (image && "error" in image) return <p class="daggr-lost">{image.error}</p>;
  return <img src={image?.url} alt="" draggable={false} />;
}
