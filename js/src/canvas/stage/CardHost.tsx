import { useLayoutEffect, useRef } from "preact/hooks";
import { Card } from "../../cards/Card";
import { PlainCard } from "../../cards/PlainCard";
import type { CardSignals } from "../../state/store";
import { useApp } from "../../ui/context";
import { useValue } from "../../ui/reactive";
import type { Measurer } from "./measure";

/** A card where it stands on the plane. Near it is a whole card, from afar a name and a colour. */
export function CardHost({ card, measurer }: { card: CardSignals; measurer: Measurer }) {
  const { view } = useApp();
  const host = useRef<HTMLDivElement>(null);
  const full = useValue(
    () => view.level.value === "full" || [view.active.value, view.entered.value].includes(card.id),
  );
  const style = useValue(() => {
    const { x, y, width } = card.position.value;
    return `width:${width}px;transform:translate(${x}px,${y}px)`;
  });
  const highlight = useValue(() => {
    const { value } = view.highlight;
    return value && (value.cards.has(card.id) ? value.kind : "faded");
  });
  const rows = useValue(() => card.shape.value.selector && card.rows.value);
  // Other rows meet other edges, even in a card of the same height.
  useLayoutEffect(() => {
    if (!full || !host.current) return;
    return measurer.observe(card.id, host.current);
  }, [full, card.id, measurer, rows]);
  return (
    <div ref={host} class="daggr-host" style={style} data-host={card.id} data-spot={highlight}>
      {full ? (
        <Card card={card} />
      ) : (
        <PlainCard card={card} height={view.geometry(card.id).height.value} />
      )}
    </div>
  );
}
