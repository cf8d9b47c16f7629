import { useEffect, useRef, useState } from "preact/hooks";
import { usePicture } from "../../outputs/image";
import { Button } from "../../ui/Button";
import { useApp, type Zoomed } from "../../ui/context";
import { listen } from "../../ui/listen";
import { Dialog } from "./Dialog";

/** One picture over the whole canvas; of several, the arrow keys show the others. */
export function Lightbox({ close, ...first }: Zoomed & { close: () => void }) {
  const all = first.all ?? [first];
  const start = all.findIndex(({ picture }) => `${picture.path}` === `${first.picture.path}`);
  const [index, setIndex] = useState(Math.max(start, 0));
  const { picture, caption } = all[index] ?? first;
  const step = (by: number) => setIndex((index + by + all.length) % all.length);
  return (
    <Dialog class="daggr-lightbox" label={caption} close={close}>
      <Enlarged key={index} picture={picture} caption={caption} />
      {all.length > 1 ? (
        <Steps caption={`${caption} · ${index + 1} of ${all.length}`} step={step} />
      ) : (
        <p class="daggr-quiet">{caption}</p>
      )}
    </Dialog>
  );
}

function Steps({ caption, step }: { caption: string; step: (by: number) => void }) {
  const row = useRef<HTMLDivElement>(null);
  const latest = useRef(step);
  latest.current = step;
  useEffect(() => {
    const dialog = row.current?.parentElement;
    const onKey = (event: KeyboardEvent) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      latest.current(by);
    };
    return dialog ? listen(dialog, { keydown: onKey }) : undefined;
  }, []);
  return (
    <div ref={row} class="daggr-lightbox-steps">
      <Button look="square" icon="left" name="Previous picture" onClick={() => step(-1)} />
      <p class="daggr-quiet" aria-live="polite">
        {caption}
      </p>
      <Button look="square" icon="right" name="Next picture" onClick={() => step(1)} />
    </div>
  );
}

function Enlarged({ picture, caption }: Zoomed) {
  const { view } = useApp();
  const width = Math.round(view.size.peek().width * Math.min(devicePixelRatio || 1, 2));
  const image = usePicture(picture, width);
  if (!image) return <p>Loading…</p>;
  return "url" in image ? <img src={image.url} alt={caption} /> : <p>{image.error}</p>;
}
