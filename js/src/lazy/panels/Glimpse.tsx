import { useEffect, useRef, useState } from "preact/hooks";
import { usePicture } from "../../outputs/image";
import { type OutputProps, refOf } from "../../outputs/props";
import { shownText } from "../../outputs/text";
import type { NamedValue, NodeId, Preview, RunId } from "../../protocol.gen";
import { useApp } from "../../ui/context";
import { shownCell } from "../displays/data/rows";

/** A small picture is this wide, twice for dense screens. */
const WIDTH = 160;
const MOST = 80;
const LINES = 3;
/** What was seen once is not asked for again while the page lives. */
const KEPT = 400;
const known = new Map<string, NamedValue | null>();

interface GlimpseProps {
  node: NodeId;
  record: RunId;
}

/** A run's first result, small: its picture, or how it begins. It is asked for when it is in view. */
export function Glimpse({ node, record }: GlimpseProps) {
  const box = useRef<HTMLSpanElement>(null);
  const value = useFirst(record, box);
  return (
    <span
      ref={box}
      class="daggr-glimpse"
      data-kind={value?.preview.kind ?? "none"}
      aria-hidden="true"
    >
      {value && <Small {...{ node, record, value }} />}
    </span>
  );
}

function useFirst(record: RunId, box: { current: HTMLElement | null }): NamedValue | null {
  const { bridge } = useApp();
  const [value, setValue] = useState<NamedValue | null>(known.get(record) ?? null);
  useEffect(() => {
    if (known.has(record)) {
      setValue(known.get(record) ?? null);
      return;
    }
    let current = true;
    const ask = async () => {
      try {
        const shown = await bridge.ask({ kind: "show_record", record, first: true });
        const first = shown.outputs[0] ?? null;
        const pending = first?.preview.kind === "lost" && first.preview.data;
        if (!pending) remember(record, first);
        if (current) setValue(first);
      } catch {
        // Then there is no small picture of it.
      }
    };
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      ask();
    });
    if (box.current) observer.observe(box.current);
    return () => {
      current = false;
      observer.disconnect();
    };
  }, [bridge, record]);
  return value;
}

function remember(record: string, value: NamedValue | null): void {
  known.set(record, value);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
}

function Small({ node, record, value }: GlimpseProps & { value: NamedValue }) {
  const { name, preview } = value;
  const props = { node, record, port: name, path: [], label: name, preview };
  const picture = pictureOf(props);
  if (picture) return <SmallPicture {...picture} />;
  if (preview.kind === "palette") {
    return (
      <>
        {preview.data.slice(0, 6).map((color, index) => (
          <i key={index} style={{ background: color }} />
        ))}
      </>
    );
  }
  return <span dir="auto">{words(preview)}</span>;
}

/** The picture that a value is, or begins with. */
export function pictureOf(props: OutputProps): OutputProps | null {
  const { preview, path } = props;
  if (preview.kind === "image") return props;
  const [first] = preview.items;
  if (first?.kind !== "image") return null;
  const deep = (preview.kind === "gallery" || preview.kind === "compare") && preview.data.deep[0];
  return { ...props, preview: first, path: [...path, ...(deep ? [0, 0] : [0])] };
}

function SmallPicture(props: OutputProps) {
  const image = usePicture(refOf(props), WIDTH);
  return image && "url" in image ? <img src={image.url} alt="" draggable={false} /> : null;
}

function cellText(cell: Parameters<typeof shownCell>[0]): string {
  return shownCell(cell).text;
}

/** How a value begins. */
export function words(preview: Preview): string {
  const { kind, data, summary, items } = preview;
  if (kind === "label") return preview.data.label;
  if (kind === "marked")
    return preview.data.parts
      .map(([text]) => text)
      .join("")
      .slice(0, MOST);
  if (kind === "chat") return (preview.data.at(-1)?.text ?? summary).slice(0, MOST);
  if (kind === "table") {
    const lines = preview.data.rows.slice(0, LINES).map((row) => row.map(cellText).join(" "));
    return lines.join("\n") || summary;
  }
  if (kind === "html" || kind === "lost") return summary;
  if (typeof data === "string") return data.trim().slice(0, MOST) || summary;
  if (kind === "json" || kind === "tree") {
    const text = shownText(data);
    return text === null ? summary : text.replace(/\s+/g, " ").slice(0, MOST);
  }
  const [first] = items;
  return first ? words(first) : summary;
}
