import { Colors } from "./colors";
import { Html } from "./html";
import { ItemList } from "./ItemList";
import { Lightbox } from "./Lightbox";
import { Markdown } from "./markdown";
import css from "./more.css";
import { Panel } from "./Question";
import { SheetTabs } from "./SheetTabs";
import { ShortcutSheet } from "./Shortcuts";

/** The second part of the canvas: what a first view can do without. */
export const more = {
  css,
  Colors,
  Html,
  ItemList,
  Lightbox,
  Markdown,
  Panel,
  SheetTabs,
  ShortcutSheet,
};

export type More = typeof more;
