import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { usePicture } from "../../outputs/image";
import { type OutputProps, refOf } from "../../outputs/props";
import { listen } from "../../ui/listen";

/** No picture is asked for that is wider. */
const WIDEST = 6000;

interface LargePictureProps {
  shown: OutputProps;
  caption: string;
  /** How much larger than it fits. */
  scale: number;
  rescale: (by: number) => void;
}

/** A picture as large as there is room, or larger: then it is moved with the pointer or the keys. */
export function LargePicture({ shown, caption, scale, rescale }: LargePictureProps) {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState<[number, number] | null>(null);
  const [own, setOwn] = useState(sizeOf(shown.preview.summary));
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setRoom([element.offsetWidth - 2, element.offsetHeight - 2]);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  const latest = useRef(rescale);
  latest.current = rescale;
  useEffect(() => {
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      latest.current(event.deltaY < 0 ? 1.15 : 1 / 1.15);
    };
    return box.current ? listen(box.current, { wheel }, { passive: false }) : undefined;
  }, []);
  const [wide, high] = room ?? [0, 0];
  const fits = own ? Math.min(wide, (high * own[0]) / own[1], Math.max(own[0], wide / 2)) : wide;
  const density = Math.min(devicePixelRatio || 1, 2);
  const best = Math.min(own?.[0] ?? WIDEST, WIDEST);
  const needed = Math.max(Math.min(Math.round((fits || 800) * density), best), 1);
  const image = usePicture(refOf(shown), scale > 1 ? best : needed);
  const move = (event: PointerEvent) => {
    if (!event.buttons || !box.current) return;
    box.current.scrollLeft -= event.movementX;
    box.current.scrollTop -= event.movementY;
  };
  const lost = image && "error" in image;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a scroller that a hand can move, too
    <div
      ref={box}
      class="daggr-scroll daggr-large-picture"
      data-larger={scale > 1 || undefined}
      tabIndex={scale > 1 ? 0 : undefined}
      onPointerDown={(event) => scale > 1 && box.current?.setPointerCapture(event.pointerId)}
      onPointerMove={move}
      onDblClick={() => rescale(scale > 1 ? 0 : 2)}
    >
      {!image && <p class="daggr-quiet">Loading…</p>}
      {lost && <p class="daggr-lost">{image.error}</p>}
      {image && "url" in image && (
        <img
          src={image.url}
          alt={caption}
          draggable={false}
          style={own ? { width: `${Math.round(fits * scale)}px` } : { maxWidth: "100%" }}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            !own && naturalWidth && setOwn([naturalWidth, naturalHeight])
          }
        />
      )}
    </div>
  );
}

function sizeOf(summary: string): [number, number] | null {
  const [, width, height] = /(\d+)\s*[×x]\s*(\d+)/.exec(summary.replaceAll(",", "")) ?? [];
  return Number(width) && Number(height) ? [Number(width), Number(height)] : null;
}
