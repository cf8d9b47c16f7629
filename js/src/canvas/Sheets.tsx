import { useState } from "preact/hooks";
import { later } from "../later";
import { Button } from "../ui/Button";
import { useApp } from "../ui/context";

const SheetTabs = later("SheetTabs");

/** The name of the one sheet; tabs and what can be done with them once somebody wants more. */
export function Sheets() {
  const { store } = useApp();
  const [open, setOpen] = useState(false);
  if (open || store.sheets.value.length > 1) return <SheetTabs opened={open} />;
  return <SheetButton open={false} press={() => setOpen(true)} />;
}

interface SheetButtonProps {
  /** Whether the name stands elsewhere. */
  bare?: boolean;
  open: boolean;
  press: () => void;
}

export function SheetButton({ bare, open, press }: SheetButtonProps) {
  const { store } = useApp();
  const sheet = store.sheet.value;
  return (
    <Button
      look={bare ? "square" : "labelled"}
      icon="down"
      name={`Sheets: ${sheet}`}
      hint="Sheets: new, duplicate, rename, delete"
      expanded={open}
      disabled={store.readOnly.value}
      onClick={press}
    >
      {!bare && <span class="daggr-ellipsis">{sheet}</span>}
    </Button>
  );
}
