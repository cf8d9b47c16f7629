/** Small line drawings on a 16 × 16 grid. */
const SHAPES = {
  play: <path d="M5 3.2v9.6l7.6-4.8z" fill="currentColor" stroke="none" />,
  stop: <rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor" stroke="none" />,
  down: <path d="m4.5 6.5 3.5 3.5 3.5-3.5" />,
  left: <path d="M9.7 4.5 6.2 8l3.5 3.5" />,
  right: <path d="M6.3 4.5 9.8 8l-3.5 3.5" />,
  close: <path d="m4.5 4.5 7 7m0-7-7 7" />,
  minus: <path d="M4 8h8" />,
  plus: <path d="M4 8h8M8 4v8" />,
  fit: <path d="M2.8 6V2.8H6m4 0h3.2V6m0 4v3.2H10m-4 0H2.8V10M6 6.5h4v3H6z" />,
  expand: <path d="M9.5 3h3.5v3.5M13 3 9 7M6.5 13H3V9.5M3 13l4-4" />,
  help: <path d="M6 6.2a2 2 0 1 1 3 1.7c-.7.4-1 .8-1 1.6M8 11.8v.2" />,
  dot: <circle cx="8" cy="8" r="3.4" fill="currentColor" stroke="none" />,
  half: (
    <>
      <circle cx="8" cy="8" r="4.2" />
      <path d="M8 3.8a4.2 4.2 0 0 0 0 8.4z" fill="currentColor" stroke="none" />
    </>
  ),
  ring: <circle cx="8" cy="8" r="4" />,
  cross: <path d="m4.5 4.5 7 7m0-7-7 7" stroke-width="2" />,
  clock: (
    <>
      <circle cx="8" cy="8" r="5" />
      <path d="M8 5v3l2 1.4" />
    </>
  ),
  block: (
    <>
      <circle cx="8" cy="8" r="4.6" />
      <path d="m4.9 11.1 6.2-6.2" />
    </>
  ),
  skip: <path d="M4 4.5 8 8l-4 3.5zM11.5 4.5v7" />,
  restore: <path d="M4.2 6.4A4.4 4.4 0 1 1 3.6 9M3.8 3.6v3h3" />,
  copy: <path d="M6 6h7v7H6zM10 3.5V3H3v7h.5" />,
  check: <path d="m3.5 8.5 3 3 6-6.5" />,
  function: <path d="M10.8 3.4c-1.7-.7-2.6.3-2.9 1.9L6.6 11c-.3 1.6-1.2 2.6-2.7 1.9M5.4 7h4.4" />,
  input: <path d="M3 5h6m3 0h1M3 11h1m3 0h6M10.5 3.4v3.2M5.5 9.4v3.2" />,
  space: (
    <>
      <circle cx="8" cy="8" r="5" />
      <path d="M3 8h10M8 3c-3.4 3-3.4 7 0 10M8 3c3.4 3 3.4 7 0 10" />
    </>
  ),
  inference: <path d="M8 2.6 9.4 6.6l4 1.4-4 1.4L8 13.4 6.6 9.4l-4-1.4 4-1.4z" />,
  choice: <path d="M8 13V9.5M8 9.5C8 7 4 7.5 4 4M8 9.5C8 7 12 7.5 12 4M2.5 5.5 4 4l1.5 1.5M10.5 5.5 12 4l1.5 1.5" />,
  interaction: <path d="M8 7.5a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6zM3.5 13c.3-2.5 2-3.7 4.5-3.7s4.2 1.2 4.5 3.7" />,
  template: <path d="m10.3 3.2 2.5 2.5-7 7-3.2.7.7-3.200zM9 4.5 11.5 7" />,
  route: <path d="M3 8h3c3 0 2-4 6.5-4M6 8c3 0 2 4 6.5 4M11 2.5 12.8 4 11 5.5M11 10.5l1.8 1.5-1.8 1.5" />,
  node: <rect x="4" y="4" width="8" height="8" rx="2" />,
};

export type IconName = keyof typeof SHAPES;

export function Icon({ name, size = 14 }: { name: IconName; size?: number }) {
  return (
    <svg class="daggr-icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true" focusable="false">
      {SHAPES[name]}
    </svg>
  );
}

const KINDS: [RegExp, IconName][] = [
  [/^(fn|function)/, "function"],
  [/^input/, "input"],
  [/^(space|gradio)/, "space"],
  [/^inference/, "inference"],
  [/^choice/, "choice"],
  [/^(interaction|approve|choose|human|text_?input|image_?input)/, "interaction"],
  [/^template/, "template"],
  [/^route/, "route"],
];

export function kindIcon(kind: string): IconName {
  const name = kind.toLowerCase();
  return KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? "node";
}
