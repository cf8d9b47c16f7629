"""The page of a server in a real Chromium, under its policy: no console error in any of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from daggr_nb import FnNode, Graph, ui
from daggr_nb._serve.server import Server
from tests.hosts.canvas import Canvas

# A line that is cut on purpose says so, and nothing else may.
CUT = re.compile(r"WebSocket connection to .* failed|The server does not answer")


def shout(text: str, times: int) -> str:
    return " ".join([text.upper()] * times)


def letters(**options: Any) -> Graph:
    inputs = {"text": ui.Textbox("hi"), "times": ui.Slider(1, 5)}
    return Graph("Letters", [FnNode(shout, "shout", inputs, {"said": ui.Textbox()})], **options)


class Visitor:
    """A page that somebody looks at, and what its console said."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note)
        self.page.goto(address)

    def _note(self, message: Any) -> None:
        if message.type in ("error", "warning") and not CUT.search(message.text):
            self.errors.append(message.text)

    def canvas(self, graph: str = "Letters") -> Canvas:
        return Canvas.on(self.page, graph)

    def write(self, text: str) -> None:
        field = self.canvas().card("shout").element.get_by_role("textbox").first
        field.fill(text)
        field.press("Tab")

    def expect_said(self, text: str) -> None:
        expect(self.canvas().card("shout").element).to_contain_text(text, timeout=15_000)

    def expect_written(self, text: str) -> None:
        field = self.canvas().card("shout").element.get_by_role("textbox").first
        expect(field).to_have_value(text, timeout=15_000)


class House:
    """Graphs that are served, and people who look at them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._visitors: list[Visitor] = []
        self._closing: list[Any] = []

    def serve(self, graph: Graph, **options: Any) -> Server:
        server = graph.serve(**{"port": 0, "block": False, **options})
        self._closing = [server.close, *self._closing, graph.close]
        return server

    def visit(self, server: Server) -> Visitor:
        visitor = Visitor(self._browser.new_context(), server.url)
        self._visitors.append(visitor)
        return visitor

    def close(self) -> None:
        errors = [visitor.errors for visitor in self._visitors]
        for visitor in self._visitors:
            visitor.page.context.close()
        for close in self._closing:
            close()
        assert errors == [[] for _ in errors]


@pytest.fixture
def house(chromium: Browser) -> Iterator[House]:
    house = House(chromium)
    yield house
    house.close()


def test_two_people_have_inputs_of_their_own(house: House) -> None:
    graph = letters()
    server = house.serve(graph)
    ada, ben = house.visit(server), house.visit(server)
    ada.write("otters")
    ben.write("whales")
    for visitor in (ada, ben):
        visitor.canvas().run_stale()
    ada.expect_said("OTTERS")
    ben.expect_said("WHALES")
    ada.expect_written("otters")
    assert graph.inputs["shout__text"] == "hi"
    assert len(graph.history("shout")) == 2  # both are on record


def test_a_reload_and_a_line_that_was_cut_lose_nothing(house: House) -> None:
    server = house.serve(letters())
    visitor = house.visit(server)
    visitor.write("otters")
    visitor.canvas().run_stale()
    visitor.expect_said("OTTERS")
    visitor.page.reload()
    visitor.expect_written("otters")
    visitor.expect_said("OTTERS")
    visitor.page.context.set_offline(True)
    visitor.page.context.set_offline(False)
    visitor.write("whales")
    visitor.canvas().run_stale()
    visitor.expect_said("WHALES")


def test_a_page_finds_a_server_that_is_back(house: House) -> None:
    graph = letters()
    server = house.serve(graph)
    visitor = house.visit(server)
    visitor.write("otters")
    visitor.canvas().run_stale()
    visitor.expect_said("OTTERS")
    server.close()
    house.serve(graph, port=server.port)
    # The visit went with the server: it begins anew, and what is on record is known.
    visitor.expect_written("hi")
    visitor.write("otters")
    visitor.canvas().run_stale()
    visitor.expect_said("OTTERS")
    assert len(graph.history("shout")) == 1


def test_a_page_is_let_in_with_its_token_and_below_a_path(house: House) -> None:
    visitor = house.visit(house.serve(letters(), token=True))
    assert "token" not in visitor.page.url
    visitor.write("otters")
    visitor.canvas().run_stale()
    visitor.expect_said("OTTERS")


def test_charts_are_drawn_and_foreign_html_is_inert(house: House) -> None:
    def chart() -> Any:
        import plotly.graph_objects as go

        return go.Figure(go.Scatter(x=[1, 2, 3], y=[3, 1, 2], mode="markers"))

    def page() -> str:
        return "<b>bold</b><script>top.document.title = parent.document.title = 'run'</script>"

    nodes = [
        FnNode(chart, "chart", outputs={"plot": ui.Plot()}),
        FnNode(page, "page", outputs={"html": ui.HTML()}),
    ]
    visitor = house.visit(house.serve(Graph("Charts", nodes)))
    canvas = visitor.canvas("Charts")
    canvas.run_stale()
    drawn = canvas.card("chart").element
    expect(drawn.locator("iframe")).to_be_attached(timeout=20_000)
    points = drawn.frame_locator("iframe").locator(".scatterlayer .point")
    expect(points).to_have_count(3, timeout=20_000)
    shown = canvas.card("page").element.frame_locator("iframe")
    expect(shown.locator("b")).to_have_text("bold")
    assert visitor.page.title().endswith("Charts")


def test_a_picture_that_is_uploaded_is_seen(house: House, tmp_path: Any) -> None:
    from PIL import Image

    def turn(picture: Image.Image) -> Image.Image:
        return picture.rotate(90, expand=True)

    node = FnNode(turn, "turn", {"picture": ui.Image()}, {"turned": ui.Image()})
    visitor = house.visit(house.serve(Graph("Turning", [node])))
    Image.new("RGB", (40, 20), "red").save(tmp_path / "red.png")
    canvas = visitor.canvas("Turning")
    card = canvas.card("turn").element
    card.locator("input[type=file]").first.set_input_files(tmp_path / "red.png")
    expect(card.locator("img").first).to_be_visible()
    canvas.run_stale()
    turned = card.locator("img").last
    expect(turned).to_have_js_property("naturalWidth", 20, timeout=15_000)
    expect(turned).to_have_js_property("naturalHeight", 40)


def test_the_canvas_is_as_high_as_the_window(house: House) -> None:
    visitor = house.visit(house.serve(letters()))
    visitor.page.set_viewport_size({"width": 900, "height": 700})
    root = visitor.canvas().root
    expect(root).to_be_visible()
    visitor.page.wait_for_function(
        "() => Math.abs(document.querySelector('.daggr-root').getBoundingClientRect().bottom"
        " - innerHeight) < 8"
    )
    scrolls = "document.documentElement.scrollHeight > innerHeight + 8"
    assert visitor.page.evaluate(scrolls) is False
