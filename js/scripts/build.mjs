// Bundles the canvas into ES modules and a style sheet, and holds their size to the budget. The
// first module travels with every widget and is saved with it in the notebook; the second is sent
// once a page, when something of it is first needed; the others only where formulas or models in space
// are shown.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";

const BUDGETS_KB = {
  "index.js": { raw: 80, gzip: 28 },
  "more.js": { raw: 264, gzip: 88 },
  "math.js": { raw: 200, gzip: 60 },
  "model.js": { raw: 8, gzip: 4 },
  "page.js": { raw: 6, gzip: 3 },
};
const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "../src");
const out = join(here, "../../daggr_nb/_canvas/static");

const OPTIONS = {
  bundle: true,
  write: false,
  // Shortens private names, which terser leaves as they are.
  minify: true,
  target: "es2022",
  legalComments: "none",
  // The classic transform is shorter than the automatic one: children are no property.
  tsconfigRaw: {
    compilerOptions: { jsx: "react", jsxFactory: "h", jsxFragmentFactory: "Fragment" },
  },
  inject: [join(here, "jsx.mjs")],
  logLevel: "warning",
};

async function shrunk({ text }) {
  const { code } = await minify(text, {
    module: true,
    compress: { passes: 3, ecma: 2020, unsafe_arrows: true },
    format: { ecma: 2020, comments: false },
  });
  return code;
}

async function sharedNames() {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: [join(source, "shared.ts")],
    format: "esm",
    metafile: true,
    outdir: out,
  });
  const [made] = Object.values(metafile.outputs);
  return made.exports;
}

/** Makes `loading.ts` hand over a list in place of an object: names would travel with every widget. */
function asList(names) {
  return {
    name: "as-list",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/shared$/ }, ({ importer, resolveDir }) =>
        importer.endsWith("loading.ts") ? { path: resolveDir, namespace: "list" } : null,
      );
      onLoad({ filter: /./, namespace: "list" }, ({ path }) => ({
        contents: `import { ${names.join(", ")} } from "./shared"; export default [${names}];`,
        resolveDir: path,
      }));
    },
  };
}

/** Gives imports that lead out of `lazy/` what the first part hands over; a name that is not shared
 * is an error of the build. */
function fromShared(names) {
  const outside = (path) => relative(join(source, "lazy"), path).startsWith("..");
  return {
    name: "from-shared",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(preact|\.)/ }, ({ path, resolveDir }) => {
        const local = path.startsWith(".") && !outside(join(resolveDir, path));
        const vendor = path.startsWith(".") && resolveDir.includes("node_modules");
        return local || vendor ? null : { path: "shared", namespace: "shared" };
      });
      onLoad({ filter: /./, namespace: "shared" }, () => ({
        contents: `export const [${names.join(", ")}] = shared.default;`,
      }));
    },
  };
}

async function bundleLazy(names) {
  const { outputFiles: sheet } = await build({
    ...OPTIONS,
    entryPoints: [join(source, "lazy/lazy.css")],
    inject: [],
  });
  const { outputFiles } = await build({
    ...OPTIONS,
    entryPoints: [join(source, "lazy/index.ts")],
    format: "iife",
    globalName: "part",
    plugins: [
      {
        name: "style",
        setup: ({ onLoad }) =>
          onLoad({ filter: /lazy\.css$/ }, () => ({ contents: sheet[0].text, loader: "text" })),
      },
      fromShared(names),
    ],
  });
  const wrapped = `export default (shared) => {${outputFiles[0].text};return part.default}`;
  return shrunk({ text: wrapped });
}

async function bundleFirst(lazy, names) {
  const digest = createHash("sha256").update(lazy).digest("hex").slice(0, 12);
  const { outputFiles } = await build({
    ...OPTIONS,
    entryPoints: [join(source, "index.ts")],
    format: "esm",
    define: { LAZY_DIGEST: JSON.stringify(digest) },
    plugins: [asList(names)],
  });
  return shrunk(outputFiles[0]);
}

/** A module that few pages need, and that stands alone. */
async function bundleRare(entry) {
  const { outputFiles } = await build({
    ...OPTIONS,
    entryPoints: [join(source, entry)],
    inject: [],
    format: "esm",
    charset: "utf8",
  });
  return shrunk(outputFiles[0]);
}

/** The page of a server, which imports the first module from beside it. */
async function bundlePage() {
  const { outputFiles } = await build({
    ...OPTIONS,
    entryPoints: [join(source, "page.ts")],
    inject: [],
    format: "esm",
    plugins: [
      {
        name: "beside",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^\.\/index$/ }, () => ({ path: "./index.js", external: true })),
      },
    ],
  });
  return shrunk(outputFiles[0]);
}

async function bundleStyle() {
  const { outputFiles } = await build({
    ...OPTIONS,
    entryPoints: [join(source, "style.css")],
    inject: [],
  });
  return outputFiles[0].text;
}

mkdirSync(out, { recursive: true });
const names = await sharedNames();
const lazy = await bundleLazy(names);
const made = {
  "index.js": await bundleFirst(lazy, names),
  "index.css": await bundleStyle(),
  "more.js": lazy,
  "math.js": await bundleRare("lazy/displays/texts/typeset.ts"),
  "model.js": await bundleRare("lazy/displays/media/shapes.ts"),
  "page.js": await bundlePage(),
};
let over = false;
for (const [file, text] of Object.entries(made)) {
  writeFileSync(join(out, file), text);
  const raw = Buffer.byteLength(text) / 1024;
  const gzip = gzipSync(text, { level: 9 }).length / 1024;
  console.log(`${file.padEnd(10)} ${raw.toFixed(1)} KB raw, ${gzip.toFixed(1)} KB gzip`);
  const budget = BUDGETS_KB[file];
  if (!budget || (raw <= budget.raw && gzip <= budget.gzip)) continue;
  over = true;
  console.error(`${file} is over its budget of ${budget.raw} KB raw, ${budget.gzip} KB gzip`);
}
process.exit(over ? 1 : 0);
