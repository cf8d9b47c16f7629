import { useEffect, useRef, useState } from "preact/hooks";
import type { Shows } from "../../../outputs/props";
import { Button } from "../../../ui/Button";
import { useApp, useTab } from "../../../ui/context";
import { Download } from "../actions";
import { useBlobUrl, useSeen } from "../fetching";
import { bytes } from "./Files";
import { loudnessOf, useLoudness } from "./loudness";

type Playing = Shows<"audio" | "video">;

/** Larger files are sent when somebody presses play, not when they come into view. */
const SMALL = { audio: 2e6, video: 12e6 };

export function Audio(props: Shows<"audio">) {
  const { data: file, on_press } = props.preview;
  const box = useRef<HTMLDivElement>(null);
  const player = useRef<HTMLAudioElement>(null);
  const seen = useSeen(box, !on_press);
  const drawn = useLoudness(props, seen);
  // Of sound that the kernel cannot read, the file itself tells.
  const unread = drawn?.peaks.length === 0 && file.size <= SMALL.audio;
  const [pressed, setPressed] = useState(false);
  const url = useBlobUrl(props, pressed || unread);
  const [own, setOwn] = useState<typeof drawn>(null);
  const [[at, running], setAt] = useState<[number, boolean]>([0, false]);
  const tab = useTab();
  const address = url && "value" in url ? url.value : undefined;
  useEffect(() => {
    if (!address || drawn?.peaks.length) return;
    let current = true;
    loudnessOf(address).then((found) => current && setOwn(found));
    return () => {
      current = false;
    };
  }, [address, drawn]);
  useEffect(() => {
    if (address && pressed) void player.current?.play().catch(() => {});
  }, [address, pressed]);
  const { peaks, seconds } = (drawn?.peaks.length ? drawn : own) ?? { peaks: [], seconds: null };
  const length = seconds ?? 0;
  const toggle = () => {
    const element = player.current;
    if (!address || !element) setPressed(true);
    else if (element.paused) void element.play();
    else element.pause();
  };
  const seek = (to: number) => {
    setAt([to, running]);
    if (player.current) player.current.currentTime = to;
    if (!address) setPressed(true);
  };
  const tell = ({ currentTarget: { currentTime, paused } }: { currentTarget: HTMLAudioElement }) =>
    setAt([currentTime, !paused]);
  const loading = pressed && !url;
  const whole = length ? time(Math.ceil(length)) : "";
  // Of sound that is no file the caption says it.
  const said = at > 0 ? `${time(at)} / ${whole}` : whole === props.preview.summary ? "" : whole;
  return (
    <div ref={box} class="daggr-player">
      <div class="daggr-sound">
        <Button
          look="square"
          {...(running ? {} : { icon: "play" as const })}
          name={`${running ? "Pause" : "Play"} ${file.name}`}
          data-control="play"
          disabled={loading}
          onClick={toggle}
        >
          {running && <i class="daggr-i-pause" aria-hidden="true" />}
        </Button>
        <div class="daggr-wave" style={{ "--at": length ? at / length : 0 }}>
          <Wave peaks={peaks} />
          <input
            type="range"
            min="0"
            max={length || 1}
            step="any"
            value={Math.min(at, length)}
            disabled={!length}
            tabIndex={tab}
            aria-label={`Position in ${file.name}`}
            aria-valuetext={`${time(at)} of ${time(length)}`}
            onInput={(event) => seek(event.currentTarget.valueAsNumber)}
          />
        </div>
        <span class="daggr-figures">{loading ? "…" : said}</span>
      </div>
      {/* biome-ignore lint/a11y/useMediaCaption: a result, of which there is no text */}
      <audio
        ref={player}
        src={address}
        aria-label={`${props.label}: ${file.name}`}
        onLoadedMetadata={({ currentTarget }) => {
          if (at > 0) currentTarget.currentTime = at;
        }}
        onTimeUpdate={tell}
        onPlay={tell}
        onPause={tell}
        onEnded={() => setAt([0, false])}
      />
      {url && "error" in url && <p class="daggr-lost">{url.error}</p>}
      <Under {...props} />
    </div>
  );
}

/** Bars, as high as it is loud; those that were played have a colour. */
function Wave({ peaks }: { peaks: number[] }) {
  const bars = peaks.length ? peaks : Array<number>(WAITING).fill(0);
  const path = bars.map((peak, index) => {
    const half = Math.max(peak * 0.5, 0.02);
    return `M${index + 0.5} ${0.5 - half}V${0.5 + half}`;
  });
  const view = `0 0 ${bars.length} 1`;
  return (
    <>
      {["rest", "played"].map((part) => (
        <svg
          key={part}
          data-part={part}
          viewBox={view}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <path d={path.join("")} />
        </svg>
      ))}
    </>
  );
}

const WAITING = 60;

/** `1:05`, as players say it. */
function time(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function Video(props: Shows<"video">) {
  const { data: file, on_press } = props.preview;
  const { store } = useApp();
  const box = useRef<HTMLDivElement>(null);
  const film = useRef<HTMLVideoElement>(null);
  const seen = useSeen(box, !on_press && file.size <= SMALL.video && !store.readOnly.value);
  const [pressed, setPressed] = useState(false);
  const [length, setLength] = useState(0);
  const url = useBlobUrl(props, pressed || seen);
  const tab = useTab();
  const address = url && "value" in url ? url.value : undefined;
  const play = () => {
    setPressed(true);
    const element = film.current;
    if (!element) return;
    element.currentTime = 0;
    void element.play().catch(() => {});
  };
  return (
    <div ref={box} class="daggr-player">
      <div class="daggr-film">
        {address && (
          // biome-ignore lint/a11y/useMediaCaption: a result, of which there is no text
          <video
            ref={film}
            src={address}
            preload="metadata"
            autoplay={pressed}
            controls={pressed}
            tabIndex={pressed ? tab : -1}
            aria-label={`${props.label}: ${file.name}`}
            playsInline
            onLoadedMetadata={({ currentTarget }) => {
              const { duration } = currentTarget;
              if (Number.isFinite(duration)) setLength(duration);
              // The very first frame is black more often than not.
              if (!pressed) currentTarget.currentTime = Math.min(0.1, duration / 2 || 0.1);
            }}
          />
        )}
        {!(pressed && address) && (
          <Button
            look="play"
            icon="play"
            iconSize={16}
            name={`Play ${file.name}`}
            data-control="play"
            disabled={pressed && !url}
            onClick={play}
          >
            {!address && <span>{(pressed || seen) && !url ? "Loading…" : "Play"}</span>}
          </Button>
        )}
        {length > 0 && !pressed && <span class="daggr-film-length">{time(Math.ceil(length))}</span>}
      </div>
      {url && "error" in url && <p class="daggr-lost">{url.error}</p>}
      <Under {...props} />
    </div>
  );
}

function Under(props: Playing) {
  const { name, size } = props.preview.data;
  return (
    <p class="daggr-under">
      <span class="daggr-quiet daggr-ellipsis" title={name} dir="auto">
        {`${name} · ${bytes(size)}`}
      </span>
      <Download {...props} file={name} />
      {props.actions}
    </p>
  );
}
