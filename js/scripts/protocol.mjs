// Reads the wire's JSON Schema from stdin and writes src/protocol.gen.ts.
//   python -m daggr_nb._protocol.schema | npm run protocol [-- --check]
// With --check nothing is written; the exit code is 1 when the committed file differs.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const TARGET = join(dirname(fileURLToPath(import.meta.url)), "../src/protocol.gen.ts");

const BANNER = `// Generated from daggr_nb/_protocol by \`npm run protocol\`. Do not edit.

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type NodeId = Branded<"NodeId">;
export type PortName = Branded<"PortName">;
export type RunId = Branded<"RunId">;
export type Digest = Branded<"Digest">;
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
`;

/** Maps with branded keys: JSON Schema only says "an object of these values". */
const BRANDED_KEYS = { values: "PortName", positions: "NodeId", heights: "NodeId" };

function prepare(value) {
  if (Array.isArray(value)) return value.map(prepare);
  if (value === null || typeof value !== "object") return value;
  const copy = Object.fromEntries(Object.entries(value).map(([k, v]) => [k, prepare(v)]));
  // A discriminator is an OpenAPI word the compiler does not know; the union is enough.
  if (typeof copy.discriminator === "object" && "propertyName" in copy.discriminator) {
    delete copy.discriminator;
  }
  if (copy.prefixItems) {
    copy.items = copy.prefixItems;
    delete copy.prefixItems;
  }
  // A default beside a reference would make the compiler write the type a second time.
  return "$ref" in copy ? { $ref: copy.$ref } : copy;
}

function brandKeys(code) {
  return Object.entries(BRANDED_KEYS).reduce(
    (text, [field, key]) =>
      text.replaceAll(
        new RegExp(`(\\n  ${field}: \\{\\n\\s+)\\[k: string\\]:`, "g"),
        `$1[k in ${key}]?:`,
      ),
    code,
  );
}

/** The kinds of commands that are answered, each with that of its answer. */
function kindsOf({ $defs }) {
  const kindOf = ({ $ref }) => $defs[$ref.split("/").pop()].properties.kind.const;
  const pairs = Object.entries($defs.Replies.properties);
  const lines = pairs.map(([command, reply]) => `  ${command}: "${kindOf(reply)}",\n`);
  return `\nexport const REPLIES: { [Kind in keyof Replies]: Replies[Kind]["kind"] } = {\n${lines.join("")}};\n`;
}

async function generate(schema) {
  const code = await compile({ ...prepare(schema), additionalProperties: false }, "Wire", {
    additionalProperties: false,
    bannerComment: BANNER,
    unreachableDefinitions: true,
    declareExternallyReferenced: true,
    ignoreMinAndMaxItems: false,
    format: true,
    style: { printWidth: 100 },
  });
  const types = brandKeys(
    code
      .replace(/export interface Wire \{\}\n/, "")
      .replaceAll(/ +\/\*\*\n +\* @minItems \d+\n +\* @maxItems \d+\n +\*\/\n/g, ""),
  );
  return types + kindsOf(schema);
}

const wanted = await generate(JSON.parse(readFileSync(0, "utf8")));
if (!process.argv.includes("--check")) {
  writeFileSync(TARGET, wanted);
} else if (readFileSync(TARGET, "utf8") !== wanted) {
  console.error("src/protocol.gen.ts does not match the schema: run `make protocol`.");
  process.exit(1);
}
