import { useApp } from "../../ui/context";
import { Dialog } from "./Dialog";

/** What the shortcut sheet lists. */
const KEYS: [keys: string, what: string][] = [
  ["← → ↑ ↓", "move between cards"],
  ["Enter", "open the card"],
  ["Esc", "leave it"],
  ["r", "run to the card"],
  ["s", "stop the card or the run"],
  ["Shift R", "run all that is stale"],
  ["Ctrl Z", "undo the last edit or restore"],
  ["Ctrl Shift Z", "redo what was undone"],
  ["F2  Del", "rename, delete a sheet (on its tab)"],
  ["/", "search"],
  ["h", "history of the card"],
  ["e", "the card's next edge"],
  ["a", "focus on the card's path"],
  ["c", "collapse or expand the card"],
  ["t", "tidy"],
  ["m", "map on or off"],
  ["f", "fit"],
  ["+ − 0", "zoom"],
  ["wheel", "pan a focused canvas; with Ctrl zoom"],
];

/** All keys, over the canvas. */
export function ShortcutSheet() {
  const { help } = useApp().view;
  const close = () => {
    help.value = false;
  };
  return (
    <Dialog class="daggr-shortcuts" label="Keyboard shortcuts" close={close}>
      <strong>Keyboard</strong>
      <dl>
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
