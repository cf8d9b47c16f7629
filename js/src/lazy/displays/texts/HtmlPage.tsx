import DOMPurify from "dompurify";
import { useMemo, useRef, useState } from "preact/hooks";
import type { OutputProps } from "../../../outputs/props";
import { WholeText } from "../../../outputs/text";
import { useTab } from "../../../ui/context";
import { useDark } from "../../theme";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:";
const head = (scheme: string) =>
  `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">` +
  `<meta name="color-scheme" content="${scheme}"><base target="_blank">` +
  "<style>body{display:flow-root;font:13px/1.45 system-ui;margin:8px;overflow-wrap:anywhere}" +
  "table{border-collapse:collapse;font-size:12px}td,th{padding:3px 8px;border-bottom:1px solid color-mix(in srgb,currentColor 16%,transparent);text-align:right}" +
  "img,svg,video{max-width:100%;height:auto}</style>";
const HIGHEST = 320;
/** A page that says colours of its own is meant for a light ground. */
const COLOURED = /(^|[\s;{"'-])(background|color)(-\w+)?\s*[:=]|\b(bgcolor|fill|stroke)\s*=|<font/i;

/** Foreign HTML as a page of its own: nothing in it runs, and it reaches nothing. */
export function pageOf(html: string, dark = false): string {
  const clean = DOMPurify.sanitize(html, {
    FORCE_BODY: true,
    FORBID_TAGS: ["form", "iframe", "object", "embed", "base"],
  });
  return head(dark ? "dark" : "light") + clean;
}

/** In a frame without scripts or forms. Its origin is ours only so that its height can be read. */
export function HtmlPage(props: OutputProps) {
  return <WholeText {...props}>{(text) => <Frame text={text} label={props.label} />}</WholeText>;
}

function Frame({ text, label }: { text: string; label: string }) {
  const tab = useTab();
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(60);
  const dark = useDark(frame) && !COLOURED.test(text);
  const page = useMemo(() => pageOf(text, dark), [text, dark]);
  const fit = () => {
    const body = frame.current?.contentDocument?.body;
    const high = body && Math.ceil(body.getBoundingClientRect().height) + 18;
    if (high) setHeight(Math.min(Math.max(high, 32), HIGHEST));
  };
  return (
    <iframe
      ref={frame}
      class="daggr-html"
      data-scheme={dark ? "dark" : "light"}
      title={label}
      sandbox="allow-same-origin"
      srcdoc={page}
      style={{ height: `${height}px` }}
      onLoad={fit}
      tabIndex={tab}
    />
  );
}
