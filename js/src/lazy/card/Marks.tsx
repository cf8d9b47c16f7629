import type { Segment } from "../differing";

/** A text in which what changed is marked. */
export function Marks({ parts }: { parts: Segment[] }) {
  return (
    <>
      {parts.map(({ text, changed }, index) =>
        changed ? (
          <mark key={index} class="daggr-changed">
            {text}
          </mark>
        ) : (
          <span key={index}>{text}</span>
        ),
      )}
    </>
  );
}
