import { useLayoutEffect, useRef } from "preact/hooks";
import { intersects, windowOf } from "../../state/geometry";
import { effect } from "../../state/signals";
import { type App, useApp } from "../../ui/context";
import { statusWord, type Tone } from "../../ui/format";
import { onTheme } from "../theme";

type Colors = Record<Tone | "edge", string>;

const NAMES: Record<keyof Colors, string> = {
  fresh: "--dg-fresh",
  stale: "--dg-stale",
  running: "--dg-running",
  failed: "--dg-failed",
  waiting: "--dg-text",
  plain: "--dg-line-strong",
  edge: "--dg-line-strong",
};

/** Seen from very far, cards are tinted rectangles on one 2D canvas. */
export function Overview() {
  const app = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => (canvas.current ? keepPainted(canvas.current, app) : undefined), [app]);
  return <canvas ref={canvas} class="daggr-far" />;
}

function keepPainted(canvas: HTMLCanvasElement, app: App): () => void {
  const { view, store } = app;
  let frame = 0;
  const paint = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => draw(canvas, app, readColors(canvas)));
  };
  const stop = effect(() => {
    view.camera.value;
    view.size.value;
    store.shown.value;
    paint();
  });
  const stopThemes = onTheme(paint);
  return () => {
    cancelAnimationFrame(frame);
    stopThemes();
    stop();
  };
}

/** `light-dark()` is resolved by the browser only in a real property, so it goes through one. */
function readColors(canvas: HTMLCanvasElement): Colors {
  const read = (name: string) => {
    canvas.style.color = `var(${name})`;
    return getComputedStyle(canvas).color;
  };
  const entries = Object.entries(NAMES).map(([key, name]) => [key, read(name)]);
  canvas.style.color = "";
  return Object.fromEntries(entries) as Colors;
}

function draw(canvas: HTMLCanvasElement, { view, store }: App, colors: Colors): void {
  const { width, height } = view.size.peek();
  const camera = view.camera.peek();
  const density = devicePixelRatio || 1;
  canvas.width = width * density;
  canvas.height = height * density;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.setTransform(
    density * camera.zoom,
    0,
    0,
    density * camera.zoom,
    density * camera.x,
    density * camera.y,
  );
  const area = windowOf(camera, { width, height });
  context.strokeStyle = colors.edge;
  context.lineWidth = 1 / camera.zoom;
  context.beginPath();
  for (const { source, target } of store.edges.peek()) {
    const [from, to] = [view.rect(source), view.rect(target)];
    context.moveTo(from.x + from.width, from.y + from.height / 2);
    context.lineTo(to.x, to.y + to.height / 2);
  }
  context.stroke();
  for (const id of store.order.peek()) {
    const rect = view.rect(id);
    const card = store.card(id);
    if (!card || !intersects(area, rect)) continue;
    const runnable = card.shape.peek().runnable;
    context.fillStyle = colors[runnable ? statusWord(card.state.peek()).tone : "plain"];
    context.fillRect(rect.x, rect.y, rect.width, rect.height);
  }
}
