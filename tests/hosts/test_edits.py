"""Edit a cell, the canvas follows: in JupyterLab and Notebook 7, by running other cells only."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.server import Jupyter

CELLS = {
    "imports": "from daggr_nb import FnNode, Graph, ui",
    "constant": "K = 2",
    "helper": "def helper(x: int) -> int:\n    return x * K",
    "clean": "def clean(x: int) -> int:\n    return helper(x) + 1",
    "others": "def first(n: int) -> int:\n    return n\n\ndef side(x: int) -> int:\n    return -x",
    "nodes": (
        "count = ui.Number(value=3, precision=0)\n"
        "start = FnNode(first, 'start', inputs={'n': count}, outputs=['n'])\n"
        "cleaned = FnNode(clean, 'cleaned', inputs={'x': start.n}, outputs=['y'])\n"
        "aside = FnNode(side, 'aside', inputs={'x': start.n}, outputs=['y'])"
    ),
    "last": "last = FnNode(first, 'last', inputs={'n': cleaned.y}, outputs=['n'])",
    "graph": "graph = Graph('Edited', [last, aside])",
    "shown": "graph",
}
AT = {name: index for index, name in enumerate(CELLS)}
INTO_LAST = "cleaned.y->last.n"
# Notes when an edge was last drawn otherwise than before.
WATCH = """() => {
    window.greyed = 0;
    new MutationObserver(() => { window.greyed = performance.now(); }).observe(
        document.querySelector('.daggr-root'),
        { attributes: true, attributeFilter: ['data-fresh'], subtree: true },
    );
}"""


class Notebook:
    """The notebook on screen, with all nodes fresh."""

    def __init__(self, page: Page, jupyter: Jupyter, host: lab.Host) -> None:
        self.page = page
        lab.write_notebook(jupyter, "edits.ipynb", *CELLS.values())
        lab.open_notebook(page, jupyter, "edits.ipynb", host)
        lab.run_all(page)
        self.canvas = Canvas.on(page, "Edited")
        self.refresh()
        page.evaluate(WATCH)

    def refresh(self) -> None:
        self.canvas.run_stale()
        self.canvas.expect_stale_edges()

    def edit(self, cell: str, before: str = "", after: str = "") -> None:
        """Run a cell with one part of its text replaced, or as it stands."""
        lab.run_edited(self.page, AT[cell], CELLS[cell].replace(before, after, 1))

    def expect_reason(self, node: str, text: str) -> None:
        expect(self.canvas.card(node).element.locator(".daggr-reasons")).to_contain_text(text)


# That Notebook 7 follows an edited cell, every run sees in `test_everywhere.py`.
IN_NOTEBOOK_7 = pytest.param("notebook", marks=[pytest.mark.everywhere, pytest.mark.own_page])


@pytest.fixture(params=["lab", IN_NOTEBOOK_7])
def notebook(page: Page, jupyter: Jupyter, request: pytest.FixtureRequest) -> Notebook:
    return Notebook(page, jupyter, request.param)


@pytest.mark.parametrize(
    ("cell", "before", "after", "reason"),
    [
        ("clean", "+ 1", "+ 2", "code of clean changed"),
        ("helper", "x * K", "K * x + 0", "helper changed"),
        ("constant", "2", "5", "K: 2 → 5"),
    ],
    ids=["a function", "a helper of it", "a constant that the helper reads"],
)
def test_code_behind_a_node_turns_exactly_what_depends_on_it_grey_and_back(
    notebook: Notebook, cell: str, before: str, after: str, reason: str
) -> None:
    canvas = notebook.canvas
    notebook.edit(cell, before, after)
    canvas.expect_stale_edges(INTO_LAST)
    notebook.expect_reason("cleaned", reason)
    for name in ("start", "aside"):
        canvas.card(name).expect_freshness("fresh")

    notebook.edit(cell)
    canvas.expect_stale_edges()
    for name in ("cleaned", "last"):
        canvas.card(name).expect_freshness("fresh")


def test_the_reason_has_the_diff(notebook: Notebook) -> None:
    notebook.edit("clean", "+ 1", "+ 2")
    card = notebook.canvas.card("cleaned")
    card.press("diff")
    diff = card.element.locator(".daggr-diff")
    expect(diff.locator("[data-line=drop]")).to_contain_text("helper(x) + 1")
    expect(diff.locator("[data-line=add]")).to_contain_text("helper(x) + 2")


def test_a_comment_or_an_unrelated_name_changes_nothing(notebook: Notebook) -> None:
    notebook.edit("clean", "return", "# a thought\n    return")
    lab.run_edited(notebook.page, AT["imports"], CELLS["imports"] + "\nL = 9")
    notebook.canvas.expect_stale_edges()
    assert notebook.page.evaluate("window.greyed") == 0


def test_a_node_bound_anew_takes_the_place_of_its_name(notebook: Notebook) -> None:
    """Its cell alone is run; the graph's cell is not."""
    lab.run_edited(
        notebook.page,
        AT["last"],
        "last = FnNode(side, 'last', inputs={'x': cleaned.y}, outputs=['n'])",
    )
    edge = notebook.canvas.root.locator('[data-edge="cleaned.y->last.x"]')
    expect(edge).to_have_attribute("data-fresh", "false")
    notebook.canvas.card("cleaned").expect_freshness("fresh")
    notebook.canvas.card("last").expect_freshness("stale")
    notebook.refresh()
    assert lab.execute(notebook.page, "print(last.n.value)") == "-7"


def test_a_graph_with_a_node_more_and_one_less_keeps_the_rest(notebook: Notebook) -> None:
    page, canvas = notebook.page, notebook.canvas
    lab.run_edited(
        page,
        AT["graph"],
        "extra = FnNode(side, 'extra', inputs={'x': cleaned.y}, outputs=['y'])\n"
        "graph = Graph('Edited', [last, extra])",
    )
    expect(canvas.card("extra").element).to_be_visible()
    expect(canvas.card("aside").element).to_have_count(0)
    for name in ("start", "cleaned", "last"):
        canvas.card(name).expect_freshness("fresh")
        canvas.card(name).expect_history("1/1")
    canvas.card("extra").expect_status("missing")


def test_a_cell_that_cannot_be_read_changes_nothing(notebook: Notebook) -> None:
    lab.run_edited(notebook.page, AT["clean"], "def clean(x: int) -> int\n    return 0")
    notebook.canvas.expect_stale_edges()
    assert notebook.page.evaluate("window.greyed") == 0


def test_what_a_cell_bound_before_it_raised_counts(notebook: Notebook) -> None:
    code = CELLS["helper"].replace("x * K", "x * K * 3") + "\nraise ValueError('half-way')"
    lab.run_edited(notebook.page, AT["helper"], code)
    notebook.canvas.expect_stale_edges(INTO_LAST)
    notebook.expect_reason("cleaned", "helper changed")


def test_a_graph_that_cannot_be_built_leaves_the_one_on_screen_and_says_why(
    notebook: Notebook,
) -> None:
    lab.run_edited(
        notebook.page, AT["graph"], "graph = Graph('Edited', [last, FnNode(side, 'last')])"
    )
    banner = notebook.canvas.root.get_by_text(re.compile("cannot be built"))
    expect(banner).to_be_visible()
    expect(notebook.canvas.card("aside").element).to_be_visible()
    notebook.canvas.expect_stale_edges()
