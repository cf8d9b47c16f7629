import { useEffect, useRef, useState } from "preact/hooks";
import type { ControlProps } from "../../inputs/props";
import type { Json } from "../../protocol.gen";
import { Bar } from "../../ui/Bar";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { messageOf } from "../../ui/format";
import { upload } from "./upload";

interface Progress {
  name: string;
  part: number;
  waiting: boolean;
}

/** What is on its way, and how to stop it. */
export function useUploads(done: (files: Json[]) => void) {
  const { bridge } = useApp();
  const [progress, setProgress] = useState<Progress | null>(null);
  const [failure, setFailure] = useState("");
  const life = useRef<AbortController | null>(null);
  const latest = useRef(done);
  latest.current = done;
  useEffect(() => () => life.current?.abort(), []);
  const send = async (files: File[]) => {
    if (files.length === 0 || life.current) return;
    life.current = new AbortController();
    const { signal } = life.current;
    setFailure("");
    const values: Json[] = [];
    try {
      for (const file of files) {
        const tell = (part: number, waiting: boolean) =>
          setProgress({ name: file.name, part, waiting });
        tell(0, false);
        values.push({ $file: await upload(bridge.requests, file, { tell, signal }) });
      }
      latest.current(values);
    } catch (error) {
      if (!signal.aborted) setFailure(messageOf(error));
    }
    life.current = null;
    setProgress(null);
  };
  return { progress, failure, send, setFailure, cancel: () => life.current?.abort() };
}

interface DropProps {
  what: string;
  accepts: string[];
  multiple: boolean;
  field: ControlProps["field"];
  uploads: ReturnType<typeof useUploads>;
}

/** What has files dropped or pasted anywhere on an element sent, and whether some are over it. */
export function useDrops({ what, accepts, multiple, field, uploads }: DropProps) {
  const [over, setOver] = useState(false);
  const take = (list: FileList | null | undefined) => {
    const files = [...(list ?? [])].slice(0, multiple ? undefined : 1);
    const wrong = files.find((file) => !fits(file, accepts));
    if (wrong) uploads.setFailure(`${wrong.name} is not ${what}.`);
    else uploads.send(files);
  };
  const keep = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  const handlers = {
    "data-over": over || undefined,
    onDragOver: (event: DragEvent) => {
      keep(event);
      setOver(!field.disabled);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      keep(event);
      setOver(false);
      if (!field.disabled) take(event.dataTransfer?.files);
    },
    onPaste: (event: ClipboardEvent) => {
      if (field.disabled || !event.clipboardData?.files.length) return;
      keep(event);
      take(event.clipboardData.files);
    },
  };
  return { take, handlers };
}

/** Where files go: by a click, dropped or pasted; then how far they are. */
export function Drop(props: DropProps) {
  const { what, accepts, multiple, field, uploads } = props;
  const { take, handlers } = useDrops(props);
  const { progress, failure, cancel } = uploads;
  if (progress) {
    const { name, part, waiting } = progress;
    return (
      <div class="daggr-sending">
        <span class="daggr-ellipsis" title={name} dir="auto">
          {name}
        </span>
        <output class="daggr-quiet">
          {waiting ? "waiting for the kernel" : `${Math.round(part * 100)} %`}
        </output>
        <Button look="link" name={`Cancel the upload of ${name}`} onClick={cancel}>
          Cancel
        </Button>
        <Bar label={`Upload of ${name}`} part={part} />
      </div>
    );
  }
  return (
    <>
      <label class="daggr-drop" data-disabled={field.disabled || undefined} {...handlers}>
        <input
          type="file"
          {...field}
          accept={accepts.join(",")}
          multiple={multiple}
          onChange={(event) => {
            take(event.currentTarget.files);
            event.currentTarget.value = "";
          }}
        />
        <strong>Choose {what}</strong>
        <span class="daggr-quiet">or drop or paste {multiple ? "them" : "it"} here</span>
      </label>
      {failure && (
        <p class="daggr-lost" role="alert">
          {failure}
        </p>
      )}
    </>
  );
}

/** Whether a file is of an accepted kind; one of an unknown kind is left to the kernel. */
function fits({ name, type }: File, accepts: string[]): boolean {
  if (accepts.length === 0) return true;
  return accepts.some((each) =>
    each.startsWith(".")
      ? name.toLowerCase().endsWith(each.toLowerCase())
      : !type || type.startsWith(each.replace("*", "")),
  );
}
