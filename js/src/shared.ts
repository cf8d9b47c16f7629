/**
 * What the second part uses of the first: both must share one Preact and one set of contexts. The
 * build takes these names, and only these, from here for every import that leads out of `lazy/`.
 */
export { createContext, Fragment, h } from "preact";
export { useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { keepKeys, passing } from "./canvas/keys";
export { Overlays } from "./canvas/Overlays";
export { SheetButton } from "./canvas/Sheets";
export { Card } from "./cards/Card";
export { EditableOutput, InputRow, OutputRow } from "./cards/Ports";
export { Control, plain } from "./inputs/Control";
export { Options, withValue } from "./inputs/choice";
export { dirOf, useDraft } from "./inputs/draft";
export { choicesOf, labelOf, numberOf, same, textOf } from "./inputs/props";
export { CSS_WIDTH, Picture, usePicture, useZoom } from "./outputs/image";
export { Output } from "./outputs/Output";
export { refOf } from "./outputs/props";
export { isBrief, PlainText, shownText, WholeText } from "./outputs/text";
export { boundsOf, clamp, intersects, windowOf, zoomAbout } from "./state/geometry";
export { effect } from "./state/signals";
export { Bar } from "./ui/Bar";
export { Button } from "./ui/Button";
export { CardContext, useApp, useTab } from "./ui/context";
export {
  aspectOf,
  clock,
  duration,
  isActive,
  messageOf,
  plural,
  statusWord,
  stress,
} from "./ui/format";
export { toggleFullscreen } from "./ui/fullscreen";
export { addShapes, Icon } from "./ui/icons";
export { listen } from "./ui/listen";
export { useMenu } from "./ui/menu";
export { useSignal, useValue } from "./ui/reactive";
export { Scroller } from "./ui/Scroller";
export { scaleOf } from "./ui/scale";
