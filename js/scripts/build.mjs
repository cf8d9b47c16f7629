// Bundles the canvas into one ES module and one style sheet, and holds their size to the budget:
// a notebook stores the module once per widget.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";

const BUDGET_KB = { raw: 82.5, gzip: 30.7 };
const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../../daggr_nb/_canvas/static");

async function bundleScript() {
  const { outputFiles } = await build({
    entryPoints: [join(here, "../src/index.ts")],
    bundle: true,
    write: false,
    // Shortens private names, which terser leaves as they are.
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    // The classic transform is shorter than the automatic one: children are no property.
    tsconfigRaw: {
      compilerOptions: { jsx: "react", jsxFactory: "h", jsxFragmentFactory: "Fragment" },
    },
    inject: [join(here, "jsx.mjs")],
    logLevel: "warning",
  });
  const { code } = await minify(outputFiles[0].text, {
    module: true,
    compress: { passes: 3, ecma: 2020, unsafe_arrows: true },
    format: { ecma: 2020, comments: false },
  });
  writeFileSync(join(out, "index.js"), code);
}

async function bundleStyle() {
  await build({
    entryPoints: [join(here, "../src/style.css")],
    outfile: join(out, "index.css"),
    bundle: true,
    minify: true,
    logLevel: "warning",
  });
}

function sizes(file) {
  const bytes = readFileSync(join(out, file));
  return { raw: bytes.length / 1024, gzip: gzipSync(bytes, { level: 9 }).length / 1024 };
}

mkdirSync(out, { recursive: true });
await Promise.all([bundleScript(), bundleStyle()]);
for (const file of ["index.js", "index.css"]) {
  const { raw, gzip } = sizes(file);
  console.log(`${file.padEnd(10)} ${raw.toFixed(1)} KB raw, ${gzip.toFixed(1)} KB gzip`);
}
const js = sizes("index.js");
if (js.raw > BUDGET_KB.raw || js.gzip > BUDGET_KB.gzip) {
  console.error(
    `index.js is over its budget of ${BUDGET_KB.raw} KB raw, ${BUDGET_KB.gzip} KB gzip`,
  );
  process.exit(1);
}
