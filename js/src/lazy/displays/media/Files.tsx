import type { OutputProps } from "../../../outputs/props";
import { Download, Remove } from "../actions";
import { isRecord, partOf } from "../fetching";

export interface About {
  name: string;
  size: number;
  mime: string;
}

export function filesOf(data: unknown): About[] {
  return (Array.isArray(data) ? data : [data]).filter(isRecord) as unknown as About[];
}

/** How large a file is, as people say it. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} bytes`;
  const [unit, each] = count < 1e6 ? ["kB", 1e3] : count < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
  const value = count / (each as number);
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** Files by name and size, each to download. */
export function Files(props: OutputProps) {
  const files = filesOf(props.preview.data);
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
            <span class="daggr-quiet">{bytes(file.size)}</span>
            <Download {...(several ? partOf(props, [index]) : props)} file={file.name} />
            <Remove {...props} index={index} what={file.name} />
          </li>
        ))}
      </ul>
      {props.actions && <p class="daggr-under">{props.actions}</p>}
    </>
  );
}
