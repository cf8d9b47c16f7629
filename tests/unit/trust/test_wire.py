"""What comes over the wire is data: no path, nothing of others, nothing without bounds."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

from daggr_nb import Context, FnNode, Graph, InputNode, InteractionNode, ItemList, ui
from daggr_nb._canvas.excerpts import OutputExcerpt
from daggr_nb._handles.linking import link_widgets
from tests.unit.canvas.test_bridge import View
from tests.unit.trust.visits import Visitor, refused, run, told

SECRET = "name,n\nthe-private-text,1\n"
TOKEN = b"the-private-text"


@dataclasses.dataclass(frozen=True, eq=False)
class Scan(ui.File):
    """A component of a person's own that takes a file."""


@dataclasses.dataclass(frozen=True, eq=False)
class Layers(ui.Component):
    """A component of a person's own that takes files, and hands on whatever it gets."""

    takes_files = True  # type: ignore[misc]
    previewed = True  # type: ignore[misc]


def components() -> dict[str, Callable[[], ui.Component]]:
    """Every component that there is, alone and in an item list."""
    kinds = {
        name: getattr(ui, name) for name in ui.__all__ if name[0].isupper() and name != "PLACE"
    }
    kinds = {name: kind for name, kind in kinds.items() if name not in ("Component", "ItemList")}
    kinds |= {"Files": functools.partial(ui.File, file_count="multiple"), "Scan": Scan}
    kinds["Layers"] = Layers
    lists = {
        f"ItemList of {name}": (lambda kind=kind: ItemList(it=kind()))
        for name, kind in kinds.items()
    }
    return kinds | lists


COMPONENTS = components()


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of the server that nobody has uploaded."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    path = tmp_path / "home" / "private.csv"
    path.write_text(SECRET)
    (tmp_path / "link.csv").symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return path


def forms(private: Path) -> Iterator[Any]:
    """Ways to name a file."""
    text = str(private)
    yield from (
        [[text, "caption"]],
        {"path": text},
        {"$file": text},
        [{"$file": text}],
        {"$file": {"path": text}},
        {"image": text, "caption": "x"},
        {"headers": ["a"], "data": [[text]]},
        {"$edits": [["add", 0], ["set", 0, 0, text]]},
    )
    for text in (str(private), "~/private.csv", private.as_uri(), "home/private.csv", "link.csv"):
        yield from (text, [text])
    yield from ({"$keep": 0}, [{"$keep": 0}, {"$keep": -1}], {"$keep": "x"}, {"$edits": 5})


def in_rows(name: str, value: Any) -> Any:
    return [{"it": value}] if name.startswith("ItemList") else value


def leaks(view: View, **where: Any) -> bool:
    """Whether the private text can be had."""
    for how in ({}, {"whole": True}, {"path": [0]}, {"path": [0, "it"], "whole": True}):
        view.fetched = []
        told(view, "fetch", **where, **how)
        if any(TOKEN in bytes(buffer) for buffer in view.fetched):
            return True
    return TOKEN in json.dumps(view.bridge.snapshot()).encode()


@pytest.mark.parametrize("name", COMPONENTS)
def test_t02_no_control_takes_a_path(name: str, private: Path) -> None:
    component = COMPONENTS[name]()
    graph = Graph("Controls", [FnNode(repr, "it", inputs={"obj": component})], persist_key=False)
    view, where = View(graph), {"node": "it", "port": "obj"}
    for value in forms(private):
        error = refused(view, "set_input", **where, value=in_rows(name, value))
        assert not re.match(r"\w+Error: ", error), "an error within"
        assert not leaks(view, **where, control=True), value
        if component.takes_files and isinstance(value, str):
            assert "expected an uploaded file from the canvas" in error


@pytest.mark.parametrize("name", COMPONENTS)
def test_t02_no_override_of_an_output_takes_a_path(name: str, private: Path) -> None:
    node = FnNode(lambda: None, "it", outputs={"value": COMPONENTS[name]()})
    graph = Graph("Outputs", [node], persist_key=False)
    graph.run()
    view, where = View(graph), {"node": "it", "port": "value"}
    for value in forms(private):
        told(view, "override", **where, value=in_rows(name, value))
        assert not leaks(view, **where), value


@pytest.mark.parametrize("name", COMPONENTS)
def test_t02_no_answer_takes_a_path(name: str, private: Path) -> None:
    for value in forms(private):
        node = InteractionNode("it", "generic", outputs={"value": COMPONENTS[name]()})
        graph = Graph("Answers", [node], persist_key=False)
        view = View(graph)
        run(view)
        question = view.bridge.snapshot()["nodes"][0]["state"]["question"]
        told(view, "answer", node="it", key=question["key"], answer=in_rows(name, value))
        run(view)
        assert not leaks(view, node="it", port="value"), value
        graph.close()


def same(text: Any) -> Any:
    return text


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        *itertools.product([ui.Image, ui.File, ui.Audio, ui.Gallery, ui.Dataframe], [Path, str]),
        (ui.JSON, Path),
        (ui.Textbox, lambda text: [{"file": Path(text)}]),
        (ui.Component, Path),
    ],
)
def test_t02_a_visitors_text_is_no_file_where_a_function_hands_it_on(
    kind: Callable[[], ui.Component], form: Callable[[str], Any], private: Path, tmp_path: Path
) -> None:
    def handed(text: Any) -> Any:
        return [form(text)] if kind is ui.Gallery else form(text)

    node = FnNode(handed, "it", inputs={"text": ui.Textbox()}, outputs={"value": kind()})
    visitor = Visitor(Graph("Handed", [node], store=tmp_path / "store"))
    for text in (str(private), "home/private.csv", "link.csv"):
        told(visitor, "set_input", node="it", port="text", value=text)
        run(visitor)
        assert not leaks(visitor, node="it", port="value"), text
        error = visitor.bridge.snapshot()["nodes"][0]["state"]["error"]
        assert "which a visitor has typed" in error["message"]


def test_t02_what_the_author_offers_and_what_a_visitor_uploads_are_files(
    private: Path, tmp_path: Path
) -> None:
    offered = FnNode(
        same,
        "offered",
        inputs={"text": ui.Dropdown(["", str(private)])},
        outputs={"value": ui.File()},
    )
    taken = FnNode(same, "taken", inputs={"text": ui.File()}, outputs={"value": ui.File()})
    visitor = Visitor(Graph("Offered", [offered, taken], store=tmp_path / "store"))
    told(visitor, "set_input", node="offered", port="text", value=str(private))
    uploaded = visitor.upload("mine.csv", SECRET.encode())
    told(visitor, "set_input", node="taken", port="text", value=uploaded)
    run(visitor)
    assert leaks(visitor, node="offered", port="value")
    assert leaks(visitor, node="taken", port="value")


def test_t02_what_the_author_has_entered_is_a_file_for_visitors(
    private: Path, tmp_path: Path
) -> None:
    inputs = {"text": ui.Textbox()}
    node = FnNode(same, "it", inputs=inputs, outputs={"value": ui.File()})
    graph = Graph("Entered", [node], store=tmp_path / "store")
    graph.inputs["it__text"] = str(private)
    visitor = Visitor(graph)
    run(visitor)
    assert leaks(visitor, node="it", port="value")
    told(visitor, "set_input", node="it", port="text", value="~/private.csv")
    run(visitor)
    assert not leaks(visitor, node="it", port="value")


@pytest.mark.parametrize("by_widget", [False, True])
def test_t02_what_a_visitor_enters_counts_wherever_it_is_entered(
    by_widget: bool, private: Path, tmp_path: Path
) -> None:
    widget = ipywidgets.Text("nothing")
    form = InputNode("form", {"text": widget if by_widget else ui.Textbox()})
    node = FnNode(same, "it", inputs={"text": form.text}, outputs={"value": ui.File()})
    visitor = Visitor(Graph("Widgets", [node], store=tmp_path / "store"))
    link_widgets(visitor.session)
    if by_widget:
        widget.value = str(private)
    else:
        told(visitor, "set_input", node="form", port="text", value=str(private))
    run(visitor)
    assert visitor.control("form", "text") == str(private)
    assert not leaks(visitor, node="it", port="value")


def test_t02_python_keeps_its_paths(private: Path) -> None:
    node = FnNode(same, "it", inputs={"text": ui.File()}, outputs={"value": ui.File()})
    graph = Graph("Python", [node], persist_key=False)
    for path in (private, str(private), "~/private.csv", "link.csv"):
        graph.run(inputs={"it__text": path})
        view = View(graph)
        assert leaks(view, node="it", port="text", control=True)
        assert leaks(view, node="it", port="value")


def test_t02_a_handle_is_of_the_visit(tmp_path: Path) -> None:
    form = InputNode("form", {"file": ui.File()})
    graph = Graph("Handles", [FnNode(repr, "it", inputs={"obj": form.file})], store=tmp_path)
    one, two = Visitor(graph), Visitor(graph)
    handle = one.upload("mine.txt", b"mine")
    set_file = functools.partial(refused, kind="set_input", node="form", port="file", value=handle)
    assert "There is no uploaded file" in set_file(two)
    assert set_file(one) == ""
    folder = tmp_path / graph.store.folder.name / "uploads" / ("0" * 32)  # type: ignore[union-attr]
    folder.mkdir()
    (folder / "passwd").symlink_to("/etc/passwd")
    for view in (View(graph), one):
        linked = {"$file": f"{'0' * 32}/passwd"}
        error = refused(view, "set_input", node="form", port="file", value=linked)
        assert "There is no uploaded file" in error


def test_t02_nothing_is_fetched_that_is_not_shown(tmp_path: Path) -> None:
    form = InputNode("form", {"x": ui.Number(1), "y": ui.Number(2)})
    nodes = [FnNode(same, name, inputs={"text": form.x}) for name in ("seen", "unseen")]
    graph = Graph("Parts", nodes, store=tmp_path)
    graph.run()
    others = {name: graph.history(name)[0].id for name in ("seen", "unseen")}
    visitor = Visitor(graph, OutputExcerpt([("seen", "output")]))
    assert refused(visitor, "fetch", node="seen", port="output") == ""
    for fields in (
        {"node": "unseen", "port": "output"},
        {"node": "form", "port": "x", "control": True},
        {"node": "seen", "port": "output", "record": others["unseen"]},
        {"node": "unseen", "port": "output", "record": others["unseen"]},
    ):
        assert "shows a part of the graph" in refused(visitor, "fetch", **fields), fields
    for port in ("text", "code", "__class__", "nope"):
        assert refused(visitor, "fetch", node="seen", port=port)
    assert "part of the graph" in refused(visitor, "list_runs", node="unseen")
    assert "part of the graph" in refused(visitor, "show_record", record=others["unseen"])
    assert "part of the graph" in refused(visitor, "set_input", node="form", port="x", value=5)


# ---------------------------------------------------------------- numbers, junk, errors within


NUMBERS = [float("nan"), float("inf"), float("-inf")]


@pytest.mark.parametrize("number", NUMBERS)
def test_t25_what_json_cannot_say_is_refused(number: float) -> None:
    graph = Graph("Numbers", [FnNode(repr, "it", inputs={"obj": ui.JSON()})], persist_key=False)
    view = View(graph)
    for kind, fields in {
        "measured": {"heights": {"it": number}},
        "move": {"node": "it", "x": number, "y": 0},
        "set_input": {"node": "it", "port": "obj", "value": [{"a": number}]},
    }.items():
        assert "finite" in refused(view, kind, **fields), kind
    json.dumps(view.bridge.snapshot(), allow_nan=False)


def test_t25_progress_without_a_number_is_progress_nobody_knows() -> None:
    def work(ctx: Context) -> str:
        for number in (*NUMBERS, 10**400):
            ctx.progress(number, number, text=number)  # type: ignore[arg-type]
            began.set()
        assert go_on.wait(20)
        return "done"

    began, go_on = threading.Event(), threading.Event()
    graph = Graph("Progress", [FnNode(work)], persist_key=False)
    view = View(graph)
    view.say("run")
    assert began.wait(20)
    view.until(lambda: view.state("work")["status"] == "running")
    json.dumps(view.bridge.snapshot(), allow_nan=False)
    go_on.set()
    view.until(lambda: view.state("work")["status"] == "succeeded")


def test_t25_a_place_that_is_none_hides_no_canvas(tmp_path: Path) -> None:
    def graph() -> Graph:
        return Graph("Places", [FnNode(lambda: 1, "it")], store=tmp_path)

    first = graph()
    first.session.log.write_sheet("Sheet 1", {"positions": [["it", float("nan"), 1]]}, {})
    first.close()
    json.dumps(View(graph()).bridge.snapshot(), allow_nan=False)


class Touchy(ui.Number):
    """A control that cannot show a value for a while."""

    broken = True

    def plain(self, value: Any) -> Any:
        if Touchy.broken and value == 13:
            raise RuntimeError("not now")
        return value


def test_t25_a_control_that_cannot_show_its_value_takes_no_other_along() -> None:
    node = FnNode(lambda x, y: x, "it", inputs={"x": Touchy(1), "y": ui.Number(2)})
    graph = Graph("Touchy", [node], persist_key=False)
    view = View(graph)
    graph.set_inputs({"it__x": 13, "it__y": 7})
    graph.run()
    view.until(lambda: view.state("it")["status"] == "succeeded")
    assert [row["value"] for row in view.nodes["it"]["inputs"]] == ["13", 7]
    Touchy.broken = False
    graph.set_inputs({"it__y": 8})
    assert [row["value"] for row in View(graph).nodes["it"]["inputs"]] == [13, 8]


JUNK: list[Any] = [
    None,
    True,
    5,
    -1.5,
    10**30,
    "x",
    [],
    [[]],
    [[1, 2], "a"],
    {},
    {"a": {"b": []}},
    {"$file": 5},
    {"$keep": -1},
    [{"$keep": 99}],
    {"$edits": [["boom"]]},
    {"$edits": [["set", 99, 0, 1]]},
    {"$edits": [["set", "a", None, 1]]},
    {"$edits": [5]},
    {"$edits": [["remove", 7], []]},
    {"headers": 5, "data": "x"},
    [{"it": [[1], {"#": []}]}],
    [{"#": "x", "it": None}],
    "\ud83d",
]


@pytest.mark.parametrize("name", COMPONENTS)
def test_t25_junk_is_an_error_of_who_sends_it(name: str, caplog: pytest.LogCaptureFixture) -> None:
    node = FnNode(
        lambda obj: None,
        "it",
        inputs={"obj": COMPONENTS[name]()},
        outputs={"value": COMPONENTS[name]()},
    )
    graph = Graph("Junk", [node], persist_key=False)
    graph.run()
    view = View(graph)
    for value in JUNK:
        for kind, port in (("set_input", "obj"), ("override", "value")):
            error = refused(view, kind, node="it", port=port, value=value)
            assert not re.match(r"\w+(Error|Exception): ", error), (value, error)
    for path in ([0, 0, "x"], ["a"], [-99], [10**30]):
        error = refused(view, "fetch", node="it", port="obj", control=True, path=path)
        assert not re.match(r"\w+(Error|Exception): ", error), (path, error)
    assert "could not carry out" not in caplog.text
