import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { later } from "../../later";
import { effect } from "../../state/signals";
import type { Store } from "../../state/store";
import { MIDDLE } from "../../state/view";
import { useApp } from "../../ui/context";
import { listen } from "../../ui/listen";
import { useValue } from "../../ui/reactive";
import { CardHost } from "./CardHost";
import { Edges } from "./Edges";
import { Measurer } from "./measure";
import { bindPointer } from "./pointer";
import { bindWheel } from "./wheel";

const Overview = later("Overview");

/** The graph on a plane that can be panned and zoomed. */
export function Stage() {
  const app = useApp();
  const { store, view } = app;
  const stage = useRef<HTMLDivElement>(null);
  const world = useRef<HTMLDivElement>(null);
  const measurer = useMemo(() => new Measurer(app), [app]);

  useLayoutEffect(() => {
    if (!stage.current || !world.current) return;
    view.stage = stage.current;
    const stops = [
      followCamera(stage.current, world.current, app),
      followCards(app),
      glide(world.current, store),
      effect(view.mount),
      bindWheel(stage.current, view),
      bindPointer(stage.current, app),
      keepInView(world.current.parentElement as HTMLElement, app),
      () => measurer.dispose(),
    ];
    return () => {
      for (const stop of stops) stop();
      view.stage = null;
    };
  }, [app, store, view, measurer]);

  const stop = useValue(() => (view.active.value === null ? 0 : -1));
  const far = useValue(() => view.level.value === "far");
  const empty = useValue(() => store.order.value.length === 0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: no form, so no fieldset
    <div
      ref={stage}
      class="daggr-stage"
      role="group"
      aria-label={`Graph ${store.name.value}; arrow keys move, ? shows all keys`}
      tabIndex={stop}
    >
      {far && <Overview />}
      <div class="daggr-plane">
        <div ref={world} class="daggr-world">
          <Edges />
          {view.mounted.value.map((id) => {
            const card = store.card(id);
            return card && <CardHost key={id} card={card} measurer={measurer} />;
          })}
        </div>
      </div>
      {empty && <p class="daggr-empty">This graph has no nodes yet.</p>}
    </div>
  );
}

const GLIDE_MS = 200;

/** Lets cards glide to where the kernel puts them; what a hand moves is there at once. */
function glide(world: HTMLElement, { gliding }: Store): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return effect(() => {
    clearTimeout(timer);
    world.toggleAttribute("data-gliding", gliding.value);
    if (gliding.value) timer = setTimeout(() => (gliding.value = false), GLIDE_MS);
  });
}

/**
 * A browser scrolls what gets the focus, or what it finds, into view; here that is a movement of the
 * camera. The plane lies in the middle of what can be scrolled, as nothing scrolls beyond a beginning.
 */
function keepInView(plane: HTMLElement, { view }: ReturnType<typeof useApp>) {
  const scroll = () => {
    const [dx, dy] = [plane.scrollLeft - MIDDLE, plane.scrollTop - MIDDLE];
    if (!dx && !dy) return;
    view.toMiddle();
    // A plane that was not displayed for a while begins anew: nobody has gone anywhere.
    if (plane.scrollTop === MIDDLE && dx > -MIDDLE && dy > -MIDDLE) view.pan(-dx, -dy);
  };
  view.toMiddle();
  return listen(plane, { scroll });
}

/** Lets the view follow cards that the kernel has moved. */
function followCards({ store, view }: ReturnType<typeof useApp>) {
  return effect(() => {
    store.layoutRev.value;
    view.settle();
  });
}

/** Moves the world with the camera, past any component: panning renders nothing. */
function followCamera(stage: HTMLElement, world: HTMLElement, { view }: ReturnType<typeof useApp>) {
  return effect(() => {
    const { x, y, zoom } = view.camera.value;
    world.toggleAttribute("data-following", view.following.value);
    world.style.transform = `translate(${x}px,${y}px) scale(${zoom})`;
    const dots = 24 * zoom * 2 ** Math.max(0, Math.ceil(Math.log2(0.6 / zoom)));
    stage.style.backgroundPosition = `${x}px ${y}px`;
    stage.style.backgroundSize = `${dots}px ${dots}px`;
    stage.style.setProperty("--zoom", String(zoom));
  });
}
