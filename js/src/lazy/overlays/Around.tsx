import { useLayoutEffect } from "preact/hooks";
import { useApp } from "../../ui/context";
import { useValue } from "../../ui/reactive";
import { useSaved } from "../saved";
import { Announcer } from "./Announcer";
import { Hidden } from "./Hidden";
import { Minimap } from "./Minimap";
import { useManners } from "./manners";
import { useNews } from "./news";
import { usePinch } from "./pinch";
import { usePointing } from "./pointing";
import { ResizeHandle, type ResizeHandleProps } from "./ResizeHandle";
import { useBarInSight } from "./sight";
import { useWidening } from "./widening";

/** So many cards are worth a map. */
const MANY = 8;

/** What is around the cards, and can come after them. */
export function Around(props: ResizeHandleProps) {
  const { store, view } = useApp();
  useBarInSight();
  useManners();
  usePinch();
  usePointing();
  useWidening();
  useNews();
  useSaved(props.model);
  useLayoutEffect(() => {
    const zoom = Number(props.model.get("zoom"));
    if (zoom) view.zoomTo(zoom);
  }, []);
  const mapped = useValue(() => store.order.value.length >= MANY && !view.narrow.value);
  return (
    <>
      {!view.narrow.value && <Hidden />}
      {mapped && <Minimap />}
      <Announcer />
      <ResizeHandle {...props} />
    </>
  );
}
