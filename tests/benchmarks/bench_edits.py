"""From the end of an edited cell to grey edges, in a real JupyterLab and Notebook 7.

python -m tests.benchmarks.bench_edits [--nodes 10 100 300] [--edits 20]

A constant that a helper of the middle node's function reads is changed, again and again, by
running its cell. `grey` is the time from the kernel's message that the cell has ended to the last
edge drawn otherwise; `label` the same for an `ipywidgets.Label` which that cell itself sets: what
any widget needs. Medians and 95th percentiles in ms; goal 200. A negative time is before the end.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import get_args

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.bench_page import offline
from tests.hosts import browser, lab, server
from tests.hosts.browser import FLAGS
from tests.hosts.canvas import Canvas

GRAPH = """
import ipywidgets
from daggr_nb import FnNode, Graph, ui
K = 0
label = ipywidgets.Label('begin')
label.add_class('the-label')
def helper(x: int) -> int: return x + K
def first(n: int) -> int: return n
def changed(x: int) -> int: return helper(x)
def more(x: int) -> int: return x + 1
nodes = [FnNode(first, name='s0', inputs={'n': ui.Number(3, precision=0)}, outputs=['y'])]
for i in range(1, COUNT):
    source = nodes[(i - 1) // 2].y
    nodes.append(FnNode(changed if i == 1 else more, f's{i}', inputs={'x': source}, outputs=['y']))
graph = Graph('edits COUNT', nodes=nodes, persist_key=False)
graph.autorun = None
_ = graph.run()
"""
EDIT = "K = {value}\nlabel.value = 'set {value}'"
WATCH = """() => {
    window.seen = {};
    const note = what => { window.seen[what] = performance.now(); };
    const options = { subtree: true, childList: true, characterData: true };
    new MutationObserver(() => note('label')).observe(
        document.querySelector('.the-label'), { ...options, attributes: true });
    new MutationObserver(() => note('grey')).observe(
        document.querySelector('.daggr-root'),
        { subtree: true, attributes: true, attributeFilter: ['data-fresh'] });
}"""
ENDED = """async () => {
    const panels = [...jupyterapp.shell.widgets('main')];
    const { kernel } = panels.find(panel => panel.sessionContext?.session?.kernel)
        .sessionContext.session;
    kernel.anyMessage.connect((_, { msg }) => {
        const { header, content, parent_header } = msg;
        const cell = parent_header?.msg_type === 'execute_request';
        if (cell && header?.msg_type === 'status' && content.execution_state === 'idle')
            window.seen.end = performance.now();
    });
}"""
SETTLED = "() => performance.now() - Math.max(...Object.values(window.seen)) > 500"


def edits(
    page: Page, jupyter: server.Jupyter, host: lab.Host, count: int, edits: int
) -> list[dict[str, float]]:
    code = GRAPH.replace("COUNT", str(count))
    lab.write_notebook(jupyter, "edits.ipynb", code, "label", "graph", "K = 0")
    lab.open_notebook(page, jupyter, "edits.ipynb", host)
    lab.run_all(page)
    lab.wait_for_all(page)
    Canvas.on(page, f"edits {count}").card("s0").expect_freshness("fresh")
    page.wait_for_timeout(1500)
    page.evaluate(WATCH)
    page.evaluate(ENDED)
    found = []
    for number in range(1, edits + 1):
        page.evaluate("() => { window.seen = {}; }")
        # to and fro: one edit greys what the one before has made fresh again
        value = 1 if number % 2 else 0
        lab.run_edited(page, 3, EDIT.format(value=value))
        page.wait_for_function(f"() => Object.keys(window.seen).length === 3 && ({SETTLED})()")
        seen = page.evaluate("window.seen")
        found.append({what: seen[what] - seen["end"] for what in ("grey", "label")})
    return found


def summary(times: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    return statistics.median(times), sorted(times)[int(0.95 * (len(times) - 1))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--nodes", type=int, nargs="+", default=[10, 100, 300])
    parser.add_argument("--edits", type=int, default=20)
    asked = parser.parse_args()
    titles = ("host", "nodes", "grey ms", "p95", "label ms", "p95")
    print("  ".join(f"{title:>9}" for title in titles))
    report = []
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        jupyter = stack.enter_context(server.jupyterlab(home))
        playwright = stack.enter_context(sync_playwright())
        running = playwright.chromium.launch(executable_path=browser.find(), args=list(FLAGS))
        for host in get_args(lab.Host):
            for count in asked.nodes:
                context = running.new_context(viewport={"width": 1400, "height": 1000})
                page = context.new_page()
                page.route("**/*", offline)
                found = edits(page, jupyter, host, count, asked.edits)
                figures = [
                    f for what in ("grey", "label") for f in summary([e[what] for e in found])
                ]
                report.append([host, count, *figures])
                shown = (f"{figure:>9.1f}" for figure in figures)
                print("  ".join([f"{host:>9}", f"{count:>9}", *shown]), flush=True)
                context.close()
                jupyter.forget()
        running.close()
    Path("build/edits.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
