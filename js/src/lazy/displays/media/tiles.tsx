import { CSS_WIDTH, usePicture, useZoom } from "../../../outputs/image";
import { type OutputProps, refOf } from "../../../outputs/props";
import { Button } from "../../../ui/Button";
import { useApp } from "../../../ui/context";
import { aspectOf } from "../../../ui/format";
import type { ValueRef } from "../../../wire/media";

const THUMBNAIL = 160;

/** A square picture in a grid. */
export function Thumbnail({ all, ...props }: OutputProps & { all: OutputProps[] }) {
  const { zoom } = useApp();
  return (
    <Button
      look="picture"
      {...useZoom(props)}
      onClick={() => zoom(props, all)}
      style={{ aspectRatio: 1 }}
    >
      <Small source={refOf(props)} width={THUMBNAIL} />
    </Button>
  );
}

/** One of several pictures to choose from, with a button that enlarges it. */
export function Tile(props: OutputProps) {
  return (
    <>
      <Small
        source={refOf(props)}
        width={CSS_WIDTH}
        aspect={aspectOf(props.preview.summary) ?? 1.5}
      />
      <Button look="square" icon="expand" {...useZoom(props)} />
    </>
  );
}

function Small({ source, width, aspect }: { source: ValueRef; width: number; aspect?: number }) {
  const image = usePicture(source, width);
  if (image && "error" in image) return <span class="daggr-quiet">{image.error}</span>;
  const style = aspect ? { aspectRatio: aspect } : undefined;
  return <img src={image?.url} alt="" draggable={false} style={style} />;
}
