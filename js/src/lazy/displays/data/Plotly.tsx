import { useEffect, useRef, useState } from "preact/hooks";
import type { Shows } from "../../../outputs/props";
import { Button } from "../../../ui/Button";
import { useApp, useTab } from "../../../ui/context";
import { useFetched, useSeen } from "../fetching";

const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; style-src 'unsafe-inline';" +
  " img-src data: blob:; font-src data:; worker-src blob:";

let script: Promise<string> | undefined;
/**
 * A figure of Plotly, drawn when it comes into view by the library's own script, in a frame that
 * reaches nothing else.
 */
export function Plotly(props: Shows<"plotly">) {
  const { bridge, store } = useApp();
  const { media } = bridge;
  const tab = useTab();
  const box = useRef<HTMLDivElement>(null);
  const [pressed, setPressed] = useState(false);
  const seen = useSeen(box, !props.preview.on_press && !store.readOnly.value);
  const open = pressed || seen;
  const [page, setPage] = useState<{ text?: string; error?: string }>({});
  const [attempt, setAttempt] = useState(0);
  const figure = useFetched(props, (blob) => blob.text(), { enabled: open });
  const frame = useRef<HTMLIFrameElement>(null);
  const draw = () => {
    if (figure && "value" in figure) frame.current?.contentWindow?.postMessage(figure.value, "*");
  };
  useEffect(draw, [figure]);
  useEffect(() => {
    if (!open) return;
    script ??= media.blob({ kind: "fetch_module", module: "plotly" }).then((blob) => blob.text());
    script
      .then((code) => setPage({ text: pageOf(code) }))
      .catch((error: Error) => {
        script = undefined;
        setPage({ error: error.message });
      });
  }, [open, attempt]);

  const failure = page.error ?? (figure && "error" in figure ? figure.error : null);
  const high = Math.min(props.preview.data.height || 280, 420);
  if (page.text && !failure) {
    return (
      <iframe
        ref={frame}
        class="daggr-html"
        title={props.label}
        sandbox="allow-scripts"
        srcdoc={page.text}
        style={{ height: `${high}px` }}
        tabIndex={tab}
        onLoad={draw}
      />
    );
  }
  const show = () => {
    setPressed(true);
    setPage({});
    setAttempt(attempt + 1);
  };
  return (
    <div ref={box} class="daggr-picture-lost" style={{ height: `${high}px` }}>
      <span>{failure ?? "An interactive figure"}</span>
      {open && !failure ? (
        <span>Loading…</span>
      ) : (
        <Button look="link" data-control="draw" onClick={show}>
          Show it
        </Button>
      )}
    </div>
  );
}

/** A page that draws each figure it is sent in place of the one before. */
function pageOf(code: string): string {
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<style>html,body,#f{margin:0;height:100%;font-family:system-ui}</style><div id="f"></div>
<script>${code}</script><script>onmessage=({source,data})=>{if(source!==parent)return;
const figure=JSON.parse(data),{layout={}}=figure;
const close=innerWidth<420&&{margin:{l:40,r:10,t:layout.title?.text?40:12,b:36}};
Plotly.react("f",figure.data,{...layout,...close,width:undefined,height:undefined,autosize:true},
{responsive:true,displaylogo:false,...figure.config})}</script>`;
}
