import type { Shows } from "../../../outputs/props";
import { Download, Remove } from "../actions";
import { partOf } from "../fetching";

/** Which has no bytes to download; its name ends in a slash. */
const FOLDER = "inode/directory";
const UNITS = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
] as const;

/** How large a file is, as people say it. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} bytes`;
  const [each, unit] = UNITS.find(([least]) => count >= least) ?? [1, "bytes"];
  const value = count / each;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** Files by name and size, each to download. */
export function Files(props: Shows<"files" | "model">) {
  const files = props.preview.data;
  const several = props.preview.count !== null;
  if (files.length === 0) return <p class="daggr-quiet">No files.</p>;
  return (
    <>
      <ul class="daggr-files">
        {files.map((file, index) => (
          <li key={index}>
            <span class="daggr-ellipsis" title={file.name} dir="auto">
              {file.name}
            </span>
            {file.mime !== FOLDER && (
              <>
                <span class="daggr-quiet">{bytes(file.size)}</span>
                <Download {...(several ? partOf(props, [index]) : props)} file={file.name} />
              </>
            )}
            <Remove {...props} index={index} what={file.name} />
            {files.length === 1 && props.actions}
          </li>
        ))}
      </ul>
      {files.length > 1 && props.actions && <p class="daggr-under">{props.actions}</p>}
    </>
  );
}
