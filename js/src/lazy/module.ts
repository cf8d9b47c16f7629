import type { FetchModule } from "../protocol.gen";
import type { Bridge } from "../wire/bridge";

const modules = new Map<FetchModule["module"], Promise<unknown>>();

/** What most pages have no use for is a module of its own, which is sent for when it is needed. */
export function moduleOf<Default>(
  { media }: Bridge,
  module: FetchModule["module"],
): Promise<Default> {
  const known = modules.get(module) ?? load(media, module);
  modules.set(module, known);
  known.catch(() => modules.delete(module));
  return known as Promise<Default>;
}

async function load(media: Bridge["media"], module: FetchModule["module"]): Promise<unknown> {
  const blob = await media.blob({ kind: "fetch_module", module });
  const address = URL.createObjectURL(new Blob([blob], { type: "text/javascript" }));
  try {
    return (await import(/* @vite-ignore */ address)).default;
  } finally {
    URL.revokeObjectURL(address);
  }
}
