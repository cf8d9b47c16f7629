"""The page of a server in a real Chromium, under its policy: no console error in any of it."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from daggr_nb import FnNode, Graph, ui
from daggr_nb._serve.server import Server
from tests.hosts.canvas import Canvas

# A line that is cut on purpose says so, and nothing else may.
HTML = "text/html"
CUT = re.compile(r"WebSocket connection to .* failed|The server does not answer|ERR_CONNECTION")


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
        return self._come(self._browser.new_context(), server.url)

    def visit_framed(self, server: Server, address: str) -> Visitor:
        """Let somebody look at a page of another site, which shows the server in a frame."""
        context = self._browser.new_context(permissions=["local-network-access"])
        body = f'<iframe src="{server.url}" style="width: 100%; height: 600px"></iframe>'
        page = f'<!doctype html><link rel="icon" href="data:,">{body}'
        context.route(f"{address}**", lambda route: route.fulfill(body=page, content_type=HTML))
        return self._come(context, address)

    def visit_at(self, address: str) -> Visitor:
        """Let somebody look at an address."""
        return self._come(self._browser.new_context(), address)

    def _come(self, context: BrowserContext, address: str) -> Visitor:
        visitor = Visitor(context, address)
        self._visitors.append(visitor)
        return visitor

    def close(self) -> None:
        errors = [visitor.errors for visitor in self._visitors]
        for visitor in self._visitors:
            visitor.page.context.close()
        for close in self._closing:
            close()
        assert errors == [[] for _ in errors]


SCRIPT = """
from daggr_nb import FnNode, Graph, ui

def shout(text: str) -> str:
    return text.upper()

node = FnNode(shout, "shout", {"text": ui.Textbox("hi")}, {"said": ui.Textbox()})
graph = Graph("Letters", [node])
"""


class _Process:
    """A server in a process of its own."""

    def __init__(self, file: Path, port: int) -> None:
        words = [sys.executable, "-m", "daggr_nb._cli", "serve", str(file), "--port", str(port)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        assert self._process.stdout is not None
        line = next(each for each in self._process.stdout if "http://" in each)
        self.port = int(line.strip().rstrip("/").rpartition(":")[2])

    def kill(self) -> None:
        """End it at once, as the system does when it has no memory left."""
        self._process.kill()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()


class _Line:
    """A line to a server that can be cut: a port that passes on what comes, or nothing."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._pairs: list[socket.socket] = []
        self.port = 0
        self.open()

    def open(self) -> None:
        """Take and pass on, at the same port as before."""
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._pairs += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    @staticmethod
    def _pass_on(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                other.sendall(data)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Cut the line, and take no other."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        pairs, self._pairs = self._pairs, []
        for each in pairs:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def end(self) -> None:
        """Let go of everything."""
        self.close()


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


@pytest.mark.parametrize("token", [None, True])
def test_a_space_is_seen_in_a_frame_of_the_hub(
    house: House, monkeypatch: pytest.MonkeyPatch, token: bool | None
) -> None:
    def chart() -> Any:
        import plotly.graph_objects as go

        return go.Figure(go.Scatter(x=[1, 2, 3], y=[3, 1, 2], mode="markers"))

    monkeypatch.setenv("SPACE_ID", "ada/charts")
    monkeypatch.setenv("SPACE_HOST", "ada-charts.hf.space")
    node = FnNode(chart, "chart", outputs={"plot": ui.Plot()})
    server = house.serve(Graph("Charts", [node]), token=token)
    visitor = house.visit_framed(server, "https://huggingface.co/")
    canvas = Canvas.on(visitor.page.frame_locator("iframe"), "Charts")
    canvas.run_stale()
    points = canvas.card("chart").element.frame_locator("iframe").locator(".scatterlayer .point")
    expect(points).to_have_count(3, timeout=20_000)


def test_no_other_site_shows_it_in_a_frame(house: House) -> None:
    server = house.serve(letters())
    visitor = house.visit_framed(server, "https://evil.example/")
    visitor.page.wait_for_function("() => frames.length === 1")
    expect(visitor.page.frame_locator("iframe").locator(".daggr-root")).to_have_count(0)
    assert [error for error in visitor.errors if "frame-ancestors" in error]
    visitor.errors.clear()


@pytest.mark.everywhere
def test_a_line_that_is_cut_for_a_minute_loses_nothing(house: House) -> None:
    server = house.serve(letters())
    visitor = house.visit(server)
    visitor.write("otters")
    visitor.canvas().run_stale()
    visitor.expect_said("OTTERS")
    cut = _Line(server.port)
    far = house.visit_at(f"http://127.0.0.1:{cut.port}/")
    try:
        far.write("whales")
        cut.close()
        far.page.wait_for_timeout(60_000)
        cut.open()
        far.page.wait_for_timeout(6_000)  # the longest that it waits between two tries
        far.expect_written("whales")
        far.canvas().run_stale()
        far.expect_said("WHALES")
    finally:
        cut.end()


@pytest.mark.everywhere
def test_a_server_that_was_killed_is_found_again(house: House, tmp_path: Path) -> None:
    (tmp_path / "letters.py").write_text(SCRIPT)
    killed = _Process(tmp_path / "letters.py", 0)
    port = killed.port
    visitor = house.visit_at(f"http://127.0.0.1:{port}/")
    visitor.write("otters")
    visitor.canvas().run_stale()
    visitor.expect_said("OTTERS")
    killed.kill()
    again = _Process(tmp_path / "letters.py", port)
    try:
        assert again.port == port
        visitor.expect_written("hi")  # the visit went with the server
        visitor.write("otters")
        visitor.canvas().run_stale()
        visitor.expect_said("OTTERS")  # from the record
    finally:
        again.kill()
