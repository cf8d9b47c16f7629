import { useState } from "preact/hooks";
import type { OutputProps } from "../../../outputs/props";
import { Button } from "../../../ui/Button";
import { useTab } from "../../../ui/context";
import { Download } from "../actions";
import { useBlobUrl } from "../fetching";
import { bytes, filesOf } from "./Files";

/** Sound and film are sent when somebody presses play. */
function usePlayer(props: OutputProps) {
  const [playing, setPlaying] = useState(false);
  const url = useBlobUrl(props, playing);
  const [file] = filesOf(props.preview.data);
  return { file, url, playing, play: () => setPlaying(true) };
}

export function Audio(props: OutputProps) {
  return <Player {...props} tag="audio" />;
}

export function Video(props: OutputProps) {
  return <Player {...props} tag="video" />;
}

function Player({ tag: Tag, ...props }: OutputProps & { tag: "audio" | "video" }) {
  const { file, url, playing, play } = usePlayer(props);
  const tab = useTab();
  const name = file?.name ?? props.label;
  return (
    <div class="daggr-player">
      {url && "value" in url ? (
        <Tag
          src={url.value}
          controls
          autoplay
          tabIndex={tab}
          aria-label={`${props.label}: ${name}`}
          playsInline
        />
      ) : (
        <Button
          look="play"
          icon="play"
          name={`Play ${name}`}
          disabled={playing && !url}
          onClick={play}
        >
          <span>{playing && !url ? "Loading…" : "Play"}</span>
        </Button>
      )}
      {url && "error" in url && <p class="daggr-lost">{url.error}</p>}
      <p class="daggr-under">
        <span class="daggr-quiet daggr-ellipsis" title={name} dir="auto">
          {file ? `${name} · ${bytes(file.size)}` : name}
        </span>
        <Download {...props} file={name} />
        {props.actions}
      </p>
    </div>
  );
}
