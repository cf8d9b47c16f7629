import type { OutputProps } from "../../outputs/props";
import { shownText } from "../../outputs/text";
import { Thumbnail } from "./media/tiles";

/** Values in a line each, or pictures in a grid. */
export function List(props: OutputProps) {
  const { preview, label } = props;
  const pictures = preview.items.every((item) => item.kind === "image");
  const more = (preview.count ?? preview.items.length) - preview.items.length;
  const items = preview.items.map((item, index) => ({
    ...props,
    preview: item,
    path: [...props.path, index],
    label: `${label} ${index}`,
  }));
  return (
    <>
      {pictures ? (
        <div class="daggr-thumbnails">
          {items.map((item) => (
            <Thumbnail key={item.path.at(-1)} all={items} {...item} />
          ))}
        </div>
      ) : (
        <ol class="daggr-list">
          {items.map((item) => (
            <li key={item.path.at(-1)}>
              <span class="daggr-list-index">{item.path.at(-1)}</span>
              <span class="daggr-ellipsis">{oneLine(item)}</span>
            </li>
          ))}
        </ol>
      )}
      {more > 0 && <p class="daggr-more">+ {more} more</p>}
    </>
  );
}

function oneLine({ preview }: OutputProps): string {
  const text = preview.mime.startsWith("text/") ? shownText(preview.data) : null;
  return (text ?? preview.summary).slice(0, 200);
}
