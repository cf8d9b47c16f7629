/** Full screen where the host allows it, else over the whole page. */
export async function toggleFullscreen(root: HTMLElement): Promise<void> {
  if (root.ownerDocument.fullscreenElement === root) return root.ownerDocument.exitFullscreen();
  if (root.dataset.fixed) {
    delete root.dataset.fixed;
    return;
  }
  try {
    await root.requestFullscreen();
  } catch {
    // Sandboxed outputs may not ask for it.
    root.dataset.fixed = "true";
  }
}
