import { useEffect } from "preact/hooks";
import { useApp } from "../context";
import { press } from "./commands";

/** Carries out the key that was pressed. */
export function Pressed() {
  const app = useApp();
  const { pressed } = app.view;
  const key = pressed.value;
  useEffect(() => {
    pressed.value = null;
    if (key) press(app, key);
  }, [app, key, pressed]);
  return null;
}
