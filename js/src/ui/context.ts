import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ComponentView, Preview } from "../protocol.gen";
import type { ReadonlySignal } from "../state/signals";
import type { Store } from "../state/store";
import type { View } from "../state/view";
import type { Bridge } from "../wire/bridge";
import type { ValueRef } from "../wire/media";

/** A value as the panel over the canvas shows it. */
export interface Enlarged extends Omit<ValueRef, "digest"> {
  preview: Preview;
  label: string;
  component?: ComponentView | null | undefined;
}

export interface Zoomed {
  shown: Enlarged;
  /** Those it is one of, if they are not the outputs of its card. */
  all?: Enlarged[] | undefined;
}

export interface App {
  store: Store;
  bridge: Bridge;
  view: View;
  /** Shows a value over the whole canvas. */
  zoom: (shown: Enlarged, all?: Enlarged[]) => void;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("no canvas around");
  return app;
}

/** `tabindex` of a card's controls: 0 once a person is inside the card. */
export const CardContext = createContext<ReadonlySignal<0 | -1> | null>(null);

/** `tabindex` of a control: that of its card, if it is in one. */
export function useTab(): 0 | -1 | undefined {
  return useContext(CardContext)?.value;
}
