"""What differs between Notebook 7 and JupyterLab."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.canvas_page import AXE, RUN_AXE
from tests.hosts.server import Jupyter

pytestmark = pytest.mark.own_page

DEFINED = """
from daggr_nb import FnNode, Graph, ui

def double(x: int) -> int:
    return 2 * x

doubled = FnNode(double, inputs={"x": ui.Slider(1, 9, value=4)}, outputs=["y"])
graph = Graph("Doubling", [doubled])
graph
"""


def test_keys_pressed_on_the_canvas_are_no_shortcuts_of_the_notebook(
    page: Page, jupyter: Jupyter
) -> None:
    """Notebook 7 hears keys before the canvas does: ``d d`` deletes a cell."""
    lab.write_notebook(jupyter, "keys.ipynb", DEFINED, "'below'")
    lab.open_notebook(page, jupyter, "keys.ipynb", "notebook")
    lab.run_all(page)
    lab.wait_for_all(page)
    canvas = Canvas.on(page, "Doubling")
    canvas.root.locator(".daggr-stage").focus()
    for key in ("d", "d", "a", "m", "Shift+M"):
        page.keyboard.press(key)
    canvas.slider("x").press("ArrowRight")
    canvas.expect_slider("x", "5")
    lab.save_by_keys(page)
    page.get_by_role("button", name="Fit").press("x")
    expect(page.locator(".jp-Cell")).to_have_count(2)
    expect(page.locator(".jp-CodeCell")).to_have_count(2)


FAILING = """
def halve(x: int) -> int:
    raise ValueError("x is odd")

failed = FnNode(halve, inputs={"x": doubled.y}, outputs=["half"])
graph = Graph("Doubling", [failed, FnNode(str, "print", inputs={"object": doubled.y})])
graph.submit()
graph
"""
# A card is painted in the colour that cells have.
AS_THE_PAGE = """card => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.background = 'var(--jp-layout-color1)';
    const wanted = getComputedStyle(probe).backgroundColor;
    probe.remove();
    return getComputedStyle(card).backgroundColor === wanted;
}"""


def test_the_canvas_follows_the_theme(page: Page, jupyter: Jupyter) -> None:
    """A fresh, a stale and a failed card in both themes; the pictures are for people."""
    code = f"{DEFINED}\n{FAILING}"
    lab.write_notebook(jupyter, "themes.ipynb", code)
    lab.open_notebook(page, jupyter, "themes.ipynb", "notebook")
    lab.run_all(page)
    canvas = Canvas.on(page, "Doubling")
    canvas.card("halve").expect_status("failed")
    canvas.card("print").expect_freshness("fresh")
    canvas.slider("x").press("ArrowRight")
    canvas.card("print").expect_freshness("stale")
    page.emulate_media(reduced_motion="reduce")
    page.add_script_tag(path=AXE)
    for theme in ("Dark", "Light"):
        lab.use_theme(page, theme)
        expect(canvas.root).to_have_css("color-scheme", theme.lower())
        page.wait_for_function(AS_THE_PAGE, arg=canvas.card("print").element.element_handle())
        canvas.root.screenshot(path=lab.SCREENSHOTS / f"notebook7-{theme.lower()}.png")
        assert page.evaluate(RUN_AXE) == [], theme
