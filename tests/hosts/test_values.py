"""Values that are hard to show, in a real JupyterLab: each card shows something at once."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.server import Jupyter

CELL = """
import threading

from daggr_nb import FnNode, Graph, ui

release = threading.Event()


class Slow:
    def __repr__(self):
        release.wait(120)
        return "shown at last"


class Sparse:
    shape, dtype, nnz = (10**6, 10**6), "float64", 3

    def reshape(self, *shape):
        raise ValueError("too large")

    def __repr__(self):
        return "a sparse matrix with 3 entries"


class Refuses:
    @property
    def columns(self):
        raise SystemExit("no columns")

    def __repr__(self):
        return "who it is"


def length(value):
    return len(repr(value))


sparse = FnNode(Sparse, "sparse", version="1")
nodes = [
    FnNode(lambda: "first words", "first"),
    FnNode(Slow, "slow", version="1"),
    sparse,
    FnNode(length, "length", inputs={"value": sparse.output}),
    FnNode(Refuses, "refuses", version="1"),
    FnNode(lambda: [1, 2, 3], "misfit", outputs={"output": ui.Label()}),
]
graph = Graph("Hard to show", nodes, persist_key=False)
graph
"""


def test_no_card_is_blank_and_none_waits_for_another(page: Page, jupyter: Jupyter) -> None:
    lab.write_notebook(jupyter, "values.ipynb", CELL)
    lab.open_notebook(page, jupyter, "values.ipynb")
    lab.run_all(page)
    canvas = Canvas.on(page, "Hard to show")
    canvas.run_stale()
    shown = {
        "first": "first words",
        "slow": "takes long",
        "sparse": "a sparse matrix with 3 entries",
        "length": "30",
        "refuses": "SystemExit: no columns",
        "misfit": "Label shows a class",
    }
    for name, words in shown.items():
        card = canvas.card(name)
        card.expect_status("succeeded")
        expect(card.element).to_contain_text(words)
    expect(canvas.card("refuses").element).to_contain_text("who it is")
    assert lab.execute(page, "print(graph.run('first', force=True)['first'])").strip()
    lab.execute(page, "release.set()")
    expect(canvas.card("slow").element).to_contain_text("shown at last")
