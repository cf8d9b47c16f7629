import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../context";
import { Icon } from "../icons";
import type { ValueRef } from "../media";
import { usePicture } from "../outputs/image";

export interface Zoomed {
  picture: ValueRef;
  caption: string;
}

/** One picture over the whole canvas. */
export function Overlay({ zoomed }: { zoomed: Signal<Zoomed | null> }) {
  const shown = zoomed.value;
  if (!shown) return null;
  return (
    <Lightbox
      {...shown}
      close={() => {
        zoomed.value = null;
      }}
    />
  );
}

function Lightbox({ picture, caption, close }: Zoomed & { close: () => void }) {
  const { view } = useApp();
  const dialog = useRef<HTMLDivElement>(null);
  const width = Math.round(view.size.peek().width * Math.min(devicePixelRatio || 1, 2));
  const loaded = usePicture(picture, width);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" && event.key !== "Tab") return;
    event.preventDefault();
    if (event.key === "Escape") close();
    else dialog.current?.querySelector("button")?.focus();
  };
  return (
    <div
      ref={dialog}
      class="daggr-lightbox"
      role="dialog"
      aria-modal="true"
      aria-label={caption}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onClick={(event) => event.target === event.currentTarget && close()}
    >
      {loaded && "url" in loaded && <img src={loaded.url} alt={caption} />}
      {loaded && "error" in loaded && <p>{loaded.error}</p>}
      {!loaded && <p class="daggr-quiet">Loading…</p>}
      <p class="daggr-lightbox-caption">{caption}</p>
      <button type="button" class="daggr-button daggr-square" aria-label="Close" onClick={close}>
        <Icon name="close" />
      </button>
    </div>
  );
}
