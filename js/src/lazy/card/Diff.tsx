import { useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { plural } from "../../ui/format";
import { Scroller } from "../../ui/Scroller";
import { linesOf } from "../differing";
import { Marks } from "./Marks";

/** Lines that are shown before somebody asks for all. */
const FIRST = 14;

/** Lines that were added and taken away, with what changed in them marked. Long ones wrap: nothing
 * is out of sight, and what is left out says so. */
export function Diff({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const lines = linesOf(text);
  const shown = open || lines.length <= FIRST + 3 ? lines : lines.slice(0, FIRST);
  const more = lines.length - shown.length;
  return (
    <>
      <Scroller code label="What changed" class="daggr-diff">
        {shown.map(({ kind, parts }, index) => (
          <span key={index} data-line={kind}>
            <Marks parts={parts} />
          </span>
        ))}
      </Scroller>
      {more > 0 && (
        <Button look="link" onClick={() => setOpen(true)}>
          Show {plural(more, "more line")}
        </Button>
      )}
    </>
  );
}
