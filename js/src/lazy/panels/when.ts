import { useEffect, useState } from "preact/hooks";
import { clock } from "../../ui/format";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** From then on the time of day says more. */
const RECENT = 12 * HOUR;

/** How long ago it was, or when if it is long ago. Takes seconds since the epoch. */
export function ago(at: number, now: number): string {
  const since = now - at;
  if (since < 0 || since >= RECENT) return clock(at, new Date(now * 1000));
  if (since < 10) return "just now";
  if (since < MINUTE) return `${Math.floor(since)} s ago`;
  if (since < HOUR) return `${Math.floor(since / MINUTE)} min ago`;
  return `${Math.floor(since / HOUR)} h ago`;
}

/** The very time, as the reader's language writes it. */
export function exactly(at: number): string {
  return new Date(at * 1000).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "medium",
  });
}

const TICK_MS = 10000;

/** The time in seconds, and again from time to time while somebody looks. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
