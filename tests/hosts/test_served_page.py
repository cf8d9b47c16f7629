"""The page of a server in a real Chromium, under its policy: no console error in any of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from daggr_nb import Context, FnNode, Graph, ui
from daggr_nb._serve.server import Server
from tests.waiting import wait_for

# What cannot be told apart from a fault: the line is cut on purpose.
CUT = re.compile(
    r"WebSocket connection to .* failed|ERR_CONNECTION_REFUSED|The server does not answer"
)


def shout(text: str, times: int) -> str:
    return " ".join([text.upper()] * times)


def letters(**options: Any) -> Graph:
    inputs = {"text": ui.Textbox("hi"), "times": ui.Slider(1, 5)}
    return Graph("Letters", [FnNode(shout, "shout", inputs, {"said": ui.Textbox()})], **options)


class Visitor:
    """A page that somebody looks at, and what its console said."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.page: Page = browser.new_context().new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note)
        self.page.goto(address)

    def _note(self, message: Any) -> None:
        if message.type in ("error", "warning") and not CUT.search(message.text):
            self.errors.append(message.text)

    def card(self, name: str) -> Locator:
        return self.page.locator(f'article[data-node="{name}"]')

    def set_text(self, node: str, value: str) -> None:
        field = self.card(node).locator("textarea, input[type=text]").first
        field.fill(value)
        field.press("Tab")

    def run(self, node: str) -> None:
        self.card(node).locator('[data-control="run"]').first.click()

    def close(self) -> None:
        self.page.context.close()


@pytest.fixture
def visitors(chromium: Browser) -> Iterator[list[Visitor]]:
    """Those who look at the page; each has said nothing on the console at the end."""
    visitors: list[Visitor] = []
    yield visitors
    for visitor in visitors:
        visitor.close()
        assert visitor.errors == []


@pytest.fixture
def graphs() -> Iterator[list[Graph]]:
    graphs: list[Graph] = []
    yield graphs
    for graph in graphs:
        graph.close()


def serve(graph: Graph, graphs: list[Graph], **options: Any) -> Server:
    graphs.append(graph)
    return graph.serve(**{"port": 0, "block": False, **options})


def test_a_visitor_edits_and_runs(
    chromium: Browser, visitors: list[Visitor], graphs: list[Graph]
) -> None:
    graph = letters()
    with serve(graph, graphs) as server:
        visitors.append(Visitor(chromium, server.url))
        visitor = visitors[0]
        expect(visitor.card("shout")).to_be_visible()
        visitor.set_text("shout", "otters")
        visitor.run("shout")
        expect(visitor.card("shout")).to_contain_text("OTTERS")
    assert graph.inputs["shout__text"] == "hi"
