import { useApp } from "../context";
import type { ValueRef } from "../media";
import { usePicture } from "../outputs/image";
import type { Signal } from "../signals";
import { Dialog } from "./Dialog";

export interface Zoomed {
  picture: ValueRef;
  caption: string;
}

/** One picture over the whole canvas. */
export function Overlay({ zoomed }: { zoomed: Signal<Zoomed | null> }) {
  const shown = zoomed.value;
  if (!shown) return null;
  const close = () => {
    zoomed.value = null;
  };
  return (
    <Dialog class="daggr-lightbox" label={shown.caption} close={close}>
      <Enlarged {...shown} />
      <p class="daggr-quiet">{shown.caption}</p>
    </Dialog>
  );
}

function Enlarged({ picture, caption }: Zoomed) {
  const { view } = useApp();
  const width = Math.round(view.size.peek().width * Math.min(devicePixelRatio || 1, 2));
  const loaded = usePicture(picture, width);
  if (!loaded) return <p>Loading…</p>;
  return "url" in loaded ? <img src={loaded.url} alt={caption} /> : <p>{loaded.error}</p>;
}
