"""T08: one odd value on one card, and all other cards, the canvas and the exports are right."""

from __future__ import annotations

import contextlib
import gc
import json
import queue
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest

from daggr_nb import Const, Context, FnNode, Graph, InputNode, ops, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._protocol.notifications import notification_adapter
from daggr_nb.errors import InputError
from tests.unit.trust.odd import Odd, odd_values

_SECONDS = 60

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # libraries warn of odd values
    pytest.mark.timeout(120),
]


@pytest.fixture(autouse=True)
def finalizers_run_here() -> Iterator[None]:
    """Let odd values go while their warnings are ignored."""
    yield
    gc.collect()


class Canvas:
    """Stands in for a host: takes what can be written as JSON in UTF-8, as comms do."""

    def __init__(self, graph: Graph) -> None:
        self.values: dict[str, Any] = {}
        self.states: dict[str, Any] = {}
        self.answers: dict[str, Any] = {}
        self.refused: list[str] = []
        self._arrived: queue.Queue[Any] = queue.Queue()
        self.bridge = Bridge(graph.session, graph.name, self._send)
        self._take(_sent(self.bridge.snapshot()))

    def _send(self, message: Any, buffers: list[bytes]) -> None:
        try:
            self._arrived.put((_sent(message), buffers))
        except ValueError as error:
            self._arrived.put(({"kind": "refused", "error": repr(error)}, []))

    def _take(self, snapshot: Any) -> None:
        for node in snapshot["nodes"]:
            self.values[node["id"]], self.states[node["id"]] = node["values"], node["state"]

    def hear(self) -> str:
        message, buffers = self._arrived.get(timeout=_SECONDS)
        if message["kind"] == "refused":
            self.refused.append(message["error"])
            return "refused"
        notification_adapter.validate_python(message)
        if message["kind"] == "snapshot":
            self._take(message)
        elif message["kind"] == "batch":
            for change in message["changes"]:
                if change["kind"] == "node_values":
                    self.values[change["node"]] = change["values"]
                elif change["kind"] == "node_state":
                    self.states[change["node"]] = change["state"]
        elif message["kind"] in ("fetched", "command_rejected", "pong"):
            said = message.get("error") or message["kind"]
            self.answers[message.get("id", "pong")] = buffers[0] if buffers else said
        return str(message["kind"])

    def until_over(self) -> None:
        working = ("queued", "running", "missing")
        while any(state["status"] in working for state in self.states.values()):
            self.hear()

    def ask(self, identity: str, **command: Any) -> Any:
        self.bridge.receive({"id": identity, **command})
        while identity not in self.answers:
            self.hear()
        return self.answers[identity]


def _sent(message: Any) -> Any:
    return json.loads(json.dumps(message, ensure_ascii=False, allow_nan=False).encode())


def _node(name: str) -> str:
    """Return a name that a node may have."""
    plain = "".join(c if c.isalnum() else " " for c in name).strip()
    return f"{plain} itself" if name.startswith("_") else plain


def _shown_here() -> list[Odd]:
    """Return odd values; where a still is made, ``KeyboardInterrupt`` is a person's Ctrl-C."""
    return [case for case in odd_values() if "KeyboardInterrupt" not in case.name]


def _all_is_shown(graph: Graph, folder: Any, good: dict[str, Any]) -> Canvas:
    """Open a canvas, make every still and export; ``good`` are cards with the values they show."""
    canvas = Canvas(graph)
    assert canvas.states.keys() == graph.session.current.structure.nodes.keys()
    for name, value in good.items():
        assert canvas.values[name]["output"]["data"] == value
    json.dumps(graph.snapshot()._repr_mimebundle_(), ensure_ascii=False).encode()
    page = graph.export(folder / "graph.html").read_text(encoding="utf-8")
    drawing = graph.export(folder / "graph.svg").read_text(encoding="utf-8")
    assert len(ET.fromstring(drawing)) > 2
    for name in canvas.states:
        assert f">{name}</h2>" in page
    return canvas


def test_t08_an_odd_value_is_lost_on_its_own_card_only(tmp_path: Any) -> None:
    odd = _shown_here()
    assert len(odd) > 150
    nodes = {_node(case.name): FnNode(case.make, _node(case.name), version="1") for case in odd}
    good = {"first": 1, "last": "two"}
    first, last = FnNode(lambda: 1, "first"), FnNode(lambda: "two", "last")
    graph = Graph("Odd", [first, *nodes.values(), last], store=tmp_path / "store")
    canvas = Canvas(graph)
    run = graph.submit()
    assert run.wait(_SECONDS), "a run does not end"
    canvas.until_over()
    assert canvas.refused == []
    assert {canvas.states[name]["status"] for name in good} == {"succeeded"}
    ended = {name: canvas.states[name]["status"] for name in nodes}
    assert set(ended.values()) <= {"succeeded", "failed"}
    for name, how in ended.items():
        assert (how == "failed") or canvas.values[name]["output"], name
    for name in canvas.values:
        for command in ({}, {"whole": True}, {"max_width": 100}, {"rows": [0, 5]}):
            identity = f"{name} {command}"
            answer = canvas.ask(identity, kind="fetch", node=name, port="output", **command)
            assert (
                isinstance(answer, bytes)
                or answer.startswith("cannot be shown")
                or (ended.get(name) == "failed")
            ), (name, answer)
    _all_is_shown(graph, tmp_path, good)
    graph.close()


@pytest.mark.everywhere
def test_t08_so_it_is_as_an_input_a_constant_and_a_captured_name(tmp_path: Any) -> None:
    odd = [case for case in _shown_here() if not case.hostile]
    good = {"first": 1}
    nodes: list[Any] = [FnNode(lambda: 1, "first")]

    def capturing(value: Any) -> Any:
        def body() -> bool:
            return value is None

        return body

    for case in odd:
        name = _node(case.name)
        made = FnNode(case.make, f"{name} made", version="1")
        nodes += [
            FnNode(lambda x: x is None, f"{name} fed", inputs={"x": made.output}, version="1"),
            FnNode(lambda x: x is None, f"{name} const", inputs={"x": Const(case.make())}),
            FnNode(capturing(case.make()), f"{name} captured"),
        ]
    graph = Graph("Odd inputs", nodes, store=tmp_path / "store")
    run = graph.submit()
    assert run.wait(_SECONDS), "a run does not end"
    _all_is_shown(graph, tmp_path, good)
    for shown in (graph.status(), graph.plan(), graph.results, graph.inputs):
        shown._repr_html_().encode()
        repr(shown)
    graph.close()


def test_t08_so_it_is_in_texts_that_people_give(tmp_path: Any) -> None:
    half = "half \ud83d of a pair"

    def says(ctx: Context) -> str:
        ctx.log(half)
        ctx.note(half)
        ctx.progress(float("nan"), float("inf"), half)
        return half

    def fails() -> None:
        raise ValueError(half)

    form = InputNode(
        "Form", {"text": ui.Textbox(half, label=half), "many": ui.Dropdown([half, "b"])}
    )
    nodes = [
        form,
        FnNode(says, "says", inputs={}),
        FnNode(fails, "fails"),
        FnNode(lambda x: x, "echo", inputs={"x": form.text}, outputs={"output": ui.Markdown()}),
        ops.Approve("approve", form.text, label=half),
    ]
    graph = Graph(f"Texts {half}", nodes, store=tmp_path / "store")
    graph.sheets.use(graph.sheets.create(f"sheet {half}"))
    run = graph.submit()
    assert run.wait(_SECONDS)
    canvas = Canvas(graph)
    assert canvas.refused == []
    json.dumps(graph.snapshot()._repr_mimebundle_(), ensure_ascii=False).encode()
    for shown in (graph.status(), graph.results, graph.inputs, graph.history("fails")):
        shown._repr_html_().encode()
    graph.export(tmp_path / "graph.html")
    ET.fromstring(graph.export(tmp_path / "graph.svg").read_text(encoding="utf-8"))
    graph.close()


class Undocumented:
    """A function that nothing can be asked about."""

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        raise SystemExit(1)

    def __call__(self, x: int = 1) -> int:
        return x


class Props(ui.Component):
    """A component of somebody's own that does not know its properties."""

    @property
    def props(self) -> Any:
        raise RuntimeError("no properties")


def test_t08_a_card_that_cannot_be_drawn_says_so(tmp_path: Any) -> None:
    nodes = [
        FnNode(lambda: 1, "first"),
        FnNode(Undocumented(), "undocumented", version="1"),
        FnNode(lambda: 2, "odd display", outputs={"output": Props()}),
    ]
    graph = Graph("Cards", nodes, persist_key=False)
    graph.run()
    canvas = _all_is_shown(graph, tmp_path, {"first": 1})
    assert "cannot be shown" in canvas.states["undocumented"]["remarks"][0]
    assert "no properties" in canvas.states["odd display"]["remarks"][0]
    graph.run("first", force=True)
    canvas.until_over()
    assert canvas.refused == []
    graph.close()


@pytest.mark.parametrize(
    "number",
    [10**5_000, -(10**5_000), float("nan"), 10**400],
    ids=["long", "long below zero", "NaN", "no float"],
)
def test_t08_a_long_number_is_refused_or_taken_by_a_control(number: Any) -> None:
    controls = {"slider": ui.Slider(0, 9, 2), "text": ui.Textbox("x"), "number": ui.Number(1)}
    graph = Graph("Numbers", [InputNode("form", controls)], persist_key=False)
    for name in controls:
        with contextlib.suppress(InputError):
            graph.set_inputs({f"form__{name}": number})
    canvas = Canvas(graph)
    canvas.ask("pong", kind="sync", rev=canvas.bridge.rev)
    assert canvas.refused == []
    graph.close()


def test_t25_places_and_heights_that_are_no_numbers_are_refused() -> None:
    graph = Graph("Places", [FnNode(lambda: 1, "one")], persist_key=False)
    canvas = Canvas(graph)
    for number in (float("nan"), float("inf"), 1e300, -1e300):
        moved = canvas.ask(f"move {number}", kind="move", node="one", x=number, y=0.0)
        measured = canvas.ask(f"high {number}", kind="measured", heights={"one": number})
        assert "The canvas sent" in moved
        assert "The canvas sent" in measured
    canvas.bridge.receive({"kind": "measured", "id": "m", "heights": {"one": 100.0}})
    canvas.ask("pong", kind="sync", rev=canvas.bridge.rev)
    assert canvas.refused == []
    _sent(canvas.bridge.snapshot())
