import { describe, expect, test, vi } from "vitest";
import { batch, computed, effect, type Signal, signal } from "../src/state/signals";

describe("a computed signal", () => {
  test("is worked out when asked, and only if what it read has changed", () => {
    const [a, other] = [signal(1), signal(1)];
    const read = vi.fn(() => a.value * 2);
    const twice = computed(read);
    expect(read).not.toHaveBeenCalled();
    expect([twice.value, twice.value]).toEqual([2, 2]);
    other.value++;
    expect(twice.value).toBe(2);
    expect(read).toHaveBeenCalledTimes(1);
    a.value = 5;
    expect(twice.value).toBe(10);
  });

  test("lets nobody know when its value stays", () => {
    const a = signal(1);
    const odd = computed(() => a.value % 2);
    const seen = vi.fn(() => void odd.value);
    effect(seen);
    a.value = 3;
    expect(seen).toHaveBeenCalledTimes(1);
    a.value = 4;
    expect(seen).toHaveBeenCalledTimes(2);
  });

  test("forgets what it no longer reads", () => {
    const [which, a, b] = [signal(true), signal("a"), signal("b")];
    const read = vi.fn(() => (which.value ? a.value : b.value));
    const either = computed(read);
    const seen: string[] = [];
    effect(() => void seen.push(either.value));
    which.value = false;
    a.value = "unseen";
    b.value = "c";
    expect(seen).toEqual(["a", "b", "c"]);
    expect(read).toHaveBeenCalledTimes(3);
  });

  test("is right after nobody watched it for a while", () => {
    const a = signal(1);
    const twice = computed(() => a.value * 2);
    effect(() => void twice.value)();
    a.value = 2;
    expect(twice.peek()).toBe(4);
    const seen: number[] = [];
    effect(() => void seen.push(twice.value));
    a.value = 3;
    expect(seen).toEqual([4, 6]);
  });
});

describe("an effect", () => {
  test("runs once for a batch and sees no half of it", () => {
    const [a, b] = [signal(1), signal(2)];
    const seen: number[] = [];
    effect(() => void seen.push(computed(() => a.value + b.value).value));
    batch(() => {
      a.value = 10;
      b.value = 20;
    });
    expect(seen).toEqual([3, 30]);
  });

  test("may write what other effects read, and ends", () => {
    const [a, b] = [signal(1), signal(0)];
    const seen: number[] = [];
    effect(() => void seen.push(b.value));
    const stop = effect(() => {
      b.value = a.value * 2;
    });
    a.value = 4;
    stop();
    a.value = 5;
    expect(seen).toEqual([0, 2, 8]);
  });

  test("notices what it changed itself", () => {
    const a = signal(0);
    const capped = computed(() => Math.min(a.value, 3));
    effect(() => {
      if (capped.value < 3) a.value++;
    });
    expect(a.value).toBe(3);
  });
});

test("random graphs of computed signals agree with plain evaluation", () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  for (let round = 0; round < 60; round++) {
    const sources = Array.from({ length: 4 }, (_, i) => signal(i));
    const layers: { peek(): number; value: number }[] = [...sources];
    const plain: (() => number)[] = sources.map((source) => () => source.peek());
    for (let i = 0; i < 10; i++) {
      const [x, y, z] = [random(layers.length), random(layers.length), random(layers.length)];
      const pick = <T>(from: T[], at: number) => from[at] as T;
      const [a, b, c] = [pick(layers, x), pick(layers, y), pick(layers, z)];
      const [pa, pb, pc] = [pick(plain, x), pick(plain, y), pick(plain, z)];
      layers.push(computed(() => (a.value % 2 ? b.value : c.value + 1)));
      plain.push(() => (pa() % 2 ? pb() : pc() + 1));
    }
    const last = layers[layers.length - 1] as Signal<number>;
    const expected = plain[plain.length - 1] as () => number;
    let seen = Number.NaN;
    const stop = effect(() => {
      seen = last.value;
    });
    for (let step = 0; step < 20; step++) {
      batch(() => {
        for (let n = random(3); n >= 0; n--)
          (sources[random(4)] as Signal<number>).value = random(5);
      });
      expect(seen).toBe(expected());
      const at = random(layers.length);
      expect(layers[at]?.peek()).toBe(plain[at]?.());
    }
    stop();
  }
});
