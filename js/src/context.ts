import type { ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Bridge } from "./bridge";
import type { View } from "./canvas/view";
import type { ValueRef } from "./media";
import type { NodeId } from "./protocol.gen";
import type { Store } from "./store";

export interface App {
  store: Store;
  bridge: Bridge;
  view: View;
  /** Shows a picture over the whole canvas. */
  zoom: (picture: ValueRef, caption: string) => void;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("no canvas around");
  return app;
}

export interface CardScope {
  id: NodeId;
  /** `tabindex` of the card's controls: 0 once a person is inside the card. */
  tab: ReadonlySignal<0 | -1>;
}

export const CardContext = createContext<CardScope | null>(null);

export function useCard(): CardScope {
  const card = useContext(CardContext);
  if (!card) throw new Error("no card around");
  return card;
}
