import { describe, expect, test } from "vitest";
import shapeOf from "../src/lazy/displays/media/shapes";
import { piecesOf } from "../src/lazy/displays/texts/formulas";
import { tokensOf } from "../src/lazy/displays/texts/tokens";
import typeset from "../src/lazy/displays/texts/typeset";

describe("formulas in a text", () => {
  test.each([
    ["$\\displaystyle \\frac{x}{2}$", [["display", "\\frac{x}{2}"]]],
    ["$x^2$", [["inline", "x^2"]]],
    ["$$a$$", [["display", "a"]]],
    ["\\[a\\]", [["display", "a"]]],
    ["\\begin{align*}a&=b\\end{align*}", [["display", "\\begin{align*}a&=b\\end{align*}"]]],
    [
      "Let $\\displaystyle x$ be \\(y\\).",
      [
        ["text", "Let "],
        ["inline", "\\displaystyle x"],
        ["text", " be "],
        ["inline", "y"],
        ["text", "."],
      ],
    ],
    ["costs 5 $", [["text", "costs 5 $"]]],
    ["", []],
  ])("%s", (text, wanted) => {
    expect(piecesOf(text).map(({ kind, text }) => [kind, text.trimStart() && text])).toEqual(
      wanted,
    );
  });

  test("are set as MathML, and what is wrong with one is said", () => {
    expect(typeset("\\frac{x}{2}", true)).toMatch(/^<math[^>]*display="block".*<mfrac>/s);
    expect(typeset("x", false)).not.toContain("display=");
    expect(() => typeset("\\frac{x", false)).toThrow();
    expect(() => typeset("\\nosuchthing", false)).toThrow();
    expect(() => typeset("\\href{javascript:alert(1)}{x}", false)).toThrow("href");
  });
});

describe("code", () => {
  const kinds = (code: string, language: string) =>
    tokensOf(code, language)
      .flat()
      .filter((token) => token.kind)
      .map(({ kind, text }) => `${kind}: ${text}`);

  test("has comments, strings and keywords, as its language writes them", () => {
    const python = 'def f(x):  # add "one"\n    return "# no" + x';
    expect(kinds(python, "python")).toEqual([
      "keyword: def",
      'comment: # add "one"',
      "keyword: return",
      'string: "# no"',
    ]);
    expect(kinds("let x = 'a'; // end", "javascript")).toEqual([
      "keyword: let",
      "string: 'a'",
      "comment: // end",
    ]);
    expect(kinds("select a -- b\nfrom t", "sql-mySQL")).toEqual([
      "keyword: select",
      "comment: -- b",
      "keyword: from",
    ]);
    expect(kinds("for the record", "markdown")).toEqual([]);
  });

  test("comes line by line, and nothing of it is lost", () => {
    const code = '"""a\n\nb"""\nx = 1\n';
    const lines = tokensOf(code, "python");
    expect(lines.map((line) => line.map(({ text }) => text).join("")).join("\n")).toBe(code);
    expect(lines[2]?.[0]).toEqual({ text: 'b"""', kind: "string" });
    expect(tokensOf("'".repeat(50_001), "python").flat()).not.toHaveLength(0);
  });
});

function glb(gltf: object, data: ArrayBuffer): ArrayBuffer {
  const text = JSON.stringify(gltf);
  const head = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 4) * 4));
  const bytes = new Uint8Array(28 + head.length + data.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x46546c67, true);
  view.setUint32(4, 2, true);
  view.setUint32(8, bytes.length, true);
  view.setUint32(12, head.length, true);
  view.setUint32(16, 0x4e4f534a, true);
  bytes.set(head, 20);
  view.setUint32(20 + head.length, data.byteLength, true);
  view.setUint32(24 + head.length, 0x004e4942, true);
  bytes.set(new Uint8Array(data), 28 + head.length);
  return bytes.buffer;
}

describe("a model as .glb", () => {
  const corners = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const ends = new Uint16Array([0, 1, 2, 0, 1, 3]);
  const data = new Uint8Array(60);
  data.set(new Uint8Array(corners.buffer));
  data.set(new Uint8Array(ends.buffer), 48);
  const gltf = {
    scenes: [{ nodes: [0] }],
    nodes: [
      { children: [1], translation: [10, 0, 0] },
      { mesh: 0, scale: [2, 2, 2] },
    ],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
    materials: [{}],
    accessors: [
      { bufferView: 0, componentType: 5126, count: 4, type: "VEC3" },
      { bufferView: 1, componentType: 5123, count: 6, type: "SCALAR" },
    ],
    bufferViews: [
      { buffer: 0, byteLength: 48 },
      { buffer: 0, byteOffset: 48, byteLength: 12 },
    ],
  };

  test("is drawn by its edges, where its nodes put it, and says what it holds", () => {
    const shape = shapeOf("tent.glb", glb(gltf, data.buffer));
    expect(shape?.points).toEqual([10, 0, 0, 12, 0, 0, 10, 2, 0, 10, 0, 2]);
    expect(shape?.lines).toEqual([0, 1, 1, 2, 2, 0, 0, 1, 1, 3, 3, 0]);
    expect(shape?.about).toBe("1 mesh · 4 vertices · 2 triangles · 1 material");
  });

  test("that is compressed is described and not drawn", () => {
    const extensions = { KHR_draco_mesh_compression: {} };
    const part = { ...gltf.meshes[0]?.primitives[0], extensions };
    const shape = shapeOf("x.glb", glb({ ...gltf, meshes: [{ primitives: [part] }] }, data.buffer));
    expect([shape?.lines, shape?.about]).toEqual([[], expect.stringContaining("1 mesh")]);
  });

  test("that is none is an error in words", () => {
    expect(() => shapeOf("x.glb", new ArrayBuffer(40))).toThrow("no glTF");
  });
});
