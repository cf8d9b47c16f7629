import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ReadonlySignal } from "../state/signals";
import type { Store } from "../state/store";
import type { View } from "../state/view";
import type { Bridge } from "../wire/bridge";
import type { ValueRef } from "../wire/media";

export interface Zoomed {
  picture: ValueRef;
  caption: string;
  /** The pictures it is one of. */
  all?: Zoomed[] | undefined;
}

export interface App {
  store: Store;
  bridge: Bridge;
  view: View;
  /** Shows a picture over the whole canvas. */
  zoom: (picture: ValueRef, caption: string, all?: Zoomed[]) => void;
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
