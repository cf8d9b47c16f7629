import { useEffect, useState } from "preact/hooks";
import { type OutputProps, refOf } from "../../outputs/props";
import { useApp } from "../../ui/context";
import type { FetchOptions } from "../../wire/media";

export type Result<T> = { value: T } | { error: string } | null;

/** Something made of a value's bytes; null until `enabled` and there. */
export function useFetched<T>(
  props: OutputProps,
  make: (blob: Blob) => Promise<T> | T,
  { enabled = true, ...options }: FetchOptions & { enabled?: boolean } = {},
): Result<T> {
  const { media } = useApp().bridge;
  const ref = refOf(props);
  const [result, setResult] = useState<Result<T>>(null);
  useEffect(() => {
    if (!enabled) return;
    let current = true;
    setResult(null);
    media
      .fetch(ref, null, options)
      .then(make)
      .then((value) => current && setResult({ value }))
      .catch((error: Error) => current && setResult({ error: error.message }));
    return () => {
      current = false;
    };
  }, [media, ref.node, ref.port, `${ref.path}`, ref.digest, enabled]);
  return result;
}

/** An object URL of a value's bytes, revoked when nobody shows it any more. */
export function useBlobUrl(props: OutputProps, enabled: boolean, whole = true): Result<string> {
  const blob = useFetched(props, (bytes) => bytes, { enabled, whole });
  const [url, setUrl] = useState<Result<string>>(null);
  useEffect(() => {
    if (!blob || "error" in blob) {
      setUrl(blob);
      return;
    }
    const objectUrl = URL.createObjectURL(blob.value);
    setUrl({ value: objectUrl });
    return () => URL.revokeObjectURL(objectUrl);
  }, [blob]);
  return url;
}

/** Whether something has come into view, once it has; what is drawn then stays. */
export function useSeen(box: { current: Element | null }, enabled: boolean): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!enabled || seen || !box.current) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [enabled, seen]);
  return seen;
}

/** The part of a value at the end of a path. */
export function partOf(props: OutputProps, step: (number | string)[]): OutputProps {
  return { ...props, path: [...props.path, ...step] };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
