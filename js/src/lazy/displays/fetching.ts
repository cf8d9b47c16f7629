import { useEffect, useState } from "preact/hooks";
import { type OutputProps, refOf } from "../../outputs/props";
import { useApp } from "../../ui/context";
import type { Part } from "../../wire/media";

export type Got<T> = { value: T } | { error: string } | null;

/** Something made of a value's bytes; null until `wanted` and there. */
export function useFetched<T>(
  props: OutputProps,
  make: (blob: Blob) => Promise<T> | T,
  { wanted = true, ...part }: Part & { wanted?: boolean } = {},
): Got<T> {
  const { media } = useApp().bridge;
  const ref = refOf(props);
  const [got, setGot] = useState<Got<T>>(null);
  useEffect(() => {
    if (!wanted) return;
    let current = true;
    setGot(null);
    media
      .fetch(ref, null, part)
      .then(make)
      .then((value) => current && setGot({ value }))
      .catch((error: Error) => current && setGot({ error: error.message }));
    return () => {
      current = false;
    };
  }, [media, ref.node, ref.port, `${ref.path}`, ref.digest, wanted]);
  return got;
}

/** An object URL of a value's bytes, revoked when nobody shows it any more. */
export function useBlobUrl(props: OutputProps, wanted: boolean, whole = true): Got<string> {
  const got = useFetched(props, (blob) => blob, { wanted, whole });
  const [url, setUrl] = useState<Got<string>>(null);
  useEffect(() => {
    if (!got || "error" in got) {
      setUrl(got);
      return;
    }
    const made = URL.createObjectURL(got.value);
    setUrl({ value: made });
    return () => URL.revokeObjectURL(made);
  }, [got]);
  return url;
}

/** The part of a value at the end of a path. */
export function partOf(props: OutputProps, step: (number | string)[]): OutputProps {
  return { ...props, path: [...props.path, ...step] };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
