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
  const [at, setAt] = useState(props.preview.data.position);
  const tab = useTab();
  if (!before || !after) return <p class="daggr-quiet">No pictures.</p>;
  const aspect = aspectOf(before.preview.summary) ?? aspectOf(after.preview.summary) ?? 1.5;
  const slider = (
    <div class="daggr-compare" style={{ "--at": `${at}%`, aspectRatio: aspect }}>
      <Side {...before} />
      <Side {...after} />
      <input
        type="range"
        min="0"
        max="100"
        step="any"
        value={at}
        tabIndex={tab}
        aria-label={`${props.label}: how much of the first picture is shown`}
        aria-valuetext={`${Math.round(at)} %`}
        onInput={(event) => setAt(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
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

function Side(props: OutputProps) {
  const { preview } = props;
  return preview.kind === "image" ? <Layer {...props} /> : <NoPicture {...preview} />;
}

function Layer(props: OutputProps) {
  const { view } = useApp();
  const wide = useRoom() ? Math.min(2 * view.size.peek().width, 3000) : WIDTH;
  const image = usePicture(refOf(props), wide || WIDTH);
  if (image && "error" in image) return <p class="daggr-lost">{image.error}</p>;
  return <img src={image?.url} alt="" draggable={false} />;
}
