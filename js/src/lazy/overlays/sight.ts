import { useEffect } from "preact/hooks";
import { useApp } from "../../ui/context";
import { listen } from "../../ui/listen";

/** What stays visible of the cards below a toolbar that has been moved down, in pixels. */
const REST = 120;

/**
 * Keeps the toolbar in sight while the page scrolls. `position: sticky` would not: hosts put every
 * output into a scroller of its own.
 */
export function useBarInSight(): void {
  const { view } = useApp();
  useEffect(() => {
    const { root } = view;
    const bar = root?.querySelector<HTMLElement>(".daggr-toolbar");
    if (!root || !bar) return;
    let clip: Element | null = null;
    let shift = 0;
    const place = () => {
      const { top, height } = root.getBoundingClientRect();
      const edge = clip?.isConnected ? clip.getBoundingClientRect().top : 0;
      const next = Math.round(Math.max(0, Math.min(edge - top, height - REST)));
      if (next === shift || view.narrow.peek()) return;
      shift = next;
      bar.style.transform = next ? `translateY(${next}px)` : "";
    };
    const onScroll = ({ target }: Event) => {
      // Scrollers inside cards move nothing here, nor do those beside the canvas.
      if (!(target instanceof Node) || root.contains(target) || !target.contains(root)) return;
      clip = target instanceof Element ? target : null;
      place();
    };
    return listen(root.ownerDocument, { scroll: onScroll }, { capture: true, passive: true });
  }, [view]);
}
