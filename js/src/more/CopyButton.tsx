import { useState } from "preact/hooks";
import { Button } from "../parts";
import { copyText } from "./clipboard";

const SAID_MS = 1600;

/** Copies a text, and says so for a moment. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      look="labelled"
      onClick={async () => {
        setCopied(await copyText(text));
        setTimeout(() => setCopied(false), SAID_MS);
      }}
    >
      {copied ? "Copied" : label}
    </Button>
  );
}
