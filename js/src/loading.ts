import type { Lazy } from "./later";
import * as shared from "./shared";
import type { Bridge } from "./wire/bridge";

const MODULES = Symbol.for("daggr_nb.modules");
type Page = typeof globalThis & { [MODULES]?: Map<string, Promise<string>> };

/** Addresses are shared by all canvases of a page: what has been sent once is not sent again. */
function addresses(): Map<string, Promise<string>> {
  const page = globalThis as Page;
  page[MODULES] ??= new Map();
  return page[MODULES];
}

async function send(bridge: Bridge): Promise<string> {
  return URL.createObjectURL(await bridge.fetchModule("more"));
}

/** Loads the second part, and hands it what it shares with the first. */
export async function loadLazy(bridge: Bridge): Promise<Lazy> {
  try {
    const address = addresses().get(LAZY_DIGEST) ?? send(bridge);
    addresses().set(LAZY_DIGEST, address);
    const module = await import(/* @vite-ignore */ await address);
    return module.default(shared);
  } catch (error) {
    addresses().delete(LAZY_DIGEST);
    throw error;
  }
}
