import type { Store, Toast } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";

const MOST = 3;

/** Equal messages as one, where the last of them was said. */
function byText(toasts: readonly Toast[]): Map<string, Toast[]> {
  const found = new Map<string, Toast[]>();
  for (const toast of toasts) {
    const same = found.get(toast.text) ?? [];
    found.delete(toast.text);
    found.set(toast.text, [...same, toast]);
  }
  return found;
}

const DONE_MS = 8000;

/** Says that something was done of which nothing is to be seen. */
export function sayDone(store: Store, text: string): void {
  const id = -Date.now();
  store.toasts.value = [...store.toasts.value, { id, text, done: true }];
  setTimeout(() => store.dismiss(id), DONE_MS);
}

/** Commands the kernel could not carry out, and why. */
export function Toasts() {
  const { store } = useApp();
  return (
    <div class="daggr-toasts">
      {[...byText(store.toasts.value)].slice(-MOST).map(([text, same]) => (
        <div class="daggr-toast" key={text} role="alert" data-done={same[0]?.done}>
          <p>
            {text}
            {same.length > 1 && <span class="daggr-quiet"> ({same.length} times)</span>}
          </p>
          <Button
            look="square"
            icon="cross"
            name="Dismiss"
            onClick={() => {
              for (const { id } of same) store.dismiss(id);
            }}
          />
        </div>
      ))}
    </div>
  );
}
