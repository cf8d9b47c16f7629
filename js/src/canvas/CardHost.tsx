import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Card } from "../cards/Card";
import { PlainCard } from "../cards/PlainCard";
import { useApp } from "../context";
import type { CardSignals } from "../store";
import type { Measurer } from "./measure";

/** A card's place on the plane. Near it is a whole card, from afar a name and a colour. */
export function CardHost({ card, measurer }: { card: CardSignals; measurer: Measurer }) {
  const { view } = useApp();
  const host = useRef<HTMLDivElement>(null);
  const kept = useComputed(() => view.active.value === card.id || view.entered.value === card.id);
  const whole = useComputed(() => view.level.value === "full" || kept.value);
  const style = useComputed(() => {
    const { x, y } = card.position.value;
    return `transform:translate(${x}px,${y}px)`;
  });
  const full = whole.value;
  useEffect(() => {
    if (!full || !host.current) return;
    return measurer.observe(card.id, host.current);
  }, [full, card.id, measurer]);
  return (
    <div ref={host} class="daggr-host" style={style} data-host={card.id}>
      {full ? (
        <Card card={card} />
      ) : (
        <PlainCard card={card} height={view.geometry(card.id).height.value} />
      )}
    </div>
  );
}
