import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { LazyProps } from "../../later";
import { Output } from "../../outputs/Output";
import { type OutputProps, refOf } from "../../outputs/props";
import { isBrief, shownText } from "../../outputs/text";
import type { Json, Preview } from "../../protocol.gen";
import { Button } from "../../ui/Button";
import { type App, CardContext, type Enlarged, useApp } from "../../ui/context";
import { isActive, messageOf } from "../../ui/format";
import { useSignal, useValue } from "../../ui/reactive";
import type { Media } from "../../wire/media";
import { copyText, saveBlob } from "../displays/actions";
import { RoomContext } from "../displays/room";
import { Dialog } from "./Dialog";
import { mark, placesOf, unmark } from "./find";
import { LargePicture } from "./LargePicture";

/** Kinds in which there is no text to look for. */
const MUTE = /^(image|audio|video|model|plotly|html|gallery|compare|palette|lost|files)$/;
/** Kinds whose own display says how to have the file. */
const OWN_FILES = /^(audio|video|model|files|gallery|compare|lost)$/;
/** Kinds that are saved as they are read out. */
const SPOKEN = /^(marked|chat)$/;
const TEXTS = /^(text|markdown|html|code|latex)$/;
const STEP = 1.25;

/** One value over the whole canvas; of several, the arrow keys show the others. */
export function Lightbox({ shown, all, close }: LazyProps["Lightbox"]) {
  const app = useApp();
  const siblings = useValue(() => all ?? outputsOf(app, shown));
  const start = siblings.findIndex((each) => same(each, shown));
  const [index, setIndex] = useState(Math.max(start, 0));
  const value = useLatest(siblings[index] ?? shown);
  const [scale, setScale] = useState(1);
  const [query, setQuery] = useState("");
  const [[at, count, whole], setFound] = useState<[number, number, boolean]>([0, 0, true]);
  const field = useRef<HTMLInputElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const tab = useSignal<0 | -1>(0);

  const { preview } = value;
  const picture = preview.kind === "image";
  const pictures = preview.kind === "list" && preview.items.every(({ kind }) => kind === "image");
  const mute = pictures || MUTE.test(preview.kind);
  const several = siblings.length > 1;
  const caption = `${value.label} · ${preview.summary}`;
  const step = (by: number) => {
    setIndex((index + by + siblings.length) % siblings.length);
    setScale(1);
  };
  const rescale = (by: number) =>
    setScale(by ? Math.min(Math.max(scale * by, picture ? 1 : 0.75), 16) : 1);
  const found = (count: number, whole = true) =>
    setFound(([at, former]) => [former === count && at < count ? at : 0, count, whole]);
  const seek = (by: number) => count && setFound([(at + by + count) % count, count, whole]);
  useSearch(body, preview.kind === "table" || mute ? null : query, at, found, value);

  const onKey = (event: KeyboardEvent) => {
    event.stopPropagation();
    const target = event.target as HTMLElement;
    if (event.defaultPrevented || event.altKey) return;
    const find = event.key === "/" || (event.key === "f" && (event.ctrlKey || event.metaKey));
    if (target.matches("input, textarea, select")) {
      if (target === field.current && event.key === "Enter") seek(event.shiftKey ? -1 : 1);
      return;
    }
    if (find && field.current) field.current.select();
    else if (event.ctrlKey || event.metaKey) return;
    else if (event.key === "+" || event.key === "=") rescale(STEP);
    else if (event.key === "-") rescale(1 / STEP);
    else if (event.key === "0") rescale(0);
    else if (several && event.key in SIDES && !scrollsSideways(target)) step(SIDES[event.key] ?? 0);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog class="daggr-lightbox" label={caption} close={close} onKey={onKey}>
      <div class="daggr-large-head">
        {several && (
          <span class="daggr-large-steps">
            <Button
              look="square"
              icon="left"
              name="Previous"
              data-control="previous"
              onClick={() => step(-1)}
            />
            <Button
              look="square"
              icon="right"
              name="Next"
              data-control="next"
              onClick={() => step(1)}
            />
          </span>
        )}
        <p class="daggr-large-name" aria-live="polite">
          <strong>{value.label}</strong>{" "}
          <span class="daggr-quiet">
            {preview.summary}
            {several && ` · ${index + 1} of ${siblings.length}`}
          </span>
        </p>
        {!mute && (
          // biome-ignore lint/a11y/useSemanticElements: older browsers have no search element
          <span class="daggr-large-find" role="search">
            <input
              ref={field}
              type="search"
              class="daggr-field"
              placeholder="Find"
              aria-label={`Find in ${value.label}`}
              value={query}
              onInput={(event) => setQuery(event.currentTarget.value)}
            />
            {query && (
              <>
                <span class="daggr-figures" role="status">
                  {count ? `${at + 1} of ${count}` : "none"}
                  {!whole && " +"}
                </span>
                <Button
                  look="square"
                  icon="up"
                  name="Previous place"
                  disabled={count < 2}
                  onClick={() => seek(-1)}
                />
                <Button
                  look="square"
                  icon="down"
                  name="Next place"
                  disabled={count < 2}
                  onClick={() => seek(1)}
                />
              </>
            )}
          </span>
        )}
        {(picture || (!mute && preview.kind !== "table")) && (
          <span class="daggr-large-steps">
            <Button
              look="square"
              icon="minus"
              name={picture ? "Smaller" : "Smaller text"}
              data-control="smaller"
              disabled={picture && scale <= 1}
              onClick={() => rescale(1 / STEP)}
            />
            <Button
              look="square"
              icon="plus"
              name={picture ? "Larger" : "Larger text"}
              data-control="larger"
              onClick={() => rescale(STEP)}
            />
          </span>
        )}
        <Tools value={value} />
      </div>
      <CardContext.Provider value={tab}>
        <RoomContext.Provider value={{ query: preview.kind === "table" ? query : "", at, found }}>
          <div
            ref={body}
            key={`${index} ${value.path}`}
            class="daggr-large-body"
            data-kind={pictures ? "pictures" : preview.kind}
            data-plain={preview.digest === null || undefined}
            style={{ "--scale": scale }}
          >
            {picture ? (
              <LargePicture shown={value} caption={caption} scale={scale} rescale={rescale} />
            ) : (
              <Whole {...value} />
            )}
          </div>
        </RoomContext.Provider>
      </CardContext.Provider>
    </Dialog>
  );
}

const SIDES: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };

function same(one: Enlarged, other: Enlarged): boolean {
  const name = ({ node, port, path, record }: Enlarged) => `${node} ${port} ${path} ${record}`;
  return name(one) === name(other);
}

/** Whether a value is what its card shows now, and no part of it. */
function isOutput({ path, record, question, control }: Enlarged): boolean {
  return !path.length && !record && !question && !control;
}

/** What there is to see on a card. */
function outputsOf({ store }: App, shown: Enlarged): Enlarged[] {
  const card = isOutput(shown) && store.card(shown.node);
  if (!card) return [shown];
  const values = card.values.value;
  const outputs = card.shape.value.outputs.flatMap(({ name, label, component }) => {
    const preview = values[name];
    if (!preview || isBrief(preview) || preview.kind === "lost") return [];
    const path: number[] = [];
    return [
      { node: card.id, port: name, path, preview, label: component?.label ?? label, component },
    ];
  });
  return outputs.some((each) => same(each, shown)) ? outputs : [shown];
}

/** The value as its card shows it now. */
function useLatest(shown: Enlarged): OutputProps {
  const { store } = useApp();
  const card = isOutput(shown) ? store.card(shown.node) : null;
  const now = useValue(() => card?.values.value[shown.port] || null);
  const active = useValue(() => !!card && isActive(card.state.value.status));
  const { node, port, path, record, question, control, label, component } = shown;
  const preview = now ?? shown.preview;
  const growing = active && preview.digest === null;
  return { node, port, path, record, question, control, label, component, preview, growing };
}

/** A display with all of its value, asked for where a card has the beginning alone. */
function Whole(props: OutputProps) {
  const { media } = useApp().bridge;
  const { preview } = props;
  const { kind, digest, inline, data } = preview;
  const cut =
    !inline && digest !== null && (TEXTS.test(kind) || kind === "json" || kind === "tree");
  const [all, setAll] = useState<{ digest: string; data: Json } | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    if (!cut) return;
    let current = true;
    const take = (text: string) => {
      const data: Json = TEXTS.test(kind) ? text : JSON.parse(text);
      if (current) setAll({ digest, data });
    };
    media
      .fetch(refOf(props))
      .then((blob) => blob.text())
      .then(take)
      .catch((error) => current && setFailure(messageOf(error)));
    return () => {
      current = false;
    };
  }, [digest, cut]);
  if (!cut) return <Output {...props} />;
  if (all?.digest === digest)
    return <Output {...props} preview={{ ...preview, data: all.data, inline: true } as Preview} />;
  if (failure) return <p class="daggr-lost">{failure}</p>;
  return data === null ? <p class="daggr-quiet">Loading…</p> : <Output {...props} />;
}

/** Looks for a query in what is drawn, again whenever that is another one. */
function useSearch(
  body: { current: HTMLElement | null },
  query: string | null,
  at: number,
  found: (count: number) => void,
  value: OutputProps,
): void {
  const places = useRef<Range[]>([]);
  const { preview } = value;
  useLayoutEffect(() => {
    const element = body.current;
    if (!element || !query) return unmark;
    const look = () => {
      places.current = placesOf(element, query);
      mark(places.current, 0);
      found(places.current.length);
    };
    look();
    const observer = new MutationObserver(look);
    observer.observe(element, { childList: true, subtree: true, characterData: true });
    return () => {
      observer.disconnect();
      unmark();
    };
  }, [query, preview, value.port, `${value.path}`]);
  useLayoutEffect(() => {
    if (query) mark(places.current, at);
  }, [at, query]);
}

/** Whether the arrow keys move what has the focus. */
function scrollsSideways(target: HTMLElement): boolean {
  const box = target.closest(".daggr-scroll");
  return !!box && box.scrollWidth > box.clientWidth + 1;
}

/** Copies a value, or saves it as a file. */
function Tools({ value }: { value: OutputProps }) {
  const { store, bridge } = useApp();
  const { preview } = value;
  const [said, setSaid] = useState("");
  const pictures = preview.kind === "list" && preview.items.every(({ kind }) => kind === "image");
  if (pictures || OWN_FILES.test(preview.kind)) return null;
  const act = (what: () => Promise<string>) => () => {
    what().then(
      (word) => {
        setSaid(word);
        setTimeout(() => setSaid(""), 1600);
      },
      (error) => store.toast(messageOf(error)),
    );
  };
  const copy = async () => {
    if (preview.kind === "image") return copyPicture(bridge.media, value);
    return (await copyText(await textOf(bridge.media, value))) ? "Copied" : "Not copied";
  };
  const save = async () => {
    // What is here may be what a card shows of it; without a kernel it is all there is.
    const text = store.readOnly.peek() || SPOKEN.test(preview.kind) ? ownText(preview) : null;
    const blob =
      text === null
        ? await bridge.media.fetch(refOf(value), null, { whole: true })
        : new Blob([text]);
    saveBlob(blob, fileName(value, blob.type));
    return "";
  };
  return (
    <span class="daggr-large-steps">
      {preview.kind !== "plotly" && (
        <Button look="labelled" data-control="copy" onClick={act(copy)}>
          {said || "Copy"}
        </Button>
      )}
      <Button look="labelled" data-control="download" onClick={act(save)}>
        Download
      </Button>
    </span>
  );
}

/** The text of a value that is all here. */
function ownText(preview: Preview): string | null {
  if (preview.kind === "marked") return preview.data.parts.map(([text]) => text).join("");
  if (preview.kind === "chat")
    return preview.data.map(({ who, text }) => (who ? `${who}: ${text}` : text)).join("\n");
  const { inline, data, kind } = preview;
  if (!inline || data === null) return null;
  if (typeof data === "string") return data;
  return kind === "json" || kind === "tree" || kind === "items" ? shownText(data) : null;
}

async function textOf(media: Media, value: OutputProps): Promise<string> {
  return ownText(value.preview) ?? (await (await media.fetch(refOf(value))).text());
}

/** Pages may copy pictures of one kind. */
async function copyPicture(media: Media, value: OutputProps): Promise<string> {
  const blob = await media.fetch(refOf(value), 4000);
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  const png = await canvas.convertToBlob({ type: "image/png" });
  await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
  return "Copied";
}

const ENDINGS: { [Kind in Preview["kind"]]?: string } = {
  text: "txt",
  marked: "txt",
  chat: "txt",
  array: "txt",
  code: "txt",
  markdown: "md",
  html: "html",
  latex: "tex",
  table: "csv",
};

/** An array as a file, where there is a form for it. */
const NPY = "application/x-npy";

function fileName({ port, path, preview, component }: OutputProps, mime: string): string {
  if (preview.kind === "image") {
    const ending = /^image\/(\w+)/.exec(mime)?.[1]?.replace("jpeg", "jpg") ?? "png";
    return preview.data?.name ?? `${[port, ...path].join("-")}.${ending}`;
  }
  if (preview.kind === "array" && mime === NPY) return `${port}.npy`;
  const python = preview.kind === "code" && component?.props.language === "python";
  return `${port}.${python ? "py" : (ENDINGS[preview.kind] ?? "json")}`;
}
