"""What items have made: their rows, and lists that fill while others are at work."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PIL import Image

from daggr_nb import FnNode, Graph, ui
from tests.unit.canvas.test_bridge import View
from tests.unit.canvas.test_inspect import asked

COLOURS = ["red", "lime", "blue"]


class Gates:
    """Items that end when a test says so."""

    def __init__(self) -> None:
        self.open = {colour: threading.Event() for colour in COLOURS}

    def paint(self, colour: str) -> Image.Image:
        print("paints", colour)  # noqa: T201 - what nodes do
        assert self.open[colour].wait(20)
        if colour == "blue":
            print("which is the last")  # noqa: T201
        return Image.new("RGB", (6, 4), colour)


@pytest.fixture
def gates() -> Iterator[Gates]:
    made = Gates()
    yield made
    for gate in made.open.values():
        gate.set()


def painting(gates: Gates) -> tuple[Graph, View]:
    names = FnNode(lambda: COLOURS, "names", outputs=["colour"])
    paint = FnNode(
        gates.paint,
        "paint",
        inputs={"colour": names.colour.each},
        outputs={"picture": ui.Image()},
        concurrent=True,
    )
    graph = Graph("Painting", [paint], persist_key=False)
    return graph, View(graph)


def shown(view: View) -> list[str]:
    preview = view.nodes["paint"]["values"].get("picture")
    return [item["kind"] for item in preview["items"]] if preview else []


def test_a_gallery_fills_while_other_items_run(gates: Gates) -> None:
    graph, view = painting(gates)
    run = graph.submit()
    gates.open["lime"].set()
    view.until(lambda: shown(view) == ["lost", "image", "lost"])
    preview = view.nodes["paint"]["values"]["picture"]
    assert (preview["kind"], preview["summary"], preview["count"]) == ("list", "1 of 3", 3)
    row = view.state("paint")["items"]["rows"][1]
    assert (row["status"], row["label"], row["picture"]) == ("succeeded", "lime", "picture")
    fetch = {"node": "paint", "port": "picture", "max_width": 100}
    found = asked(view, "fetch", path=[1], **fetch)
    assert found["mime"].startswith("image/")
    early = asked(view, "fetch", path=[0], **fetch)
    assert "Item 0" in early["error"]
    for gate in gates.open.values():
        gate.set()
    run.wait()
    view.until(lambda: shown(view) == ["image"] * 3)
    view.until(lambda: view.state("paint")["status"] == "succeeded")
    assert view.nodes["paint"]["values"]["picture"]["summary"] == "list of 3"


def test_the_card_shows_what_items_print_by_their_numbers(gates: Gates) -> None:
    graph, view = painting(gates)
    run = graph.submit()
    early = {"1 | paints red", "2 | paints lime", "3 | paints blue"}
    view.until(lambda: set(view.state("paint")["log"].split("\n")) == early)
    for gate in reversed(gates.open.values()):
        gate.set()
    run.wait()
    lines = ["1 | paints red", "2 | paints lime", "3 | paints blue", "3 | which is the last"]
    view.until(lambda: view.state("paint")["status"] == "succeeded")
    assert view.state("paint")["log"].split("\n") == lines
    assert graph.history("paint")[0].logs.split("\n") == lines  # also those that were known


def test_a_new_run_of_items_forgets_what_the_one_before_printed(gates: Gates) -> None:
    for gate in gates.open.values():
        gate.set()
    graph, view = painting(gates)
    graph.run()
    for gate in gates.open.values():
        gate.clear()
    again = graph.submit(force=True)
    view.until(lambda: view.state("paint")["status"] == "running")
    early = {"1 | paints red", "2 | paints lime", "3 | paints blue"}
    view.until(lambda: set(view.state("paint")["log"].split("\n")) == early)
    for gate in gates.open.values():
        gate.set()
    again.wait()


def test_what_was_made_before_a_stop_is_kept_and_counted(gates: Gates) -> None:
    graph, view = painting(gates)
    run = graph.submit()
    gates.open["red"].set()
    view.until(lambda: shown(view) == ["image", "lost", "lost"])
    run.cancel()
    for gate in gates.open.values():
        gate.set()
    view.until(lambda: view.state("paint")["status"] == "cancelled")
    items = view.state("paint")["items"]
    assert (items["total"], items["done"]) == (3, 1)
    assert shown(view) == ["image", "lost", "lost"]


def test_rows_say_what_each_item_gave() -> None:
    names = FnNode(lambda: ["a", "b"], "names", outputs=["word"])
    long = FnNode(
        lambda name: f"{name} and\n" + "more " * 300,
        "long",
        inputs={"name": names.word.each},
        outputs=["text"],
    )
    secret = FnNode(
        lambda name: f"{name} is a word",
        "secret",
        inputs={"name": names.word.each},
        outputs=["password"],
    )
    graph = Graph("Words", [long, secret], persist_key=False)
    view = View(graph)
    graph.run()
    view.until(lambda: (view.state("secret")["items"] or {}).get("done") == 2)
    rows = view.state("long")["items"]["rows"]
    assert [row["label"] for row in rows] == ["a", "b"]
    assert rows[1]["gave"].startswith("b and more more")
    assert len(rows[1]["gave"]) == 60
    assert [row["gave"] for row in view.state("secret")["items"]["rows"]] == ["", ""]
