"""Many canvases in one notebook."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.hosts import lab
from tests.hosts.server import Jupyter

NOTEBOOK = "many.ipynb"
CELLS = (
    """\
from IPython.display import display
from daggr_nb import FnNode, Graph, ui

def add(x: int, y: int) -> int:
    return x + y

def made(number: int) -> Graph:
    start = FnNode(add, "start", inputs={"x": ui.Slider(0, 9, value=1), "y": number}, outputs=["z"])
    chain = [start]
    for step in range(4):
        following = {"x": chain[-1].z, "y": ui.Number(step, precision=0)}
        chain.append(FnNode(add, f"step {step}", inputs=following, outputs=["z"]))
    return Graph(f"Graph {number}", [chain[-1]])

graphs = [made(number) for number in range(%d)]""",
    "for graph in graphs:\n    display(graph)",
)
SHOWN = """count => {
    const roots = [...document.querySelectorAll('.daggr-root')];
    return roots.length === count && roots.every(root => root.querySelector('article'));
}"""
HEARD = """([count, value]) => {
    const sliders = [...document.querySelectorAll('.daggr-root input[type=range]')];
    return sliders.length === count && sliders.every(slider => slider.value === value);
}"""


def show(page: Page, jupyter: Jupyter, count: int) -> None:
    """Open a notebook and display so many graphs of five nodes, until all can be seen."""
    lab.write_notebook(jupyter, NOTEBOOK, CELLS[0] % count, CELLS[1])
    lab.open_notebook(page, jupyter, NOTEBOOK)
    lab.run_all(page)
    page.wait_for_function(SHOWN, arg=count, timeout=120_000)


def wait_until_all_hear(page: Page, count: int, value: str) -> None:
    """Wait until the slider of every graph shows ``value``."""
    page.wait_for_function(HEARD, arg=[count, value], timeout=60_000)
