"""The public Graph: what can be built, what cannot and why, and what it says of itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, errors, ui
from daggr_nb.errors import DaggrError


def double(x: int) -> int:
    return 2 * x


def node(name: str, x: Any = 1) -> FnNode:
    return FnNode(double, name, inputs={"x": x})


def cycle() -> Graph:
    a = node("a")
    b = node("b", a.output)
    return Graph("Loop", [b]).edge(b.output, a.x)


def duplicate() -> Graph:
    return Graph("Twice", [node("same"), node("same")])


def added_duplicate() -> Graph:
    return Graph("Twice", [node("same")]).add(node("same"))


MISUSE: dict[str, tuple[Callable[[], Any], type[DaggrError], str]] = {
    "cycle": (cycle, errors.CycleError, "must not feed itself, but 'a' already feeds 'b'"),
    "duplicate": (duplicate, errors.DuplicateNodeError, "Two different nodes are called 'same'"),
    "added": (added_duplicate, errors.DuplicateNodeError, "already has another node called 'same'"),
    "empty name": (lambda: Graph("  "), errors.GraphError, "name that is not empty"),
    "not a node": (
        lambda: Graph("X", [double]),
        errors.GraphError,
        "expected nodes such as FnNode",
    ),
    "no nodes": (lambda: Graph("X", 3), errors.GraphError, "expected a list of nodes, got int 3"),  # type: ignore[arg-type]
    "port": (lambda: node("a").outptu, errors.UnknownPortError, "Did you mean 'output'"),
    "edge target": (
        lambda: Graph("X", [node("a")]).edge(node("b").output, node("a").ports["y"]),
        errors.UnknownPortError,
        "no port 'y'",
    ),
    "unknown node": (
        lambda: Graph("X", [node("abc")])["abd"],
        errors.UnknownNodeError,
        "mean 'abc'",
    ),
    "run target": (lambda: Graph("X", [node("abc")]).run("acb"), errors.UnknownNodeError, "'abc'"),
    "foreign node": (
        lambda: Graph("X", [node("a")]).run(node("a")),
        errors.UnknownNodeError,
        "another node of that name",
    ),
    "gather": (
        lambda: Graph("X", [node("b", node("a").output.all())]),
        errors.ScatterError,
        "runs once and has nothing to gather",
    ),
    "missing all": (
        lambda: Graph("X", [node("c", node("b", node("a").output.each).output)]),
        errors.ScatterError,
        r"Write b.output.all\(\) for the list",
    ),
    "set a wire": (
        lambda: Graph("X", [node("b", node("a").output)]).inputs.update(b__x=1),
        errors.UnknownPortError,
        "no input 'b__x'",
    ),
    "groups": (
        lambda: Graph(
            "X",
            [
                FnNode(double, n, {"x": 1}, concurrency_group="g", max_concurrent=m)
                for n, m in (("a", 1), ("b", 2))
            ],
        ).run(),
        errors.GraphError,
        "'a' bounds 'g' to 1 at a time, 'b' to 2",
    ),
}


@pytest.mark.parametrize("case", MISUSE)
def test_misuse_says_what_is_wrong_and_what_to_do(case: str) -> None:
    attempt, kind, said = MISUSE[case]
    with pytest.raises(kind, match=said):
        attempt()


def test_nodes_pull_in_their_ancestors_in_order() -> None:
    a = node("a")
    b = node("b", a.output)
    graph = Graph("Chain", [b])
    assert list(graph.nodes) == ["a", "b"]
    assert [edge.id for edge in graph.edges] == ["a.output->b.x"]
    assert graph["a"] is a
    assert repr(graph) == "<Graph 'Chain': 2 nodes, 1 edge>"


def test_default_names_count_within_a_graph_only() -> None:
    for _ in range(2):
        graph = Graph("Names", [FnNode(double, inputs={"x": i}) for i in range(3)])
        assert list(graph.nodes) == ["double", "double_1", "double_2"]


def test_names_that_look_alike_are_different() -> None:
    graph = Graph("Alike", [node("my node"), node("my-node")])
    assert graph.run() == {"my node": {"output": 2}, "my-node": {"output": 2}}


def test_one_component_that_several_nodes_are_given_is_one_control() -> None:
    number = ui.Number(3, precision=0)
    graph = Graph("Shared", [node("a", number), node("b", number)])
    graph.inputs["a__x"] = 5
    assert dict(graph.inputs) == {"a__x": 5, "b__x": 5}
    del graph.inputs["a__x"]
    assert dict(graph.inputs) == {"a__x": 3, "b__x": 3}


def test_edges_and_nodes_can_be_added_later() -> None:
    a, b = node("a", ui.Number(4, precision=0)), FnNode(double, "b")
    graph = Graph("Later", [b])
    graph.run(check=False)
    graph.edge(a.output, b.x)
    assert graph.run() == {"b": {"output": 16}}
    graph.add(node("c", 5))
    assert graph.run() == {"b": {"output": 16}, "c": {"output": 10}}


def test_an_input_that_nothing_feeds_is_an_error_on_the_node() -> None:
    graph = Graph("Unfed", [FnNode(lambda thing: thing, "use")])
    with pytest.raises(errors.NodeFailed, match=r"use\.thing has no value\. Connect it"):
        graph.run()
    assert "use.thing has no value" in (graph.history("use")[0].error or "")


def test_a_port_outside_any_graph_has_no_value() -> None:
    with pytest.raises(errors.GraphError, match="belongs to no graph yet"):
        _ = node("alone").output.value


@pytest.mark.parametrize(
    ("name", "key"), [("My Paper", "my_paper"), ("  a--B ", "a_b"), ("日本", "graph_e697a5e69cac")]
)
def test_the_persist_key_comes_from_the_name(name: str, key: str) -> None:
    assert Graph(name).persist_key == key
    assert Graph(name, persist_key="Other one").persist_key == "other_one"
    assert Graph(name, persist_key=False).persist_key is None


def test_a_store_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    graph = Graph("Mine", [node("a")], store=tmp_path / "there")
    graph.run()
    folder = tmp_path / "there" / "mine"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_store_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(errors.StoreError, match="cannot be opened"):
        Graph("Blocked", [node("a")], store=tmp_path / "file").run()


def test_input_nodes_feed_several_others() -> None:
    form = InputNode(ports={"n": ui.Number(2, precision=0)})
    graph = Graph("Form", [node("a", form.n), node("b", form.n)])
    assert list(graph.nodes) == ["inputs", "a", "b"]
    assert graph.run(inputs={"inputs__n": 5}) == {"a": {"output": 10}, "b": {"output": 10}}
    assert form.n.value == 5


def test_events_are_complete_and_in_order() -> None:
    a = node("a")
    graph = Graph("Events", [node("b", a.output)])
    run = graph.submit()
    run.result(20)
    told = [(event.type, event.node) for event in run.events()]
    assert told == [
        ("run.started", None),
        ("node.queued", "a"),
        ("node.started", "a"),
        ("node.succeeded", "a"),
        ("edge.taken", "a"),
        ("node.queued", "b"),
        ("node.started", "b"),
        ("node.succeeded", "b"),
        ("run.succeeded", None),
    ]
    assert [event.as_dict() for event in run.events()] == [e.as_dict() for e in run.events()]
    with pytest.raises(AttributeError, match=r"has no field 'reasno'.*reason"):
        _ = next(iter(run.events())).reasno


def test_subscribers_get_every_number_once_and_harm_nobody() -> None:
    graph = Graph("Subscribed", [node("a")])
    graph.run()
    seen: list[int] = []
    ends: list[bool] = []
    ended = threading.Event()

    def broken(event: Any) -> None:
        raise RuntimeError("mine")

    def listen(event: Any) -> None:
        seen.append(event.seq)
        ends.append(event.type == "run.succeeded")
        if sum(ends) == 2:
            ended.set()

    first, second = graph.subscribe(broken), graph.subscribe(listen)
    graph.run(force=True)
    assert ended.wait(20)
    assert seen == list(range(1, len(seen) + 1))
    first.close()
    second.close()
    graph.close()
    again = Graph("Subscribed", [node("a")])
    replayed = [event.seq for event in again.session.events.follow(1, lambda: True)]
    assert replayed[: len(seen)] == seen
    assert replayed == list(range(1, len(replayed) + 1))


def test_a_method_that_hides_a_port_of_its_name_is_no_input() -> None:
    form = InputNode("form", ports={"code": ui.Textbox("x = 1")})
    with pytest.raises(errors.GraphError, match=r"write node\.ports\['code'\]"):
        FnNode(len, inputs={"obj": form.code})
    node = FnNode(lambda text: text, "same", inputs={"text": form.ports["code"]})
    assert Graph("Hidden", [node], persist_key=False).run() == {"same": {"output": "x = 1"}}


def test_networkx_gets_the_graph_with_how_it_stands() -> None:
    def pair() -> tuple[int, int]:
        return 1, 2

    def add(x: int, y: int) -> int:
        return x + y

    source = FnNode(pair, outputs=["one", "two"])
    total = FnNode(add, inputs={"x": source.one, "y": source.two}, outputs=["sum"])
    graph = Graph("Converted", nodes=[total], persist_key=False)
    graph.run(source)
    converted = graph.to_networkx()
    assert list(converted.nodes) == ["pair", "add"]
    assert converted.nodes["pair"]["freshness"] == "fresh"
    assert converted.nodes["add"]["status"] == "missing"
    assert converted.nodes["add"]["node"] is total
    assert converted.nodes["add"]["kind"] == total.kind
    edge = converted.edges["pair", "add"]
    assert (edge["ports"], edge["fresh"]) == ([("one", "x"), ("two", "y")], False)
    graph.run()
    assert graph.to_networkx().edges["pair", "add"]["fresh"]
