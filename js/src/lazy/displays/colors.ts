/** Colours of data: the same name has the same one, in whatever order names come. */

const HUES = 6;

/** A colour for each name; of a colour map where that has one the browser knows. */
export function huesOf(
  names: Iterable<string>,
  own: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, string> {
  const sorted = [...new Set(names)].sort();
  return new Map(
    sorted.map((name, index) => {
      const color = own[name];
      const known = color && globalThis.CSS?.supports("color", color);
      return [name, known ? color : `var(--dg-hue-${index % HUES})`];
    }),
  );
}
