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


CHAT = """
import os, time
from daggr_nb import Graph, InferenceNode, testing, ui
server = testing.model_server()
os.environ.update(server.environment)

def spoken():
    for n in range(40):
        yield f"word{n} "
        time.sleep(0.25)

server.script(testing.Reply(words=spoken()))
inputs = {"prompt": ui.Textbox("Say it")}
chat = InferenceNode("example/chat", "chat", inputs, {"text": ui.Textbox()})
graph = Graph("Chat", [chat], persist_key=False)
graph
"""


def test_a_chat_is_read_while_the_model_speaks_and_stop_keeps_it(
    page: Page, jupyter: Jupyter
) -> None:
    name = "chat.ipynb"
    lab.write_notebook(jupyter, name, CHAT)
    lab.open_notebook(page, jupyter, name)
    lab.run_all(page)
    lab.wait_for_all(page)
    canvas = Canvas.on(page, "Chat")
    card = canvas.card("chat")
    expect(card.element).to_contain_text("example/chat")
    canvas.run_stale()
    expect(card.element).to_contain_text("word0 word1", timeout=20_000)
    card.expect_status("running")  # the last word is ten seconds away
    card.press("Stop")
    card.expect_status("cancelled")
    kept = lab.execute(page, "print(graph.history('chat')[0].outputs['text'].strip()[:11])")
    assert kept == "word0 word1"
