"""A value that takes its time to show itself holds up no run, no other card and no command."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from daggr_nb import Const, FnNode, Graph, InputNode, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._canvas.displays.deadline import Deadline
from tests.unit.trust.test_looks import Canvas
from tests.waiting import wait_for

_SECONDS = 60

METHODS = ["__repr__", "_repr_html_", "_repr_mimebundle_", "_repr_png_", "_repr_latex_"]
PROPERTIES = ["shape", "columns", "nnz", "figure", "to_plotly_json"]


def slow_class(name: str, release: threading.Event, is_property: bool) -> type:
    """Return a class one method of which waits for ``release``."""

    def wait(self: Any, *args: Any, **kwargs: Any) -> Any:
        assert release.wait(_SECONDS)
        return (2,) if name == "shape" else "shown at last"

    return type("Slow", (), {name: property(wait) if is_property else wait})


@pytest.fixture
def slow() -> Iterator[Callable[..., tuple[Any, threading.Event]]]:
    """Make values that wait to be let go, and let all of them go in the end."""
    releases = []

    def make(name: str = "__repr__", is_property: bool = False) -> tuple[Any, threading.Event]:
        release = threading.Event()
        releases.append(release)
        return slow_class(name, release, is_property)(), release

    yield make
    for release in releases:
        release.set()


def is_pending(preview: Any) -> bool:
    return bool(preview) and preview["kind"] == "lost" and preview["pending"]


@pytest.mark.parametrize(
    ("name", "is_property"),
    [*((name, False) for name in METHODS), *((name, True) for name in PROPERTIES)],
)
def test_a_slow_value_is_shown_when_it_is_ready_and_holds_nobody_up(
    name: str, is_property: bool, slow: Any
) -> None:
    value, release = slow(name, is_property)
    nodes = [
        FnNode(lambda: 1, "first"),
        FnNode(lambda: value, "slow", version="1"),
        FnNode(lambda: "two", "last"),
    ]
    graph = Graph("Slow", nodes, persist_key=False)
    canvas = Canvas(graph)
    run = graph.submit()
    assert run.wait(_SECONDS), "the run waits for a value to show itself"
    canvas.until_over()
    while "output" not in canvas.values["slow"] or "output" not in canvas.values["last"]:
        canvas.hear()
    assert [canvas.values[n]["output"]["data"] for n in ("first", "last")] == [1, "two"]
    assert is_pending(canvas.values["slow"]["output"])
    assert "takes long" in canvas.values["slow"]["output"]["data"]

    graph.run("first", force=True)
    assert canvas.ask("first", kind="fetch", node="first", port="output") == b"1"
    canvas.bridge.receive({"id": "slow", "kind": "fetch", "node": "slow", "port": "output"})
    assert canvas.ask("last", kind="fetch", node="last", port="output") == b"two"
    cards = {card["id"]: card for card in canvas.bridge.snapshot()["nodes"]}
    assert is_pending(cards["slow"]["values"]["output"])

    release.set()
    while is_pending(canvas.values["slow"]["output"]) or "slow" not in canvas.answers:
        canvas.hear()
    assert isinstance(canvas.answers["slow"], bytes)
    assert canvas.refused == []
    graph.close()


def test_so_it_is_of_a_control_and_of_a_constant(slow: Any) -> None:
    (value, release), (constant, _) = slow(), slow()
    nodes = [
        InputNode("form", {"x": ui.Label(value=value)}),
        FnNode(lambda x, y: 1, "uses", inputs={"x": ui.Label(value=value), "y": Const(constant)}),
        FnNode(lambda: 1, "other"),
    ]
    graph = Graph("Slow inputs", nodes, persist_key=False)
    canvas = Canvas(graph)
    cards = {node["id"]: node for node in canvas.bridge.snapshot()["nodes"]}
    assert is_pending(cards["form"]["values"]["x"]["data"])
    x, y = cards["uses"]["inputs"]
    assert is_pending(x["value"])
    assert y["text"] == "Slow"
    graph.run("other")

    release.set()
    while is_pending(canvas.values["form"]["x"]["data"]):
        canvas.hear()
    assert canvas.values["form"]["x"]["data"]["data"] == "shown at last"
    graph.close()


def test_history_and_comparison_do_not_wait_for_it(slow: Any) -> None:
    (one, _), (other, _) = slow(), slow()
    node = FnNode(lambda n: (one, other)[n], "slow", inputs={"n": ui.Number(0)}, version="1")
    graph = Graph("Slow history", [node], persist_key=False)
    graph.run()
    graph.inputs["slow__n"] = 1
    graph.run()
    records = [record.id for record in graph.history("slow")]
    heard: list[Any] = []
    bridge = Bridge(graph.session, graph.name, lambda message, _: heard.append(message))
    for kind, more in (
        ("list_runs", {"node": "slow"}),
        ("show_record", {"record": records[0]}),
        ("compare", {"node": "slow", "records": records}),
    ):
        bridge.receive({"id": kind, "kind": kind, **more})
    kinds = {"runs_listed", "record_shown", "compared"}
    wait_for(lambda: kinds <= {message["kind"] for message in heard})
    [shown] = [message for message in heard if message["kind"] == "record_shown"]
    assert is_pending(shown["outputs"][0]["preview"])
    graph.close()


def test_an_export_says_what_takes_too_long(slow: Any, tmp_path: Any) -> None:
    value, _ = slow()
    nodes = [FnNode(lambda: value, "slow", version="1"), FnNode(lambda: "two", "last")]
    graph = Graph("Slow export", nodes, persist_key=False)
    graph.run()
    page = graph.export(tmp_path / "graph.html").read_text(encoding="utf-8")
    assert "Slow: not shown, as looking at it takes more than" in page
    assert ">two<" in page
    graph.close()


# ---------------------------------------------------------------- the deadline itself


def test_what_comes_in_time_is_returned_and_not_kept() -> None:
    deadline, count = Deadline(patience=_SECONDS), iter(range(3))
    assert deadline.soon("key", None, lambda: next(count)) == 0
    assert deadline.soon("key", None, lambda: next(count)) == 1


def test_what_is_raised_is_raised_where_somebody_waits() -> None:
    deadline = Deadline(patience=_SECONDS)

    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        deadline.soon("key", None, leave)
    with pytest.raises(SystemExit):
        deadline.within(_SECONDS, leave)


def test_a_late_answer_is_told_and_there_for_whoever_asks_again() -> None:
    told, release = threading.Event(), threading.Event()

    class Watcher:
        def hear(self) -> None:
            told.set()

    watcher, deadline = Watcher(), Deadline(patience=0.0)
    deadline.watch(watcher.hear)
    assert deadline.soon("key", None, lambda: release.wait(_SECONDS)) is None
    assert deadline.soon("key", None, lambda: "asked once") is None
    release.set()
    assert told.wait(_SECONDS)
    answer: Any = deadline.soon("key", None, lambda: "asked once")
    assert answer is True


def test_more_than_there_are_threads_wait_for_one() -> None:
    deadline, release = Deadline(patience=0.0, most=1), threading.Event()
    assert deadline.soon("stuck", None, lambda: release.wait(_SECONDS)) is None
    assert deadline.soon("next", None, lambda: "next") is None
    release.set()
    wait_for(lambda: deadline.soon("next", None, lambda: "anew"), "next")
