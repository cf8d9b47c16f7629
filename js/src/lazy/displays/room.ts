import { createContext } from "preact";
import { useContext } from "preact/hooks";

/** What is looked for in a display, and how many places it was found at. */
export interface Search {
  query: string;
  /** Which of the places is the one that people are at. */
  at: number;
  found: (count: number, whole?: boolean) => void;
}

/** The panel over the canvas, for the display that has it to itself; null on a card. */
export const RoomContext = createContext<Search | null>(null);

export function useRoom(): Search | null {
  return useContext(RoomContext);
}

/** Whatever the case of its letters. */
export function patternOf(query: string, flags = "giu"): RegExp {
  return new RegExp(query.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), flags);
}
