/** How much larger a page shows an element than it is laid out, as slides and presentations do. */
export function scaleOf(element: HTMLElement): number {
  return element.getBoundingClientRect().width / element.offsetWidth || 1;
}
