import { useApp } from "../../ui/context";
import { useValue } from "../../ui/reactive";
import { Announcer } from "./Announcer";
import { Hidden } from "./Hidden";
import { Minimap } from "./Minimap";
import { useNews } from "./news";
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
  usePointing();
  useWidening();
  useNews();
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
