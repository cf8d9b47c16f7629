import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { SheetButton } from "../../canvas/Sheets";
import { useApp } from "../../ui/context";
import { useMenu } from "../../ui/menu";
import { Menu, type MenuItem, stepFocus } from "./Menu";

/** Tabs, once there are several sheets, and a menu to make, name and remove them. */
export function SheetTabs({ opened }: { opened: boolean }) {
  const { store, bridge } = useApp();
  const sheet = store.sheet.value;
  const sheets = store.sheets.value;
  const [editedSheet, setEditedSheet] = useState<string | null>(null);
  const [sheetToDelete, setSheetToDelete] = useState<string | null>(null);
  const menu = useMenu(opened);
  const row = useRef<HTMLDivElement>(null);
  const several = sheets.length > 1;
  const fixed = store.readOnly.value;
  const stays = (name: string) => fixed || store.fixedSheets.value.includes(name);

  useLayoutEffect(() => {
    const tab = row.current?.querySelector<HTMLElement>("[data-shown=true]");
    if (row.current && tab) row.current.scrollLeft = tab.offsetLeft - row.current.clientWidth / 3;
  }, [sheet, several]);

  const close = (refocus: boolean) => {
    setSheetToDelete(null);
    menu.close(refocus);
  };
  const rename = (name: string, to: string, refocus: boolean) => {
    setEditedSheet(null);
    if (to && to !== name) bridge.sheet("rename", name, to);
    if (!refocus) return;
    const index = sheets.indexOf(name);
    const back = () => row.current?.children[index] ?? menu.around.current?.firstElementChild;
    requestAnimationFrame(() => (back() as HTMLElement | undefined)?.focus());
  };
  const edit = (name: string) => !stays(name) && setEditedSheet(name);
  const offerDeletion = (name: string) => {
    if (!several || stays(name)) return;
    setSheetToDelete(name);
    menu.setOpen(true);
  };
  const onKeyDown = (event: KeyboardEvent, name: string) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) stepFocus([...(row.current?.querySelectorAll("button") ?? [])], step);
    else if (event.key === "F2") edit(name);
    else if (event.key === "Delete") offerDeletion(name);
    else return;
    event.preventDefault();
  };
  // There is a text field among them then, so they are no tabs.
  const naming = editedSheet !== null;
  const items: MenuItem[] = sheetToDelete
    ? [
        item(`Delete ${sheetToDelete}`, "runs stay on record", () =>
          bridge.sheet("delete", sheetToDelete),
        ),
        item("Keep it", "", () => {}),
      ]
    : [
        item("New empty sheet", "", () => bridge.sheet("create", "")),
        item("Duplicate", "inputs and results", () => bridge.sheet("duplicate", sheet)),
        ...(stays(sheet) ? [] : [item("Rename", "F2", () => edit(sheet))]),
        ...(several && !stays(sheet)
          ? [{ ...item("Delete…", "Del", () => setSheetToDelete(sheet)), stays: true }]
          : []),
      ];
  return (
    <>
      {(several || naming) && (
        <div
          ref={row}
          class="daggr-segments daggr-tabs"
          {...{ role: naming ? "group" : "tablist", "aria-label": "Sheets" }}
          onWheel={(event) => {
            event.currentTarget.scrollLeft += event.deltaX + event.deltaY;
            event.preventDefault();
          }}
        >
          {sheets.map((name, index) =>
            name === editedSheet ? (
              <Name key={index} name={name} done={rename} />
            ) : (
              <button
                key={index}
                type="button"
                class="daggr-option"
                {...(!naming && { role: "tab", "aria-selected": name === sheet })}
                data-shown={name === sheet}
                tabIndex={name === sheet ? 0 : -1}
                title={name}
                disabled={fixed}
                onClick={() => name !== sheet && bridge.sheet("use", name)}
                onDblClick={() => edit(name)}
                onKeyDown={(event) => onKeyDown(event, name)}
              >
                <span class="daggr-ellipsis">{name}</span>
              </button>
            ),
          )}
        </div>
      )}
      <span ref={menu.around} class="daggr-sheets">
        <SheetButton
          bare={several || naming}
          open={menu.open}
          press={() => (menu.open ? close(true) : menu.setOpen(true))}
        />
        {menu.open && <Menu key={sheetToDelete} items={items} close={close} />}
      </span>
    </>
  );
}

function item(label: string, hint: string, act: () => void): MenuItem {
  return { label, hint, act };
}

interface NameProps {
  name: string;
  done: (name: string, to: string, refocus: boolean) => void;
}

/** A tab whose name is being edited: Enter and leaving it take the name, Esc does not. */
function Name({ name, done }: NameProps) {
  const field = useRef<HTMLInputElement>(null);
  const open = useRef(true);
  useLayoutEffect(() => {
    field.current?.focus({ preventScroll: true });
    field.current?.select();
  }, []);
  const end = (to: string, refocus: boolean) => {
    if (open.current) done(name, to.trim(), refocus);
    open.current = false;
  };
  return (
    <input
      ref={field}
      class="daggr-field"
      aria-label="Name of the sheet"
      defaultValue={name}
      onKeyDown={(event) => {
        const enter = event.key === "Enter" && !event.isComposing;
        if (!enter && event.key !== "Escape") return;
        event.preventDefault();
        end(enter ? event.currentTarget.value : name, true);
      }}
      onBlur={(event) => end(event.currentTarget.value, false)}
    />
  );
}
