/** Where people count from 1, Python does from 0: `4.1` for `3.0`. */
export function numberOf(path: string): string {
  return path
    .split(".")
    .map((index) => Number(index) + 1)
    .join(".");
}
