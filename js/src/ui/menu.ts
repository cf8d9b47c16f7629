import { useRef, useState } from "preact/hooks";

/** Whether a menu is open, and the element around it and its button, which has `aria-expanded`. */
export function useMenu(opened = false) {
  const [open, setOpen] = useState(opened);
  const around = useRef<HTMLSpanElement>(null);
  const close = (refocus: boolean) => {
    setOpen(false);
    if (refocus) around.current?.querySelector<HTMLElement>("[aria-expanded]")?.focus();
  };
  return { open, setOpen, around, close };
}
