import { useLayoutEffect } from "preact/hooks";
import { passing } from "../../canvas/keys";
import { type App, useApp } from "../../ui/context";
import { listen } from "../../ui/listen";

/** Where the browser's own menu is of use. */
const NATIVE = "input, textarea, select, a, img, audio, video, iframe, .daggr-menu, [role=dialog]";

/** What a canvas, or a part of one, does not do to what is on it, nor to the page around it. */
export function useManners(): void {
  const app = useApp();
  useLayoutEffect(() => {
    const { root } = app.view;
    if (!root) return;
    const stopChords = passChords(root);
    const stopListening = listen(
      root,
      {
        contextmenu: (event) => openMenu(event, app),
        dragover: keepFiles,
        drop: keepFiles,
        wheel: ({ target }) => {
          // It would be another number, which nobody meant.
          if (target instanceof HTMLElement && target.matches("[type=number]:focus")) target.blur();
        },
      },
      { passive: false },
    );
    return () => {
      stopChords();
      stopListening();
    };
  }, [app]);
}

/** What a field does with Ctrl, or the canvas. */
const EDITS = "acvxyz";
const SILENT = "data-lm-suppress-shortcuts";

/** Lets the page around hear of chords for which there is no use here, such as Ctrl S. */
function passChords(root: HTMLElement): () => void {
  let loud: Element[] = [];
  const silence = () => {
    for (const each of loud) each.setAttribute(SILENT, "");
    loud = [];
  };
  // It hears of a key before those around, who look whether anything there forbids it.
  const onKey = (event: KeyboardEvent) => {
    silence();
    const path = event.composedPath();
    const chord = (event.ctrlKey || event.metaKey) && event.key.length === 1;
    if (!chord || EDITS.includes(event.key.toLowerCase()) || !path.includes(root)) return;
    passing.add(event);
    loud = path.filter((each): each is Element => (each as Element).hasAttribute?.(SILENT));
    for (const each of loud) each.removeAttribute(SILENT);
    setTimeout(silence);
  };
  return listen(window, { keydown: onKey }, { capture: true });
}

/** A file that misses its field does not take the place of the page. */
function keepFiles(event: DragEvent): void {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}

/** A card's menu, or the graph's, in place of the one that deletes cells. */
function openMenu(event: MouseEvent, { view }: App): void {
  if (event.shiftKey || !(event.target instanceof Element)) return;
  event.stopPropagation();
  const { target } = event;
  const selected = getSelection()?.containsNode(target, true) && `${getSelection()}`;
  if (selected || target.closest(NATIVE)) return;
  const card = target.closest("article, [data-host]");
  if (!card && !target.closest(".daggr-stage")) return;
  const button = (card ?? view.root)?.querySelector<HTMLElement>(
    card ? '[data-control="menu"]' : '.daggr-toolbar [data-control="more"]',
  );
  if (!button) return;
  event.preventDefault();
  if (button.ariaExpanded !== "true") button.click();
}
