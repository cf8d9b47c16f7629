"""Frames and figures as results, in a real JupyterLab: the notebook about them."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas, see
from tests.hosts.server import Jupyter
from tests.waiting import wait_for

NOTEBOOK = "09_charts.ipynb"


def test_charts_and_tables_show_on_cards_and_in_cells(page: Page, jupyter: Jupyter) -> None:
    lab.open_notebook(page, jupyter, NOTEBOOK)
    lab.run_all(page)
    lab.wait_for_all(page)
    canvas = Canvas.on(page, "Coins")
    assert page.locator(".jp-RenderedText[data-mime-type*=stderr]").count() == 0
    for name in ("coins", "histogram", "scatter", "summary"):
        canvas.card(name).expect_freshness("fresh")

    drawn = canvas.card("histogram").element
    picture = drawn.locator("img").first
    wait_for(lambda: picture.evaluate("image => image.complete && image.naturalWidth > 400"))
    expect(canvas.card("summary").element.get_by_role("rowheader").first).to_have_text("count")

    plotly = canvas.card("scatter").element
    see(plotly)
    frame = plotly.frame_locator("iframe")
    expect(frame.locator(".scatterlayer .point")).to_have_count(24, timeout=20_000)
    assert page.locator(".jp-RenderedImage img").count() == 3  # cells show what cells draw

    before = lab.execute(page, "print(len(coins.table.value), type(sizes.figure.value).__name__)")
    assert before == "24 Figure"
    canvas.slider("Smallest area").press("End")
    canvas.run_stale()
    canvas.expect_stale_edges()
    assert int(lab.execute(page, "print(len(coins.table.value))")) < 24
    expect(frame.locator(".scatterlayer .point")).not_to_have_count(24, timeout=20_000)
