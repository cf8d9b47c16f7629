import type { Lazy } from "../later";
import { CardMenu } from "./card/CardMenu";
import { Diff } from "./card/Diff";
import { FailureBody } from "./card/FailureBody";
import { ItemList } from "./card/ItemList";
import { Items } from "./card/Items";
import { Log } from "./card/Log";
import { ProgressBar } from "./card/Progress";
import { QuestionPanel } from "./card/QuestionPanel";
import { RunMenu } from "./card/RunMenu";
import { Service } from "./card/Service";
import { RareControl } from "./controls/RareControl";
import { Display } from "./displays/Display";
import { PictureLost } from "./displays/media/PictureLost";
import "./icons";
import css from "./lazy.css";
import { Around } from "./overlays/Around";
import { Enlarge } from "./overlays/Enlarge";
import { GraphMenu } from "./overlays/GraphMenu";
import { Lightbox } from "./overlays/Lightbox";
import { ListView } from "./overlays/ListView";
import { Overview } from "./overlays/Overview";
import { Peek } from "./overlays/Peek";
import { PendingKey } from "./overlays/PendingKey";
import { Redo } from "./overlays/Redo";
import { RunState } from "./overlays/RunState";
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
  Redo,
  ItemList,
  Items,
  ProgressBar,
  Lightbox,
  ListView,
  Log,
  Service,
  Around,
  QuestionPanel,
  Part,
  Peek,
  PictureLost,
  PendingKey,
  SheetTabs,
  ShortcutSheet,
  SidePanel,
  Toasts,
  RunState,
  RunMenu,
} satisfies Lazy;
