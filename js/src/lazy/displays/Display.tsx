import type { ComponentType } from "preact";
import type { OutputProps } from "../../outputs/props";
import { PlainText } from "../../outputs/text";
import { Colors } from "./data/Colors";
import { JsonTree } from "./data/JsonTree";
import { Label } from "./data/Label";
import { Numbers } from "./data/Numbers";
import { Plotly } from "./data/Plotly";
import { Table } from "./data/Table";
import { Each } from "./Each";
import { Compare } from "./media/Compare";
import { Files } from "./media/Files";
import { Gallery } from "./media/Gallery";
import { Model3D } from "./media/Model3D";
import { Audio, Video } from "./media/Players";
import { Chat } from "./texts/Chat";
import { Code } from "./texts/Code";
import { Cut } from "./texts/Cut";
import { Html } from "./texts/Html";
import { Latex } from "./texts/Latex";
import { Markdown } from "./texts/Markdown";
import { Marked } from "./texts/Marked";

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
  "application/x-daggr-model": Model3D,
  "application/x-daggr-table": Table,
  "application/vnd.daggr.items+json": JsonTree,
};

/** A value that has a display of its own. */
export function Display(props: OutputProps) {
  const { mime } = props.preview;
  const top = { audio: Audio, video: Video }[mime.split("/")[0] ?? ""];
  const whole = props.preview.inline || props.preview.data === null;
  const Body = top ?? BY_MIME[mime] ?? (whole ? PlainText : Cut);
  return <Body {...props} />;
}
