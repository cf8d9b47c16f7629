"""What typing, large tables and folders cost, on one canvas in a real JupyterLab.

    python -m tests.benchmarks.bench_exact

A key in a text of 200 kB takes the page's thread so long that nobody notices; the first rows of a
large table are there when its node has ended; an edit of one cell of it costs the kernel little; a
folder that is a choice or a constant costs the cell next to nothing. Time is that of the page's
thread and of the kernel's processor, so that others who use the machine do not count; the first
rows are waited for by the clock.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from tests.benchmarks.bench_growing import metrics
from tests.benchmarks.measure import Finding, table
from tests.hosts import browser, lab, server
from tests.hosts.canvas import Canvas

KEYS = 30
SOURCE = """
import pathlib, tempfile, time
import numpy, pandas
from daggr_nb import FnNode, Graph, InputNode, ui

words = "otters swim at dusk, the small ones last. " * 5_000
columns = [f"column {i}" for i in range(50)]
frame = pandas.DataFrame(numpy.random.default_rng(0).normal(size=(100_000, 50)), columns=columns)

def rows(seed):
    return frame + seed

given = InputNode("given", ports={"text": ui.Textbox(words, lines=6)})
typed = FnNode(len, "length", inputs={"obj": given.text})
made = FnNode(rows, "rows", inputs={"seed": ui.Number(0)}, outputs={"table": ui.Dataframe()})
kept = InputNode("kept", ports={"cells": ui.Dataframe(frame)})
graph = Graph("Exact", nodes=[typed, made, kept], persist_key=False)
graph
"""
FOLDER = """
folder = pathlib.Path(tempfile.mkdtemp())
for number in range(2_000):
    with open(folder / f"part {number}.bin", "wb") as file:
        file.truncate(1_200_000)  # 2.4 GB that take no room

def cell():
    began = time.perf_counter()
    choice = InputNode("choice", ports={"where": ui.Dropdown([folder, "elsewhere"])})
    there = FnNode(lambda place, where: 1, "there", inputs={"place": folder, "where": choice.where})
    Graph("Folder", nodes=[there], persist_key=False)._repr_mimebundle_()
    return 1e3 * (time.perf_counter() - began)

def plain():
    began = time.perf_counter()
    choice = InputNode("choice", ports={"where": ui.Dropdown(["here", "elsewhere"])})
    there = FnNode(lambda place, where: 1, "there", inputs={"place": "here", "where": choice.where})
    Graph("Plain", nodes=[there], persist_key=False)._repr_mimebundle_()
    return 1e3 * (time.perf_counter() - began)

cell(), plain()
print(*[(cell() - plain()) for _ in range(7)])
"""
# Notes when the table that a node made begins with a text on the page.
AWAIT_ROWS = """text => {
    window.shown = null;
    const look = () => {
        const cell = document.querySelector('[data-node=rows] [role=cell]');
        if (!cell?.textContent.startsWith(text)) return;
        window.shown = Date.now() / 1000;
        observer.disconnect();
    };
    const all = { childList: true, characterData: true, subtree: true };
    const observer = new MutationObserver(look);
    observer.observe(document.body, all);
}"""


def typing(page: Page, canvas: Canvas) -> float:
    """Return the milliseconds of the page's thread that a key in a long text takes."""
    field = canvas.card("given").element.locator("textarea")
    field.focus()
    page.keyboard.press("Control+End")
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = metrics(cdp)["TaskDuration"]
    for _ in range(KEYS):
        page.keyboard.press("o")
    after = metrics(cdp)["TaskDuration"]
    field.blur()
    return 1e3 * (after - before) / KEYS


def first_rows(page: Page, seed: int) -> float:
    """Return the milliseconds from the end of a node to the first rows of its large table."""
    page.evaluate(AWAIT_ROWS, f"{seed}.12573")
    ended = lab.execute(
        page,
        f"graph.inputs['rows__seed'] = {seed}; graph.run('rows'); "
        "print(graph.history('rows')[0].record.ended_at)",
    )
    page.wait_for_function("window.shown")
    return 1e3 * (page.evaluate("window.shown") - float(ended))


def edit(page: Page, canvas: Canvas, text: str) -> float:
    """Return the milliseconds of the kernel's processor that one edit of a cell takes."""
    cell = canvas.card("kept").element.locator("[role=gridcell]").first
    before = float(lab.execute(page, "print(time.process_time())"))
    idle = float(lab.execute(page, "print(time.process_time())")) - before
    before += idle
    cell.dblclick()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    value = f"print(graph.inputs['kept__cells'].iloc[0, 0] == {text})"
    looks = 1
    while lab.execute(page, value) != "True":
        looks += 1
        page.wait_for_timeout(50)
    after = float(lab.execute(page, "print(time.process_time())"))
    return 1e3 * (after - before - (looks + 1) * idle)


def measure(page: Page, jupyter: server.Jupyter) -> list[Finding]:
    lab.write_notebook(jupyter, "exact.ipynb", SOURCE.strip())
    lab.open_notebook(page, jupyter, "exact.ipynb")
    lab.run_all(page)
    lab.wait_for_all(page)
    canvas = Canvas.on(page, "Exact")
    canvas.root.get_by_role("button", name="Fit").click()
    expect(canvas.card("kept").element.locator("[role=gridcell]").first).to_be_visible()
    keys = [typing(page, canvas) for _ in range(3)]
    rows = [first_rows(page, seed) for seed in range(1, 6)]
    edits = [edit(page, canvas, f"{number}.5") for number in range(1, 6)]
    folder = [float(each) for each in lab.execute(page, FOLDER).split()]
    return [
        Finding("a key in a text of 200 kB: the page's thread", median(keys), "ms", 50),
        Finding("100,000 × 50: from the node's end to its first rows", median(rows), "ms", 300),
        Finding("100,000 × 50: one edit, processor of the kernel", median(edits), "ms", 20),
        Finding(
            "a folder of 2,000 files and 2.4 GB as choice and constant: the cell, beside texts",
            median(folder),
            "ms",
            10,
        ),
    ]


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        server.jupyterlab(Path(folder)) as jupyter,
        sync_playwright() as playwright,
    ):
        running: Any = playwright.chromium.launch(
            executable_path=browser.find(), args=list(browser.FLAGS)
        )
        page = running.new_context(viewport={"width": 1600, "height": 1200}).new_page()
        print(table(measure(page, jupyter)))
        running.close()


if __name__ == "__main__":
    main()
