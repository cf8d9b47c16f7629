// Generated from daggr_nb/_protocol by `npm run protocol`. Do not edit.

declare const brand: unique symbol;
type Branded<Name extends string> = string & {readonly [brand]: Name};

export type NodeId = Branded<"NodeId">;
export type PortName = Branded<"PortName">;
export type RunId = Branded<"RunId">;
export type Digest = Branded<"Digest">;
export type Json = string | number | boolean | null | Json[] | {[key: string]: Json};

/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Preview".
 */
export type Preview =
  | TextPreview
  | MarkdownPreview
  | HtmlPreview
  | CodePreview
  | LatexPreview
  | MarkedPreview
  | ChatPreview
  | JsonPreview
  | TreePreview
  | ItemsPreview
  | LabelPreview
  | PalettePreview
  | ArrayPreview
  | TablePreview
  | PlotlyPreview
  | ImagePreview
  | AudioPreview
  | VideoPreview
  | FilesPreview
  | ModelPreview
  | GalleryPreview
  | ComparePreview
  | LostPreview
  | ListPreview
  | EachPreview;
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Command".
 */
export type Command =
  | Sync
  | RunCommand
  | PlanCommand
  | StopCommand
  | SetAutorun
  | SetInput
  | Select
  | Fetch
  | FetchModule
  | Upload
  | CancelUpload
  | Answer
  | ChatCommand
  | Override
  | SheetCommand
  | ListItems
  | ListRuns
  | Compare
  | ShowRecord
  | Star
  | Label
  | ListVariants
  | RunVariants
  | StopVariants
  | Collapse
  | Tidy
  | Export
  | Undo
  | MoveNode
  | ResizeNode
  | Measured;
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Notification".
 */
export type Notification =
  | Batch
  | Pong
  | Fetched
  | Uploaded
  | Planned
  | ItemsListed
  | RunsListed
  | Compared
  | RecordShown
  | VariantsListed
  | Done
  | CommandRejected
  | Snapshot;

/**
 * Answer a node's question; :class:`QuestionView` says what ``key`` and ``answer`` are.
 *
 * A file goes up first, see :class:`Upload`.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Answer".
 */
export interface Answer {
  answer: Json;
  id: string;
  key: Digest;
  kind: "answer";
  node: NodeId;
}
/**
 * ``min`` and ``max`` are absent where values have no order.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ArrayFacts".
 */
export interface ArrayFacts {
  dtype: string;
  max: string | null;
  min: string | null;
  shape: string;
  values: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ArrayPreview".
 */
export interface ArrayPreview {
  count: number | null;
  data: ArrayFacts;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "array";
  mime: "application/x-daggr-array";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "TextPreview".
 */
export interface TextPreview {
  count: number | null;
  data: string | null;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "text";
  mime: "text/plain";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "MarkdownPreview".
 */
export interface MarkdownPreview {
  count: number | null;
  data: string | null;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "markdown";
  mime: "text/markdown";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "HtmlPreview".
 */
export interface HtmlPreview {
  count: number | null;
  data: string | null;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "html";
  mime: "text/html";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "CodePreview".
 */
export interface CodePreview {
  count: number | null;
  data: string | null;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "code";
  mime: "text/x-code";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "LatexPreview".
 */
export interface LatexPreview {
  count: number | null;
  data: string | null;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "latex";
  mime: "text/latex";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "MarkedPreview".
 */
export interface MarkedPreview {
  count: number | null;
  data: MarkedText;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "marked";
  mime: "application/x-daggr-marked";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * Parts of a text, each with its mark: what it is, or a score.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "MarkedText".
 */
export interface MarkedText {
  colors: {
    [k: string]: string;
  };
  parts: [string, Json][];
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ChatPreview".
 */
export interface ChatPreview {
  count: number | null;
  data: ChatMessage[];
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "chat";
  mime: "application/x-daggr-chat";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * What one says; ``chat`` tells Markdown of a chatbot from a line of a dialogue.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ChatMessage".
 */
export interface ChatMessage {
  chat: boolean;
  text: string;
  who: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "JsonPreview".
 */
export interface JsonPreview {
  count: number | null;
  data: Json;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "json";
  mime: "application/json";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * Plain data that opens and closes.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "TreePreview".
 */
export interface TreePreview {
  count: number | null;
  data: Json;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "tree";
  mime: "application/json";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * Rows that people edit; ``data`` is absent when they are too many.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ItemsPreview".
 */
export interface ItemsPreview {
  count: number | null;
  data:
    | {
        [k: string]: Json;
      }[]
    | null;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "items";
  mime: "application/vnd.daggr.items+json";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "LabelPreview".
 */
export interface LabelPreview {
  count: number | null;
  data: Classes;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "label";
  mime: "application/x-daggr-label";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * The best class, and the confidences; one that is no number is its text.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Classes".
 */
export interface Classes {
  label: string;
  parts: [string, number | string][];
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "PalettePreview".
 */
export interface PalettePreview {
  count: number | null;
  data: string[];
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "palette";
  mime: "application/x-daggr-colors";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "TablePreview".
 */
export interface TablePreview {
  count: number | null;
  data: TableRows;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "table";
  mime: "application/x-daggr-table";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * The first rows of a table; ``hidden`` counts the columns that are not there.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "TableRows".
 */
export interface TableRows {
  columns: Column[];
  hidden: number;
  index: string[];
  rows: (string | number | boolean | NoValue | CutCell | null)[][];
  start: number;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Column".
 */
export interface Column {
  kind: string;
  name: string;
  type: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "NoValue".
 */
export interface NoValue {
  is: string;
}
/**
 * The beginning of a cell that is longer than a card has room for.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "CutCell".
 */
export interface CutCell {
  cut: string;
}
/**
 * A figure; what draws it is fetched, and so is its script.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "PlotlyPreview".
 */
export interface PlotlyPreview {
  count: number | null;
  data: PlotlyFigure;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "plotly";
  mime: "application/vnd.plotly.v1+json";
  note: string;
  on_press: boolean;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "PlotlyFigure".
 */
export interface PlotlyFigure {
  height: number | null;
}
/**
 * A picture; ``data`` says which file it is, if it is one.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ImagePreview".
 */
export interface ImagePreview {
  count: number | null;
  data: FileInfo | null;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "image";
  mime: string;
  note: string;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "FileInfo".
 */
export interface FileInfo {
  mime: string;
  name: string;
  size: number;
}
/**
 * Sound; ``rows`` asks for how loud it is from moment to moment.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "AudioPreview".
 */
export interface AudioPreview {
  count: number | null;
  data: FileInfo;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "audio";
  mime: string;
  note: string;
  on_press: boolean;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "VideoPreview".
 */
export interface VideoPreview {
  count: number | null;
  data: FileInfo;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "video";
  mime: string;
  note: string;
  on_press: boolean;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "FilesPreview".
 */
export interface FilesPreview {
  count: number | null;
  data: FileInfo[];
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "files";
  mime: "application/x-daggr-files";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * A model in space.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ModelPreview".
 */
export interface ModelPreview {
  count: number | null;
  data: FileInfo[];
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "model";
  mime: "application/x-daggr-model";
  note: string;
  on_press: boolean;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "GalleryPreview".
 */
export interface GalleryPreview {
  count: number | null;
  data: Pictures;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "gallery";
  mime: "application/x-daggr-gallery";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * Of each of ``items``: its caption, and whether the value is a pair of picture and caption.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Pictures".
 */
export interface Pictures {
  captions: (string | null)[];
  deep: boolean[];
}
/**
 * Two pictures, one over the other; ``position`` says how many percent of the first show.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ComparePreview".
 */
export interface ComparePreview {
  count: number | null;
  data: BeforeAndAfter;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "compare";
  mime: "application/x-daggr-compare";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "BeforeAndAfter".
 */
export interface BeforeAndAfter {
  captions: (string | null)[];
  deep: boolean[];
  position: number;
}
/**
 * What cannot be shown, with the reason; what is ``pending`` comes when it is ready.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "LostPreview".
 */
export interface LostPreview {
  count: number | null;
  data: string;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "lost";
  mime: "application/x-daggr-lost";
  note: string;
  pending: boolean;
  size: string | null;
  summary: string;
}
/**
 * Values in a line each, or pictures in a grid.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ListPreview".
 */
export interface ListPreview {
  count: number | null;
  data: null;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "list";
  mime: "application/x-daggr-list";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * Values each of which is shown as it would be alone.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "EachPreview".
 */
export interface EachPreview {
  count: number | null;
  data: null;
  digest: Digest | null;
  inline: boolean;
  items: Preview[];
  kind: "each";
  mime: "application/x-daggr-each";
  note: string;
  size: string | null;
  summary: string;
}
/**
 * All changes since the last one, in order. ``rev`` is the revision they lead to.
 *
 * An answer to :class:`Sync` may merge several: ``since`` is then the revision they start from
 * (absent: ``rev - 1``).
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Batch".
 */
export interface Batch {
  changes: (
    | NodeStateUpdate
    | NodeValuesUpdate
    | ValueGrowthUpdate
    | InputUpdate
    | EdgesUpdate
    | RunUpdate
    | LayoutUpdate
    | CollapsedUpdate
    | NoticeUpdate
    | ToolbarUpdate
  )[];
  kind: "batch";
  rev: number;
  since: number | null;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "NodeStateUpdate".
 */
export interface NodeStateUpdate {
  kind: "node_state";
  node: NodeId;
  state: CardState;
}
/**
 * Everything of a card that changes while people work, but for the values it shows.
 *
 * ``progress`` and ``note`` are what a running node has reported last.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "CardState".
 */
export interface CardState {
  chat: ChatView | null;
  ended_at: number | null;
  error: ErrorView | null;
  freshness: "fresh" | "stale" | "missing" | "unverified";
  history: HistoryView;
  items: ItemsView | null;
  log: string;
  note: string;
  progress: Progress | null;
  question: QuestionView | null;
  reasons: ReasonView[];
  remarks: string[];
  service: ServiceView | null;
  started_at: number | null;
  status:
    | "missing"
    | "queued"
    | "running"
    | "stopping"
    | "waiting"
    | "succeeded"
    | "cached"
    | "recovered"
    | "failed"
    | "blocked"
    | "skipped"
    | "cancelled";
  typical: number | null;
}
/**
 * How a conversation stands, beside what was said, which the control ``turns`` holds.
 *
 * ``port`` of ``node`` is where the answer to the last message is, unless that is ``text``: what
 * was stopped is not shown there. ``problem`` is why there is none, or
 * what it waits for. ``versions`` says which of the answers to that message is shown.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ChatView".
 */
export interface ChatView {
  node: NodeId | null;
  phase: "none" | "missing" | "waiting" | "speaking" | "said" | "stopped" | "failed";
  port: PortName | null;
  problem: string;
  text: string;
  turns: PortName;
  versions: HistoryView;
}
/**
 * Where the shown record stands among a node's records: ``index`` of ``total``, oldest is 1.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "HistoryView".
 */
export interface HistoryView {
  index: number;
  newer: RunId | null;
  older: RunId | null;
  total: number;
}
/**
 * What a failed run shows: one line, and the traceback as Python prints it.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ErrorView".
 */
export interface ErrorView {
  message: string;
  traceback: string;
  type: string;
}
/**
 * The items of a scattered node: counts for all of them, rows for the first ones.
 *
 * ``key`` is another one whenever any of the items is; the view asks for rows with
 * :class:`ListItems`.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ItemsView".
 */
export interface ItemsView {
  done: number;
  failed: number;
  key: string;
  rows: ItemView[];
  total: number;
}
/**
 * One item of a scattered node; ``path`` is its index, nested levels joined by a dot.
 *
 * ``label`` says in a few words what the item is; without one the card shows its number.
 * ``said`` is the end of what it has produced so far, ``record`` its node run once it is over.
 * ``gave`` is the beginning of what that gave, ``picture`` the port of a picture that it gave, or
 * else ``taken`` that of one it got.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ItemView".
 */
export interface ItemView {
  duration: number | null;
  error: ErrorView | null;
  gave: string;
  label: string;
  path: string;
  picture: string;
  record: RunId | null;
  said: string;
  status:
    | "missing"
    | "queued"
    | "running"
    | "stopping"
    | "waiting"
    | "succeeded"
    | "cached"
    | "recovered"
    | "failed"
    | "blocked"
    | "skipped"
    | "cancelled";
  taken: string;
}
/**
 * How far a running node is; ``total`` is absent when nobody knows.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Progress".
 */
export interface Progress {
  done: number;
  text: string;
  total: number | null;
}
/**
 * What a person is asked.
 *
 * ``approve`` is answered with true or false, and so is ``rename``: whether the node is what was
 * called otherwise before. ``choose`` is with the index of one of ``options``, ``value`` with a
 * value for ``component`` (``{"$file": place}`` for a file), which starts as ``value``.
 * ``options`` are what there is to choose from, or the one thing to approve; the view
 * fetches what is large with ``Fetch(node, port, path=[index], question=True)``. ``key`` says
 * which question it is: an answer carries it, so that a view which is behind cannot answer another
 * one. ``item`` is the path of a scattered node's item, ``waiting`` counts the questions that the
 * node still has, and ``count`` the options, of which ``options`` may hold the first ones only.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "QuestionView".
 */
export interface QuestionView {
  component: ComponentView | null;
  count: number;
  item: string;
  key: Digest;
  kind: "approve" | "choose" | "value" | "rename";
  options: Preview[];
  port: PortName | null;
  text: string;
  value: Json;
  waiting: number;
}
/**
 * A control or a display: its ``type`` (``Slider``) and its properties.
 *
 * The label stands in a line above it unless it ``labels_itself``; where there are few fields in a
 * row, what is ``obvious`` needs no such line either. A question about a ``single_file`` is
 * answered by choosing one. ``fields`` are those of a list of items. ``height`` is about how high
 * a result is, in pixels, where that is more than a line or two.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ComponentView".
 */
export interface ComponentView {
  fields: FieldView[];
  height: number;
  label: string | null;
  labels_itself: boolean;
  obvious: boolean;
  props: {
    [k: string]: Json;
  };
  single_file: boolean;
  type: string;
}
/**
 * A field of a list of items; ``value`` is what it starts with in a new item.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "FieldView".
 */
export interface FieldView {
  fields: FieldView[];
  height: number;
  label: string | null;
  labels_itself: boolean;
  name: string;
  obvious: boolean;
  props: {
    [k: string]: Json;
  };
  single_file: boolean;
  type: string;
  value: Json;
}
/**
 * Why a node is not fresh, in plain words; ``subject`` is the part of ``text`` to stress.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ReasonView".
 */
export interface ReasonView {
  diff: string | null;
  kind:
    | "CODE"
    | "INPUT"
    | "UPSTREAM"
    | "EDGE"
    | "VARIANT"
    | "ENV"
    | "REVISION"
    | "VOLATILE"
    | "UNVERIFIED";
  subject: string;
  text: string;
}
/**
 * Who does a node's work elsewhere: ``url`` is its page, ``commit`` its revision if known.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ServiceView".
 */
export interface ServiceView {
  commit: string;
  label: string;
  url: string;
}
/**
 * The values a card shows, all of them; sent when the shown record changes.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "NodeValuesUpdate".
 */
export interface NodeValuesUpdate {
  kind: "node_values";
  node: NodeId;
  values: {
    [k in PortName]?: Preview;
  };
}
/**
 * A value of a card that has grown: what is new of its preview, one splice after the other.
 *
 * It goes from what the batch before said to what is now.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ValueGrowthUpdate".
 */
export interface ValueGrowthUpdate {
  kind: "value_growth";
  node: NodeId;
  port: PortName;
  splices: Splice[];
}
/**
 * What is another one in a preview, at the end of ``path``.
 *
 * Of a text or a list the first ``at`` stay, and ``more`` comes after them; without ``at``,
 * ``more`` is all there is. A text is counted as browsers do, in units of UTF-16.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Splice".
 */
export interface Splice {
  at: number | null;
  more: Json;
  path: (string | number)[];
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "InputUpdate".
 */
export interface InputUpdate {
  kind: "input";
  node: NodeId;
  port: PortName;
  value: Json;
}
/**
 * Freshness of the edges that changed, by edge id.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "EdgesUpdate".
 */
export interface EdgesUpdate {
  fresh: {
    [k: string]: boolean;
  };
  kind: "edges";
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "RunUpdate".
 */
export interface RunUpdate {
  kind: "run";
  run: RunView | null;
}
/**
 * The run in progress: how many node runs are over, of how many planned.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "RunView".
 */
export interface RunView {
  done: number;
  id: RunId;
  stopping: boolean;
  total: number;
}
/**
 * New top left corners of the cards that moved, and new widths.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "LayoutUpdate".
 */
export interface LayoutUpdate {
  kind: "layout";
  positions: {
    [k in NodeId]?: [number, number];
  };
  widths: {
    [k: string]: number;
  };
}
/**
 * Cards that show their header only from now on, or all of themselves again.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "CollapsedUpdate".
 */
export interface CollapsedUpdate {
  kind: "collapsed";
  nodes: {
    [k: string]: boolean;
  };
}
/**
 * A message for the whole canvas, such as why an edited graph could not be built.
 *
 * ``remark`` is what is not wrong, but a person should know of.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "NoticeUpdate".
 */
export interface NoticeUpdate {
  kind: "notice";
  remark: string;
  text: string;
}
/**
 * Whether an edit or a restore can be taken back or made again, and whether edits run.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ToolbarUpdate".
 */
export interface ToolbarUpdate {
  autorun: boolean;
  kind: "toolbar";
  redoable: boolean;
  undoable: boolean;
}
/**
 * Give a file up that is on its way.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "CancelUpload".
 */
export interface CancelUpload {
  id: string;
  kind: "cancel_upload";
  upload: string;
}
/**
 * What was changed before a run: an input of ``node``, its code, or a result by hand.
 *
 * ``former`` and ``latter`` are empty where it takes more than a few characters to say them;
 * ``text`` says it in any case.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ChangeView".
 */
export interface ChangeView {
  former: string;
  latter: string;
  name: string;
  node: NodeId;
  text: string;
}
/**
 * Go on with a conversation: ``say`` a text (in the place of the person's message ``at`` that
 * index, if there is one), have the last message answered once more (``regenerate``), ``stop`` the
 * answer, ``choose`` another one by its ``record``, ``clear`` it all.
 *
 * ``after`` is how many messages the view shows: what was sent twice, or by two at once, is said
 * once.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ChatCommand".
 */
export interface ChatCommand {
  action: "say" | "regenerate" | "stop" | "choose" | "clear";
  after: number | null;
  at: number | null;
  id: string;
  kind: "chat";
  node: NodeId;
  record: RunId | null;
  text: string;
}
/**
 * Show cards by their header only, or whole again; kept with the sheet.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Collapse".
 */
export interface Collapse {
  id: string;
  kind: "collapse";
  nodes: NodeId[];
  on: boolean;
}
/**
 * Heartbeat and repair: "I have this revision, send what I miss"; -1 asks for a snapshot.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Sync".
 */
export interface Sync {
  id: string;
  kind: "sync";
  rev: number;
}
/**
 * Run nodes. ``stale`` brings ``targets`` (all, if empty) up to date; ``to_here`` runs the
 * targets and those ancestors that are not fresh; ``step`` runs only the targets;
 * ``downstream`` the targets, which may be input nodes, and all their descendants. ``item`` runs
 * one item of the one target, by its path, or all that failed (``failed``); the others stay as
 * they are.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "RunCommand".
 */
export interface RunCommand {
  force: boolean;
  id: string;
  item: string;
  kind: "run";
  mode: "stale" | "to_here" | "step" | "downstream";
  targets: NodeId[];
}
/**
 * Ask what :class:`RunCommand` with the same fields would run now, and why.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "PlanCommand".
 */
export interface PlanCommand {
  force: boolean;
  id: string;
  kind: "plan";
  mode: "stale" | "to_here" | "step" | "downstream";
  targets: NodeId[];
}
/**
 * Stop one node's run, or everything.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "StopCommand".
 */
export interface StopCommand {
  id: string;
  kind: "stop";
  node: NodeId | null;
}
/**
 * Bring everything up to date by itself after an edit, or no longer.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SetAutorun".
 */
export interface SetAutorun {
  id: string;
  kind: "set_autorun";
  on: boolean;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SetInput".
 */
export interface SetInput {
  id: string;
  kind: "set_input";
  node: NodeId;
  port: PortName;
  value: Json;
}
/**
 * Show an earlier (or later) record of a node, with its lineage.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Select".
 */
export interface Select {
  id: string;
  kind: "select";
  node: NodeId;
  record: RunId;
}
/**
 * Ask for a shown value. ``path`` walks into lists; images come no wider than ``max_width``.
 *
 * With ``question`` the port is an input of a node that asks about its value, with ``control`` it
 * is an input with a control. ``rows`` asks for a page of a table, as JSON, with ``whole`` for
 * cells as long as they are; ``whole`` alone for what a person downloads: the file itself. With
 * ``record`` it is the output of that node run, or, with ``control`` too, its input.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Fetch".
 */
export interface Fetch {
  control: boolean;
  id: string;
  kind: "fetch";
  max_width: number | null;
  node: NodeId;
  /**
   * @maxItems 64
   */
  path: (number | string)[];
  port: PortName;
  question: boolean;
  record: RunId | null;
  rows: [number, number] | null;
  whole: boolean;
}
/**
 * Ask for a part of the canvas itself, which does not travel with every widget.
 *
 * The answer's buffer is the module's text.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "FetchModule".
 */
export interface FetchModule {
  id: string;
  kind: "fetch_module";
  module: "more" | "math" | "model" | "plotly";
}
/**
 * A piece of a file, the message's first buffer, which belongs ``at`` that byte.
 *
 * ``upload`` says which file of all that are on their way.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Upload".
 */
export interface Upload {
  at: number;
  id: string;
  kind: "upload";
  name: string;
  size: number;
  upload: string;
}
/**
 * Put ``value`` in the place of what an output shows: a new record, which can be undone.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Override".
 */
export interface Override {
  id: string;
  kind: "override";
  node: NodeId;
  port: PortName;
  value: Json;
}
/**
 * Show a sheet (``use``), or change which there are. ``to`` is the new name, where there is one
 * to give; without it ``create`` and ``duplicate`` choose one. Both show what they made.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SheetCommand".
 */
export interface SheetCommand {
  action: "use" | "create" | "duplicate" | "rename" | "delete";
  id: string;
  kind: "sheet";
  name: string;
  to: string;
}
/**
 * Ask for rows of a scattered node's items, ``failed`` ones only or all, by index.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ListItems".
 */
export interface ListItems {
  failed: boolean;
  id: string;
  kind: "list_items";
  limit: number;
  node: NodeId;
  offset: number;
}
/**
 * Ask for the records of a node, newest first, before the ``before``-th if it is not 0.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ListRuns".
 */
export interface ListRuns {
  before: number;
  id: string;
  kind: "list_runs";
  limit: number;
  node: NodeId;
}
/**
 * Ask how two node runs differ; the older one counts as the former.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Compare".
 */
export interface Compare {
  id: string;
  kind: "compare";
  node: NodeId;
  records: [RunId, RunId];
}
/**
 * Ask for what one node run got and made, such as that of an item; or its ``first`` result.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ShowRecord".
 */
export interface ShowRecord {
  first: boolean;
  id: string;
  kind: "show_record";
  record: RunId;
}
/**
 * Mark a record as one to keep, or no longer.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Star".
 */
export interface Star {
  id: string;
  kind: "star";
  on: boolean;
  record: RunId;
}
/**
 * Give a record a short name, or take it away with an empty one.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Label".
 */
export interface Label {
  id: string;
  kind: "label";
  record: RunId;
  text: string;
}
/**
 * Ask for the ways of a choice, each with its latest result.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ListVariants".
 */
export interface ListVariants {
  id: string;
  kind: "list_variants";
  node: NodeId;
}
/**
 * Run some ways of a choice beside the sheet: which one is chosen stays as it is.
 *
 * The answer comes as soon as they are under way.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "RunVariants".
 */
export interface RunVariants {
  force: boolean;
  id: string;
  kind: "run_variants";
  node: NodeId;
  variants: string[];
}
/**
 * Stop the ways of a choice that run beside the sheet.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "StopVariants".
 */
export interface StopVariants {
  id: string;
  kind: "stop_variants";
  node: NodeId;
}
/**
 * Let the layout place cards that a person has moved: these, or all of them.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Tidy".
 */
export interface Tidy {
  id: string;
  kind: "tidy";
  nodes: NodeId[];
}
/**
 * Ask for the graph as a document; ``still`` is what a notebook saves beside a canvas.
 *
 * ``python`` is code for a cell that takes what a ``node`` shows.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Export".
 */
export interface Export {
  form: "svg" | "html" | "still" | "python";
  id: string;
  kind: "export";
  node: NodeId | null;
}
/**
 * Take the last edit or restore back, or make the last one ``again`` that was taken back.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Undo".
 */
export interface Undo {
  again: boolean;
  id: string;
  kind: "undo";
}
/**
 * A person dragged a card.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "MoveNode".
 */
export interface MoveNode {
  id: string;
  kind: "move";
  node: NodeId;
  x: number;
  y: number;
}
/**
 * A person made a card as wide as this, in pixels; ``None`` is as wide as it is usually.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ResizeNode".
 */
export interface ResizeNode {
  id: string;
  kind: "resize";
  node: NodeId;
  width: number | null;
}
/**
 * Real heights of cards, reported after they were painted.
 *
 * A view that nobody has moved yet says with ``room`` how wide and high a drawing it could show
 * at zoom 1: then cards stand as they are seen best there, whatever stood where before.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Measured".
 */
export interface Measured {
  heights: {
    [k in NodeId]?: number;
  };
  id: string;
  kind: "measured";
  room: [number, number] | null;
}
/**
 * Answer to a command that could not be carried out: what was expected, seen, what to do.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "CommandRejected".
 */
export interface CommandRejected {
  error: string;
  id: string;
  kind: "command_rejected";
}
/**
 * Answer to :class:`Compare`: inputs and outputs of two node runs, and what else differs.
 *
 * ``causes`` are the inputs that were changed, of this node and of those above it; ``code`` is
 * that of all these nodes.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Compared".
 */
export interface Compared {
  causes: Pair[];
  code: ReasonView[];
  environment: VersionPair[];
  former: RunRow;
  id: string;
  inputs: Pair[];
  kind: "compared";
  latter: RunRow;
  outputs: Pair[];
}
/**
 * A value of two node runs side by side; ``None`` where one has none.
 *
 * ``how`` says in few words how they differ, ``table`` in which cells. A cause is of another
 * ``node``; ``records`` are those that have its values then, as inputs ``port``.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Pair".
 */
export interface Pair {
  component: ComponentView | null;
  former: Preview | null;
  how: string;
  latter: Preview | null;
  name: PortName;
  node: string;
  port: PortName;
  records: [RunId | null, RunId | null];
  same: boolean;
  table: TableDiff | null;
}
/**
 * The rows in which two tables differ, the first ones of them, and how many ``more`` do.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "TableDiff".
 */
export interface TableDiff {
  columns: string[];
  more: number;
  rows: RowPair[];
}
/**
 * A row of two tables, one of them ``None`` where there is none; ``changed`` names columns by
 * their place.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "RowPair".
 */
export interface RowPair {
  changed: number[];
  former: (string | number | boolean | NoValue | CutCell | null)[] | null;
  index: string;
  latter: (string | number | boolean | NoValue | CutCell | null)[] | null;
}
/**
 * The version of a package in two node runs.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "VersionPair".
 */
export interface VersionPair {
  former: string;
  latter: string;
  name: string;
}
/**
 * A node run in a list: ``label`` says what was changed since the one before it, ``changes``
 * the same one by one.
 *
 * ``name`` is what somebody calls it, ``sweep`` the id of what it was made for, ``shown`` tells
 * whether the card shows it, ``error`` in one line why it failed.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "RunRow".
 */
export interface RunRow {
  changes: ChangeView[];
  duration: number;
  edited: boolean;
  error: string;
  index: number;
  label: string;
  name: string;
  record: RunId;
  shown: boolean;
  starred: boolean;
  started_at: number;
  status:
    | "missing"
    | "queued"
    | "running"
    | "stopping"
    | "waiting"
    | "succeeded"
    | "cached"
    | "recovered"
    | "failed"
    | "blocked"
    | "skipped"
    | "cancelled";
  sweep: string;
}
/**
 * Answer to a command that was carried out and has nothing to tell.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Done".
 */
export interface Done {
  id: string;
  kind: "done";
}
/**
 * An edge; ``id`` is ``SOURCE.PORT->TARGET.PORT``.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "EdgeView".
 */
export interface EdgeView {
  fresh: boolean;
  gather: boolean;
  id: string;
  scatter: boolean;
  source: NodeId;
  source_port: PortName;
  target: NodeId;
  target_port: PortName;
}
/**
 * Answer to :class:`Fetch`; the bytes are the message's first buffer.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Fetched".
 */
export interface Fetched {
  id: string;
  kind: "fetched";
  mime: string;
}
/**
 * An input port: a control, or where its value comes from.
 *
 * The ``value`` of a control for files, tables and the like is a :class:`Preview`.
 *
 * An input with a ``variant`` counts, and is shown, only while that variant is chosen.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "InputView".
 */
export interface InputView {
  component: ComponentView | null;
  label: string;
  name: PortName;
  source: "component" | "port" | "constant" | "callable";
  text: string;
  type: string;
  value: Json;
  variant: string;
}
/**
 * Answer to :class:`ListItems`: ``rows`` from ``offset`` on, of ``total`` asked for.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ItemsListed".
 */
export interface ItemsListed {
  id: string;
  kind: "items_listed";
  offset: number;
  rows: ItemView[];
  total: number;
}
/**
 * A recorded value.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "NamedValue".
 */
export interface NamedValue {
  component: ComponentView | null;
  name: PortName;
  preview: Preview;
}
/**
 * A card. ``x`` and ``y`` are its top left corner in canvas units (CSS pixels at zoom 1).
 *
 * ``selector`` names the control that says which variant does the work, if there are several.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "NodeView".
 */
export interface NodeView {
  collapsed: boolean;
  doc: string;
  icon:
    | "function"
    | "input"
    | "space"
    | "inference"
    | "choice"
    | "interaction"
    | "template"
    | "route"
    | "node";
  id: NodeId;
  inputs: InputView[];
  kind: string;
  outputs: OutputView[];
  runnable: boolean;
  selector: PortName | null;
  state: CardState;
  values: {
    [k in PortName]?: Preview;
  };
  width: number;
  x: number;
  y: number;
}
/**
 * An output port. ``control`` ports belong to an input node: people edit them.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "OutputView".
 */
export interface OutputView {
  component: ComponentView | null;
  label: string;
  name: PortName;
  scattered: boolean;
  type: string;
}
/**
 * Answer to a :class:`Sync` that missed nothing.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Pong".
 */
export interface Pong {
  kind: "pong";
  rev: number;
}
/**
 * Answer to :class:`Upload`: how many bytes there are.
 *
 * ``file`` is the place of a whole file; ``{"$file": place}`` stands for it in a value.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Uploaded".
 */
export interface Uploaded {
  file: string;
  id: string;
  kind: "uploaded";
  received: number;
}
/**
 * Answer to :class:`PlanCommand`: what would run, in order.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Planned".
 */
export interface Planned {
  id: string;
  kind: "planned";
  steps: PlanStep[];
}
/**
 * One node that a run would evaluate, and why.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "PlanStep".
 */
export interface PlanStep {
  node: NodeId;
  reasons: ReasonView[];
}
/**
 * Answer to :class:`ListRuns`, newest first; ``more`` tells whether there are older ones.
 *
 * ``sweeps`` are those that the rows belong to.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "RunsListed".
 */
export interface RunsListed {
  id: string;
  kind: "runs_listed";
  more: boolean;
  rows: RunRow[];
  sweeps: SweepView[];
}
/**
 * The runs of a node that a sweep over some ``inputs`` made or found.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SweepView".
 */
export interface SweepView {
  cells: SweepCell[];
  id: string;
  inputs: string[];
}
/**
 * One combination of a sweep: its values, and the run that has its result.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SweepCell".
 */
export interface SweepCell {
  run: RunRow;
  values: string[];
}
/**
 * Answer to :class:`ShowRecord`.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "RecordShown".
 */
export interface RecordShown {
  error: ErrorView | null;
  id: string;
  inputs: NamedValue[];
  kind: "record_shown";
  log: string;
  outputs: NamedValue[];
  run: RunRow;
}
/**
 * Answer to :class:`ListVariants`.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "VariantsListed".
 */
export interface VariantsListed {
  id: string;
  kind: "variants_listed";
  variants: VariantView[];
}
/**
 * One way of a choice, with the latest run of it; ``running`` while a run of it goes on.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "VariantView".
 */
export interface VariantView {
  chosen: boolean;
  name: string;
  outputs: NamedValue[];
  run: RunRow | null;
  running: boolean;
}
/**
 * Everything a new view needs.
 *
 * ``visited`` says that a visitor looks at it, who is offered less; ``fixed_sheets`` are those
 * that keep their names and stay.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Snapshot".
 */
export interface Snapshot {
  autorun: boolean;
  edges: EdgeView[];
  fixed_sheets: string[];
  kind: "snapshot";
  name: string;
  nodes: NodeView[];
  notice: string;
  redoable: boolean;
  remark: string;
  rev: number;
  run: RunView | null;
  sheet: string;
  sheets: string[];
  undoable: boolean;
  visited: boolean;
}
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Replies".
 */
export interface Replies {
  cancel_upload: Done;
  chat: Done;
  compare: Compared;
  export: Fetched;
  fetch: Fetched;
  fetch_module: Fetched;
  label: Done;
  list_items: ItemsListed;
  list_runs: RunsListed;
  list_variants: VariantsListed;
  plan: Planned;
  run_variants: Done;
  show_record: RecordShown;
  star: Done;
  stop_variants: Done;
  upload: Uploaded;
}

export const REPLIES: { [Kind in keyof Replies]: Replies[Kind]["kind"] } = {
  cancel_upload: "done",
  chat: "done",
  compare: "compared",
  export: "fetched",
  fetch: "fetched",
  fetch_module: "fetched",
  label: "done",
  list_items: "items_listed",
  list_runs: "runs_listed",
  list_variants: "variants_listed",
  plan: "planned",
  run_variants: "done",
  show_record: "record_shown",
  star: "done",
  stop_variants: "done",
  upload: "uploaded",
};
