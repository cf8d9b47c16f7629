// A model as anywidget hands it out: it keeps what it is told, and lets a test play the kernel.
// The test page and the tests in node both have it; what answers by itself is built on it.

/** The kernel's side of a comm, and what the page has set. */
export class FakeModel {
  /** @type {any[]} */
  sent = [];
  /** @type {Record<string, unknown>[]} */
  saved = [];
  /** What went along with commands. @type {any[]} */
  files = [];
  #listeners = new Map();
  #changed = {};

  /** @param {Record<string, unknown>} state */
  constructor(state = {}) {
    this.state = state;
  }

  /** @param {string} key @returns {unknown} */
  get(key) {
    return this.state[key];
  }

  /** @param {string} key @param {unknown} value */
  set(key, value) {
    this.state[key] = value;
    this.#changed[key] = value;
    this.#fire(`change:${key}`);
  }

  save_changes() {
    this.saved.push(this.#changed);
    this.#changed = {};
  }

  /** @param {string} event @param {(...args: never[]) => void} callback */
  on(event, callback) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), callback]);
  }

  /** @param {string} event @param {(...args: never[]) => void} callback */
  off(event, callback) {
    const left = (this.#listeners.get(event) ?? []).filter((each) => each !== callback);
    this.#listeners.set(event, left);
  }

  /**
   * Keeps a copy: the page may go on changing what it has sent.
   * @param {unknown} command @param {unknown} [_callbacks] @param {ArrayBuffer[]} [files]
   * @returns {unknown}
   */
  send(command, _callbacks, files = []) {
    this.files.push(...files);
    return this.sent.push(structuredClone(command));
  }

  /** Lets the kernel say something. @param {any} message @param {DataView[]} [buffers] */
  emit(message, buffers = []) {
    this.#fire("msg:custom", message, buffers);
  }

  /** @param {string} kind @returns {any[]} */
  commands(kind) {
    return this.sent.filter((each) => each.kind === kind);
  }

  #fire(event, ...args) {
    for (const callback of this.#listeners.get(event) ?? []) callback(...args);
  }
}
