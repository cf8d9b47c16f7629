import type { NodeId, PortName } from "../protocol.gen";

/** The part of anywidget's model the canvas uses. */
export interface Model {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  save_changes(): void;
  /** Some hosts return a promise, which rejects where others throw. */
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): unknown;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
  /** What finds other models; not every host has one. */
  widget_manager?: {
    get_model(id: string): Promise<WidgetModel>;
    /** The document that a page holds, where it is a notebook: JupyterLab's and Notebook 7's. */
    context?: { model?: NotebookModel };
  };
}

/** The part of JupyterLab's notebook that the canvas uses. */
export interface NotebookModel {
  dirty: boolean;
  cells?: Iterable<{ sharedModel?: SharedCell; outputs?: CellOutputs }>;
  getMetadata?(key: string): unknown;
  metadataChanged?: { connect(heard: Heard): void; disconnect(heard: Heard): void };
}

export type Heard = (notebook: unknown, change: { key?: string }) => void;

/** The outputs that are on the page; they come into the document, too. */
export interface CellOutputs {
  add(output: CellOutput & { metadata: object }): unknown;
  set(index: number, output: CellOutput & { metadata: object }): void;
}

export interface SharedCell {
  getOutputs?(): CellOutput[];
  updateOutputs?(start: number, end: number, outputs: CellOutput[], origin: string): void;
}

export interface CellOutput {
  output_type: string;
  data?: Record<string, unknown>;
}

/** The part of ipywidgets' own models the canvas uses. */
export interface WidgetModel {
  get(key: string): unknown;
  close?(gone: boolean): void;
  comm?: { on_msg(callback: (message: unknown) => void): void };
}

/** What a part of a graph shows; without `ports` a form has all controls there are. */
export interface PartSpec {
  kind: "form" | "output" | "history" | "run" | "chat" | "beside" | "inline";
  ports: [NodeId, PortName][];
  nodes: NodeId[];
  label: string;
  /** The model of the side panel that a graph is in. */
  panel?: string;
}
