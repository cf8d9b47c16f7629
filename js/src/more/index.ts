import { CardMenu } from "./CardMenu";
import { Control } from "./controls/Control";
import { Diff } from "./Diff";
import { Display } from "./displays/Display";
import { FailureBody } from "./FailureBody";
import { Far } from "./Far";
import { GraphMenu } from "./GraphMenu";
import { ItemList } from "./ItemList";
import { ItemRows } from "./ItemRows";
import { Lightbox } from "./Lightbox";
import { Minimap } from "./Minimap";
import css from "./more.css";
import { Part } from "./Part";
import { Peek } from "./Peek";
import { PictureLost } from "./PictureLost";
import { Pressed } from "./Pressed";
import { Panel } from "./Question";
import { SheetTabs } from "./SheetTabs";
import { ShortcutSheet } from "./Shortcuts";
import { SidePanel } from "./SidePanel";
import { Toasts } from "./Toasts";
import { Ways } from "./Ways";

/** The second part of the canvas: what a first view can do without. */
export const more = {
  css,
  CardMenu,
  Control,
  Diff,
  Display,
  FailureBody,
  Far,
  GraphMenu,
  ItemList,
  ItemRows,
  Lightbox,
  Minimap,
  Panel,
  Part,
  Peek,
  PictureLost,
  Pressed,
  SheetTabs,
  ShortcutSheet,
  SidePanel,
  Toasts,
  Ways,
};

export type More = typeof more;
