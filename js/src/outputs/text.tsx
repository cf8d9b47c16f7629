import { useState } from "preact/hooks";
import { useApp, useCard } from "../context";
import type { OutputProps } from "./Output";

/** The text of a preview, or of the whole value once somebody asked for it. */
export function useText({ node, port, preview, path }: OutputProps) {
  const { bridge } = useApp();
  const [fetched, setFetched] = useState<{ digest: string | null; text: string } | null>(null);
  const [failure, setFailure] = useState("");
  const known = fetched !== null && fetched.digest === preview.digest ? fetched.text : null;
  const load = () => {
    const { digest } = preview;
    bridge.media
      .fetch({ node, port, path, digest })
      .then((blob) => blob.text())
      .then((text) => setFetched({ digest, text }))
      .catch((error: Error) => setFailure(error.message));
  };
  return { text: known ?? textOf(preview.data), load, failure };
}

export function textOf(data: OutputProps["preview"]["data"]): string | null {
  if (data === null || data === undefined) return null;
  return typeof data === "string" ? data : JSON.stringify(data, null, 2);
}

/** A value so short that the caption beside the port's name says it all. */
export function isBrief({ data, summary }: OutputProps["preview"]): boolean {
  const text = textOf(data);
  return text !== null && text.length <= 24 && !text.includes("\n") && text === summary;
}

export function ShowButton({ load, failure }: { load: () => void; failure: string }) {
  const { tab } = useCard();
  return (
    <div class="daggr-show">
      <button type="button" class="daggr-link" tabIndex={tab.value} onClick={load}>
        Show the value
      </button>
      {failure && <span class="daggr-quiet">{failure}</span>}
    </div>
  );
}

export function PlainText(props: OutputProps) {
  const { text, load, failure } = useText(props);
  const { tab } = useCard();
  if (text === null) {
    return props.preview.digest ? <ShowButton load={load} failure={failure} /> : null;
  }
  if (isBrief(props.preview)) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a scrolling text is no section of the page
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard
    <div class="daggr-text daggr-scroll" role="region" aria-label={props.label} tabIndex={tab.value}>
      {text}
    </div>
  );
}
