"""Data that a function captures and changes while it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from daggr_nb import FnNode, Graph, InputNode, ui


def graph_of(*functions: Any, **options: Any) -> Graph:
    nodes = [FnNode(fn, **options) for fn in functions]
    return Graph("Captured", nodes=nodes, persist_key=False)


def freshness(graph: Graph, name: str) -> str:
    return graph.status()[name].freshness


def test_what_a_function_leaves_behind_is_no_edit() -> None:
    log: list[str] = []

    def noted() -> int:
        log.append("here")
        return 1

    graph = graph_of(noted)
    for runs in (1, 2, 3):
        graph.run("noted", force=True)
        assert len(log) == runs
        assert freshness(graph, "noted") == "fresh"
    assert graph.plan() == []


def test_a_change_by_anybody_else_is_an_edit() -> None:
    cache = {"a": 1}

    def looked_up() -> int:
        cache.setdefault("b", 2)
        return sum(cache.values())

    graph = graph_of(looked_up)
    graph.run()
    assert freshness(graph, "looked_up") == "fresh"
    cache["a"] = 5
    status = graph.status()["looked_up"]
    assert status.freshness == "stale"
    assert status.reasons[0].kind == "CODE"
    assert "cache" in status.reasons[0].text
    assert graph.run()["looked_up"]["output"] == 7
    assert freshness(graph, "looked_up") == "fresh"


def test_taking_the_change_back_makes_it_fresh() -> None:
    seen: list[int] = []

    def noted() -> int:
        seen.append(1)
        return len(seen)

    graph = graph_of(noted)
    graph.run()
    seen.clear()  # as at the start of the run, as after a restart of the kernel
    assert freshness(graph, "noted") == "fresh"


def test_a_helper_and_an_objects_state_count_too() -> None:
    class Counter:
        def __init__(self) -> None:
            self.count = 0

        def more(self) -> int:
            self.count += 1
            return self.count

    counter = Counter()
    graph = graph_of(counter.more)
    graph.run("more", force=True)
    graph.run("more", force=True)
    assert freshness(graph, "more") == "fresh"
    counter.count = 40
    assert freshness(graph, "more") == "stale"


def test_items_of_one_node_share_what_they_change() -> None:
    cache: dict[int, int] = {}

    def squares() -> list[int]:
        return [1, 2, 3]

    def squared(x: int) -> int:
        return cache.setdefault(x, x * x)

    node = FnNode(squared, inputs={"x": FnNode(squares).output.each})
    graph = Graph("Items", nodes=[node], persist_key=False)
    graph.run()
    assert len(cache) == 3
    assert graph.plan() == []


def test_what_another_node_changes_is_an_edit_for_those_that_read_it() -> None:
    state = {"x": 1}

    def writes(by: int) -> int:
        state["x"] += by
        return by

    def reads() -> int:
        return state["x"]

    first = FnNode(writes, inputs={"by": 1})
    graph = Graph("Shared", nodes=[first, FnNode(reads)], persist_key=False)
    graph.run("reads")
    graph.run("writes")
    assert freshness(graph, "writes") == "fresh"
    assert freshness(graph, "reads") == "stale"


def test_a_failed_run_leaves_something_behind_too() -> None:
    tries: list[int] = []

    def fails_once() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("not yet")
        return len(tries)

    graph = graph_of(fails_once, retries=1)
    graph.run()
    assert freshness(graph, "fails_once") == "fresh"


def test_a_file_that_is_set_as_an_input_counts_as_it_is_now(tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_text("one")
    form = InputNode("form", ports={"file": ui.Component()})
    node = FnNode(Path.read_text, "read", inputs={"self": form.file})
    graph = Graph("File", nodes=[node], persist_key=False)
    assert graph.run(inputs={"form__file": path}) == {"read": {"output": "one"}}
    path.write_text("one and more")
    assert [step.node for step in graph.plan()] == ["read"]
    assert graph.run() == {"read": {"output": "one and more"}}
    path.write_text("one")
    assert graph.run() == {"read": {"output": "one"}}
    assert len(graph.history("read")) == 2
