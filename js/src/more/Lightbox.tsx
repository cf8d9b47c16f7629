import { Dialog } from "../canvas/Dialog";
import type { Zoomed } from "../canvas/Overlays";
import { useApp } from "../context";
import { usePicture } from "../outputs/image";

/** One picture over the whole canvas. */
export function Lightbox({ picture, caption, close }: Zoomed & { close: () => void }) {
  return (
    <Dialog class="daggr-lightbox" label={caption} close={close}>
      <Enlarged picture={picture} caption={caption} />
      <p class="daggr-quiet">{caption}</p>
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
