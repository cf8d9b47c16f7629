"""What differs between Notebook 7 and JupyterLab."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.server import Jupyter

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
    page.get_by_role("button", name="Fit").press("x")
    expect(page.locator(".jp-Cell")).to_have_count(2)
    expect(page.locator(".jp-CodeCell")).to_have_count(2)
