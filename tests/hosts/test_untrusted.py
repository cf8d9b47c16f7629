"""A notebook that somebody else has run, opened in a JupyterLab that does not trust it."""

from __future__ import annotations

import nbformat
from nbclient import NotebookClient
from playwright.sync_api import Page, expect

from tests.hosts import lab
from tests.hosts.server import Jupyter

CELL = """
import pandas
from daggr_nb import FnNode, Graph

def count(rivers: list) -> pandas.DataFrame:
    return pandas.DataFrame({"river": rivers, "otters": range(len(rivers))})

counted = FnNode(count, inputs={"rivers": ["Ouse", "Tay <b>"]}, outputs=["table"])
graph = Graph("Rivers", [counted], store=None)
graph.run()
graph
"""
DECODED = "image => image.complete && image.naturalWidth > 100"


def test_an_untrusted_notebook_shows_the_picture_and_the_snapshots_results(
    page: Page, jupyter: Jupyter
) -> None:
    cells = [nbformat.v4.new_code_cell(cell) for cell in (CELL.strip(), "graph.snapshot()")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3", resources={}).execute()
    nbformat.write(notebook, jupyter.notebooks / "untrusted.ipynb")
    lab.open_notebook(page, jupyter, "untrusted.ipynb")
    assert page.evaluate("() => !jupyterapp.shell.currentWidget.content.model.cells.get(0).trusted")
    outputs = page.locator(".jp-OutputArea-output")
    # The first one is the widget, which has its picture after it.
    for output in (outputs.nth(1), outputs.nth(2)):
        picture = output.get_by_role("img", name="The graph Rivers")
        expect(picture).to_be_visible()
        page.wait_for_function(DECODED, arg=picture.element_handle())
    expect(outputs.nth(2).get_by_role("cell", name="Tay <b>")).to_be_visible()
