import { useState } from "preact/hooks";
import type { Shows } from "../../../outputs/props";
import { shownText } from "../../../outputs/text";
import type { Json } from "../../../protocol.gen";
import { Button } from "../../../ui/Button";
import { useTab } from "../../../ui/context";
import { Scroller } from "../../../ui/Scroller";
import { Copy } from "../actions";
import { isRecord, type Result, useFetched } from "../fetching";
import { useRoom } from "../room";
import { JsonText } from "./JsonText";

const PAGE = 100;
/** Of each level, where there is room. */
const LARGE_PAGE = 2000;

/** Plain data as a tree that opens and closes. */
export function JsonTree(props: Shows<"items" | "json" | "tree">) {
  const { data, inline } = props.preview;
  const [whole, setWhole] = useState(false);
  const result: Result<Json> = useFetched(props, async (blob) => exact(await blob.text()), {
    enabled: whole && !inline,
  });
  if (result && "error" in result) return <p class="daggr-lost">{result.error}</p>;
  const value = result ? result.value : data;
  if (typeof value !== "object" || value === null) return <JsonText {...props} />;
  return (
    <>
      <Scroller class="daggr-tree" label={props.label}>
        <Node value={value} open={props.component?.props.open !== false || 2} />
      </Scroller>
      {!inline && !result && (
        <Button look="link" disabled={whole} onClick={() => setWhole(true)}>
          {whole ? "Loading…" : "Show all of it"}
        </Button>
      )}
      {(inline || result) && <Copy text={shownText(value) ?? ""} what={props.label} />}
    </>
  );
}

/** JSON with large integers by their digits, as they come with a card: a browser's have but 53 bits. */
export function exact(text: string): Json {
  const parts = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  const marked = text.replace(parts, (part) =>
    !/^-?\d+$/.test(part) || Number.isSafeInteger(Number(part)) ? part : `{"$int":"${part}"}`,
  );
  return JSON.parse(marked);
}

/** The digits of a large integer; null for all else. */
function digitsOf(value: Json): string | null {
  const digits = isRecord(value) ? value.$int : null;
  return typeof digits === "string" ? digits : null;
}

/** `open` says how many levels stand open: all for true. */
function Node({ value, name, open }: { value: Json; name?: string; open: boolean | number }) {
  const tab = useTab();
  const [limit, setLimit] = useState(useRoom() ? LARGE_PAGE : PAGE);
  const key = name === undefined ? null : <b>{name}: </b>;
  const digits = digitsOf(value);
  if (typeof value !== "object" || value === null || digits !== null) {
    return (
      <div class="daggr-leaf">
        {key}
        <span data-kind={value === null ? "null" : digits ? "number" : typeof value} dir="auto">
          {digits ?? (typeof value === "string" ? JSON.stringify(value) : String(value))}
        </span>
      </div>
    );
  }
  const list = Array.isArray(value);
  const entries = Object.entries(value);
  if (entries.length === 0) {
    return (
      <div class="daggr-leaf">
        {key}
        {list ? "[ ]" : "{ }"}
      </div>
    );
  }
  const inner = typeof open === "number" ? open - 1 : open;
  return (
    <details open={open === true || (typeof open === "number" && open > 0)}>
      <summary tabIndex={tab}>
        {key}
        <span class="daggr-quiet">{list ? `[${entries.length}]` : `{${entries.length}}`}</span>
      </summary>
      {entries.slice(0, limit).map(([each, part]) => (
        <Node key={each} name={each} value={part ?? null} open={entries.length > 20 ? 0 : inner} />
      ))}
      {entries.length > limit && (
        <Button look="link" onClick={() => setLimit(limit + 10 * PAGE)}>
          {`… ${entries.length - limit} more`}
        </Button>
      )}
    </details>
  );
}
