import { useEffect } from "preact/hooks";
import { useApp } from "../../ui/context";
import { press } from "../commands";

/** Carries out the key that was pressed. What follows the search key waits for its field. */
export function PendingKey() {
  const app = useApp();
  const { pendingKey, panel } = app.view;
  const key = pendingKey.value?.[0];
  useEffect(() => {
    if (key) press(app, key);
    if (key !== "/" || panel.peek()?.name !== "search") pendingKey.value = null;
  }, [app, key, panel, pendingKey]);
  return null;
}
