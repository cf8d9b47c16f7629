/** Drawings that only a conversation needs, on the grid of the other icons. */
const SHAPES = {
  send: "M8 13V3M4 7l4-4 4 4",
  again: "M13 8a5 5 0 1 1-2-4M11 1v3H8",
  copy: "M6 6h7v7H6zM10 6V3H3v7h3",
};

export function Drawing({ name, size = 12 }: { name: keyof typeof SHAPES; size?: number }) {
  return (
    <svg class="daggr-icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path d={SHAPES[name]} fill="none" stroke="currentColor" />
    </svg>
  );
}
