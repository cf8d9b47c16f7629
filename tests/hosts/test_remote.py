"""Apps elsewhere on the canvas, in a real JupyterLab: the notebook about them, and a stream."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.server import Jupyter
from tests.remote.servers import Zoo

NOTEBOOK = "10_spaces.ipynb"


@pytest.fixture
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zoo]:
    app = Zoo(tmp_path_factory.mktemp("zoo"))
    yield app
    app.close()


def test_the_notebook_about_apps(page: Page, jupyter: Jupyter) -> None:
    lab.open_notebook(page, jupyter, NOTEBOOK)
    lab.run_all(page)
    lab.wait_for_all(page)
    canvas = Canvas.on(page, "Transparent background")
    assert page.locator(".jp-RenderedText[data-mime-type*=stderr]").count() == 0
    for name in ("picture", "cut out", "share_of_picture"):
        canvas.card(name).expect_freshness("fresh")
    card = canvas.card("picture").element
    expect(card.get_by_role("link", name=re.compile(r"127\.0\.0\.1:"))).to_be_visible()
    expect(card).to_contain_text("not reproducible")
    expect(canvas.card("cut out").element.locator("img")).to_have_js_property("complete", True)


SOURCE = """
from daggr_nb import GradioNode, Graph, ui
counted = GradioNode({url!r}, "/count", name="counted", inputs={{"n": 400, "pause": 0.05}})
naps = [
    GradioNode({url!r}, "/nap", name=f"nap {{n}}", inputs={{"seconds": 3.0 + n}}) for n in range(3)
]
graph = Graph("Apps", [counted, *naps], persist_key=False)
graph
"""


def test_a_stream_is_read_while_it_is_made_and_a_queue_has_places(
    page: Page, jupyter: Jupyter, zoo: Zoo
) -> None:
    name = "apps.ipynb"
    lab.write_notebook(jupyter, name, SOURCE.format(url=zoo.url))
    lab.open_notebook(page, jupyter, name)
    lab.run_all(page)
    lab.wait_for_all(page)
    canvas = Canvas.on(page, "Apps")
    canvas.run_stale()
    counted = canvas.card("counted")
    expect(counted.element).to_contain_text("0 1 2 3", timeout=20_000)
    counted.expect_status("running")  # its function goes on for twenty seconds
    expect(canvas.root).to_contain_text(re.compile(r"queue 2 of \d"), timeout=20_000)
    counted.press("Stop")
    counted.expect_status("cancelled")
