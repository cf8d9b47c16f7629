import DOMPurify from "dompurify";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { OutputProps } from "../../../outputs/props";
import { WholeText } from "../../../outputs/text";
import { useTab } from "../../../ui/context";
import { useDark } from "../../theme";
import { apart, type Lacks, lacks } from "./apart";

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

/** Foreign HTML in which nothing runs. */
function cleaned(html: string): string {
  return DOMPurify.sanitize(html, {
    FORCE_BODY: true,
    FORBID_TAGS: ["form", "iframe", "object", "embed", "base"],
  });
}

/** It as a page of its own, which reaches nothing. */
export function pageOf(html: string, dark = false): string {
  return head(dark ? "dark" : "light") + cleaned(html);
}

/** In a frame without scripts or forms. Its origin is ours only so that its height can be read. */
export function HtmlPage(props: OutputProps) {
  return <WholeText {...props}>{(text) => <Shown text={text} label={props.label} />}</WholeText>;
}

/** What can be shown here, and what cannot. */
function Shown({ text, label }: { text: string; label: string }) {
  const lacking = useMemo(() => lacks(text, cleaned), [text]);
  return (
    <>
      {!lacking?.all && <Frame text={text} label={label} />}
      {lacking && <Apart {...{ text, label, lacking }} />}
    </>
  );
}

function Apart({ text, label, lacking }: { text: string; label: string; lacking: Lacks }) {
  const [own, setOwn] = useState("");
  const address = lacking.address ?? own;
  useEffect(() => {
    if (lacking.address) return;
    const url = apart(text, label);
    setOwn(url);
    return () => URL.revokeObjectURL(url);
  }, [text, label, lacking]);
  return (
    <p class="daggr-quiet">
      {lacking.says}{" "}
      <a
        href={address}
        target="_blank"
        rel="noopener noreferrer"
        title={lacking.address ?? undefined}
        tabIndex={useTab()}
      >
        Open it in a new tab
      </a>
    </p>
  );
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
      sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
      srcdoc={page}
      style={{ height: `${height}px` }}
      onLoad={fit}
      tabIndex={tab}
    />
  );
}
