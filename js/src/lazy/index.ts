import type { Lazy } from "../later";
import { CardMenu } from "./card/CardMenu";
import { Diff } from "./card/Diff";
import { FailureBody } from "./card/FailureBody";
import { ItemList } from "./card/ItemList";
import { ItemRows } from "./card/ItemRows";
import { QuestionPanel } from "./card/QuestionPanel";
import { RunMenu } from "./card/RunMenu";
import { RareControl } from "./controls/RareControl";
import { Display } from "./displays/Display";
import { PictureLost } from "./displays/media/PictureLost";
import css from "./lazy.css";
import { Enlarge } from "./overlays/Enlarge";
import { GraphMenu } from "./overlays/GraphMenu";
import { Lightbox } from "./overlays/Lightbox";
import { Minimap } from "./overlays/Minimap";
import { Overview } from "./overlays/Overview";
import { Peek } from "./overlays/Peek";
import { PendingKey } from "./overlays/PendingKey";
import { SheetTabs } from "./overlays/SheetTabs";
import { ShortcutSheet } from "./overlays/Shortcuts";
import { Toasts } from "./overlays/Toasts";
import { Part } from "./panels/Part";
import { SidePanel } from "./panels/SidePanel";

// The build wraps this in a function of what is shared, so that nothing of the first part is here twice.
export default {
  css,
  CardMenu,
  RareControl,
  Diff,
  Display,
  Enlarge,
  FailureBody,
  Overview,
  GraphMenu,
  ItemList,
  ItemRows,
  Lightbox,
  Minimap,
  QuestionPanel,
  Part,
  Peek,
  PictureLost,
  PendingKey,
  SheetTabs,
  ShortcutSheet,
  SidePanel,
  Toasts,
  RunMenu,
} satisfies Lazy;
