"""A hundred texts that grow at once, on one canvas in a real JupyterLab.

    python -m tests.benchmarks.bench_growing [--streams 100] [--seconds 8]

Nothing of them may be lost on the screen, they come 20 to 30 times a second, and the page has half
of its time left for people.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.measure import Finding, table
from tests.hosts import browser, lab, server
from tests.hosts.canvas import Canvas

PAUSE = 0.04
SOURCE = """
import time
from daggr_nb import Context, FnNode, Graph, ui

def said(name, count):
    return [f"{name} says {n}, " for n in range(count)]

def speaker(name):
    def speak(ctx: Context):
        for part in said(name, COUNT):
            ctx.stream(part)
            time.sleep(PAUSE)
        return "".join(said(name, COUNT))
    return FnNode(speak, name=name, outputs={"text": ui.Markdown()}, concurrent=True)

names = [f"s{n}" for n in range(STREAMS)]
graph = Graph("Many", nodes=[speaker(name) for name in names], persist_key=False)
places = {name: (300 * (n % 12), 360 * (n // 12)) for n, name in enumerate(names)}
graph.session.current.move(places)
graph
"""
# Counts on how many occasions the text of each card has changed.
WATCH = """root => {
    window.changes = {};
    window.since = performance.now();
    new MutationObserver(records => {
        const cards = new Set();
        for (const { target } of records) {
            const element = target instanceof Element ? target : target.parentElement;
            const box = element?.closest('.daggr-markdown');
            if (box) cards.add(box.closest('article').dataset.node);
        }
        for (const card of cards) window.changes[card] = (window.changes[card] ?? 0) + 1;
    }).observe(root, { childList: true, characterData: true, subtree: true });
}"""
TEXTS = """root => Object.fromEntries([...root.querySelectorAll('article[data-node]')].map(card =>
    [card.dataset.node, card.querySelector('.daggr-markdown')?.textContent.trim()]))"""
GROWING = "root => root.querySelectorAll('[data-growing]').length"


def measure(page: Page, jupyter: server.Jupyter, streams: int, seconds: float) -> list[Finding]:
    count = round(seconds / PAUSE)
    values = {"COUNT": count, "PAUSE": PAUSE, "STREAMS": streams}
    source = SOURCE
    for name, value in values.items():
        source = source.replace(name, str(value))
    lab.write_notebook(jupyter, "many.ipynb", source)
    lab.open_notebook(page, jupyter, "many.ipynb")
    lab.run_all(page)
    lab.wait_for_all(page)
    canvas = Canvas.on(page, "Many")
    canvas.root.evaluate("root => { root.style.height = '1500px'; }")
    page.wait_for_timeout(500)
    canvas.root.get_by_role("button", name="Fit").click()
    page.wait_for_timeout(500)
    canvas.run_stale()
    while canvas.root.evaluate(GROWING) < streams:
        page.wait_for_timeout(50)
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable")
    canvas.root.evaluate(WATCH)
    before = metrics(cdp)
    page.wait_for_timeout(1_000 * (seconds - 3))
    after = metrics(cdp)
    changes, took = page.evaluate("[window.changes, (performance.now() - window.since) / 1000]")
    shown = canvas.root.evaluate(GROWING)
    for number in range(streams):
        canvas.card(f"s{number}").expect_status("succeeded", seconds=60)
    page.wait_for_timeout(300)
    expected = {
        f"s{each}": "".join(f"s{each} says {n}, " for n in range(count)).strip()
        for each in range(streams)
    }
    texts = canvas.root.evaluate(TEXTS)
    wrong = [name for name, text in expected.items() if texts.get(name) != text]
    rate = median(changes.values()) / took
    busy = (after["TaskDuration"] - before["TaskDuration"]) / (
        after["Timestamp"] - before["Timestamp"]
    )
    what = f"{streams} texts that grow at once"
    told = f"{rate:.1f} a second, {len(changes)} cards, {shown} at work"
    return [
        Finding(f"{what}: cards with another text in the end", float(len(wrong)), "cards", 0),
        Finding(f"{what}: from one change of a card to the next", 1e3 / rate, "ms", 50, note=told),
        Finding(f"{what}: busy time of the page's main thread", 100 * busy, "%", 50),
    ]


def metrics(cdp: Any) -> dict[str, float]:
    found = cdp.send("Performance.getMetrics")["metrics"]
    return {metric["name"]: metric["value"] for metric in found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=8)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        server.jupyterlab(Path(folder)) as jupyter,
        sync_playwright() as playwright,
    ):
        running = playwright.chromium.launch(
            executable_path=browser.find(), args=list(browser.FLAGS)
        )
        page = running.new_context(viewport={"width": 2000, "height": 1800}).new_page()
        print(table(measure(page, jupyter, asked.streams, asked.seconds)))
        running.close()


if __name__ == "__main__":
    main()
