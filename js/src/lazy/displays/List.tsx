import type { OutputProps } from "../../outputs/props";
import { shownText } from "../../outputs/text";
import { Thumbnail } from "./media/tiles";

/** Values in a line each, or pictures in a grid. */
export function List(props: OutputProps) {
  const { preview, label } = props;
  const there = preview.items.filter(({ kind }) => kind !== "lost");
  const pictures = there.length > 0 && there.every(({ kind }) => kind === "image");
  const more = (preview.count ?? preview.items.length) - preview.items.length;
  const items = preview.items.map((item, index) => ({
    ...props,
    preview: item,
    path: [...props.path, index],
    label: `${label} ${index + 1}`,
  }));
  const all = items.filter((item) => item.preview.kind === "image");
  return (
    <>
      {pictures ? (
        <div class="daggr-thumbnails">
          {items.map((item) =>
            item.preview.kind === "image" ? (
              <Thumbnail key={item.path.at(-1)} all={all} {...item} />
            ) : (
              <span key={item.path.at(-1)} class="daggr-gap" title={item.preview.summary} />
            ),
          )}
        </div>
      ) : (
        <ol class="daggr-list">
          {items.map((item) => (
            <li key={item.path.at(-1)}>
              <span class="daggr-list-index">{Number(item.path.at(-1)) + 1}</span>
              <span class="daggr-ellipsis">{oneLine(item)}</span>
            </li>
          ))}
        </ol>
      )}
      {more > 0 && <p class="daggr-more">… {more} more</p>}
    </>
  );
}

/** What a line has room for of a value. */
export function oneLine({ preview }: Pick<OutputProps, "preview">): string {
  const text = preview.mime.startsWith("text/") ? shownText(preview.data) : null;
  return (text ?? preview.summary).slice(0, 200);
}
