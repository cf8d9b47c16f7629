import { useRef } from "preact/hooks";
import type { ControlProps } from "../../inputs/props";
import type { Preview } from "../../protocol.gen";
import { Table } from "../displays/data/Table";
import { acceptance, Clear, previewOf, ValueView } from "./FileField";
import { Drop, useUploads } from "./Files";

/** A table that people edit, or fill from a file. */
export function TableField({ component, value, label, field, source, commit }: ControlProps) {
  const last = useRef<Preview | null>(null);
  const now = previewOf(value);
  if (now || value === null) last.current = now;
  const preview = last.current;
  const uploads = useUploads(([file]) => commit(file ?? null));
  const table = preview?.kind === "table" ? preview : null;
  return (
    <div class="daggr-filefield">
      {source && table && (
        <Table
          {...{ label, component }}
          preview={table}
          {...source}
          actions={<Clear {...{ label, field, commit }} />}
          edit={field.disabled ? undefined : (step) => commit({ $edits: [step] })}
        />
      )}
      {preview && source && !table && <ValueView {...{ preview, label, component }} {...source} />}
      {preview && !table && (
        <p class="daggr-under">
          <Clear {...{ label, field, commit }} />
        </p>
      )}
      {(!preview || uploads.progress) && (
        <Drop {...acceptance(component)} field={field} uploads={uploads} />
      )}
    </div>
  );
}
