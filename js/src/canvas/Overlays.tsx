import { useApp, type Zoomed } from "../context";
import { later } from "../more";
import type { Signal } from "../signals";

const Lightbox = later((more) => more.Lightbox);
const ShortcutSheet = later((more) => more.ShortcutSheet);

/** What lies over the whole canvas. */
export function Overlays({ zoomed }: { zoomed: Signal<Zoomed | null> }) {
  const { help } = useApp().view;
  const close = () => {
    zoomed.value = null;
  };
  return (
    <>
      {help.value && <ShortcutSheet />}
      {zoomed.value && <Lightbox {...zoomed.value} close={close} />}
    </>
  );
}
