"""The notebook for Colab on a page like Colab's."""

from __future__ import annotations

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.hosts import lab, server
from tests.hosts.canvas import Canvas
from tests.hosts.everywhere import HOSTS, ColabLike, Servers

NOTEBOOK = server.NOTEBOOKS / "08_colab.ipynb"


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.everywhere)])
def test_the_notebook_runs_from_top_to_bottom(page: Page, servers: Servers, theme: str) -> None:
    """Also where a message gets lost as soon as its cell is over; the pictures are for people."""
    with HOSTS["Colab-like page, few messages"](page, servers) as host:
        assert isinstance(host, ColabLike)
        host.start()
        host.connect()
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        cells = nbformat.read(NOTEBOOK, as_version=4).cells
        said = [host.execute(cell.source) for cell in cells if cell.cell_type == "code"]
        assert "18 words" in "".join(said) or "words, among them" in "".join(said)
        canvas = Canvas.on(page.frame_locator("iframe").first, "Words")
        canvas.card("tell").expect_freshness("fresh")
        assert canvas.root.evaluate("root => getComputedStyle(root).colorScheme") == theme
        expect(page.frame_locator("iframe").last.get_by_text("Results")).to_be_visible()
        page.screenshot(path=lab.SCREENSHOTS / f"colab-{theme}.png", full_page=True)
