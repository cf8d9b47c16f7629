import { useEffect, useState } from "preact/hooks";
import { useApp } from "../context";
import { aspectOf } from "../format";
import type { ValueRef } from "../media";
import { Button } from "../parts";
import type { OutputProps } from "./Output";

const CSS_WIDTH = 244;
/** Twice the CSS width, so that pictures stay sharp on dense screens. */
export const CARD_PICTURE = CSS_WIDTH * 2;
export const THUMBNAIL = 160;

type Loaded = { url: string } | { error: string } | null;

/** The object URL of a value, held while somebody shows it. */
export function usePicture(ref: ValueRef, width: number, attempt = 0): Loaded {
  const { media } = useApp().bridge;
  const [loaded, setLoaded] = useState<Loaded>(null);
  useEffect(() => {
    let current = true;
    media.acquire(ref, width).then(
      (url) => current && setLoaded({ url }),
      (error: Error) => current && setLoaded({ error: error.message }),
    );
    return () => {
      current = false;
      media.release(ref, width);
    };
  }, [media, ref.node, ref.port, ref.path.join("."), ref.digest, width, attempt]);
  return loaded;
}

export function Picture({ node, port, preview, path, label }: OutputProps) {
  const { zoom } = useApp();
  const [attempt, setAttempt] = useState(0);
  const ref: ValueRef = { node, port, path, digest: preview.digest };
  const loaded = usePicture(ref, CARD_PICTURE, attempt);
  const aspect = aspectOf(preview.summary) ?? 1.5;
  if (loaded && "error" in loaded) {
    return (
      <div class="daggr-picture-lost" style={{ aspectRatio: aspect }}>
        <span>The picture could not be loaded.</span>
        <Button look="link" onClick={() => setAttempt(attempt + 1)}>
          Try again
        </Button>
      </div>
    );
  }
  return (
    <Button
      look="picture"
      name={`Enlarge ${label}`}
      onClick={() => zoom(ref, `${label} · ${preview.summary}`)}
    >
      {/* The caption's ratio keeps the place; the picture's own wins once it is known. */}
      <img src={loaded?.url} alt="" draggable={false} style={{ aspectRatio: `auto ${aspect}` }} />
    </Button>
  );
}

/** A square picture in a grid. */
export function Thumbnail({ node, port, preview, path, label }: OutputProps) {
  const { zoom } = useApp();
  const ref: ValueRef = { node, port, path, digest: preview.digest };
  const loaded = usePicture(ref, THUMBNAIL);
  return (
    <Button
      look="picture"
      name={`Enlarge ${label}`}
      style={{ aspectRatio: 1 }}
      onClick={() => zoom(ref, `${label} · ${preview.summary}`)}
    >
      {loaded && "url" in loaded && <img src={loaded.url} alt="" draggable={false} />}
    </Button>
  );
}
