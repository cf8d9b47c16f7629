"""What twenty canvases in one notebook cost: bytes sent, seconds, the notebook on disk.

    python -m tests.benchmarks.bench_hosts

In a real JupyterLab and Chromium. The module travels with every widget, so this is where it counts.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, WebSocket, sync_playwright

from tests.benchmarks.measure import Finding, table
from tests.hosts import browser, lab, many, server
from tests.hosts.everywhere import KEEP_STATE

COUNT = 20
MB = 1_000_000


class Received:
    """Counts what a page gets through its sockets."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, payload: bytes | str) -> None:
        self.bytes += len(payload.encode() if isinstance(payload, str) else payload)


def shown(page: Page, jupyter: server.Jupyter, slower: int) -> tuple[float, float]:
    """Seconds from *Run All Cells* to the last canvas, and to the last that has heard a change."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    begun = time.perf_counter()
    many.show(page, jupyter, COUNT)
    seen = time.perf_counter() - begun
    begun = time.perf_counter()
    lab.execute(page, "for graph in graphs: graph.inputs['start__x'] = 5")
    many.wait_until_all_hear(page, COUNT, "5")
    return seen, time.perf_counter() - begun


def findings() -> list[Finding]:
    flags = list(browser.FLAGS)
    found: list[Finding] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        server.jupyterlab(Path(folder)) as jupyter,
        sync_playwright() as playwright,
    ):
        running = playwright.chromium.launch(executable_path=browser.find(), args=flags)
        for slower in (1, 6):
            jupyter.forget()
            page = running.new_context(viewport={"width": 1600, "height": 1200}).new_page()
            received = Received(page)
            seen, heard = shown(page, jupyter, slower)
            name = f"{COUNT} canvases" + (f", processor {slower}× slower" if slower > 1 else "")
            found.append(Finding(f"{name}: open, run, all shown", seen, "s", 10 * slower))
            found.append(Finding(f"{name}: a change in all is shown", heard, "s", slower))
            if slower > 1:
                continue
            found.append(Finding(f"{name}: sent to the page", received.bytes / MB, "MB", 5))
            path = jupyter.notebooks / many.NOTEBOOK
            lab.save(page)
            found.append(Finding(f"{name}: notebook", path.stat().st_size / MB, "MB", 1))
            page.evaluate(KEEP_STATE)
            lab.save(page)
            size = path.stat().st_size / MB
            found.append(Finding(f"{name}: notebook with widget state", size, "MB", 5))
            page.context.close()
        running.close()
    return found


if __name__ == "__main__":
    print(table(findings()))
