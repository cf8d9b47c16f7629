import { useEffect, useRef, useState } from "preact/hooks";
import { usePicture } from "../../outputs/image";
import { type OutputProps, refOf } from "../../outputs/props";
import type { NamedValue, NodeId, RunId } from "../../protocol.gen";
import { useApp } from "../../ui/context";
import { shownCell } from "../displays/data/rows";
import { oneLine } from "../displays/List";

/** A small picture is this wide, twice for dense screens. */
const WIDTH = 160;
const LARGE = 480;
const MOST = 80;
const LINES = 3;
interface GlimpseProps {
  node: NodeId;
  record: RunId;
  large?: boolean;
}

/** A run's first result, small: its picture, or how it begins. It is asked for when it is in view. */
export function Glimpse({ node, record, large = false }: GlimpseProps) {
  const box = useRef<HTMLSpanElement>(null);
  const value = useFirst(record, box);
  return (
    <span
      ref={box}
      class="daggr-glimpse"
      data-kind={value?.preview.kind ?? "none"}
      aria-hidden="true"
    >
      {value && <Small {...{ node, record, large, value }} />}
    </span>
  );
}

function useFirst(record: RunId, box: { current: HTMLElement | null }): NamedValue | null {
  const { bridge } = useApp();
  const [value, setValue] = useState<NamedValue | null>(null);
  useEffect(() => {
    // What cannot be looked at has no small picture.
    const show = () =>
      bridge.ask({ kind: "show_record", record, first: true }).then(
        ({ outputs }) => setValue(outputs[0] ?? null),
        () => {},
      );
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      observer.disconnect();
      show();
    });
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, [bridge, record]);
  return value;
}

function Small({ node, record, large, value }: GlimpseProps & { value: NamedValue }) {
  const { name, preview } = value;
  const props = { node, record, port: name, path: [], label: name, preview };
  const picture = pictureOf(props);
  if (picture) return <SmallPicture {...picture} width={large ? LARGE : WIDTH} />;
  if (preview.kind === "palette") {
    return (
      <>
        {preview.data.slice(0, 6).map((color, index) => (
          <i key={index} style={{ background: color }} />
        ))}
      </>
    );
  }
  return <span dir="auto">{words(value)}</span>;
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

function SmallPicture({ width, ...props }: OutputProps & { width: number }) {
  const image = usePicture(refOf(props), width);
  return image && "url" in image ? <img src={image.url} alt="" draggable={false} /> : null;
}

function cellText(cell: Parameters<typeof shownCell>[0]): string {
  return shownCell(cell).text;
}

/** How a value begins. */
function words({ preview }: Pick<OutputProps, "preview">): string {
  if (preview.kind !== "table") return oneLine({ preview }).slice(0, MOST);
  const lines = preview.data.rows.slice(0, LINES).map((row) => row.map(cellText).join(" "));
  return lines.join("\n") || preview.summary;
}
