"""What a canvas hears and what it may say, without a browser."""

from __future__ import annotations

import copy
import io
import json
import queue
import threading
from typing import Any

import pytest

from daggr_nb import Context, FnNode, Graph, InputNode, ItemList, ops, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._protocol.notifications import notification_adapter
from daggr_nb.errors import RenameWarning


def scale(x: float, by: float) -> float:
    if by == 0:
        raise ZeroDivisionError("by nothing")
    return x * by


def spliced(part: Any, path: list[Any], at: int | None, more: Any) -> Any:
    """Return what a browser makes of a piece of JSON that grew; texts are UTF-16 there."""
    if path:
        copy = part.copy()
        copy[path[0]] = spliced(part[path[0]], path[1:], at, more)
        return copy
    if at is None:
        return more
    if isinstance(part, list):
        return part[:at] + more
    return part.encode("utf-16-le")[: 2 * at].decode("utf-16-le") + more


class View:
    """Stands in for a browser: keeps what arrives, applies it as the canvas does."""

    def __init__(self, graph: Graph, **options: Any) -> None:
        self.fetched: list[bytes] = []
        self.rejected: list[str] = []
        self.arrived: queue.Queue[tuple[dict[str, Any], list[bytes]]] = queue.Queue()
        self.bridge = Bridge(
            graph.session, graph.name, lambda m, b: self.arrived.put((m, b)), **options
        )
        self.take(self.bridge.snapshot())

    def take(self, snapshot: dict[str, Any]) -> None:
        self.rev = snapshot["rev"]
        self.nodes = {node["id"]: node for node in snapshot["nodes"]}
        self.edges = {edge["id"]: edge["fresh"] for edge in snapshot["edges"]}
        self.run = snapshot["run"]
        self.toolbar = {name: snapshot[name] for name in ("undoable", "autorun")}

    def say(self, kind: str, *buffers: bytes, **fields: Any) -> None:
        self.bridge.receive({"kind": kind, "id": "c1", **fields}, buffers)

    def upload(self, name: str, data: bytes) -> dict[str, str]:
        """Send a file; return what stands for it in a value."""
        self.say("upload", data, upload=name, name=name, size=len(data), at=0)
        while (message := self.hear()[0])["kind"] != "uploaded":
            pass
        return {"$file": message["file"]}

    def hear(self) -> tuple[dict[str, Any], list[bytes]]:
        message, buffers = self.arrived.get(timeout=20)
        notification_adapter.validate_python(message)
        if message["kind"] == "snapshot":
            self.take(message)
        elif message["kind"] == "fetched":
            self.fetched = buffers
        elif message["kind"] == "command_rejected":
            self.rejected.append(message["error"])
        elif message["kind"] == "batch":
            assert message["rev"] == self.rev + 1
            self.rev = message["rev"]
            for change in message["changes"]:
                self.apply(copy.deepcopy(change))
        return message, buffers

    def apply(self, change: dict[str, Any]) -> None:
        kind = change["kind"]
        if kind == "node_state":
            self.nodes[change["node"]]["state"] = change["state"]
        elif kind == "node_values":
            self.nodes[change["node"]]["values"] = change["values"]
        elif kind == "value_growth":
            values = self.nodes[change["node"]]["values"]
            for splice in change["splices"]:
                values[change["port"]] = spliced(values[change["port"]], **splice)
        elif kind == "edges":
            self.edges.update(change["fresh"])
        elif kind == "run":
            self.run = change["run"]
        elif kind == "toolbar":
            self.toolbar = change
        elif kind == "input":
            self.set_shown(change["node"], change["port"], change["value"])

    def set_shown(self, node: str, port: str, value: Any) -> None:
        for row in self.nodes[node]["inputs"]:
            if row["name"] == port:
                row["value"] = value
        if port in self.nodes[node]["values"]:
            self.nodes[node]["values"][port]["data"] = value

    def until(self, condition: Any) -> None:
        while not condition():
            self.hear()

    def state(self, node: str) -> dict[str, Any]:
        state: dict[str, Any] = self.nodes[node]["state"]
        return state

    def without_times(self) -> dict[str, Any]:
        self.bridge.receive({"kind": "sync", "id": "s", "rev": -1})
        fresh = View.__new__(View)
        while True:
            message, _ = self.hear()
            if message["kind"] == "snapshot":
                fresh.take(message)
                return {"nodes": fresh.nodes, "edges": fresh.edges}


@pytest.fixture
def graph() -> Graph:
    form = InputNode("Form", {"by": ui.Slider(0, 9, 2)})
    one = FnNode(scale, "one", inputs={"x": ui.Number(3), "by": form.by})
    two = FnNode(scale, "two", inputs={"x": one.output, "by": 10})
    return Graph("Scaling", [two])


@pytest.fixture
def view(graph: Graph) -> View:
    return View(graph)


def test_a_snapshot_says_everything_a_view_needs(view: View) -> None:
    assert list(view.nodes) == ["Form", "one", "two"]
    assert view.edges == {"Form.by->one.by": False, "one.output->two.x": False}
    assert not view.nodes["Form"]["runnable"]
    assert view.nodes["Form"]["values"]["by"]["data"] == 2
    x, by = view.nodes["one"]["inputs"]
    assert (x["source"], x["component"]["type"], x["value"]) == ("component", "Number", 3)
    assert (by["source"], by["text"]) == ("port", "Form.by")
    assert view.state("one")["status"] == "missing"


def test_a_run_arrives_change_by_change(view: View, graph: Graph) -> None:
    view.say("run")
    view.until(lambda: view.state("two")["freshness"] == "fresh" and view.run is None)
    assert view.nodes["two"]["values"]["output"]["data"] == 60
    assert set(view.edges.values()) == {True}
    assert view.state("two")["history"]["total"] == 1


def test_what_changes_add_up_to_is_what_a_new_view_gets(view: View, graph: Graph) -> None:
    view.say("run")
    view.until(lambda: view.state("two")["freshness"] == "fresh" and view.run is None)
    view.say("set_input", node="Form", port="by", value=5)
    view.until(lambda: view.state("two")["freshness"] == "stale")
    view.say("run", targets=["one"], mode="to_here")
    view.until(lambda: view.state("one")["freshness"] == "fresh" and view.run is None)
    told = {"nodes": view.nodes, "edges": view.edges}
    assert view.without_times() == told


def test_an_edit_greys_what_depends_on_it(view: View, graph: Graph) -> None:
    graph.run()
    view.until(lambda: set(view.edges.values()) == {True})
    view.say("set_input", node="one", port="x", value=4)
    view.until(lambda: view.state("two")["freshness"] == "stale")
    assert view.edges == {"Form.by->one.by": True, "one.output->two.x": False}
    assert view.state("one")["reasons"][0]["text"] == "x: 3 → 4"
    assert graph.inputs["one__x"] == 4


def test_a_failure_shows_message_and_traceback(view: View, graph: Graph) -> None:
    view.say("set_input", node="Form", port="by", value=0)
    view.say("run")
    view.until(lambda: view.state("two")["status"] == "blocked")
    error = view.state("one")["error"]
    assert (error["type"], error["message"]) == ("ZeroDivisionError", "by nothing")
    assert "raise ZeroDivisionError" in error["traceback"]


def test_select_goes_back(view: View, graph: Graph) -> None:
    graph.run()
    graph.inputs["Form__by"] = 7
    graph.run()
    view.until(lambda: view.state("two")["history"]["index"] == 2)
    view.say("select", node="two", record=view.state("two")["history"]["older"])
    view.until(lambda: view.state("two")["history"]["index"] == 1)
    assert graph.inputs["Form__by"] == 2
    view.until(lambda: view.nodes["Form"]["values"]["by"]["data"] == 2)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ({"kind": "set_input", "node": "Form", "port": "by", "value": 99}, "from 0 to 9"),
        ({"kind": "set_input", "node": "Form", "port": "bye", "value": 1}, "Did you mean 'by'"),
        ({"kind": "set_input", "node": "one", "port": "by", "value": 1}, "fed by a port"),
        ({"kind": "run", "targets": ["tow"]}, "Did you mean 'two'"),
        ({"kind": "select", "node": "two", "record": "nonsense"}, "no record"),
        ({"kind": "fetch", "node": "two", "port": "output"}, "has not run yet"),
        ({"kind": "fetch", "node": "Form", "port": "by", "path": [1]}, "TypeError"),
        ({"kind": "dance"}, "dance"),
        ({"kind": "run", "mode": "sideways"}, "mode"),
    ],
)
def test_a_bad_command_is_answered_and_changes_nothing(
    view: View, graph: Graph, command: dict[str, Any], said: str
) -> None:
    before = graph.status()
    view.bridge.receive({"id": "c9", **command})
    message, _ = view.hear()
    assert message["kind"] == "command_rejected"
    assert message["id"] == "c9"
    assert said in message["error"]
    assert graph.status() == before


@pytest.mark.parametrize("junk", [None, 5, "run", [], {}])
def test_junk_is_answered_too(view: View, junk: Any) -> None:
    view.bridge.receive(junk)
    assert view.hear()[0]["kind"] == "command_rejected"


def test_a_gap_is_filled_from_what_was_kept(view: View, graph: Graph) -> None:
    view.say("sync", rev=0)
    assert view.hear()[0]["kind"] == "pong"
    graph.run()
    view.until(lambda: set(view.edges.values()) == {True} and view.run is None)
    rev = view.rev
    view.say("sync", rev=rev)
    while (message := view.hear()[0])["kind"] != "pong":
        pass
    assert message["rev"] >= rev
    late = View.__new__(View)
    late.take(view.bridge.snapshot())
    assert late.rev == view.rev
    view.rev = 0
    view.say("sync", rev=0)
    view.until(lambda: view.rev == late.rev)


def test_a_picture_is_fetched_as_png_no_wider_than_asked() -> None:
    image = pytest.importorskip("PIL.Image")
    make = FnNode(lambda: [image.new("RGB", (400, 100), "red")] * 3, "make", outputs=["photos"])
    graph = Graph("Photos", [make])
    graph.run()
    view = View(graph)
    preview = view.nodes["make"]["values"]["photos"]
    assert (preview["summary"], preview["count"]) == ("3 × Image", 3)
    view.say("fetch", node="make", port="photos", path=[1], max_width=100)
    message, (data,) = view.hear()
    assert message == {"kind": "fetched", "id": "c1", "mime": "image/png"}
    with image.open(__import__("io").BytesIO(data)) as picture:
        assert picture.size == (100, 25)


def test_a_graph_defined_anew_arrives_as_a_snapshot(view: View, graph: Graph) -> None:
    Graph("Scaling", [FnNode(scale, "only", inputs={"x": 1, "by": 2})])
    view.until(lambda: list(view.nodes) == ["only"])


def test_a_graph_that_cannot_be_built_leaves_the_view_alone(view: View, graph: Graph) -> None:
    bad = FnNode(scale, "one", inputs={"x": 1, "by": 2})
    with pytest.raises(ValueError, match="Two different nodes"):
        Graph("Scaling", [bad, FnNode(scale, "one", inputs={"x": 1, "by": 2})])
    assert list(graph.session.current.structure.nodes) == ["Form", "one", "two"]


def test_moved_cards_stay_where_they_were_put(view: View, graph: Graph) -> None:
    view.say("move", node="two", x=900.0, y=50.0)
    message, _ = view.hear()
    assert list(message["changes"][0]["positions"]["two"]) == [900.0, 50.0]
    graph.close()
    again = Graph("Scaling", list(graph.nodes.values()))
    assert again.session.current.sheet.positions == {"two": (900.0, 50.0)}


def test_what_a_node_prints_is_on_its_card_while_it_runs() -> None:
    went_on = {part: threading.Event() for part in ("second", "end")}
    fails = True

    def talk(ctx: Context) -> int:
        print("first")  # noqa: T201 - what it is about
        went_on["second"].wait(20)
        ctx.log("second")
        went_on["end"].wait(20)
        if fails:
            raise ValueError("no end")
        return 1

    graph = Graph("Talk", [FnNode(talk, "talk", version="1")], persist_key=False)
    view = View(graph)
    graph.submit()
    view.until(lambda: view.state("talk")["log"] == "first\n")
    assert view.state("talk")["status"] == "running"
    went_on["second"].set()
    view.until(lambda: view.state("talk")["log"] == "first\nsecond\n")
    went_on["end"].set()
    view.until(lambda: view.state("talk")["status"] == "failed")
    assert view.state("talk")["log"] == "first\nsecond\n"

    went_on["second"].clear()
    graph.submit()
    view.until(lambda: view.state("talk")["status"] == "running")
    assert "second" not in view.state("talk")["log"], "that was the run before"
    fails = False
    went_on["second"].set()
    view.until(lambda: view.state("talk")["status"] == "succeeded")
    assert view.state("talk")["log"] == "first\nsecond\n"


def test_a_note_is_on_the_card_while_the_node_runs() -> None:
    went_on = {part: threading.Event() for part in ("second", "end")}
    fails = True

    def fetch(ctx: Context) -> int:
        ctx.progress(1, 2, "reading")
        ctx.note("opening\n the archive")
        went_on["second"].wait(20)
        ctx.note("9" * 300)
        went_on["end"].wait(20)
        if fails:
            raise ValueError("no end")
        return 1

    graph = Graph("Fetch", [FnNode(fetch, "fetch", version="1")], persist_key=False)
    view = View(graph)
    graph.submit()
    view.until(lambda: view.state("fetch")["note"] == "opening the archive")
    late = View(graph).state("fetch")
    assert (late["note"], late["progress"]["text"]) == ("opening the archive", "reading")
    went_on["second"].set()
    view.until(lambda: view.state("fetch")["note"].startswith("99"))
    assert len(view.state("fetch")["note"]) == 200
    went_on["end"].set()
    view.until(lambda: view.state("fetch")["status"] == "failed")
    assert (view.state("fetch")["note"], view.state("fetch")["progress"]) == ("", None)

    went_on["second"].clear()
    went_on["end"].clear()
    fails = False
    graph.submit()
    view.until(lambda: view.state("fetch")["status"] == "running")
    assert not view.state("fetch")["note"].startswith("99"), "that was the run before"
    for event in went_on.values():
        event.set()
    view.until(lambda: view.state("fetch")["status"] == "succeeded")
    assert view.state("fetch")["note"] == ""
    assert View(graph).state("fetch")["note"] == ""


def test_one_node_run_and_one_edit_travel_in_little(view: View, graph: Graph) -> None:
    """Bytes on the wire do not grow with the graph: each is told in less than 2,000."""
    nodes = [FnNode(scale, f"n{i}", inputs={"x": ui.Number(1), "by": 2}) for i in range(300)]
    large = Graph("Large", nodes)
    large.run()
    view = View(large)
    for command in (
        {"kind": "set_input", "node": "n7", "port": "x", "value": 2},
        {"kind": "run", "targets": ["n7"], "mode": "to_here"},
    ):
        view.bridge.receive({"id": "c", **command})
        sent = 0
        wanted = "stale" if command["kind"] == "set_input" else "fresh"
        while view.state("n7")["freshness"] != wanted or view.run is not None:
            sent += len(json.dumps(view.hear()[0]))
        assert sent <= 2_000


def test_a_choice_says_which_inputs_belong_to_which_variant() -> None:
    def quick(text: str, speed: int) -> str:
        return f"{text} {speed}"

    def careful(text: str) -> str:
        return text

    one = FnNode(quick, inputs={"text": "a", "speed": ui.Slider(1, 5)})
    graph = Graph("Choice", nodes=[one | FnNode(careful, inputs={"text": "b"})], persist_key=False)
    view = View(graph)
    card = view.nodes["quick"]
    assert (card["kind"], card["selector"]) == ("choice", "variant")
    rows = [(row["name"], row["label"], row["variant"]) for row in card["inputs"]]
    assert rows == [
        ("variant", "variant", ""),
        ("quick.text", "text", "quick"),
        ("quick.speed", "speed", "quick"),
        ("careful.text", "text", "careful"),
    ]
    view.say("set_input", node="quick", port="variant", value="careful")
    view.say("run")
    view.until(lambda: view.nodes["quick"]["values"])
    assert view.nodes["quick"]["values"]["output"]["data"] == "b"


def test_a_question_is_shown_and_answered() -> None:
    def send(text: str) -> str:
        return f"sent {text}"

    tone = ops.ChooseOne("tone", options=["warm", "dry"], label="Which tone?")
    graph = Graph("Ask", nodes=[FnNode(send, inputs={"text": tone.selected})], persist_key=False)
    view = View(graph)
    view.say("run")
    view.until(lambda: view.state("tone")["status"] == "waiting" and view.run is None)
    asked = view.state("tone")["question"]
    assert (asked["kind"], asked["text"], asked["waiting"]) == ("choose", "Which tone?", 1)
    assert [option["data"] for option in asked["options"]] == ["warm", "dry"]
    view.say("fetch", node="tone", port="options", path=[1], question=True)
    view.until(lambda: view.fetched)
    assert view.fetched == [b"dry"]
    view.say("answer", node="tone", key="another", answer=0)
    view.until(lambda: view.rejected)
    assert "asked about something else now" in view.rejected[0]
    view.say("answer", node="tone", key=asked["key"], answer=1)
    view.until(lambda: view.nodes["send"]["values"])
    assert view.nodes["send"]["values"]["output"]["data"] == "sent dry"
    assert view.state("tone")["question"] is None


def test_a_file_answers_a_question() -> None:
    image = pytest.importorskip("PIL.Image")
    buffer = io.BytesIO()
    image.new("RGB", (5, 2)).save(buffer, "PNG")
    photo = ops.ImageInput("photo")
    view = View(Graph("Photo", nodes=[photo], persist_key=False))
    asked = view.state("photo")["question"]  # it needs nothing else, so it asks at once
    assert (asked["kind"], asked["component"]["type"]) == ("value", "Image")
    file = view.upload("red.png", buffer.getvalue())
    view.say("answer", node="photo", key=asked["key"], answer=file)
    view.until(lambda: view.nodes["photo"]["values"])
    assert view.nodes["photo"]["values"]["image"]["summary"] == "Image 5 × 2"


def test_items_are_edited_from_a_view() -> None:
    def lines() -> list[dict[str, Any]]:
        return [{"who": "a", "text": "x", "more": 1}, {"who": "b", "text": "y", "more": 2}]

    schema = {"who": ui.Dropdown(["a", "b"]), "text": ui.Textbox()}
    node = FnNode(lines, outputs={"items": ItemList(**schema)})
    graph = Graph("Items", nodes=[node], persist_key=False)
    graph.run()
    view = View(graph)
    component = view.nodes["lines"]["outputs"][0]["component"]
    assert [field["name"] for field in component["fields"]] == ["who", "text"]
    assert [field["type"] for field in component["fields"]] == ["Dropdown", "Textbox"]
    rows = view.nodes["lines"]["values"]["items"]["data"]
    view.say("override", node="lines", port="items", value=[{**rows[1], "text": "z"}])
    view.until(lambda: view.nodes["lines"]["values"]["items"]["count"] == 1)
    assert node.items.value == [{"who": "b", "text": "z", "more": 2}]
    view.until(lambda: view.state("lines")["history"]["total"] == 2)
    assert view.state("lines")["remarks"] == ["edited by hand"]
    view.say("override", node="lines", port="items", value=[{"who": "c"}])
    view.until(lambda: view.rejected)
    assert "one of 'a', 'b'" in view.rejected[0]


def test_sheets_and_undo_from_a_view(view: View, graph: Graph) -> None:
    view.say("undo")
    view.until(lambda: view.rejected)
    assert view.rejected == ["There is nothing to undo on this sheet."]
    view.say("set_input", node="Form", port="by", value=5)
    view.until(lambda: view.nodes["Form"]["values"]["by"]["data"] == 5)
    view.say("sheet", action="duplicate", name="Sheet 1", to="Other")
    view.until(lambda: graph.sheets.current == "Other" and view.arrived.empty())
    view.say("undo")
    view.until(lambda: len(view.rejected) == 2)
    view.say("sheet", action="use", name="Sheet 1")
    view.say("undo")
    view.until(lambda: view.nodes["Form"]["values"]["by"]["data"] == 2)
    view.say("sheet", action="rename", name="Other", to="Sheet 1")
    view.until(lambda: len(view.rejected) == 3)
    assert "already" in view.rejected[2]
    view.say("sheet", action="delete", name="Other")
    view.until(lambda: list(graph.sheets) == ["Sheet 1"])


def test_the_canvas_turns_autorun_on_and_off_and_tells_what_python_did(
    view: View, graph: Graph
) -> None:
    view.say("set_autorun", on=True)
    view.until(lambda: graph.autorun == "stale" and view.toolbar["autorun"])
    view.say("set_input", node="Form", port="by", value=5)
    view.until(lambda: all(view.edges.values()))
    view.say("set_autorun", on=False)
    view.until(lambda: graph.autorun is None and not view.toolbar["autorun"])
    graph.autorun = "stale"
    view.until(lambda: view.toolbar["autorun"])


def test_views_that_made_room_hear_where_every_card_of_the_column_stands() -> None:
    source = InputNode("source", ports={"n": ui.Number(1)})
    column = [
        FnNode(lambda n: n, name, inputs={"n": source.n}) for name in ("first", "second", "third")
    ]
    view = View(Graph("Column", [source, *column], persist_key=False))
    all_heights = {"source": 90.0, "first": 300.0, "second": 300.0, "third": 300.0}
    for heights in (all_heights, {"second": 290.0}):
        view.say("measured", heights=heights)
        while not (layouts := [c for c in view.hear()[0]["changes"] if c["kind"] == "layout"]):
            pass
        assert layouts[0]["positions"].keys() >= {"first", "second", "third"}


def test_a_renamed_card_stays_where_it_is_in_every_view(view: View, graph: Graph) -> None:
    other = View(graph)
    view.say("measured", heights={"Form": 100, "one": 150, "two": 150})
    graph.run()
    view.until(lambda: view.state("two")["freshness"] == "fresh")
    place = view.bridge.positions["one"]
    graph.rename("one", "first")
    for each in (view, other):
        each.until(lambda each=each: "first" in each.nodes)
        assert "one" not in each.nodes
        assert each.nodes["first"]["state"]["freshness"] == "fresh"
        assert each.edges == {"Form.by->first.by": True, "first.output->two.x": True}
    assert (view.nodes["first"]["x"], view.nodes["first"]["y"]) == place
    view.say("run", targets=["first"], mode="step", force=True)
    view.until(lambda: view.state("first")["history"]["total"] == 2)


def test_a_removed_card_is_gone_in_every_view(view: View, graph: Graph) -> None:
    other = View(graph)
    graph.remove("two")
    for each in (view, other):
        each.until(lambda each=each: "two" not in each.nodes)
        assert list(each.edges) == ["Form.by->one.by"]


def test_a_part_of_a_graph_goes_on_with_a_renamed_node(graph: Graph) -> None:
    history, output = graph.history_view("one"), graph.output(graph["one"].output)
    button = graph.run_button("one")
    graph.rename("one", "first")
    assert [button.part["nodes"], history.part["nodes"]] == [["first"], ["first"]]
    assert [node["id"] for node in output.bridge.snapshot()["nodes"]] == ["first"]
    assert graph.run_button("first") is button


@pytest.mark.parametrize("yes", [True, False])
def test_a_card_asks_whether_its_node_is_what_another_was(yes: bool) -> None:
    def draft() -> str:
        return "Otters"

    def draft2() -> str:
        return "Otters"

    graph = Graph("Asked", [FnNode(draft)])
    graph.run()
    view = View(graph)
    with pytest.warns(RenameWarning):
        graph = Graph("Asked", [FnNode(draft2)])
    view.until(lambda: "draft2" in view.nodes)
    question = view.state("draft2")["question"]
    assert (question["kind"], view.state("draft2")["status"]) == ("rename", "missing")
    assert question["text"] == "Is draft2 what was draft, with its run?"
    view.say("answer", node="draft2", key=question["key"], answer=yes)
    view.until(lambda: view.state("draft2")["question"] is None)
    assert view.state("draft2")["history"]["total"] == int(yes)
    assert graph.renames == []
