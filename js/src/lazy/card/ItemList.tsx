import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Control } from "../../inputs/Control";
import { same } from "../../inputs/props";
import type { LazyProps } from "../../later";
import type { FieldView, Json } from "../../protocol.gen";
import { Button } from "../../ui/Button";
import { useApp, useTab } from "../../ui/context";
import type { IconName } from "../../ui/icons";

/** Rows that are drawn at first, and with each wish for more. */
const PAGE = 50;

/** Where a row carries its index in the list that the kernel has, which tells rows apart. */
const INDEX = "#";

type Row = { [name: string]: Json };

/** A result that is a list of items: people edit, add, remove and reorder them. */
export function ItemList({ card, output, preview }: LazyProps["ItemList"]) {
  const { bridge, store } = useApp();
  const box = useRef<HTMLDivElement>(null);
  const focus = useRef("");
  const [limit, setLimit] = useState(PAGE);
  const { name: port, component } = output;
  const fields = component?.fields ?? [];
  const edit = store.edits.of(card.id, port);
  const listOf = (edit: { value: Json } | null) => rowsOf(edit?.value ?? preview.data);
  const rows = listOf(edit.value);
  /** The list of this moment: a field that was just left may have changed it. */
  const now = () => listOf(edit.peek());
  /** Sends a new list; what `to` selects gets the focus. */
  const put = (list: Row[], to = "") => {
    focus.current = to;
    const preview = list.map((row, index) => ({ ...row, [INDEX]: index }));
    bridge.override(card.id, port, list, preview);
  };
  useLayoutEffect(() => {
    if (focus.current) box.current?.querySelector<HTMLElement>(focus.current)?.focus();
    focus.current = "";
  });
  const add = () => {
    const list = now();
    setLimit(Math.max(limit, list.length + 1));
    const row = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    put([...list, row], `[data-row="${list.length}"] :is(input, select, textarea)`);
  };
  const remove = (index: number) => {
    const list = now().toSpliced(index, 1);
    put(
      list,
      list.length ? byLabel(`Remove item ${Math.min(index, list.length - 1)}`) : ".daggr-add",
    );
  };
  const move = (index: number, by: 1 | -1) => {
    const list = now();
    const to = index + by;
    const direction = list[to + by] ? by : -by;
    put(moved(list, index, to), byLabel(`Move item ${to} ${direction < 0 ? "up" : "down"}`));
  };
  const set = (index: number, name: string, value: Json) => {
    const list = now();
    if (!same(list[index]?.[name], value)) put(list.with(index, { ...list[index], [name]: value }));
  };
  const fixed = store.readOnly.value;
  return (
    <div ref={box} class="daggr-entries">
      {rows.length === 0 && <p class="daggr-quiet">No items.</p>}
      {rows.length > 0 && (
        <ol class="daggr-scroll">
          {rows.slice(0, limit).map((row, index) => (
            <li key={index} data-row={index}>
              <span class="daggr-list-index">{index}</span>
              {fields.map((field) => (
                <Entry
                  key={field.name}
                  field={field}
                  few={fields.length < 3}
                  index={index}
                  value={row[field.name] ?? null}
                  commit={(value) => set(index, field.name, value)}
                />
              ))}
              {!fixed && (
                <span class="daggr-tools">
                  {tool("up", `Move item ${index} up`, () => move(index, -1), !index)}
                  {tool("down", `Move item ${index} down`, () => move(index, 1), !rows[index + 1])}
                  {tool("cross", `Remove item ${index}`, () => remove(index))}
                </span>
              )}
            </li>
          ))}
        </ol>
      )}
      {rows.length > limit && (
        <Button look="link" onClick={() => setLimit(limit + PAGE)}>
          … {rows.length - limit} more
        </Button>
      )}
      {!fixed && (
        <Button look="add" icon="plus" onClick={add}>
          Add item
        </Button>
      )}
    </div>
  );
}

function tool(icon: IconName, name: string, onClick: () => void, disabled = false) {
  return <Button look="step" {...{ icon, name, onClick, disabled }} />;
}

function byLabel(name: string): string {
  return `[aria-label="${name}"]`;
}

function rowsOf(value: Json | Row[]): Row[] {
  const list: Json[] = Array.isArray(value) ? value : [];
  return list.filter(isRow);
}

function isRow(value: Json): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

interface EntryProps {
  field: FieldView;
  /** Whether there are so few fields that obvious ones need no label. */
  few: boolean;
  index: number;
  value: Json;
  commit: (value: Json) => void;
}

function Entry({ field, few, index, value, commit }: EntryProps) {
  const { store } = useApp();
  const label = field.label ?? field.name;
  const name = `${label}, item ${index}`;
  const own = field.labels_itself;
  const props = { ...field.props, placeholder: field.props.placeholder || label };
  return (
    <div class="daggr-entry">
      {!own && !(few && field.obvious) && (
        <span class="daggr-quiet daggr-ellipsis" title={label}>
          {label}
        </span>
      )}
      <Control
        component={{ ...field, props }}
        value={value}
        label={own ? label : name}
        field={{ "aria-label": name, tabIndex: useTab(), disabled: store.readOnly.value }}
        flowing
        commit={commit}
      />
    </div>
  );
}
