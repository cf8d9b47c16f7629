import { useState } from "preact/hooks";
import type { Shows } from "../../../outputs/props";
import { Button } from "../../../ui/Button";
import { useTab } from "../../../ui/context";
import { Download } from "../actions";
import { useBlobUrl } from "../fetching";
import { bytes } from "./Files";

type Playing = Shows<"audio" | "video">;

/** Sound and film are sent when somebody presses play. */
function usePlayer(props: Playing) {
  const [playing, setPlaying] = useState(false);
  const url = useBlobUrl(props, playing);
  return { file: props.preview.data, url, playing, play: () => setPlaying(true) };
}

export function Audio(props: Shows<"audio">) {
  return <Player {...props} tag="audio" />;
}

export function Video(props: Shows<"video">) {
  return <Player {...props} tag="video" />;
}

function Player({ tag: Tag, ...props }: Playing & { tag: "audio" | "video" }) {
  const { file, url, playing, play } = usePlayer(props);
  const tab = useTab();
  const { name } = file;
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
          {`${name} · ${bytes(file.size)}`}
        </span>
        <Download {...props} file={name} />
        {props.actions}
      </p>
    </div>
  );
}
