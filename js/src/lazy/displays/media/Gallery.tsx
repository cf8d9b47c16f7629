import { usePicture } from "../../../outputs/image";
import { type OutputProps, refOf, type Shows } from "../../../outputs/props";
import type { Preview } from "../../../protocol.gen";
import { Button } from "../../../ui/Button";
import { useApp } from "../../../ui/context";
import { Remove } from "../actions";
import { partOf } from "../fetching";

const WIDTH = 240;

/** The parts of a gallery or a pair, each as an output of its own. */
export function picturesOf(
  props: Shows<"gallery" | "compare">,
): (OutputProps & { caption: string })[] {
  const { data, items } = props.preview;
  const { captions, deep } = data;
  return items.map((preview, index) => ({
    ...partOf(props, deep[index] ? [index, 0] : [index]),
    preview,
    label: captions[index] || `${props.label} ${index + 1}`,
    caption: captions[index] ?? "",
  }));
}

export function Gallery(props: Shows<"gallery">) {
  const { zoom } = useApp();
  const pictures = picturesOf(props);
  const all = pictures.filter(({ preview }) => preview.kind === "image");
  const more = (props.preview.count ?? 0) - pictures.length;
  if (pictures.length === 0) return <p class="daggr-quiet">No pictures.</p>;
  return (
    <>
      <ul class="daggr-gallery daggr-scroll">
        {pictures.map((each, index) => (
          <li key={index}>
            <Entry {...each} enlarge={() => zoom(each, all)} />
            <Remove {...props} index={index} what={each.label} />
          </li>
        ))}
      </ul>
      {more > 0 && <p class="daggr-more">… {more} more</p>}
    </>
  );
}

function Entry({
  enlarge,
  caption,
  ...props
}: OutputProps & { enlarge: () => void; caption: string }) {
  if (props.preview.kind !== "image") return <NoPicture {...props.preview} />;
  return (
    <>
      <Button
        look="picture"
        name={`Enlarge ${props.label}`}
        data-control="enlarge"
        style={{ aspectRatio: 1 }}
        onClick={enlarge}
      >
        <Small {...props} />
      </Button>
      {caption && (
        <span class="daggr-quiet daggr-ellipsis" title={caption} dir="auto">
          {caption}
        </span>
      )}
    </>
  );
}

/** What stands where a picture should be. */
export function NoPicture(preview: Preview) {
  return <p class="daggr-lost">{preview.kind === "lost" ? preview.data : preview.summary}</p>;
}

function Small(props: OutputProps) {
  const image = usePicture(refOf(props), WIDTH);
  if (image && "error" in image) return <span class="daggr-quiet">{image.error}</span>;
  return <img src={image?.url} alt="" draggable={false} />;
}
