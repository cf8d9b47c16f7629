"""Functions of every kind as nodes: generators, async, routes, tried alone, watched over."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from daggr_nb import Context, FnNode, Graph, NodeFailed, RouteNode, node, ui
from daggr_nb.errors import GraphError, InvalidInputError, RunCancelled, UnknownPortError


def chunks(graph: Graph, **options: Any) -> list[Any]:
    return [event.delta for event in graph.stream(**options) if event.type == "node.chunk"]


def test_a_generator_streams_and_its_last_value_counts() -> None:
    def words() -> Iterator[str]:
        text = ""
        for word in ("otters ", "at ", "dusk"):
            text += word
            yield text

    made = FnNode(words, "words")
    graph = Graph("Stream", [FnNode(str.upper, "upper", inputs={"self": made.output})])
    assert chunks(graph) == ["otters ", "at ", "dusk"]
    assert graph["upper"].output.value == "OTTERS AT DUSK"


def test_what_does_not_extend_replaces() -> None:
    def change() -> Iterator[str]:
        yield "first"
        yield "second"

    graph = Graph("Replace", [FnNode(change)])
    events = [e for e in graph.stream() if e.type == "node.chunk"]
    assert [(e.delta, e.fields.get("reset", False)) for e in events] == [
        ("first", False),
        ("second", True),
    ]


def test_a_generator_with_several_ports() -> None:
    def both() -> Iterator[tuple[str, int]]:
        yield "a", 1
        yield "ab", 2

    graph = Graph("Both", [FnNode(both, outputs=["text", "n"])])
    told = [(e.port, e.delta) for e in graph.stream() if e.type == "node.chunk"]
    assert told == [("text", "a"), ("n", None), ("text", "b"), ("n", None)]
    assert graph.run() == {"both": {"text": "ab", "n": 2}}


def test_a_context_streams_deltas() -> None:
    def speak(ctx: Context) -> str:
        for delta in ("one ", "two"):
            ctx.stream(delta)
        return "one two"

    assert chunks(Graph("Speak", [FnNode(speak)])) == ["one ", "two"]


async def slowly(x: int) -> int:
    await asyncio.sleep(0)
    return x + 1


async def counting(n: int) -> AsyncIterator[str]:
    text = ""
    for i in range(n):
        await asyncio.sleep(0)
        text += str(i)
        yield text


def test_async_functions_are_awaited_on_one_loop() -> None:
    loops = []

    async def where() -> int:
        loops.append(asyncio.get_running_loop())
        return len(loops)

    nodes = [FnNode(where, f"n{i}", ignore=["loops"], concurrent=True) for i in range(3)]
    graph = Graph("Loop", [*nodes, FnNode(slowly, inputs={"x": 1})])
    assert graph.run()["slowly"] == {"output": 2}
    assert len(set(loops)) == 1


def test_async_generators_stream() -> None:
    graph = Graph("Counting", [FnNode(counting, inputs={"n": 3})])
    assert chunks(graph) == ["0", "1", "2"]
    assert graph.run() == {"counting": {"output": "012"}}


def test_a_coroutine_is_really_cancelled() -> None:
    began, ended = threading.Event(), threading.Event()

    async def endless() -> None:
        try:
            began.set()
            await asyncio.sleep(3600)
        finally:
            ended.set()

    graph = Graph("Endless", [FnNode(endless, version="1")])
    run = graph.submit()
    assert began.wait(20)
    run.cancel()
    assert ended.wait(20)
    with pytest.raises(RunCancelled):
        run.result(20)


def test_a_generator_ends_at_its_next_yield() -> None:
    began, ended = threading.Event(), threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
                began.set()
        finally:
            ended.set()

    run = Graph("Endless", [FnNode(endless, version="1")]).submit()
    assert began.wait(20)
    run.cancel()
    assert ended.wait(20)


def test_prints_and_log_records_of_concurrent_nodes_do_not_mix() -> None:
    meet = threading.Barrier(3)

    def talk(who: str) -> None:
        for i in range(20):
            sys.stdout.write(f"{who}{i} ")
            meet.wait(20)
        logging.getLogger("mine").warning("by %s", who)

    nodes = [FnNode(talk, who, inputs={"who": who}, concurrent=True, version="1") for who in "abc"]
    graph = Graph("Talk", nodes)
    graph.run()
    for who in "abc":
        expected = "".join(f"{who}{i} " for i in range(20)) + f"WARNING mine: by {who}\n"
        assert graph.history(who)[0].logs == expected


def by_length(text: str) -> Any:
    return ("long", len(text)) if len(text) > 5 else "short"


def test_a_route_sends_a_value_one_way() -> None:
    r = RouteNode(by_length, ["short", "long"], inputs={"text": ui.Textbox("otter")})
    short = FnNode(str.upper, "upper", inputs={"self": r.short})
    long = FnNode(lambda n: n * 2, "double", inputs={"n": r.long})
    graph = Graph("Route", [short, long])
    assert graph.run() == {"upper": {"output": "OTTER"}}
    graph.inputs["by_length__text"] = "otters at dusk"
    assert graph.run() == {"double": {"output": 28}}
    assert graph.status()["upper"].status == "skipped"
    assert {node.freshness for node in graph.status().values()} == {"fresh"}
    graph.close()


def test_an_unknown_route_is_an_error_that_lists_the_routes() -> None:
    r = RouteNode(lambda: "shrot", ["short", "long"], "r")
    with pytest.raises(NodeFailed, match=r"chose the route 'shrot'.*Did you mean 'short'"):
        Graph("Bad route", [r]).run()


def test_the_decorator_makes_a_node() -> None:
    @node(inputs={"x": 2}, outputs=["y"])
    def double(x: int) -> int:
        return 2 * x

    @node
    def one() -> int:
        return 1

    assert Graph("Decorated", [double, one]).run() == {"double": {"y": 4}, "one": {"output": 1}}


def test_a_node_can_be_tried_alone() -> None:
    def greet(name: str, mark: str, n: int = 1) -> str:
        return f"Hello {name}{mark * n}"

    first = FnNode(greet, inputs={"name": ui.Textbox("you"), "mark": "!"})
    assert first.test() == {"output": "Hello you!"}
    assert first.test(name="Ada", mark="?") == {"output": "Hello Ada?"}
    second = FnNode(len, inputs={"obj": first.output})
    assert second.test(obj="abc") == {"output": 3}
    with pytest.raises(InvalidInputError, match=r"test\(obj=\.\.\.\)"):
        second.test()
    with pytest.raises(UnknownPortError, match="Did you mean 'obj'"):
        second.test(ob=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"on_error": "rasie"}, "Did you mean 'raise'"),
        ({"on_item_error": "skip"}, "expected one of raise, drop"),
        ({"retries": -1}, "from 0"),
        ({"timeout": 0}, "above 0"),
        ({"default": 1, "on_error": "fail_fast"}, "Give one of them"),
        ({"max_concurrent": 0, "concurrency_group": "g"}, "from 1"),
    ],
)
def test_policies_that_make_no_sense(options: dict[str, Any], said: str) -> None:
    with pytest.raises(GraphError, match=said):
        FnNode(len, inputs={"obj": "x"}, **options)


def test_a_real_timeout_ends_the_wait() -> None:
    release = threading.Event()
    graph = Graph(
        "Hung", [FnNode(release.wait, "hung", inputs={"timeout": 20}, version="1", timeout=0.05)]
    )
    with pytest.raises(NodeFailed, match=r"no result within 0\.05 s"):
        graph.run()
    release.set()


def test_pause_and_resume() -> None:
    begun, go = threading.Event(), threading.Event()

    def first() -> int:
        begun.set()
        go.wait(20)
        return 1

    one = FnNode(first, "one", version="1")
    graph = Graph("Pause", [FnNode(lambda x: x, "two", inputs={"x": one.output})])
    run = graph.submit()
    assert begun.wait(20)
    run.pause()
    paused = threading.Event()
    graph.subscribe(lambda event: event.type == "node.succeeded" and paused.set())
    go.set()
    assert paused.wait(20)
    assert not run.wait(0.05)
    run.resume()
    assert run.result(20) == {"two": {"output": 1}}


def test_astream_yields_the_same_events() -> None:
    graph = Graph("Async", [FnNode(lambda: 1, "one")])

    async def main() -> list[str]:
        return [event.type async for event in graph.astream()]

    assert asyncio.run(main())[-1] == "run.succeeded"


def test_a_figure_that_a_node_returns_is_its_own_not_that_of_the_next_cell() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib import pyplot

    def draw(count: int) -> Any:
        figure, _ = pyplot.subplots(figsize=(2, 1))
        _, axes = pyplot.subplots()
        return figure, [axes] * count

    drawn = FnNode(draw, inputs={"count": 2}, outputs=["figure", "axes"])
    mine = pyplot.figure()
    Graph("Figures", [drawn], persist_key=False).run()
    assert pyplot.get_fignums() == [mine.number]
    pyplot.close(mine)
    assert tuple(drawn.figure.value.get_size_inches()) == (2, 1)
