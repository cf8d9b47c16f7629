import { useEffect, useRef, useState } from "preact/hooks";
import { later } from "../later";
import { Button } from "../ui/Button";
import { useApp } from "../ui/context";
import { aspectOf, messageOf } from "../ui/format";
import type { ValueRef } from "../wire/media";
import { type OutputProps, refOf } from "./props";

const Lost = later("PictureLost");

export const CSS_WIDTH = 244;
/** Twice the CSS width, so that pictures stay sharp on dense screens. */
export const CARD_PICTURE = CSS_WIDTH * 2;

type PictureState = { url: string } | { error: string } | null;

/**
 * The object URL of a value, held while somebody shows it. The former picture stays until the next
 * one can be painted; of those that come faster than they are fetched, some are left out.
 */
export function usePicture(ref: ValueRef, width: number, attempt = 0): PictureState {
  const { media } = useApp().bridge;
  const [image, setImage] = useState<PictureState>(null);
  const turns = useRef<Promise<void> | null>(null);
  useEffect(() => {
    let current = true;
    let held = false;
    const former = turns.current;
    const show = async () => {
      await former;
      if (!current) return;
      held = true;
      let next: PictureState;
      try {
        const url = await media.acquire(ref, width);
        if (former !== null) await decoded(url);
        next = { url };
      } catch (error) {
        next = { error: messageOf(error) };
      }
      if (current) setImage(next);
    };
    turns.current = show();
    return () => {
      current = false;
      if (held) media.release(ref, width);
    };
  }, [media, ref.node, ref.port, `${ref.path}`, ref.digest, ref.question, width, attempt]);
  return image;
}

async function decoded(url: string): Promise<void> {
  const probe = new Image();
  probe.src = url;
  await probe.decode?.().catch(() => {});
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
    <Button look="picture" {...zoom} style={{ "--aspect": aspect }}>
      <img src={image?.url} alt="" draggable={false} />
    </Button>
  );
}

export function useZoom(props: OutputProps) {
  const { zoom } = useApp();
  return {
    name: `Enlarge ${props.label}`,
    "data-control": "enlarge",
    onClick: () => zoom(props),
  };
}
