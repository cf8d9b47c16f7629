"""What visitors are told of the server: not where things are, no traceback, no code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import Context, FnNode, Graph, InputNode, ui
from daggr_nb._canvas.excerpts import excerpt_of
from daggr_nb._protocol.views import ErrorView
from daggr_nb._protocol.visitors import for_visitor, without_paths
from tests.unit.canvas.test_bridge import View
from tests.unit.trust.visits import Visitor, refused, run, told

CANARY = "canary-4711"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / CANARY
    folder.mkdir()
    return folder


@pytest.fixture
def graph(home: Path) -> Iterator[Graph]:
    lost = home / "lost.png"
    lost.write_bytes(b"x")

    def fails(n: int, ctx: Context) -> None:
        print(f"reading {home}/prices.csv")  # noqa: T201 - its log
        ctx.note(f"at {home}/prices.csv")
        ctx.progress(1, 2, text=f"{home}/prices.csv")
        open(home / "no such file.csv")  # noqa: SIM115 - it is not there

    def gone(n: int) -> Path:
        return home / "nothing.png"

    def items(x: int) -> None:
        raise OSError(f"cannot write '{home}/item {x}.csv'")

    numbers = InputNode("form", {"n": ui.Number(1), "xs": ui.JSON(value=[1, 2])})
    nodes = [
        FnNode(fails, inputs={"n": numbers.n}),
        FnNode(gone, inputs={"n": numbers.n}, outputs={"file": ui.Image()}),
        FnNode(lambda n, at: n, "wired", inputs={"n": numbers.n, "at": home / "model.bin"}),
        FnNode(items, inputs={"x": numbers.xs.each}),
    ]
    graph = Graph("Told", nodes, store=home)
    graph.run(check=False)
    yield graph
    graph.close()


def everything(view: View) -> str:
    """All that a page can be told."""
    run(view)
    view.bridge.session.current.say(f"{CANARY}: {view.bridge.session.log.store.folder}/x is gone")
    heard: list[Any] = [view.bridge.snapshot()]
    for node in ("fails", "gone", "wired", "items"):
        rows = told(view, "list_runs", node=node)
        heard += [rows, told(view, "list_items", node=node), told(view, "plan", targets=[node])]
        records = [row["record"] for row in rows["rows"]]
        heard += [told(view, "show_record", record=record) for record in records]
        heard.append(told(view, "compare", node=node, records=[records[0], records[-1]]))
        heard += [told(view, "fetch", node=node, port="file", whole=True)]
        heard += [told(view, "override", node=node, port="output", value="x")]
    while not view.arrived.empty():
        heard.append(view.arrived.get()[0])
    return json.dumps(heard, ensure_ascii=False).replace(f'"{CANARY}: ', '"')


def test_t10_a_visitor_is_told_of_no_path_of_the_server_and_no_code(
    graph: Graph, home: Path
) -> None:
    owner = everything(View(graph))
    visitor = everything(Visitor(graph))
    for text in (CANARY, "Traceback (most recent call last)", 'open(home / \\"no such'):
        assert text in owner, text
        assert text not in visitor, text
    for text in ("…/no such file.csv'", "reading …/prices.csv", "…/item 1.csv", "…/nothing.png"):
        assert text in visitor, text
    assert "FileNotFoundError" in visitor


def test_t10_so_it_is_while_a_node_runs_and_in_parts(graph: Graph) -> None:
    visitor = Visitor(graph, excerpt_of("output", [("fails", "output")]))
    visitor.say("run", targets=["fails"], mode="to_here", force=True)
    run(visitor, "fails")
    visitor.bridge.receive({"kind": "sync", "id": "s", "rev": -1})
    heard = [visitor.hear()[0]]
    while heard[-1]["kind"] != "snapshot":
        heard.append(visitor.hear()[0])
    assert CANARY not in json.dumps(heard)
    assert "no such file.csv" in json.dumps(heard)


def test_t10_what_cannot_be_read_says_so_without_its_place(graph: Graph, home: Path) -> None:
    for database in home.rglob("cache.db"):
        assert CANARY in str(database)
    visitor = Visitor(graph)
    error = refused(visitor, "show_record", record="nothing")
    assert error
    assert CANARY not in error


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'/usr/share/our plans/x.csv' is gone", "'…/x.csv' is gone"),
        ('File "/usr/lib/x.py", line 3', 'File "…/x.py", line 3'),
        ("There is no file /usr/x.", "There is no file …/x."),
        ("~/data/x.csv, and /etc/passwd: no", "…/x.csv, and …/passwd: no"),
        ("PosixPath('/usr/a/b.png')", "PosixPath('…/b.png')"),
        (r"C:\Users\me\x.txt", "…/x.txt"),
        ("file:///usr/a/b.png", "…/b.png"),
        ("gone: '/usr/share/our pla…", "gone: '…"),
        ("gone: /usr/share/our_pl…", "gone: …"),
        ("https://host/usr/a/b.png", "https://host/usr/a/b.png"),
        ("1/2, and/or a/b, 3 / 4, /", "1/2, and/or a/b, 3 / 4, /"),
        ("/no-such-root/api/v1", "/no-such-root/api/v1"),
    ],
)
def test_t10_paths_in_texts_are_told_by_their_last_part(text: str, expected: str) -> None:
    assert without_paths(text) == expected


def test_t10_what_is_told_and_withheld_is_so_in_every_message() -> None:
    error = ErrorView(type="OSError", message="/usr/x/y", traceback="Traceback")
    assert for_visitor(error) == ErrorView(type="OSError", message="…/y", traceback="")
