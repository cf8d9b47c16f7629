import DOMPurify from "dompurify";
import { useMemo, useRef, useState } from "preact/hooks";
import type { OutputProps } from "../../../outputs/props";
import { WholeText } from "../../../outputs/text";
import { useTab } from "../../../ui/context";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:";
const HEAD =
  `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">` +
  '<meta name="color-scheme" content="light"><base target="_blank">' +
  "<style>body{display:flow-root;font:13px/1.45 system-ui;margin:8px;overflow-wrap:anywhere}" +
  "table{border-collapse:collapse;font-size:12px}td,th{padding:3px 8px;border-bottom:1px solid #dfe1e4;text-align:right}" +
  "img,svg,video{max-width:100%;height:auto}</style>";
const HIGHEST = 320;

/** Foreign HTML as a page of its own: nothing in it runs, and it reaches nothing. */
export function pageOf(html: string): string {
  const clean = DOMPurify.sanitize(html, {
    FORCE_BODY: true,
    FORBID_TAGS: ["form", "iframe", "object", "embed", "base"],
  });
  return HEAD + clean;
}

/** In a frame without scripts or forms. Its origin is ours only so that its height can be read. */
export function HtmlPage(props: OutputProps) {
  return <WholeText {...props}>{(text) => <Frame text={text} label={props.label} />}</WholeText>;
}

function Frame({ text, label }: { text: string; label: string }) {
  const tab = useTab();
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(60);
  const page = useMemo(() => pageOf(text), [text]);
  const fit = () => {
    const body = frame.current?.contentDocument?.body;
    const high = body && Math.ceil(body.getBoundingClientRect().height) + 18;
    if (high) setHeight(Math.min(Math.max(high, 32), HIGHEST));
  };
  return (
    <iframe
      ref={frame}
      class="daggr-html"
      title={label}
      sandbox="allow-same-origin"
      srcdoc={page}
      style={{ height: `${height}px` }}
      onLoad={fit}
      tabIndex={tab}
    />
  );
}
