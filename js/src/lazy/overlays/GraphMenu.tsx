import { useApp } from "../../ui/context";
import { toggleFullscreen } from "../../ui/fullscreen";
import { collapse, exportGraph, tidy } from "../commands";
import { Menu, type MenuItem } from "./Menu";

/** What is rarely wanted of a whole graph. */
export function GraphMenu({ close }: { close: (back: boolean) => void }) {
  const app = useApp();
  const { store, view, bridge } = app;
  const all = store.order.value;
  const open = all.some((id) => !store.card(id)?.shape.value.collapsed);
  const items: MenuItem[] = [
    {
      label: "Run all again",
      hint: "even if up to date",
      plan: "stale!",
      control: "run-all",
      act: () => bridge.run([], "stale", true),
    },
    {
      label: "Run after edits",
      hint: "by itself",
      control: "autorun",
      checked: !!store.shown.value.autorun,
      act: () => bridge.tell({ kind: "set_autorun", on: !store.shown.value.autorun }),
    },
    { label: "Tidy", hint: "t", act: () => tidy(app) },
    { label: open ? "Collapse all" : "Expand all", hint: "", act: () => collapse(app, all) },
  ];
  const saving: MenuItem[] = [
    { label: "Save as PNG", hint: "double size", act: () => void exportGraph(app, "png") },
    {
      label: "Save as dark PNG",
      hint: "double size",
      act: () => void exportGraph(app, "png", true),
    },
    { label: "Save as picture", hint: "SVG", act: () => void exportGraph(app, "svg") },
    { label: "Save with results", hint: "HTML", act: () => void exportGraph(app, "html") },
  ];
  if (!store.shown.value.visited) items.push(...saving);
  const keys: MenuItem = {
    label: "Keyboard shortcuts",
    hint: "?",
    act: () => {
      view.help.value = true;
    },
  };
  const screen: MenuItem = {
    label: "Full screen",
    hint: "",
    act: () => view.root && toggleFullscreen(view.root),
  };
  const always = [screen, keys];
  return <Menu items={store.readOnly.value ? always : [...items, ...always]} close={close} />;
}
