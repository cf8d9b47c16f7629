import { refOf, type Shows } from "../../../outputs/props";
import { type Result, useFetched } from "../fetching";

/** How loud a sound is in each of its parts, from 0 to 1. */
export interface Loudness {
  peaks: number[];
  seconds: number | null;
}

const PARTS = 96;

/** What the kernel says of a sound: nothing where only a browser can read it. */
export function useLoudness(props: Shows<"audio">, enabled: boolean): Loudness | null {
  const found: Result<Loudness> = useFetched(
    { ...refOf(props), preview: props.preview, label: props.label },
    async (blob) => {
      const { peaks, seconds } = JSON.parse(await blob.text());
      return Array.isArray(peaks) ? { peaks, seconds } : NOTHING;
    },
    { enabled, rows: [0, PARTS] },
  );
  if (!found) return null;
  return "value" in found ? found.value : NOTHING;
}

const NOTHING: Loudness = { peaks: [], seconds: null };

/** The same of a file that the browser can read. */
export async function loudnessOf(address: string): Promise<Loudness> {
  try {
    const bytes = await (await fetch(address)).arrayBuffer();
    // One that plays nothing: it may begin without a gesture.
    const context = new OfflineAudioContext(1, 1, 44100);
    return peaksOf(await context.decodeAudioData(bytes));
  } catch {
    return NOTHING;
  }
}

type Sound = Pick<AudioBuffer, "length" | "duration" | "numberOfChannels" | "getChannelData">;

export function peaksOf(sound: Sound, parts = PARTS): Loudness {
  const count = Math.min(parts, sound.length);
  const peaks = new Array<number>(count).fill(0);
  for (let channel = 0; channel < sound.numberOfChannels; channel++) {
    const samples = sound.getChannelData(channel);
    for (let part = 0; part < count; part++) {
      const end = Math.floor(((part + 1) * sound.length) / count);
      let most = peaks[part] ?? 0;
      for (let at = Math.floor((part * sound.length) / count); at < end; at++)
        most = Math.max(most, Math.abs(samples[at] ?? 0));
      peaks[part] = Math.min(most, 1);
    }
  }
  return { peaks, seconds: sound.duration };
}
