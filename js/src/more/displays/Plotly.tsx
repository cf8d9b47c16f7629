import { useState } from "preact/hooks";
import { useApp, useTab } from "../../context";
import { type OutputProps, refOf } from "../../outputs/Output";
import { Button } from "../../parts";
import { isRecord } from "./fetching";

const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; style-src 'unsafe-inline';" +
  " img-src data: blob:; font-src data:; worker-src blob:";

let script: Promise<string> | undefined;

/** A figure of Plotly, drawn by the library's own script, in a frame that reaches nothing else. */
export function Plotly(props: OutputProps) {
  const { media } = useApp().bridge;
  const tab = useTab();
  const [state, setState] = useState<{ page?: string; error?: string; busy?: boolean }>({});
  const asked = isRecord(props.preview.data) ? Number(props.preview.data.height) : 0;
  const load = async () => {
    setState({ busy: true });
    try {
      script ??= media.blob({ kind: "fetch_module", module: "plotly" }).then((blob) => blob.text());
      const figure = await (await media.fetch(refOf(props))).text();
      setState({ page: pageOf(await script, figure) });
    } catch (error) {
      script = undefined;
      setState({ error: (error as Error).message });
    }
  };
  if (state.page) {
    return (
      <iframe
        class="daggr-html"
        title={props.label}
        sandbox="allow-scripts"
        srcdoc={state.page}
        style={{ height: `${Math.min(asked || 280, 420)}px` }}
        tabIndex={tab}
      />
    );
  }
  return (
    <div class="daggr-picture-lost" style={{ minHeight: "90px" }}>
      <span>{state.error ?? "An interactive figure"}</span>
      <Button look="link" disabled={state.busy ?? false} onClick={load}>
        {state.busy ? "Loading…" : "Show it"}
      </Button>
    </div>
  );
}

function pageOf(code: string, figure: string): string {
  const safe = figure.replaceAll("<", "\\u003c");
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<style>html,body,#f{margin:0;height:100%;font-family:system-ui}</style><div id="f"></div>
<script>${code}</script><script>const figure=${safe};
Plotly.newPlot("f",figure.data,{...figure.layout,width:undefined,height:undefined,autosize:true},
{responsive:true,displaylogo:false,...figure.config})</script>`;
}
