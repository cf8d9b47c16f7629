import { useEffect, useRef } from "preact/hooks";
import { boundsOf, type Rect, windowOf } from "../../state/geometry";
import { effect } from "../../state/signals";
import type { View } from "../../state/view";
import { type App, useApp } from "../../ui/context";
import { statusWord } from "../../ui/format";
import { Icon } from "../../ui/icons";
import { useValue } from "../../ui/reactive";
import { scaleOf } from "../../ui/scale";
import { onTheme } from "../theme";

const WIDTH = 176;
const HEIGHT = 112;
const MARGIN = 6;
/** The map need not be newer than this. */
const EVERY_MS = 400;
/** So much beyond the edge is not worth a map. */
const EDGE_PX = 24;

interface Scale {
  bounds: Rect;
  zoom: number;
  left: number;
  top: number;
}

/** Whether there is a map: as a person wants it, else where it tells something. */
export function mapOpen({ map, layout, camera, size }: View): boolean {
  if (map.value !== null) return map.value;
  const bounds = boundsOf(layout.value.values());
  const seen = windowOf(camera.value, size.value, EDGE_PX);
  const inside =
    bounds &&
    bounds.x >= seen.x &&
    bounds.y >= seen.y &&
    bounds.x + bounds.width <= seen.x + seen.width &&
    bounds.y + bounds.height <= seen.y + seen.height;
  return !inside;
}

/** The whole graph small, with a frame around what is in view; pressed or pulled, it moves the view. */
export function Minimap() {
  const app = useApp();
  const { view } = app;
  const map = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const scale = useRef<Scale | null>(null);
  const open = useValue(() => mapOpen(view));
  useEffect(() => {
    if (!open || !map.current) return;
    const canvas = map.current;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const paint = () => {
      timer = undefined;
      scale.current = draw(canvas, app);
      follow(frame.current, scale.current, app);
    };
    const stops = [
      onTheme(() => requestAnimationFrame(paint)),
      effect(() => {
        look(app);
        timer ??= setTimeout(paint, EVERY_MS);
      }),
      effect(() => {
        view.camera.value;
        view.size.value;
        follow(frame.current, scale.current, app);
      }),
    ];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [app, view, open]);
  const go = (event: PointerEvent) => {
    if (!scale.current || !(event.currentTarget instanceof HTMLElement)) return;
    const box = event.currentTarget.getBoundingClientRect();
    const shown = scaleOf(event.currentTarget);
    const { bounds, zoom, left, top } = scale.current;
    const x = ((event.clientX - box.left) / shown - left) / zoom + bounds.x;
    const y = ((event.clientY - box.top) / shown - top) / zoom + bounds.y;
    const camera = view.camera.peek();
    const size = view.size.peek();
    view.setCamera({
      ...camera,
      x: size.width / 2 - x * camera.zoom,
      y: size.height / 2 - y * camera.zoom,
    });
  };
  const toggle = () => {
    view.map.value = !open;
  };
  return (
    <div class="daggr-map" data-open={open}>
      {open && (
        <div
          class="daggr-map-plane"
          role="img"
          aria-label="Map of the graph"
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            go(event);
          }}
          onPointerMove={(event) => event.buttons && go(event)}
        >
          <canvas ref={map} width={WIDTH} height={HEIGHT} />
          <div ref={frame} class="daggr-map-frame" />
        </div>
      )}
      <button
        type="button"
        class="daggr-map-toggle"
        aria-expanded={open}
        aria-label="Map"
        title={open ? "Hide the map (m)" : "Map (m)"}
        onClick={toggle}
      >
        <Icon name={open ? "down" : "map"} size={12} />
      </button>
    </div>
  );
}

/** Reads what stands for all that the map shows: one thing to watch in place of a thousand. */
function look({ store, view }: App): void {
  store.shown.value;
  view.heightRev.value;
}

function draw(canvas: HTMLCanvasElement, { store, view }: App): Scale | null {
  const bounds = boundsOf(view.rects());
  const context = canvas.getContext("2d");
  if (!bounds || !context) return null;
  const density = devicePixelRatio || 1;
  canvas.width = WIDTH * density;
  canvas.height = HEIGHT * density;
  const zoom = Math.min(
    (WIDTH - 2 * MARGIN) / bounds.width,
    (HEIGHT - 2 * MARGIN) / bounds.height,
    0.12,
  );
  const left = (WIDTH - bounds.width * zoom) / 2;
  const top = (HEIGHT - bounds.height * zoom) / 2;
  context.setTransform(density, 0, 0, density, 0, 0);
  const tones = colors(canvas);
  for (const id of store.order.peek()) {
    const card = store.card(id);
    if (!card) continue;
    const rect = view.rect(id);
    const runnable = card.shape.peek().runnable;
    context.fillStyle = tones(runnable ? statusWord(card.state.peek()).tone : "plain");
    context.fillRect(
      left + (rect.x - bounds.x) * zoom,
      top + (rect.y - bounds.y) * zoom,
      Math.max(rect.width * zoom, 2),
      Math.max(rect.height * zoom, 1.5),
    );
  }
  return { bounds, zoom, left, top };
}

/** Colours of the theme, each read once. */
function colors(canvas: HTMLCanvasElement): (tone: string) => string {
  const cache = new Map<string, string>();
  return (tone) => {
    const name = /^(fresh|stale|running|failed)$/.test(tone) ? tone : "line-strong";
    let color = cache.get(name);
    if (color === undefined) {
      canvas.style.color = `var(--dg-${name})`;
      color = getComputedStyle(canvas).color;
      cache.set(name, color);
    }
    return color;
  };
}

/** Puts the frame around what is in view. */
function follow(frame: HTMLElement | null, scale: Scale | null, { view }: App): void {
  if (!frame || !scale) return;
  const { x, y, zoom } = view.camera.peek();
  const { width, height } = view.size.peek();
  const { bounds, left, top } = scale;
  const at = (value: number, most: number) => Math.round(Math.max(0, Math.min(value, most)));
  const x1 = at(left + (-x / zoom - bounds.x) * scale.zoom, WIDTH);
  const y1 = at(top + (-y / zoom - bounds.y) * scale.zoom, HEIGHT);
  const x2 = at(left + ((width - x) / zoom - bounds.x) * scale.zoom, WIDTH);
  const y2 = at(top + ((height - y) / zoom - bounds.y) * scale.zoom, HEIGHT);
  // In whole pixels, so that most frames of a pan change nothing here.
  const css = `transform:translate(${x1}px,${y1}px);width:${x2 - x1}px;height:${y2 - y1}px`;
  if (frame.getAttribute("style") !== css) frame.setAttribute("style", css);
}
