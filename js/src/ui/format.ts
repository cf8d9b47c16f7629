import type { CardState } from "../protocol.gen";
import type { IconName } from "./icons";

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** A duration in seconds as people say it: `20 ms`, `0.2 s`, `42 s`, `2 min 05 s`, `1 h 03 min`. */
export function duration(seconds: number): string {
  const value = Math.max(0, seconds);
  if (value < 0.095) return `${Math.ceil(value * 1000)} ms`;
  if (value < 9.95) return `${value.toFixed(1)} s`;
  if (value < 59.5) return `${Math.round(value)} s`;
  const whole = Math.round(value);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** A time of day; with the date when it is not today. Takes seconds since the epoch. */
export function clock(at: number, now: Date = new Date()): string {
  const time = new Date(at * 1000);
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === now.toDateString()) return clock;
  return `${time.toLocaleDateString(undefined, { day: "numeric", month: "short" })}, ${clock}`;
}

export type Tone = "fresh" | "stale" | "running" | "failed" | "waiting" | "plain";

export interface StatusWord {
  word: string;
  tone: Tone;
  icon: IconName;
}

type Entry = [word: string, tone: Tone, icon: IconName];

const WORDS: Partial<Record<CardState["status"] | CardState["freshness"], Entry>> = {
  queued: ["queued", "stale", "clock"],
  running: ["running", "running", "clock"],
  stopping: ["stopping", "running", "clock"],
  waiting: ["waiting for you", "waiting", "ask"],
  failed: ["failed", "failed", "cross"],
  blocked: ["blocked", "stale", "block"],
  skipped: ["skipped", "stale", "right"],
  cancelled: ["stopped", "stale", "block"],
  recovered: ["recovered", "fresh", "check"],
  fresh: ["fresh", "fresh", "dot"],
  stale: ["stale", "stale", "half"],
  unverified: ["unverified", "stale", "help"],
};
const NOT_RUN: Entry = ["not run", "stale", "ring"];

/** What a card's header says: the status of work under way or gone wrong, else the freshness. */
export function statusWord({
  status,
  freshness,
}: Pick<CardState, "status" | "freshness">): StatusWord {
  const outdated = status === "recovered" && freshness !== "fresh";
  const [word, tone, icon] = (!outdated && WORDS[status]) || WORDS[freshness] || NOT_RUN;
  return { word, tone, icon };
}

export function isActive(status: CardState["status"]): boolean {
  return status === "running" || status === "stopping" || status === "queued";
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Splits `text` around the first `subject`, so that it can be stressed. */
export function stress(text: string, subject: string): [string, string, string] {
  const at = subject ? text.indexOf(subject) : -1;
  if (at < 0) return [text, "", ""];
  return [text.slice(0, at), subject, text.slice(at + subject.length)];
}

/** Width over height, when a caption such as `Image 640 × 427` tells it. */
export function aspectOf(summary: string): number | null {
  const match = /(\d+)\s*[×x]\s*(\d+)/.exec(summary);
  const width = Number(match?.[1]);
  const height = Number(match?.[2]);
  return width > 0 && height > 0 ? width / height : null;
}

/** A number as a control shows it: with the digits of its step, unless it lies between steps. */
export function number(value: number, step: number | null): string {
  const text = value.toFixed(Math.min(String(step).split(".")[1]?.length ?? 0, 100));
  return step === null || Math.abs(Number(text) - value) > step / 1e6 ? String(value) : text;
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
