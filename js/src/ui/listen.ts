type Listeners = {
  [Type in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Type]) => void;
};

/** Adds listeners; call the result to remove them all. */
export function listen(
  target: EventTarget,
  listeners: Listeners,
  options: AddEventListenerOptions = {},
): () => void {
  const life = new AbortController();
  for (const [type, listener] of Object.entries(listeners)) {
    target.addEventListener(type, listener as EventListener, { ...options, signal: life.signal });
  }
  return () => life.abort();
}
