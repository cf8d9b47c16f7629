import { useEffect } from "preact/hooks";
import { effect } from "../../state/signals";
import { useApp } from "../../ui/context";
import { listen } from "../../ui/listen";

/** A run that took so long is one that a person went away from. */
const LONG_MS = 10_000;

/** Says in the title of a page that nobody looks at that a long run has ended, until somebody does. */
export function useNews(): void {
  const { store, view } = useApp();
  useEffect(() => {
    const page = view.root?.ownerDocument;
    if (!page) return;
    let since: number | null = null;
    let before: string | null = null;
    const seen = () => {
      if (before === null || page.hidden) return;
      page.title = before;
      before = null;
    };
    const stopWatching = effect(() => {
      const runs = store.run.value !== null;
      if (runs) since ??= performance.now();
      else if (since !== null) {
        const long = performance.now() - since > LONG_MS;
        since = null;
        if (!long || !page.hidden) return;
        before ??= page.title;
        const failed = store.failed.peek().length;
        const news = failed ? `✕ ${failed} failed` : "✓ done";
        page.title = `${news} · ${store.name.peek()}`;
      }
    });
    const stopListening = listen(page, { visibilitychange: seen } as never);
    return () => {
      stopWatching();
      stopListening();
      seen();
    };
  }, [store, view]);
}
