"""The graph as a Python object, in a real JupyterLab: the notebook about it, and what follows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.server import Jupyter

NOTEBOOK = "04_python.ipynb"


@pytest.fixture
def canvas(page: Page, jupyter: Jupyter) -> Canvas:
    lab.open_notebook(page, jupyter, NOTEBOOK)
    lab.run_all(page)
    lab.wait_for_all(page)
    return Canvas.on(page, "A small book")


def test_every_cell_of_the_notebook_runs_and_autorun_follows_a_widget(
    page: Page, canvas: Canvas
) -> None:
    assert page.locator(".jp-RenderedText[data-mime-type*=stderr]").count() == 0
    assert lab.execute(page, "print(graph.autorun, len(sweep), heard[0])") == (
        "stale 4 Once, on a windy morning, an otter set out."
    )

    canvas.slider("Chapters").press("ArrowRight")
    expect(canvas.card("bind").element).to_contain_text("slept under a tree", timeout=15_000)
    assert lab.execute(page, "print(length.value, len(count.numbers.value))") == "4 4"

    lab.execute(page, "length.value = 1")
    expect(canvas.card("bind").element).not_to_contain_text("lost the way", timeout=15_000)
    canvas.expect_slider("Chapters", "1")


def test_an_edited_constant_brings_everything_up_to_date_by_itself(
    page: Page, canvas: Canvas
) -> None:
    index, source = lab.cell_with(page, "LIMIT = 40")
    lab.run_edited(page, index, source.replace("LIMIT = 40", "LIMIT = 12"))
    canvas.card("bind").expect_freshness("fresh")
    expect(canvas.card("bind").element).to_contain_text("Once, on a g … and")
