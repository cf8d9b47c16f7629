import { Picture } from "../../outputs/image";
import type { OutputProps } from "../../outputs/props";
import { PlainText } from "../../outputs/text";
import { JsonText } from "./data/JsonText";
import { JsonTree } from "./data/JsonTree";
import { Label } from "./data/Label";
import { Ndarray } from "./data/Ndarray";
import { Palette } from "./data/Palette";
import { Plotly } from "./data/Plotly";
import { Table } from "./data/Table";
import { Each } from "./Each";
import { List } from "./List";
import { Compare } from "./media/Compare";
import { Files } from "./media/Files";
import { Gallery } from "./media/Gallery";
import { Lost } from "./media/Lost";
import { Model3D } from "./media/Model3D";
import { Audio, Video } from "./media/Players";
import { Chat } from "./texts/Chat";
import { Cut } from "./texts/Cut";
import { HtmlPage } from "./texts/HtmlPage";
import { Latex } from "./texts/Latex";
import { Markdown } from "./texts/Markdown";
import { Marked } from "./texts/Marked";
import { SourceCode } from "./texts/SourceCode";

/** A value that has a display of its own, or something to be said about how it looks. */
export function Display(props: OutputProps) {
  const { note } = props.preview;
  return (
    <>
      <Shown {...props} />
      {note && <p class="daggr-quiet">{note}</p>}
    </>
  );
}

/** A row for each kind of preview. */
function Shown(props: OutputProps) {
  const { preview } = props;
  switch (preview.kind) {
    case "array":
      return <Ndarray {...props} preview={preview} />;
    case "audio":
      return <Audio {...props} preview={preview} />;
    case "chat":
      return <Chat {...props} preview={preview} />;
    case "code":
      return <SourceCode {...props} />;
    case "compare":
      return <Compare {...props} preview={preview} />;
    case "each":
      return <Each {...props} />;
    case "files":
      return <Files {...props} preview={preview} />;
    case "gallery":
      return <Gallery {...props} preview={preview} />;
    case "html":
      return <HtmlPage {...props} />;
    case "json":
      return preview.inline ? <JsonText {...props} /> : <JsonTree {...props} preview={preview} />;
    case "items":
    case "tree":
      return <JsonTree {...props} preview={preview} />;
    case "label":
      return <Label {...props} preview={preview} />;
    case "latex":
      return <Latex {...props} />;
    case "lost":
      return <Lost {...props} preview={preview} />;
    case "markdown":
      return <Markdown {...props} />;
    case "marked":
      return <Marked {...props} preview={preview} />;
    case "model":
      return <Model3D {...props} preview={preview} />;
    case "palette":
      return <Palette {...props} preview={preview} />;
    case "plotly":
      return <Plotly {...props} preview={preview} />;
    case "table":
      return <Table {...props} preview={preview} />;
    case "text":
      return preview.inline || preview.data === null ? (
        <PlainText {...props} />
      ) : (
        <Cut {...props} />
      );
    case "video":
      return <Video {...props} preview={preview} />;
    case "image":
      return <Picture {...props} />; // the first part draws it, unless there is a note
    case "list":
      return <List {...props} />;
    default:
      preview satisfies never;
      return null;
  }
}
