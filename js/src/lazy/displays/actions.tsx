import { useState } from "preact/hooks";
import { type OutputProps, refOf } from "../../outputs/props";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";

/** Saves bytes as a file, as the browser does with downloads. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function Download(props: OutputProps & { file: string }) {
  const { store, bridge } = useApp();
  const [busy, setBusy] = useState(false);
  const fetch = () => {
    setBusy(true);
    bridge.media
      .fetch(refOf(props), null, { whole: true })
      .then((blob) => saveBlob(blob, props.file))
      .catch((error: Error) => store.toast(error.message))
      .finally(() => setBusy(false));
  };
  return (
    <Button look="link" name={`Download ${props.file}`} disabled={busy} onClick={fetch}>
      {busy ? "…" : "Download"}
    </Button>
  );
}

interface RemoveProps extends Pick<OutputProps, "remove"> {
  index: number;
  what: string;
}

/** Takes one of several away, where they can be edited. */
export function Remove({ remove, index, what }: RemoveProps) {
  if (!remove) return null;
  return <Button look="again" icon="cross" name={`Remove ${what}`} onClick={() => remove(index)} />;
}

export function Copy({ text, what }: { text: string; what: string }) {
  const [label, setLabel] = useState("Copy");
  const copy = async () => setLabel((await copyText(text)) ? "Copied" : "Not copied");
  return (
    <Button look="link" name={`Copy ${what}`} onClick={copy}>
      {label}
    </Button>
  );
}

const NOTE_MS = 1600;

/** Copies a text, and says so for a moment. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      look="labelled"
      onClick={async () => {
        setCopied(await copyText(text));
        setTimeout(() => setCopied(false), NOTE_MS);
      }}
    >
      {copied ? "Copied" : label}
    </Button>
  );
}

/** Copies a text; frames without clipboard access get the old way. Tells whether it worked. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.style.cssText = "position:fixed;opacity:0";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return copied;
}
