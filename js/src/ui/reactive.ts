/**
 * Signals in components: a component renders again when a signal it has read is different, and not
 * merely because its parent did.
 */
import { Component, options, type VNode } from "preact";
import { useMemo, useRef } from "preact/hooks";
import {
  computed,
  type ReadonlySignal,
  type Signal,
  signal,
  track,
  Watcher,
} from "../state/signals";

type Tracked = Component & { watcher?: Watcher };
/** Preact's hooks for add-ons, by the names they have in its builds. */
type Hook = "__b" | "__r" | "__e" | "diffed" | "unmount";
type Hooks = Record<
  Hook,
  ((vnode: VNode & { __c?: Tracked }, ...rest: unknown[]) => void) | undefined
>;

const hooks = options as unknown as Hooks;
let finish: (() => void) | null = null;

function before(name: Hook, act?: (component: Tracked | undefined) => void): void {
  const next = hooks[name];
  hooks[name] = (vnode, ...rest) => {
    finish?.();
    finish = null;
    act?.(vnode.__c);
    next?.(vnode, ...rest);
  };
}

before("__b");
before("__r", (component) => {
  if (!component) return;
  component.watcher ??= new Watcher(() => component.forceUpdate());
  finish = track(component.watcher);
});
before("__e");
before("diffed");
before("unmount", (component) => component?.watcher?.stop());

Component.prototype.shouldComponentUpdate = function (next: object) {
  const now: object = this.props;
  for (const name in next) if (!(name in now)) return true;
  for (const name in now) {
    if (next[name as never] !== now[name as never]) return true;
  }
  return false;
};

/** A value worked out from signals; the component renders again when it is a different one. */
export function useValue<T>(read: () => T): T {
  return useComputed(read).value;
}

export function useSignal<T>(value: T): Signal<T> {
  return useMemo(() => signal(value), []);
}

/** A computed signal whose `read` sees the props of the latest render. */
export function useComputed<T>(read: () => T): ReadonlySignal<T> {
  const latest = useRef(read);
  latest.current = read;
  return useMemo(() => computed(() => latest.current()), []);
}
