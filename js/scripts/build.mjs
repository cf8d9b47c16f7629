// Bundles the canvas into one ES module and one style sheet, and holds their size to the budget:
// a notebook stores the module once per widget.
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const BUDGET_KB = { raw: 80, gzip: 28 };
const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../../daggr_nb/_canvas/static");

mkdirSync(out, { recursive: true });
await build({
  entryPoints: { index: join(here, "../src/index.ts") },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
});
await build({
  entryPoints: { index: join(here, "../src/style.css") },
  outdir: out,
  bundle: true,
  minify: true,
  logLevel: "warning",
});

const kb = (bytes) => bytes / 1024;
const sizes = (file) => {
  const bytes = readFileSync(join(out, file));
  return { raw: kb(bytes.length), gzip: kb(gzipSync(bytes, { level: 9 }).length) };
};

for (const file of ["index.js", "index.css"]) {
  const { raw, gzip } = sizes(file);
  console.log(`${file.padEnd(10)} ${raw.toFixed(1)} KB raw, ${gzip.toFixed(1)} KB gzip`);
}
const js = sizes("index.js");
if (js.raw > BUDGET_KB.raw || js.gzip > BUDGET_KB.gzip) {
  console.error(`index.js is over its budget of ${BUDGET_KB.raw} KB raw, ${BUDGET_KB.gzip} KB gzip`);
  process.exit(1);
}
