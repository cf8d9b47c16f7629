/** Small line drawings on a 16 × 16 grid; those that start with `!` are filled. */
const CIRCLE = "M12.5 8a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0z";
const SHAPES = {
  stop: "!M4 4h8v8H4z",
  up: "m4 10 4-4 4 4",
  cross: "m4 4 8 8m0-8-8 8",
  minus: "M4 8h8",
  plus: "M4 8h8M8 4v8",
  fit: "M3 6V3h3m4 0h3v3m0 4v3h-3m-4 0H3v-3",
  expand: "M9 3h4v4M13 3 9 7M7 13H3V9M3 13l4-4",
  search: "M11 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM10 10l3 3",
  more: "!M5 8a1 1 0 1 1-2 0 1 1 0 0 1 2 0zm4 0a1 1 0 1 1-2 0 1 1 0 0 1 2 0zm4 0a1 1 0 1 1-2 0 1 1 0 0 1 2 0z",
  undo: "M6 3 3 6l3 3M3 6h6a3.5 3.5 0 0 1 0 7H7",
  help: "M6 6a2 2 0 1 1 3 2Q8 8.5 8 10M8 12v.2",
  half: "!M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3zm0 1.5a3.5 3.5 0 0 1 0 7z",
  ring: CIRCLE,
  clock: `${CIRCLE}M8 5v3l2 1`,
  block: `${CIRCLE}m-8 3 6-6`,
  ask: "!M2 3h12v8H8l-4 3v-3H2z",
  check: "m3 8 4 4 6-7",
  function: "M11 3C9 3 8 4 8 6l-1 4c0 2-1 3-3 3M5 7h5",
  input: "M3 5h6m3 0h1M3 11h1m3 0h6M10 3v4M6 9v4",
  space: `M13 8A5 5 0 1 1 3 8a5 5 0 0 1 10 0zH3M8 3Q4.5 8 8 13q3.5-5 0-10`,
  inference: "m8 3 1.5 3.5L13 8 9.5 9.5 8 13 6.5 9.5 3 8l3.5-1.5z",
  choice: "M8 13V9Q4 9 4 4m4 5q4 0 4-5M2 6l2-2 2 2m4 0 2-2 2 2",
  interaction: "M10 5a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM4 13q0-4 4-4t4 4",
  template: "m10 3 3 3-7 7H3v-3z",
  route: "M3 8h3q3 0 6-4M6 8q3 0 6 4M9 4h3v3m0 2v3H9",
  node: "M4 4h8v8H4z",
};

/** What every card has several of: the style sheet draws it, as each SVG is a layer to pan. */
type Plain = "play" | "down" | "left" | "right" | "dot";
/** Those that only the second part shows, which adds them. */
type Added = "star" | "starred" | "map" | "redo" | "shrink";
export type IconName = keyof typeof SHAPES | Plain | Added;

export function addShapes(shapes: Record<Added, string>): void {
  Object.assign(SHAPES, shapes);
}

export function Icon({ name, size = 14 }: { name: IconName; size?: number }) {
  const shape = (SHAPES as Partial<Record<IconName, string>>)[name];
  if (!shape)
    return (
      <i class={`daggr-icon daggr-i-${name}`} style={`font-size:${size}px`} aria-hidden="true" />
    );
  const filled = shape.startsWith("!");
  return (
    <svg class="daggr-icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path
        d={shape.slice(filled ? 1 : 0)}
        fill={filled ? "currentColor" : "none"}
        stroke={filled ? "none" : "currentColor"}
        fill-rule="evenodd"
      />
    </svg>
  );
}
