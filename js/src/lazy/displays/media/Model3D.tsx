import { useEffect, useRef, useState } from "preact/hooks";
import type { Shows } from "../../../outputs/props";
import type { FileInfo } from "../../../protocol.gen";
import { Button } from "../../../ui/Button";
import { useApp, useTab } from "../../../ui/context";
import { moduleOf } from "../../module";
import { onTheme } from "../../theme";
import { useFetched, useSeen } from "../fetching";
import { Files } from "./Files";
import type shapeOf from "./shapes";
import { centred, type Shape } from "./wireframe";

type ShapeOf = typeof shapeOf;

/** Larger files are sent when somebody asks for them. */
const SMALL = 12e6;
const ASPECT = 244 / 170;
const DRAWABLE = /\.(obj|stl|glb)$/i;

/** A model in space, drawn in lines where its format is a simple one. */
export function Model3D(props: Shows<"model">) {
  const [file] = props.preview.data;
  return (
    <>
      {file && <Solid {...props} file={file} />}
      <Files {...props} />
    </>
  );
}

/** A model in lines, which people turn with the pointer or the arrow keys. */
function Solid({ file, ...props }: Shows<"model"> & { file: FileInfo }) {
  const { bridge, store } = useApp();
  const box = useRef<HTMLDivElement>(null);
  const [pressed, setPressed] = useState(false);
  const small = file.size <= SMALL && !store.readOnly.value;
  const open = useSeen(box, !props.preview.on_press && small) || pressed;
  const drawable = DRAWABLE.test(file.name);
  const read = async (blob: Blob) => {
    const shapeOf = await moduleOf<ShapeOf>(bridge, "model");
    return shapeOf(file.name, await blob.arrayBuffer());
  };
  const result = useFetched(props, read, { enabled: drawable && open, whole: true });
  if (!drawable) return <p class="daggr-quiet">This format has no preview here.</p>;
  if (result && "error" in result) return <p class="daggr-lost">{result.error}</p>;
  if (!result) {
    return (
      <div ref={box} class="daggr-picture-lost" style={{ aspectRatio: ASPECT }}>
        {open ? (
          <span>Loading…</span>
        ) : (
          <Button look="link" data-control="draw" onClick={() => setPressed(true)}>
            Show the model
          </Button>
        )}
      </div>
    );
  }
  const { lines = [], about } = result.value ?? {};
  return (
    <>
      {result.value && lines.length > 0 ? (
        <Turning shape={result.value} label={props.label} />
      ) : (
        <p class="daggr-quiet">The model has no faces that can be drawn here.</p>
      )}
      {about && <p class="daggr-quiet">{about}</p>}
    </>
  );
}

function Turning({ shape, label }: { shape: Shape; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [[turn, tilt], setView] = useState<[number, number]>([0.6, 0.4]);
  const tab = useTab();
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const model = centred(shape);
    const paint = () => draw(element, model, turn, tilt);
    const sizes = new ResizeObserver(() => {
      element.width = Math.max(2 * element.clientWidth, 1);
      element.height = Math.max(2 * element.clientHeight, 1);
      paint();
    });
    sizes.observe(element);
    paint();
    const stop = onTheme(() => requestAnimationFrame(paint));
    return () => {
      sizes.disconnect();
      stop();
    };
  }, [shape, turn, tilt]);
  const by = (right: number, down: number) => setView([turn + right, tilt + down]);
  return (
    <canvas
      ref={canvas}
      class="daggr-solid"
      role="img"
      aria-label={`${label}: a model; arrow keys turn it`}
      tabIndex={tab}
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (event.buttons) by(event.movementX / 90, event.movementY / 90);
      }}
      onKeyDown={(event) => {
        const [right, down] = TURNS[event.key] ?? [0, 0];
        if (!right && !down) return;
        event.preventDefault();
        event.stopPropagation();
        by(right, down);
      }}
    />
  );
}

const TURNS: Record<string, [number, number]> = {
  ArrowLeft: [-0.15, 0],
  ArrowRight: [0.15, 0],
  ArrowUp: [0, -0.15],
  ArrowDown: [0, 0.15],
};

function draw(canvas: HTMLCanvasElement, { points, lines }: Shape, turn: number, tilt: number) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const { width, height } = canvas;
  const size = Math.min(width, height) * 0.46;
  const [sin, cos, up, flat] = [Math.sin(turn), Math.cos(turn), Math.sin(tilt), Math.cos(tilt)];
  const at = (i: number): [number, number] => {
    const [x = 0, y = 0, z = 0] = points.slice(3 * i, 3 * i + 3);
    const depth = z * cos - x * sin;
    return [width / 2 + (x * cos + z * sin) * size, height / 2 - (y * flat - depth * up) * size];
  };
  context.clearRect(0, 0, width, height);
  context.strokeStyle = getComputedStyle(canvas).color;
  context.globalAlpha = 0.7;
  context.beginPath();
  for (let i = 0; i < lines.length; i += 2) {
    context.moveTo(...at(lines[i] ?? 0));
    context.lineTo(...at(lines[i + 1] ?? 0));
  }
  context.stroke();
}
