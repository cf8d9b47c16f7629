"""A graph on the screen: our canvas in a real JupyterLab beside daggr's own page, in one run.

python -m tests.benchmarks.bench_page [--nodes 10 100 300] [--rounds 5]

The same tree of functions on both sides. `shown` is the time from asking for the page (daggr), or
from running the cell that ends in the graph (ours, the kernel's part included), to the last card
that is drawn; ours draws the cards in view and around it, daggr all of them. `again` is the same
once more: the page reloaded (daggr), the cell run again (ours). `result` is the time
from a click on the first card's run button to the new value on the card. `bytes` is what travels
over the page's socket for that run; ours counts Jupyter's own messages too, `told` those of the
canvas alone.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, WebSocket, sync_playwright

from tests.benchmarks import peer
from tests.hosts import browser, lab, server
from tests.hosts.browser import FLAGS

FIGURES = ("shown s", "again s", "result s", "bytes", "told")
OURS = """
import itertools
from daggr_nb import FnNode, Graph, ui
counter = itertools.count(1)
def number() -> int: return next(counter)
def more(x: int) -> int: return x + 1
nodes = [FnNode(number, name="s0", outputs={"y": ui.Number()}, volatile=True)]
for i in range(1, COUNT):
    source = nodes[(i - 1) // 2].y
    nodes.append(FnNode(more, name=f"s{i}", inputs={"x": source}, outputs={"y": ui.Number()}))
graph = Graph("page COUNT", nodes=nodes)
"""
# Notes when a card was last added to the page.
WATCH = """cards => {
    window.drawn = 0;
    new MutationObserver(changes => {
        const added = changes.flatMap(change => [...change.addedNodes]);
        const is = node => node.matches?.(cards) || node.querySelector?.(cards);
        if (added.some(is)) requestAnimationFrame(() => { window.drawn = performance.now(); });
    }).observe(document, { childList: true, subtree: true });
}"""
SETTLED = "since => window.drawn > since && performance.now() - window.drawn > 700"
# Clicks, and resolves with the seconds until what is read has changed.
CLICK = """async ([button, read]) => {
    const value = new Function(`return ${read}`);
    const before = value();
    const start = performance.now();
    document.querySelector(button).click();
    while (value() === before) await new Promise(requestAnimationFrame);
    return (performance.now() - start) / 1000;
}"""
OUR_BUTTON = ".daggr-root article[data-node=s0] button[aria-label='Run to here']"
OUR_VALUE = "document.querySelector('article[data-node=s0] [data-port=\"out:y\"]').textContent"
THEIR_BUTTON = ".node .run-btn"
THEIR_VALUE = "document.querySelector('.node input').value"


@dataclass
class Wire:
    """What a page's sockets carry."""

    size: int = 0
    told: int = 0

    def watch(self, page: Page) -> None:
        page.on("websocket", self._socket)

    def reset(self) -> None:
        self.size = self.told = 0

    def _socket(self, opened: WebSocket) -> None:
        opened.on("framereceived", self._count)
        opened.on("framesent", self._count)

    def _count(self, payload: bytes | str) -> None:
        raw = payload.encode() if isinstance(payload, str) else payload
        self.size += len(raw)
        start = raw.find(b'{"method":"custom"')
        start = start if start >= 0 else raw.find(b'"method": "custom"')
        if start >= 0:
            self.told += len(raw) - start


def ours(page: Page, jupyter: server.Jupyter, count: int) -> tuple[float, ...]:
    wire = Wire()
    wire.watch(page)
    lab.write_notebook(jupyter, f"page{count}.ipynb", OURS.replace("COUNT", str(count)))
    lab.open_notebook(page, jupyter, f"page{count}.ipynb")
    lab.execute(page, OURS.replace("COUNT", str(count)))
    page.evaluate(WATCH, ".daggr-host")
    shown = [displayed(page), displayed(page)]
    page.locator(OUR_BUTTON).first.wait_for()
    return (*shown, *clicked(page, wire, OUR_BUTTON, OUR_VALUE))


def displayed(page: Page) -> float:
    start = page.evaluate("performance.now()")
    lab.run_in_new_cell(page, "graph")
    page.wait_for_function(SETTLED, arg=start, timeout=60_000)
    return float(page.evaluate("window.drawn") - start) / 1000


def theirs(page: Page, address: str) -> tuple[float, ...]:
    wire = Wire()
    wire.watch(page)
    page.add_init_script(f"({WATCH})('.node')")
    shown = []
    for visit in (lambda: page.goto(address), page.reload):
        visit()
        page.wait_for_function(SETTLED, arg=0, timeout=60_000)
        shown.append(page.evaluate("window.drawn") / 1000)
    return (*shown, *clicked(page, wire, THEIR_BUTTON, THEIR_VALUE))


def clicked(page: Page, wire: Wire, button: str, read: str) -> tuple[float, float, float]:
    """Run the first node: once to warm up, three times to measure."""
    page.evaluate(CLICK, [button, read])
    page.wait_for_timeout(700)
    results, sizes, told = [], [], []
    for _ in range(3):
        wire.reset()
        results.append(page.evaluate(CLICK, [button, read]))
        page.wait_for_timeout(700)
        sizes.append(wire.size)
        told.append(wire.told)
    return statistics.median(results), statistics.median(sizes), statistics.median(told)


@contextmanager
def daggr_serving(count: int) -> Iterator[str | None]:
    """daggr's page of so many nodes; ``None`` where daggr cannot be installed."""
    python = peer.environment("daggr")
    if python is None:
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [python, str(peer.SCRIPTS / "daggr_page.py"), str(count), str(port)]
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, **peer.QUIET, "HF_HOME": home}
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}/"
            wait_for(address, process)
            yield address
        finally:
            process.terminate()
            process.wait(10)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(urllib.error.URLError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        time.sleep(0.1)
    raise RuntimeError("daggr's page did not come up")


def offline(route: Route) -> None:
    """Fonts and scripts from elsewhere fail at once here, and delay nobody."""
    if "://127.0.0.1" in route.request.url:
        route.continue_()
    else:
        route.abort()


def with_page(running: Browser, work: Callable[[Page], tuple[float, ...]]) -> tuple[float, ...]:
    context = running.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.route("**/*", offline)
    try:
        return work(page)
    finally:
        context.close()


def measure(running: Browser, jupyter: server.Jupyter, count: int, rounds: int) -> dict[str, Any]:
    found: dict[str, list[tuple[float, ...]]] = {"ours": [], "daggr": []}
    with daggr_serving(count) as address:
        for _ in range(rounds):
            found["ours"].append(with_page(running, lambda page: ours(page, jupyter, count)))
            jupyter.forget()
            if address:
                found["daggr"].append(with_page(running, lambda page: theirs(page, address)))
    return {
        who: [statistics.median(column) for column in zip(*rows, strict=True)]
        for who, rows in found.items()
        if rows
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--nodes", type=int, nargs="+", default=[10, 100, 300])
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print("  ".join(f"{title:>10}" for title in ("nodes", "who", *FIGURES)))
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        jupyter = stack.enter_context(server.jupyterlab(home))
        playwright = stack.enter_context(sync_playwright())
        running = playwright.chromium.launch(executable_path=browser.find(), args=list(FLAGS))
        report = {}
        for count in asked.nodes:
            found = report[count] = measure(running, jupyter, count, asked.rounds)
            for who, figures in found.items():
                shown = (f"{value:>10.3f}" for value in figures)
                print("  ".join([f"{count:>10}", f"{who:>10}", *shown]), flush=True)
        running.close()
    Path("build/page.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
