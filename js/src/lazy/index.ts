import type { Lazy } from "../later";
import { CardMenu } from "./card/CardMenu";
import { Diff } from "./card/Diff";
import { FailureBody } from "./card/FailureBody";
import { ItemList } from "./card/ItemList";
import { ItemRows } from "./card/ItemRows";
import { Panel } from "./card/Question";
import { Ways } from "./card/Ways";
import { Control } from "./controls/Control";
import { Display } from "./displays/Display";
import { PictureLost } from "./displays/media/PictureLost";
import css from "./lazy.css";
import { Far } from "./overlays/Far";
import { GraphMenu } from "./overlays/GraphMenu";
import { Lightbox } from "./overlays/Lightbox";
import { Minimap } from "./overlays/Minimap";
import { Peek } from "./overlays/Peek";
import { Pressed } from "./overlays/Pressed";
import { SheetTabs } from "./overlays/SheetTabs";
import { ShortcutSheet } from "./overlays/Shortcuts";
import { Toasts } from "./overlays/Toasts";
import { Part } from "./panels/Part";
import { SidePanel } from "./panels/SidePanel";

// The build wraps this in a function of what is shared, so that nothing of the first part is here twice.
export default {
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
} satisfies Lazy;
