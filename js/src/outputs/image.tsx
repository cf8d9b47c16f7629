import { useEffect, useState } from "preact/hooks";
import { later } from "../later";
import { Button } from "../ui/Button";
import { useApp } from "../ui/context";
import { aspectOf } from "../ui/format";
import type { ValueRef } from "../wire/media";
import { type OutputProps, refOf } from "./props";

const Lost = later("PictureLost");

const CSS_WIDTH = 244;
/** Twice the CSS width, so that pictures stay sharp on dense screens. */
export const CARD_PICTURE = CSS_WIDTH * 2;
export const THUMBNAIL = 160;

type PictureState = { url: string } | { error: string } | null;

/** The object URL of a value, held while somebody shows it. */
export function usePicture(ref: ValueRef, width: number, attempt = 0): PictureState {
  const { media } = useApp().bridge;
  const [image, setImage] = useState<PictureState>(null);
  useEffect(() => {
    let current = true;
    media.acquire(ref, width).then(
      (url) => current && setImage({ url }),
      (error: Error) => current && setImage({ error: error.message }),
    );
    return () => {
      current = false;
      media.release(ref, width);
    };
  }, [media, ref.node, ref.port, `${ref.path}`, ref.digest, ref.question, width, attempt]);
  return image;
}

export function Picture(props: OutputProps) {
  const { store } = useApp();
  const zoom = useZoom(props);
  const [attempt, setAttempt] = useState(0);
  const image = usePicture(refOf(props), CARD_PICTURE, attempt);
  const aspect = aspectOf(props.preview.summary) ?? 1.5;
  if ((image && "error" in image) || (!image && store.readOnly.value))
    return <Lost aspect={aspect} again={() => setAttempt(attempt + 1)} />;
  return (
    <Button look="picture" {...zoom}>
      {/* The caption's ratio keeps the room; the picture's own wins once it is known. */}
      <img src={image?.url} alt="" draggable={false} style={{ aspectRatio: `auto ${aspect}` }} />
    </Button>
  );
}

/** A square picture in a grid. */
export function Thumbnail(props: OutputProps) {
  return (
    <Button look="picture" {...useZoom(props)} style={{ aspectRatio: 1 }}>
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

function useZoom(props: OutputProps) {
  const { zoom } = useApp();
  const { label, preview } = props;
  return {
    name: `Enlarge ${label}`,
    onClick: () => zoom(refOf(props), `${label} · ${preview.summary}`),
  };
}
