import { clamp } from "../../state/geometry";
import type { Signal } from "../../state/signals";
import { scaleOf } from "../../ui/scale";
import type { Model } from "../../wire/model";

const MIN = 240;
const MAX = 2000;
const STEP = 20;

export interface ResizeHandleProps {
  height: number;
  /** The height a person wants; 0 is what the cards need. */
  chosen: Signal<number>;
  model: Model;
}

/** Pulls the canvas's lower edge; the height is kept with the notebook. */
export function ResizeHandle({ height, chosen, model }: ResizeHandleProps) {
  const set = (value: number) => {
    chosen.value = Math.round(clamp(value, MIN, MAX));
  };
  const save = () => {
    model.set("height", chosen.peek());
    model.save_changes();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowUp: -STEP, ArrowDown: STEP }[event.key];
    if (!by) return;
    event.preventDefault();
    set(height + by);
    save();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be dragged
    <div
      class="daggr-resize"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the canvas"
      aria-valuemin={MIN}
      aria-valuemax={MAX}
      aria-valuenow={height}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        const handle = event.currentTarget;
        const root = handle.parentElement;
        if (!root || !handle.hasPointerCapture(event.pointerId)) return;
        set((event.clientY - root.getBoundingClientRect().top) / scaleOf(root));
      }}
      onLostPointerCapture={save}
      onKeyDown={onKeyDown}
    />
  );
}
