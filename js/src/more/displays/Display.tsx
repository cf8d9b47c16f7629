import type { ComponentType } from "preact";
import type { OutputProps } from "../../outputs/Output";
import { PlainText } from "../../outputs/text";
import { Colors } from "../colors";
import { Html } from "../html";
import { Markdown } from "../markdown";
import { Chat } from "./Chat";
import { Code } from "./Code";
import { Compare } from "./Compare";
import { Cut } from "./Cut";
import { Each } from "./Each";
import { Files, Model } from "./Files";
import { Gallery } from "./Gallery";
import { JsonTree } from "./JsonTree";
import { Label } from "./Label";
import { Latex } from "./Latex";
import { Marked } from "./Marked";
import { Numbers } from "./Numbers";
import { Audio, Video } from "./Players";
import { Plotly } from "./Plotly";
import { Table } from "./Table";

function Lost({ preview }: OutputProps) {
  return (
    <p class="daggr-lost" dir="auto">
      {String(preview.data ?? preview.summary)}
    </p>
  );
}

const BY_MIME: Record<string, ComponentType<OutputProps>> = {
  "text/markdown": Markdown,
  "text/html": Html,
  "text/x-code": Code,
  "text/latex": Latex,
  "application/json": JsonTree,
  "application/vnd.plotly.v1+json": Plotly,
  "application/x-daggr-array": Numbers,
  "application/x-daggr-chat": Chat,
  "application/x-daggr-colors": Colors,
  "application/x-daggr-compare": Compare,
  "application/x-daggr-each": Each,
  "application/x-daggr-files": Files,
  "application/x-daggr-gallery": Gallery,
  "application/x-daggr-label": Label,
  "application/x-daggr-lost": Lost,
  "application/x-daggr-marked": Marked,
  "application/x-daggr-model": Model,
  "application/x-daggr-table": Table,
  "application/vnd.daggr.items+json": JsonTree,
};

/** A value that is shown in a way of its own. */
export function Display(props: OutputProps) {
  const { mime } = props.preview;
  const top = { audio: Audio, video: Video }[mime.split("/")[0] ?? ""];
  const whole = props.preview.inline || props.preview.data === null;
  const Known = top ?? BY_MIME[mime] ?? (whole ? PlainText : Cut);
  return <Known {...props} />;
}
