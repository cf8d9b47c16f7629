import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { later } from "../later";
import type { Signal } from "../state/signals";
import type { View } from "../state/view";
import { useApp, type Zoomed } from "../ui/context";
import { listen } from "../ui/listen";

const Lightbox = later("Lightbox");
const ShortcutSheet = later("ShortcutSheet");
const Peek = later("Peek");
const PendingKey = later("PendingKey");
const SidePanel = later("SidePanel");
const Toasts = later("Toasts");

/** The cards come first. */
const CALM_MS = 600;

interface OverlaysProps {
  zoomed: Signal<Zoomed | null>;
  /** What can come after the cards. */
  around?: ComponentChildren;
}

/** What lies over the whole canvas. */
export function Overlays({ zoomed, around }: OverlaysProps) {
  const { store, view } = useApp();
  const { help, panel, peeked, pendingKey } = view;
  const close = () => {
    zoomed.value = null;
  };
  const [calm, setCalm] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(true), CALM_MS);
    return () => clearTimeout(timer);
  }, []);
  usePeeking(view);
  return (
    <>
      {calm && around}
      {store.toasts.value.length > 0 && <Toasts />}
      {panel.value && <SidePanel key={panel.value.name} />}
      {peeked.value && <Peek {...peeked.value} />}
      {pendingKey.value && <PendingKey />}
      {help.value && <ShortcutSheet />}
      {zoomed.value && <Lightbox {...zoomed.value} close={close} />}
    </>
  );
}

/** Notes which mode to run in, or which edge, the pointer or the focus is on. */
function usePeeking(view: View): void {
  useEffect(() => {
    if (!view.root) return;
    const look = (event: Event) => {
      const target = event.target as Element;
      if (event.type === "focusin" && !target.matches(":focus-visible")) return;
      const at = target.closest("[data-plan]:enabled, [data-edge]");
      const { clientX: x = 0, clientY: y = 0 } = event as PointerEvent;
      if (at !== (view.peeked.peek()?.at ?? null)) view.peeked.value = at && { at, x, y };
    };
    const end = () => {
      view.peeked.value = null;
    };
    return listen(view.root, {
      pointerover: look,
      focusin: look,
      pointerdown: end,
      pointerleave: end,
    });
  }, [view]);
}
