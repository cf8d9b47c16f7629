import type { CardSignals } from "../../state/store";
import { plural } from "../../ui/format";
import { useValue } from "../../ui/reactive";
import { Scroller } from "../../ui/Scroller";
import { Drawer } from "./Drawer";

/** What the node printed and logged; the newest line stays in view while it grows. */
export function Log({ card }: { card: CardSignals }) {
  const text = useValue(() => card.state.value.log.trimEnd());
  if (!text) return null;
  const title = (
    <>
      Log <span class="daggr-figures">{plural(text.split("\n").length, "line")}</span>
    </>
  );
  return (
    <Drawer class="daggr-log" title={title}>
      <Scroller code label={`Log of ${card.id}`} toEnd>
        {text}
      </Scroller>
    </Drawer>
  );
}
