import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";

/** As tracebacks name a cell of a notebook, with the line if they say it. */
const CELL = /(Cell In\[(\d+)\](?:", line (\d+))?)/;
const FLASH_MS = 1600;

/** A text in which every cell that it names leads there, where the cells are on this page. */
export function CellLinks({ text }: { text: string }) {
  const { store, view } = useApp();
  const notebook = notebookOf(view.root);
  if (!notebook) return <>{text}</>;
  const go = (count: string, line: string | undefined) => {
    if (!goTo(notebook, count, Number(line ?? 1)))
      store.toast(`Cell In[${count}] is not here any more: it has been run again, or is gone.`);
  };
  const pieces = text.split(CELL);
  return (
    <>
      {pieces.map((piece, index) => {
        const [words, count, line] = pieces.slice(index, index + 3);
        if (index % 4 === 0) return piece;
        if (index % 4 > 1 || !count) return null;
        return (
          <Button
            key={index}
            look="link"
            control="go-to-cell"
            hint="Go to this cell"
            onClick={() => go(count, line)}
          >
            {words}
          </Button>
        );
      })}
    </>
  );
}

/** The notebook whose cells stand around a canvas, or the one that is open beside it. */
function notebookOf(root: HTMLElement | null): Element | null {
  const panel = ".jp-NotebookPanel, .jp-Notebook";
  const open = ".jp-NotebookPanel:not(.lm-mod-hidden)";
  return root?.closest(panel) ?? root?.ownerDocument.querySelector(open) ?? null;
}

function goTo(notebook: Element, count: string, line: number): boolean {
  const prompts = [...notebook.querySelectorAll(".jp-InputPrompt")];
  const prompt = prompts.find((each) => each.textContent?.trim() === `[${count}]:`);
  const cell = prompt?.closest<HTMLElement>(".jp-Cell");
  if (!cell) return false;
  const text = cell.querySelector<HTMLElement>(".cm-content");
  const at = text?.querySelectorAll(".cm-line")[line - 1] ?? cell;
  text?.focus({ preventScroll: true });
  if (at !== cell) getSelection()?.selectAllChildren(at);
  at.scrollIntoView({ block: "center" });
  const colours = [{ boxShadow: "-3px 0 var(--jp-brand-color1, #1976d2)" }, {}];
  cell.animate(colours, FLASH_MS);
  return true;
}
