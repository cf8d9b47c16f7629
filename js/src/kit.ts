/**
 * What the second part uses of the first: both must share one Preact and one set of contexts. The
 * build takes these names, and only these, from here for every import that leads out of `more/`.
 */
export { Fragment, h } from "preact";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { toggleFullscreen } from "./canvas/fullscreen";
export { boundsOf, intersects, topological, windowOf } from "./canvas/geometry";
export { keepKeys } from "./canvas/keys";
export { Overlays } from "./canvas/Overlays";
export { SheetButton } from "./canvas/Sheets";
export { EditableOutput, InputRow, OutputRow } from "./cards/Ports";
export { useApp, useTab } from "./context";
export { aspectOf, clock, duration, isActive, plural, statusWord, stress } from "./format";
export { Icon, kindIcon } from "./icons";
export { Control, labelsItself, plain } from "./inputs/Control";
export { Options, withValue } from "./inputs/choice";
export { useDraft } from "./inputs/draft";
export { choicesOf, numberOf, same, textOf } from "./inputs/props";
export { listen } from "./listen";
export { Picture, Tile, usePicture } from "./outputs/image";
export { JsonText } from "./outputs/json";
export { Output, refOf } from "./outputs/Output";
export { isBrief, PlainText, shownText, WholeText } from "./outputs/text";
export { Bar, Button, Scroller, useMenu } from "./parts";
export { useSignal, useValue } from "./reactive";
export { effect } from "./signals";
