import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), "../src");

/** A file imports only from its own room and from lines above that room's. */
const LAYERS = [
  "state/geometry",
  "protocol.gen",
  "state",
  "wire",
  "preact",
  "ui",
  "inputs/props outputs/props",
  "later",
  "inputs outputs",
  "cards",
  "canvas",
  "shared",
  "loading",
  "index",
  "page",
].map((line) => line.split(" "));

/** The line of a module, by the longest name in it, and which of the line's rooms it is in. */
function placeOf(module: string): [line: number, room: string] {
  const rooms = LAYERS.flatMap((line, index) => line.map((room) => [index, room] as const));
  const own = rooms.filter(([, room]) => module === room || module.startsWith(`${room}/`));
  const [line, room] = own.sort((a, b) => b[1].length - a[1].length)[0] ?? [-1, module];
  return [line, room];
}

function importsOf(module: string, text: string): string[] {
  return [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom "([^"]+)"/gm)].map(([, name = ""]) =>
    name.startsWith(".") ? posix.join(posix.dirname(module), name) : name,
  );
}

const modules = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"))
  .map((path) => path.replaceAll("\\", "/"))
  .map((path) => ({
    module: path.replace(/\.tsx?$/, ""),
    text: readFileSync(join(SOURCE, path), "utf8"),
  }));

test("a module imports only from layers below its own", () => {
  const wrong = modules
    .filter(({ module }) => !module.startsWith("lazy/"))
    .flatMap(({ module, text }) => {
      const [line, room] = placeOf(module);
      expect(line, `${module} is in no layer`).toBeGreaterThanOrEqual(0);
      return importsOf(module, text)
        .filter((other) => {
          const [below, its] = placeOf(other);
          return below < 0 || (its !== room && below >= line);
        })
        .map((other) => `${module} → ${other}`);
    });
  expect(wrong).toEqual([]);
});

test("the second part takes nothing of what loads it", () => {
  const wrong = modules
    .filter(({ module }) => module.startsWith("lazy/"))
    .flatMap(({ module, text }) =>
      importsOf(module, text)
        .filter((other) => ["shared", "loading", "index"].includes(other))
        .map((other) => `${module} → ${other}`),
    );
  expect(wrong).toEqual([]);
});
