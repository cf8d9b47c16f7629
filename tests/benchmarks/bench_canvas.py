"""How fast the canvas paints and pans, in a real browser with a fake kernel.

python -m tests.benchmarks.bench_canvas [--nodes 300 1000 5000] [--against DIRECTORY]

`paint` is the time from handing a model over to the frame after the one with its cards. `--against`
names a directory with another build (index.js, index.css) to measure in turns with
this one; figures are medians over rounds. Frames are those of a steady diagonal pan over the graph;
`busy` is the processor time of the page's main thread in one of them, as Chromium counts it.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import CDPSession, Page, Route, sync_playwright

from tests.hosts import browser
from tests.hosts.browser import FLAGS
from tests.hosts.canvas_page import BUNDLE, served

FRAMES = 240
ZOOM_OUTS = {"near": 0, "plain": 6}
PAINT = """async count => {
    const graph = graphs.big(count);
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    const start = performance.now();
    await show(graph, { height: 900, own: true });
    while (document.querySelectorAll('.daggr-root article').length < 10) await frame();
    await frame();
    return performance.now() - start;
}"""
# Each frame the wheel turns a little further; at the ends of the graph it turns back.
PAN = """async frames => {
    const stage = document.querySelector('.daggr-stage');
    stage.focus({ preventScroll: true });
    const times = [];
    for (let i = 0; i < frames; i++) {
        const way = i % 240 < 120 ? 1 : -1;
        stage.dispatchEvent(new WheelEvent('wheel', {
            deltaX: 36 * way, deltaY: 12 * way, clientX: 600, clientY: 400,
            bubbles: true, cancelable: true,
        }));
        times.push(await new Promise(requestAnimationFrame));
    }
    return times.slice(1).map((time, i) => time - times[i]);
}"""


@dataclass(frozen=True)
class Row:
    build: str
    nodes: int
    level: str
    figures: tuple[float, ...]

    def cells(self) -> tuple[str, ...]:
        shown = (f"{value:.1f}" for value in self.figures)
        return (self.build, str(self.nodes), self.level, *shown)


def typical(rounds: Sequence[Row]) -> Row:
    """The median of each figure."""
    figures = zip(*(row.figures for row in rounds), strict=True)
    return replace(rounds[0], figures=tuple(map(statistics.median, figures)))


HEADER = ("build", "nodes", "level", "paint ms", "median ms", "p95 ms", "busy ms", "heap MB")


def metrics(session: CDPSession) -> dict[str, float]:
    found = session.send("Performance.getMetrics")["metrics"]
    return {each["name"]: each["value"] for each in found}


def measure(page: Page, address: str, build: str, nodes: int, level: str) -> Row:
    page.goto(address)
    page.wait_for_function("window.ready")
    paint = page.evaluate(PAINT, nodes)
    for _ in range(ZOOM_OUTS[level]):
        page.get_by_role("button", name="Zoom out").click()
    page.wait_for_timeout(500)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = metrics(session)["TaskDuration"]
    frames = page.evaluate(PAN, FRAMES)
    busy = (metrics(session)["TaskDuration"] - before) * 1000 / FRAMES
    session.send("HeapProfiler.collectGarbage")
    heap = metrics(session)["JSHeapUsedSize"] / 2**20
    session.detach()
    median, p95 = statistics.median(frames), statistics.quantiles(frames, n=20)[-1]
    return Row(build, nodes, level, (paint, median, p95, busy, heap))


@contextmanager
def opened(build: Path) -> Iterator[Page]:
    """A page that gets its bundle from this directory."""

    def serve(route: Route) -> None:
        route.fulfill(path=build / route.request.url.rpartition("/")[2])

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser.find(), args=list(FLAGS))
        page = running.new_page(viewport={"width": 1400, "height": 1000})
        page.route("**/_canvas/static/*", serve)
        yield page
        running.close()


def table(rows: Sequence[Row]) -> str:
    cells = [HEADER, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--nodes", type=int, nargs="+", default=[300, 1000, 5000])
    parser.add_argument("--levels", nargs="+", default=list(ZOOM_OUTS), choices=list(ZOOM_OUTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--against", type=Path)
    asked = parser.parse_args()
    builds = {"this": BUNDLE.parent} | ({"other": asked.against} if asked.against else {})
    rows: list[Row] = []
    with served() as address:
        for nodes in asked.nodes:
            for level in asked.levels:
                rounds: dict[str, list[Row]] = {name: [] for name in builds}
                for _ in range(asked.rounds):
                    for name, build in builds.items():
                        with opened(build) as page:
                            rounds[name].append(measure(page, address, name, nodes, level))
                rows += map(typical, rounds.values())
    print(table(rows))


if __name__ == "__main__":
    main()
