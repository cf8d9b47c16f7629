/** Reads the lines of models in simple formats. Pure: bytes in, points and lines out. */
import { readGlb } from "./glb";
import type { Shape } from "./wireframe";

const MOST_LINES = 12_000;

export default function shapeOf(name: string, bytes: ArrayBuffer): Shape | null {
  if (/\.obj$/i.test(name)) return fromObj(new TextDecoder().decode(bytes));
  if (/\.stl$/i.test(name)) return fromStl(bytes);
  if (/\.glb$/i.test(name)) return readGlb(bytes);
  return null;
}

function fromObj(text: string): Shape {
  const shape: Shape = { points: [], lines: [] };
  for (const line of text.split("\n")) {
    const [kind, ...parts] = line.trim().split(/\s+/);
    if (kind === "v") shape.points.push(...parts.slice(0, 3).map(Number));
    if (kind === "f" || kind === "l") {
      addLoop(
        shape,
        parts.map((part) => Number.parseInt(part, 10)),
        kind === "f",
      );
    }
    if (shape.lines.length > 2 * MOST_LINES) break;
  }
  return shape;
}

/** Indices count from 1, or from the end. */
function addLoop({ points, lines }: Shape, indices: number[], closed: boolean): void {
  const corners = indices.map((index) => (index < 0 ? points.length / 3 + index : index - 1));
  for (let i = closed ? 0 : 1; i < corners.length; i++)
    lines.push(corners.at(i - 1) ?? 0, corners[i] ?? 0);
}

function fromStl(bytes: ArrayBuffer): Shape {
  const view = new DataView(bytes);
  const count = bytes.byteLength >= 84 ? view.getUint32(80, true) : 0;
  if (bytes.byteLength !== 84 + count * 50) return fromText(new TextDecoder().decode(bytes));
  const points: number[] = [];
  const step = Math.max(1, Math.ceil((count * 3) / MOST_LINES));
  for (let face = 0; face < count; face += step) {
    for (let i = 0; i < 9; i++) points.push(view.getFloat32(84 + face * 50 + 12 + i * 4, true));
  }
  return triangles(points);
}

function fromText(text: string): Shape {
  const matches = text.matchAll(/vertex\s+(\S+)\s+(\S+)\s+(\S+)/g);
  return triangles([...matches].slice(0, MOST_LINES).flatMap(([, ...parts]) => parts.map(Number)));
}

function triangles(points: number[]): Shape {
  const lines: number[] = [];
  for (let i = 0; i + 2 < points.length / 3; i += 3) lines.push(i, i + 1, i + 1, i + 2, i + 2, i);
  return { points, lines };
}
