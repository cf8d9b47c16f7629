"""The notebook with the side panel, in JupyterLab and where there is none."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.canvas_page import AXE, RUN_AXE
from tests.hosts.server import Jupyter

NOTEBOOK, GRAPH = "06_sidebar.ipynb", "Outlines"
# What the cross on the tab does.
CLOSE = """title => {
    const right = [...jupyterapp.shell.widgets('right')];
    right.find(widget => widget.title.label === title).dispose();
}"""


def shown(page: Page, jupyter: Jupyter, host: lab.Host = "lab") -> None:
    lab.open_notebook(page, jupyter, NOTEBOOK, host)
    lab.run_all(page)
    lab.wait_for_all(page)


def panel(page: Page) -> Locator:
    return page.locator("#jp-right-stack .daggr-root")


def run_sidebar_cell(page: Page, code: str = "graph.sidebar()") -> None:
    index = page.evaluate(lab.SOURCES).index("graph.sidebar()")
    lab.run_edited(page, index, code)


def test_the_panel_follows_the_cells(page: Page, jupyter: Jupyter) -> None:
    shown(page, jupyter)
    canvas = Canvas.on(page.locator("#jp-right-stack"), GRAPH)
    expect(canvas.root).to_have_attribute("data-mode", "list")
    canvas.card("outline").expect_freshness("fresh")
    index, source = lab.cell_with(page, "def outline")
    lab.run_edited(page, index, source.replace("1 - np.clip", "np.clip"))
    canvas.card("outline").expect_freshness("stale")
    canvas.run_stale()
    canvas.card("outline").expect_freshness("fresh")


@pytest.mark.everywhere
def test_a_graph_has_one_panel_and_a_closed_one_opens_anew(page: Page, jupyter: Jupyter) -> None:
    shown(page, jupyter)
    expect(panel(page)).to_have_count(1)
    run_sidebar_cell(page)
    expect(panel(page)).to_have_count(1)
    page.evaluate(CLOSE, GRAPH)
    expect(panel(page)).to_have_count(0)
    run_sidebar_cell(page)
    expect(panel(page)).to_be_visible()
    run_sidebar_cell(page, "graph.sidebar(anchor='split-bottom')")
    expect(page.locator("#jp-main-dock-panel .jupyterlab-sidecar .daggr-root")).to_be_visible()
    expect(panel(page)).to_have_count(0)


@pytest.mark.own_page
def test_notebook_7_shows_the_canvas_in_place_and_says_why(page: Page, jupyter: Jupyter) -> None:
    shown(page, jupyter, "notebook")
    canvas = Canvas.on(page, GRAPH)
    expect(canvas.root.locator("[data-banner=hint]")).to_contain_text("Only JupyterLab")
    canvas.card("outline").expect_freshness("fresh")


@pytest.mark.everywhere
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_a_panel_of_250_pixels(page: Page, jupyter: Jupyter, theme: str) -> None:
    """A list of cards, nothing cut off, nothing for axe to find; the picture is for people."""
    shown(page, jupyter)
    lab.use_theme(page, theme)
    expect(panel(page)).to_have_attribute("data-mode", "list")
    assert panel(page).evaluate("root => root.clientWidth") <= 260
    beyond = panel(page).evaluate(
        """root => [...root.querySelectorAll('.daggr-toolbar button, .daggr-card')]
            .filter(part => part.getBoundingClientRect().right > root.getBoundingClientRect().right)
            .map(part => part.outerHTML.slice(0, 120))"""
    )
    assert beyond == []
    page.add_script_tag(path=AXE)
    assert page.evaluate(RUN_AXE) == []
    page.screenshot(path=lab.SCREENSHOTS / f"sidebar-{theme.lower()}.png")
