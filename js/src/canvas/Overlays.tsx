import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { later } from "../later";
import type { Signal } from "../state/signals";
import { useApp, type Zoomed } from "../ui/context";

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
