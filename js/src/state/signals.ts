/**
 * Values that know who reads them. Computed ones are lazy: they are worked out when somebody asks,
 * and only if something they read has changed since.
 */

/** Somebody who reads signals. */
interface Reader {
  /** What was read, and which version of it. */
  sources: Map<Signal<unknown>, number>;
  /** Whether it wants to be told about changes. */
  readonly live: boolean;
  notify(): void;
}

let active: Reader | null = null;
/** Grows with every write. */
let clock = 0;
let batches = 0;
const due = new Set<Watcher>();

export interface ReadonlySignal<T> {
  readonly value: T;
  /** The value without becoming a reader of it. */
  peek(): T;
}

export class Signal<T> implements ReadonlySignal<T> {
  version = 0;
  protected readers = new Set<Reader>();

  constructor(protected current: T) {}

  get value(): T {
    const now = this.peek();
    if (active) {
      active.sources.set(this, this.version);
      if (active.live) this.watch(active);
    }
    return now;
  }

  set value(next: T) {
    if (Object.is(next, this.current)) return;
    this.current = next;
    this.version++;
    clock++;
    batch(() => this.notifyReaders());
  }

  peek(): T {
    return this.current;
  }

  watch(reader: Reader): void {
    this.readers.add(reader);
  }

  unwatch(reader: Reader): void {
    this.readers.delete(reader);
  }

  protected notifyReaders(): void {
    for (const reader of this.readers) reader.notify();
  }
}

/** It listens to its sources only while somebody listens to it, so nothing keeps it alive. */
class Computed<T> extends Signal<T> implements Reader {
  sources: Reader["sources"] = new Map();
  #dirty = false;
  #checked = -1;

  constructor(private readonly read: () => T) {
    super(undefined as T);
  }

  get live(): boolean {
    return this.readers.size > 0;
  }

  override peek(): T {
    if (this.#checked === clock || (this.live && !this.#dirty)) return this.current;
    this.#dirty = false;
    if (this.version === 0 || isStale(this)) this.#refresh();
    this.#checked = clock;
    return this.current;
  }

  notify(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.notifyReaders();
  }

  override watch(reader: Reader): void {
    if (!this.live) {
      this.#dirty = false;
      for (const source of this.sources.keys()) source.watch(this);
    }
    super.watch(reader);
  }

  override unwatch(reader: Reader): void {
    super.unwatch(reader);
    if (!this.live) for (const source of this.sources.keys()) source.unwatch(this);
  }

  #refresh(): void {
    const done = track(this);
    try {
      const next = this.read();
      if (this.version > 0 && Object.is(next, this.current)) return;
      this.current = next;
      this.version++;
    } finally {
      done();
    }
  }
}

/** Calls `changed` once something it has read is different. */
export class Watcher implements Reader {
  sources: Reader["sources"] = new Map();
  readonly live = true;

  constructor(readonly changed: () => void) {}

  notify(): void {
    due.add(this);
  }

  stop(): void {
    due.delete(this);
    for (const source of this.sources.keys()) source.unwatch(this);
  }
}

/** Notes what is read from now on, until the result is called. */
export function track(reader: Reader): () => void {
  const outer = active;
  const previous = reader.sources;
  reader.sources = new Map();
  active = reader;
  return () => {
    active = outer;
    for (const source of previous.keys()) if (!reader.sources.has(source)) source.unwatch(reader);
  };
}

function isStale({ sources }: Reader): boolean {
  for (const [source, version] of sources) {
    source.peek();
    if (source.version !== version) return true;
  }
  return false;
}

export function signal<T>(value: T): Signal<T> {
  return new Signal(value);
}

export function computed<T>(read: () => T): ReadonlySignal<T> {
  return new Computed(read);
}

/** Runs now and whenever something it has read is different; call the result to end that. */
export function effect(run: () => void): () => void {
  const watcher = new Watcher(() => {
    const done = track(watcher);
    try {
      run();
    } finally {
      done();
    }
  });
  watcher.changed();
  return () => watcher.stop();
}

/** Tells watchers once about all that `write` changes. */
export function batch(write: () => void): void {
  batches++;
  try {
    write();
    if (batches > 1) return;
    // Watchers that write add to the set while it is walked.
    for (const watcher of due) {
      due.delete(watcher);
      if (isStale(watcher)) watcher.changed();
    }
  } finally {
    batches--;
  }
}
