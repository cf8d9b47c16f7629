"""A function that reads ``other.port.value``: what is shown counts, and the reason names it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, Port, ui
from daggr_nb._canvas import views
from daggr_nb._ids import NodeId
from daggr_nb.errors import NotRunYet


def freshness(graph: Graph, name: str) -> str:
    return graph.status()[name].freshness


def remarks(graph: Graph, name: str) -> list[str]:
    with graph.session.reading() as current:
        return views.node_state(current, NodeId(name)).remarks


def other_node() -> InputNode:
    return InputNode("other", {"n": ui.Number(value=2, precision=0), "unread": ui.Textbox("")})


def by_attribute(other: InputNode) -> Callable[[], int]:
    return lambda: other.n.value * 10


def by_ports(other: InputNode) -> Callable[[], int]:
    return lambda: other.ports["n"].value * 10


def by_port(other: InputNode) -> Callable[[], int]:
    port: Port = other.n
    return lambda: port.value * 10


def in_a_list(other: InputNode) -> Callable[[], int]:
    nodes = [other]
    return lambda: nodes[0].n.value * 10


def by_default(other: InputNode) -> Callable[[], int]:
    def read(nodes: tuple[InputNode, ...] = (other,)) -> int:
        return nodes[0].n.value * 10

    return lambda: read()


def by_helper(other: InputNode) -> Callable[[], int]:
    def helper() -> int:
        return other.n.value

    return lambda: helper() * 10


def of_an_object(other: InputNode) -> Callable[[], int]:
    class Reader:
        def __init__(self) -> None:
            self.source = other

        def read(self) -> int:
            return self.source.n.value * 10

    return Reader().read


WAYS = [by_attribute, by_ports, by_port, in_a_list, by_default, by_helper, of_an_object]


@pytest.mark.parametrize("way", WAYS)
def test_the_reader_is_stale_when_the_port_shows_another_value(
    way: Callable[[InputNode], Callable[[], int]],
) -> None:
    other = other_node()
    graph = Graph("Reads", nodes=[other, FnNode(way(other), "reader")], persist_key=False)
    assert graph.run("reader") == {"reader": {"output": 20}}
    assert freshness(graph, "reader") == "fresh"
    graph.set_inputs({"other__n": 3})
    assert graph.session.current.freshness.judged["reader"].freshness == "stale"  # at once
    (reason,) = graph.status()["reader"].reasons
    assert reason.text == "other.n: 2 → 3"
    assert graph.run("reader") == {"reader": {"output": 30}}
    assert freshness(graph, "reader") == "fresh"
    graph.set_inputs({"other__n": 2})
    assert graph.run("reader") == {"reader": {"output": 20}}
    assert len(graph.history("reader")) == 2


def test_another_port_than_the_one_that_is_read_does_not_count() -> None:
    other = other_node()
    graph = Graph("Port", [other, FnNode(by_attribute(other), "reader")], persist_key=False)
    graph.run()
    graph.set_inputs({"other__unread": "x"})
    assert freshness(graph, "reader") == "fresh"


def test_the_card_says_how_to_draw_the_edge() -> None:
    other = other_node()
    port = other.n
    nodes = [FnNode(lambda: other.n.value, "by_node"), FnNode(lambda: port.value, "by_port")]
    graph = Graph("Card", [other, *nodes], persist_key=False)
    assert remarks(graph, "by_node") == [
        "`other` is read inside: feed it as an input, `inputs={...: other.n}`"
    ]
    assert remarks(graph, "by_port") == [
        "`port` is read inside: feed it as an input, `inputs={...: port}`"
    ]


def test_a_node_that_has_not_run_yet_counts_as_that() -> None:
    source = FnNode(lambda: 1, "source")

    def reader() -> Any:
        try:
            return source.output.value
        except NotRunYet:
            return "nothing"

    graph = Graph("Nothing yet", [source, FnNode(reader)], persist_key=False)
    assert graph.run("reader")["reader"]["output"] == "nothing"
    assert freshness(graph, "reader") == "fresh"
    graph.run("source")
    assert freshness(graph, "reader") == "stale"
    assert graph.run("reader")["reader"]["output"] == 1
    assert freshness(graph, "reader") == "fresh"


def test_a_node_that_no_graph_holds_or_that_only_gives_its_name() -> None:
    loose, named = FnNode(lambda: 1, "loose"), FnNode(lambda: 2, "named")
    nodes = [FnNode(lambda: loose.name, "a"), FnNode(lambda: named.name, "b"), named]
    graph = Graph("Names", nodes, persist_key=False)
    graph.run()
    assert {graph.status()[name].freshness for name in "ab"} == {"fresh"}
    assert remarks(graph, "a") == remarks(graph, "b") == []


def test_the_code_of_a_node_that_is_called_counts() -> None:
    inner = FnNode(lambda x: x + 1, "inner", inputs={"x": ui.Number(1)})
    graph = Graph("Tested", [FnNode(lambda: inner.test(x=1)["output"], "outer")], persist_key=False)
    assert graph.run() == {"outer": {"output": 2}}
    inner.rebind(lambda x: x + 2)
    assert freshness(graph, "outer") == "stale"
    assert graph.run() == {"outer": {"output": 3}}


def test_a_node_that_reads_its_own_last_value_is_not_stale_by_it() -> None:
    nodes: list[FnNode] = []

    def count() -> int:
        try:
            return nodes[0].output.value + 1
        except NotRunYet:
            return 0

    nodes.append(FnNode(count))
    graph = Graph("Itself", nodes, persist_key=False)
    assert [graph.run("count", force=True)["count"]["output"] for _ in range(3)] == [0, 1, 2]
    assert freshness(graph, "count") == "fresh"


def test_nodes_of_another_graph_count_and_nobody_waits_for_its_lock() -> None:
    theirs = other_node()
    other = Graph("Theirs", [theirs], persist_key=False)
    graph = Graph("Ours", [FnNode(lambda: theirs.n.value, "reader")], persist_key=False)
    assert graph.run() == {"reader": {"output": 2}}
    other.set_inputs({"other__n": 5})
    assert freshness(graph, "reader") == "stale"
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with other.session.lock:
            held.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(20)
    answers: list[str] = []
    asker = threading.Thread(target=lambda: answers.append(freshness(graph, "reader")))
    asker.start()
    asker.join(20)
    done.set()
    holder.join()
    assert answers == ["stale"]


def test_what_changes_while_the_reader_runs_leaves_it_unverified() -> None:
    other = other_node()
    begun, go_on = threading.Event(), threading.Event()

    def reader() -> int:
        value: int = other.n.value
        begun.set()
        go_on.wait(20)
        return value

    graph = Graph("Meanwhile", [other, FnNode(reader)], persist_key=False)
    run = graph.submit("reader")
    begun.wait(20)
    graph.set_inputs({"other__n": 9})
    go_on.set()
    run.wait()
    assert freshness(graph, "reader") == "stale"
    graph.set_inputs({"other__n": 2})
    status = graph.status()["reader"]
    assert status.freshness == "unverified"
    assert status.reasons[0].text == "other.n changed while it ran"
