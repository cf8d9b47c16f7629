import { plain } from "../../inputs/Control";
import type { ControlProps } from "../../inputs/props";
import { textOf } from "../../inputs/props";
import { Picture } from "../../outputs/image";
import type { Json, Preview } from "../../protocol.gen";
import { Button } from "../../ui/Button";
import { Display } from "../displays/Display";
import { isRecord } from "../displays/fetching";
import { Drop, useDrops, useUploads } from "./Files";

/** The value of a control that is shown as a preview; null for none, or one on its way. */
export function previewOf(value: Json): Preview | null {
  return isPreview(value) ? value : null;
}

function isPreview(value: unknown): value is Preview {
  return isRecord(value) && typeof value.summary === "string" && "mime" in value && "kind" in value;
}

/** Displays that name the file themselves. */
const NAMED: readonly string[] = ["audio", "video", "files", "model"] satisfies Preview["kind"][];

export function acceptance({ props }: ControlProps["component"]) {
  return {
    accepts: Array.isArray(props.accepts) ? props.accepts.map(String) : [],
    multiple: props.multiple === true,
    what: textOf(props, "what") ?? "a file",
  };
}

/** One file, or several: what there is, and where more goes. */
export function FileField({ component, value, label, field, source, commit }: ControlProps) {
  const preview = previewOf(value);
  const about = acceptance(component);
  const most = typeof component.props.most === "number" ? component.props.most : Infinity;
  const indices = indicesOf(preview);
  const uploads = useUploads((files) => {
    if (!about.multiple) return commit(files[0] ?? null);
    commit([...indices.map(keep), ...files].slice(-most));
  });
  const without = (index: number) => commit(indices.filter((each) => each !== index).map(keep));
  const open = !preview || about.multiple || uploads.progress;
  const actions = preview && <Clear {...{ label, field, commit }} />;
  const own = preview && NAMED.includes(preview.kind);
  const { handlers } = useDrops({ ...about, field, uploads });
  const failure = !open && uploads.failure;
  return (
    <div class="daggr-filefield" {...handlers}>
      {preview && source && (
        <ValueView
          {...{ preview, label, component }}
          {...source}
          actions={own && actions}
          remove={about.multiple && indices.length > 1 && !field.disabled ? without : undefined}
        />
      )}
      {preview && !own && (
        <p class="daggr-under">
          <span class="daggr-quiet daggr-ellipsis">{nameOf(preview)}</span>
          {actions}
        </p>
      )}
      {value !== null && !preview && (
        <p class="daggr-quiet">{typeof value === "object" ? "…" : plain(value)}</p>
      )}
      {failure && (
        <p class="daggr-lost" role="alert">
          {failure}
        </p>
      )}
      {open && <Drop {...about} field={field} uploads={uploads} />}
    </div>
  );
}

const keep = (index: number) => ({ $keep: index });

/** The indices of the files in their list; a pair may lack one of its two. */
function indicesOf(preview: Preview | null): number[] {
  const indices = [...Array(preview ? (preview.count ?? preview.items.length) : 0).keys()];
  if (preview?.kind !== "compare") return indices;
  return indices.filter((index) => preview.items[index]?.data !== "No picture");
}

/** Takes the value away. */
export function Clear({ label, field, commit }: Pick<ControlProps, "label" | "field" | "commit">) {
  return (
    <Button
      look="link"
      disabled={field.disabled}
      name={`Clear ${label}`}
      onClick={() => commit(null)}
    >
      Clear
    </Button>
  );
}

function nameOf(preview: Preview): string {
  return (preview.kind === "image" && preview.data?.name) || preview.summary;
}

/** A picture as pictures are shown elsewhere, all else by what it is. */
export function ValueView(props: Parameters<typeof Display>[0]) {
  return props.preview.kind === "image" ? <Picture {...props} /> : <Display {...props} />;
}
