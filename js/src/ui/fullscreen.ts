/** Full screen where the host allows it, else over the whole page. */
export async function toggleFullscreen(root: HTMLElement): Promise<void> {
  if (root.ownerDocument.fullscreenElement === root) return root.ownerDocument.exitFullscreen();
  if (root.dataset.fixed) {
    delete root.dataset.fixed;
    return tell(root);
  }
  try {
    await root.requestFullscreen();
  } catch {
    // Sandboxed outputs may not ask for it.
    root.dataset.fixed = "true";
    tell(root);
  }
}

/** What listens for the real thing hears of this one, too. */
function tell(root: HTMLElement): void {
  root.ownerDocument.dispatchEvent(new Event("fullscreenchange"));
}

export function isFullscreen(root: HTMLElement): boolean {
  return root.ownerDocument.fullscreenElement === root || !!root.dataset.fixed;
}
