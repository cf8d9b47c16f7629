import { useEffect, useRef, useState } from "preact/hooks";
import { refOf, type Shows } from "../../../outputs/props";
import { Button } from "../../../ui/Button";
import { useApp, useTab } from "../../../ui/context";
import { useFetched } from "../fetching";

const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; style-src 'unsafe-inline';" +
  " img-src data: blob:; font-src data:; worker-src blob:";

let script: Promise<string> | undefined;
/** Figures that people have asked for: a card that was out of sight shows its own again. */
const openFigures = new Set<string>();

/** A figure of Plotly, drawn by the library's own script, in a frame that reaches nothing else. */
export function Plotly(props: Shows<"plotly">) {
  const { media } = useApp().bridge;
  const tab = useTab();
  const { node, port, path } = refOf(props);
  const key = [node, port, ...path].join("\n");
  const [open, setOpen] = useState(openFigures.has(key));
  const [page, setPage] = useState<{ text?: string; error?: string }>({});
  const figure = useFetched(props, (blob) => blob.text(), { enabled: open });
  const frame = useRef<HTMLIFrameElement>(null);
  const draw = () => {
    if (figure && "value" in figure) frame.current?.contentWindow?.postMessage(figure.value, "*");
  };
  useEffect(draw, [figure]);
  useEffect(() => {
    if (!open) return;
    openFigures.add(key);
    script ??= media.blob({ kind: "fetch_module", module: "plotly" }).then((blob) => blob.text());
    script
      .then((code) => setPage({ text: pageOf(code) }))
      .catch((error: Error) => {
        script = undefined;
        setOpen(false);
        setPage({ error: error.message });
      });
  }, [open]);

  const failure = page.error ?? (figure && "error" in figure ? figure.error : null);
  if (page.text && !failure) {
    const { height } = props.preview.data;
    return (
      <iframe
        ref={frame}
        class="daggr-html"
        title={props.label}
        sandbox="allow-scripts"
        srcdoc={page.text}
        style={{ height: `${Math.min(height || 280, 420)}px` }}
        tabIndex={tab}
        onLoad={draw}
      />
    );
  }
  return (
    <div class="daggr-picture-lost" style={{ minHeight: "90px" }}>
      <span>{failure ?? "An interactive figure"}</span>
      <Button look="link" disabled={open && !failure} onClick={() => setOpen(true)}>
        {open && !failure ? "Loading…" : "Show it"}
      </Button>
    </div>
  );
}

/** A page that draws each figure it is sent in place of the one before. */
function pageOf(code: string): string {
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<style>html,body,#f{margin:0;height:100%;font-family:system-ui}</style><div id="f"></div>
<script>${code}</script><script>onmessage=({source,data})=>{if(source!==parent)return;
const figure=JSON.parse(data);
Plotly.react("f",figure.data,{...figure.layout,width:undefined,height:undefined,autosize:true},
{responsive:true,displaylogo:false,...figure.config})}</script>`;
}
