import { Control } from "./controls/Control";
import { Display } from "./displays/Display";
import { ItemList } from "./ItemList";
import { Lightbox } from "./Lightbox";
import css from "./more.css";
import { Panel } from "./Question";
import { SheetTabs } from "./SheetTabs";
import { ShortcutSheet } from "./Shortcuts";

/** The second part of the canvas: what a first view can do without. */
export const more = {
  css,
  Control,
  Display,
  ItemList,
  Lightbox,
  Panel,
  SheetTabs,
  ShortcutSheet,
};

export type More = typeof more;
