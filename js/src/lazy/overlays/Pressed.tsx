import { useEffect } from "preact/hooks";
import { useApp } from "../../ui/context";
import { press } from "../commands";

/** Carries out the key that was pressed. What follows the search key waits for its field. */
export function Pressed() {
  const app = useApp();
  const { pressed, panel } = app.view;
  const key = pressed.value?.[0];
  useEffect(() => {
    if (key) press(app, key);
    if (key !== "/" || panel.peek()?.name !== "search") pressed.value = null;
  }, [app, key, panel, pressed]);
  return null;
}
