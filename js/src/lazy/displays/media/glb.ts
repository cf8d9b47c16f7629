/** Reads the binary form of glTF: what is in it, and the edges of its triangles. Pure. */
import type { Shape } from "./wireframe";

interface Accessor {
  bufferView?: number;
  byteOffset?: number;
  componentType: number;
  count: number;
  sparse?: unknown;
}

interface Primitive {
  attributes: Record<string, number>;
  indices?: number;
  mode?: number;
  extensions?: Record<string, unknown>;
}

interface Node {
  mesh?: number;
  children?: number[];
  matrix?: number[];
  translation?: number[];
  rotation?: number[];
  scale?: number[];
}

interface Gltf {
  scene?: number;
  scenes?: { nodes?: number[] }[];
  nodes?: Node[];
  meshes?: { primitives: Primitive[] }[];
  materials?: unknown[];
  animations?: unknown[];
  accessors?: Accessor[];
  bufferViews?: { byteOffset?: number; byteStride?: number; buffer: number }[];
}

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const MOST_LINES = 24_000;
const TRIANGLES = 4;
const SIZES: Record<number, [number, "getUint8" | "getUint16" | "getUint32"]> = {
  5121: [1, "getUint8"],
  5123: [2, "getUint16"],
  5125: [4, "getUint32"],
};
type Matrix = readonly number[];
const IDENTITY: Matrix = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** What a model holds, in words, and its edges as far as they can be read here. */
export function readGlb(bytes: ArrayBuffer): Shape & { about: string } {
  const view = new DataView(bytes);
  if (bytes.byteLength < 20 || view.getUint32(0, true) !== MAGIC)
    throw new Error("This is no glTF.");
  const length = view.getUint32(12, true);
  if (view.getUint32(16, true) !== JSON_CHUNK) throw new Error("The file has no description.");
  const head = new TextDecoder().decode(new Uint8Array(bytes, 20, length));
  const gltf = JSON.parse(head) as Gltf;
  const start = 28 + length;
  const shape: Shape = { points: [], lines: [] };
  const roots = gltf.scenes?.[gltf.scene ?? 0]?.nodes ?? gltf.nodes?.map((_, index) => index) ?? [];
  const data = start <= bytes.byteLength ? new DataView(bytes, start) : null;
  if (data) for (const root of roots) addNode(gltf, data, root, IDENTITY, shape, 0);
  return { ...shape, about: aboutOf(gltf) };
}

function aboutOf({ meshes = [], materials = [], animations = [], accessors = [] }: Gltf): string {
  const parts = meshes.flatMap(({ primitives }) => primitives);
  const count = (index: number | undefined) => accessors[index ?? -1]?.count ?? 0;
  const points = parts.reduce((sum, { attributes }) => sum + count(attributes.POSITION), 0);
  const ends = parts.reduce(
    (sum, { attributes, indices }) => sum + count(indices ?? attributes.POSITION),
    0,
  );
  const phrase = (number: number, word: string, many: string) =>
    number ? [`${number.toLocaleString("en")} ${number === 1 ? word : many}`] : [];
  return [
    ...phrase(meshes.length, "mesh", "meshes"),
    ...phrase(points, "vertex", "vertices"),
    ...phrase(Math.floor(ends / 3), "triangle", "triangles"),
    ...phrase(materials.length, "material", "materials"),
    ...phrase(animations.length, "animation", "animations"),
  ].join(" · ");
}

function addNode(
  gltf: Gltf,
  data: DataView,
  index: number,
  above: Matrix,
  shape: Shape,
  depth: number,
): void {
  const node = gltf.nodes?.[index];
  if (!node || depth > 64) return;
  const matrix = times(above, ownMatrix(node));
  for (const part of gltf.meshes?.[node.mesh ?? -1]?.primitives ?? []) {
    addPart(gltf, data, part, matrix, shape);
  }
  for (const child of node.children ?? []) addNode(gltf, data, child, matrix, shape, depth + 1);
}

function addPart(gltf: Gltf, data: DataView, part: Primitive, matrix: Matrix, shape: Shape): void {
  const corners = gltf.accessors?.[part.attributes.POSITION ?? -1];
  const compressed = Object.keys(part.extensions ?? {}).some((each) => /draco|meshopt/i.test(each));
  if (!corners || corners.bufferView === undefined || corners.sparse || compressed) return;
  if ((part.mode ?? TRIANGLES) !== TRIANGLES || corners.componentType !== 5126) return;
  const first = shape.points.length / 3;
  const at = offsetsOf(gltf, corners, 12);
  for (let i = 0; i < corners.count; i++) {
    const [x, y, z] = [0, 4, 8].map((step) => data.getFloat32(at(i) + step, true));
    shape.points.push(...transform(matrix, x ?? 0, y ?? 0, z ?? 0));
  }
  const ends = endsOf(gltf, data, part.indices, corners.count);
  const skip = Math.max(1, Math.ceil(ends.length / MOST_LINES));
  for (let i = 0; i + 2 < ends.length; i += 3 * skip) {
    const [a = 0, b = 0, c = 0] = ends.slice(i, i + 3).map((end) => end + first);
    shape.lines.push(a, b, b, c, c, a);
  }
}

function endsOf(gltf: Gltf, data: DataView, indices: number | undefined, count: number): number[] {
  if (indices === undefined) return Array.from({ length: count }, (_, index) => index);
  const accessor = gltf.accessors?.[indices];
  const [size, read] = SIZES[accessor?.componentType ?? 0] ?? [];
  if (!accessor || !size || !read) return [];
  const at = offsetsOf(gltf, accessor, size);
  return Array.from({ length: accessor.count }, (_, index) => data[read](at(index), true));
}

/** Where the values of an accessor begin in its buffer, by index. */
function offsetsOf(gltf: Gltf, accessor: Accessor, size: number): (index: number) => number {
  const view = gltf.bufferViews?.[accessor.bufferView ?? -1];
  const from = (view?.byteOffset ?? 0) + (accessor.byteOffset ?? 0);
  const step = view?.byteStride ?? size;
  return (index) => from + index * step;
}

/** Columns one after another, as glTF has them. */
function ownMatrix({ matrix, translation, rotation, scale }: Node): Matrix {
  if (matrix) return matrix;
  const [x = 0, y = 0, z = 0, w = 1] = rotation ?? [];
  const [sx = 1, sy = 1, sz = 1] = scale ?? [];
  const [tx = 0, ty = 0, tz = 0] = translation ?? [];
  return [
    (1 - 2 * (y * y + z * z)) * sx,
    2 * (x * y + z * w) * sx,
    2 * (x * z - y * w) * sx,
    0,
    2 * (x * y - z * w) * sy,
    (1 - 2 * (x * x + z * z)) * sy,
    2 * (y * z + x * w) * sy,
    0,
    2 * (x * z + y * w) * sz,
    2 * (y * z - x * w) * sz,
    (1 - 2 * (x * x + y * y)) * sz,
    0,
    tx,
    ty,
    tz,
    1,
  ];
}

function times(a: Matrix, b: Matrix): Matrix {
  return IDENTITY.map((_, index) => {
    const [row, column] = [index % 4, index - (index % 4)];
    let sum = 0;
    for (let i = 0; i < 4; i++) sum += (a[row + 4 * i] ?? 0) * (b[column + i] ?? 0);
    return sum;
  });
}

function transform(m: Matrix, x: number, y: number, z: number): number[] {
  return [0, 1, 2].map(
    (row) => (m[row] ?? 0) * x + (m[row + 4] ?? 0) * y + (m[row + 8] ?? 0) * z + (m[row + 12] ?? 0),
  );
}
