"""T07: whatever a body and its result do, the run ends, and the next run works."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from daggr_nb import Code, Const, Context, FnNode, Graph, Limits, Node, feed
from daggr_nb._engine.task.executors import Threads
from daggr_nb._model.evaluation import Ask
from daggr_nb._model.node import AskingNode
from tests.unit.trust.odd import RAISED, Act, OddText, hostile, refusing_to_go

_SECONDS = 20

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module", autouse=True)
def nothing_left() -> Iterator[None]:
    """Collect what these bodies leave, such as broken loops, before tests of other files run."""
    yield
    gc.collect()


def one() -> int:
    return 1


async def one_async() -> int:
    await asyncio.sleep(0)
    return 1


def _bodies(act: Act) -> dict[str, Callable[[], Any]]:
    """Return a body of every kind that does ``act``, and then returns what it gave."""

    def plain() -> Any:
        return act()

    def generator() -> Iterator[Any]:
        yield 0
        yield act()

    async def coroutine() -> Any:
        await asyncio.sleep(0)
        return act()

    async def async_generator() -> AsyncIterator[Any]:
        yield 0
        await asyncio.sleep(0)
        yield act()

    return {
        "plain": plain,
        "generator": generator,
        "coroutine": coroutine,
        "async generator": async_generator,
    }


def _ends(graph: Graph, name: str) -> str:
    """Run a node to its end; return how it ended, for a reason if it failed."""
    run = graph.submit(name, force=True)
    assert run.wait(_SECONDS), f"the run of {name} does not end"
    ending = run.steps[name]
    if ending == "failed":
        error = graph.history(name)[0].error
        assert error, "there is no reason"
    assert not graph.session.runs.busy
    return ending


def _goes_on(graph: Graph) -> None:
    assert graph.run("one", force=True)["one"]["output"] == 1
    assert graph.run("one_async", force=True)["one_async"]["output"] == 1


@pytest.fixture
def graph_of(request: pytest.FixtureRequest) -> Iterator[Callable[..., Graph]]:
    graphs = []

    def make(*nodes: Any, **options: Any) -> Graph:
        graph = Graph(
            "Bounds", [*nodes, FnNode(one), FnNode(one_async)], **{"persist_key": False, **options}
        )
        graphs.append(graph)
        return graph

    if "__del__" in request.node.name:
        refusing_to_go.add(request.node.name)
    yield make
    for graph in graphs:
        graph.close()
    if "__del__" in request.node.name:
        graphs.clear()
        gc.collect()
        refusing_to_go.clear()


@pytest.mark.parametrize("kind", ["plain", "generator", "coroutine", "async generator"])
@pytest.mark.parametrize("case", RAISED, ids=lambda case: case.name)
def test_t07_a_body_that_raises_or_exits_fails_its_node(
    graph_of: Any, case: Any, kind: str
) -> None:
    graph = graph_of(FnNode(_bodies(case.act)[kind], "bad", version="1", max_concurrent=1))
    assert _ends(graph, "bad") == "failed"
    _goes_on(graph)
    assert _ends(graph, "bad") == "failed"  # the slot was freed


@pytest.mark.parametrize("kind", ["plain", "async generator"])
@pytest.mark.parametrize("case", hostile(), ids=lambda case: case.name)
def test_t07_a_result_may_do_whatever_it_likes(
    graph_of: Any, case: Any, kind: str, tmp_path: Any
) -> None:
    graph = graph_of(
        FnNode(_bodies(case.make)[kind], "bad", version="1", max_concurrent=1),
        store=tmp_path,
        persist_key="odd",
    )
    assert _ends(graph, "bad") in ("succeeded", "failed")
    _goes_on(graph)
    assert _ends(graph, "bad") in ("succeeded", "failed")


@pytest.mark.parametrize("case", hostile(), ids=lambda case: case.name)
def test_t07_so_may_an_input(graph_of: Any, case: Any) -> None:
    """As what another node gave, whole or one by one, and drawn, and as a constant."""
    made = FnNode(case.make, "made", version="1")
    several = FnNode(lambda: [case.make(), case.make()], "several", version="1")
    nodes = [
        FnNode(_is_none, "after", inputs={"x": made.output}),
        FnNode(_raises, "raising", inputs={"x": made.output}),
        FnNode(_is_none, "items", inputs={"x": several.output.each}),
        FnNode(_same, "given_back", inputs={"x": several.output.each}),
        FnNode(_is_none, "drawn", inputs={"x": case.make}),
    ]
    if "KeyboardInterrupt" not in case.name:  # which means Ctrl-C where the graph is made
        nodes.append(FnNode(_is_none, "constant", inputs={"x": Const(case.make())}))
    graph = graph_of(made, several, *nodes)
    for node in nodes:
        assert _ends(graph, node.name) in ("succeeded", "failed", "blocked")
    _goes_on(graph)


def _is_none(x: Any) -> bool:
    return x is None


def _same(x: Any) -> Any:
    return x


def _raises(x: Any) -> Any:
    raise ValueError("raised")


@pytest.mark.parametrize("case", RAISED, ids=lambda case: case.name)
def test_t07_items_choices_draws_and_answers_end_as_well(graph_of: Any, case: Any) -> None:
    def bad(x: int = 1) -> Any:
        return case.act()

    numbers = FnNode(lambda: [1, 2, 3], "numbers")
    items = FnNode(bad, "items", inputs={"x": numbers.output.each}, version="1")
    choice = FnNode(bad, "chosen", inputs={"x": 1}, version="1") | FnNode(one, "other")
    drawn = FnNode(_same, "drawn", inputs={"x": case.act})
    default = FnNode(bad, "default", inputs={"x": 1}, default=5, version="1")
    routed = FnNode(bad, "routed", inputs={"x": 1}, on_error="route", version="1")
    hooked = FnNode(_same, "hooked", inputs={"x": 1}, postprocess=lambda x: case.act(), version="1")
    graph = graph_of(items, choice, drawn, default, routed, hooked)
    for name in ("items", "chosen", "drawn", "hooked"):
        assert _ends(graph, name) == "failed"
    for name in ("default", "routed"):
        assert _ends(graph, name) == "recovered"
    _goes_on(graph)


class Asks(AskingNode):
    """A node that asks, and whose question or answer does something odd."""

    kind = "asks"

    def __init__(self, name: str, where: str, act: Any) -> None:
        self._where, self._act = where, act
        super().__init__(name, {"x": feed(Const(1))}, {"output": None})

    def code(self) -> Code:
        return Code(self.kind, version="1")

    def ask(self, inputs: Any) -> Ask:
        if self._where == "ask":
            self._act()
        return Ask("approve", "so?", "x", [1])

    def answer_of(self, value: Any, inputs: Any) -> Any:
        return value

    def accept(self, answer: Any, inputs: Any) -> Any:
        return answer

    def run(self, inputs: Any, context: Any) -> dict[str, Any]:
        return {"output": self._act()}


@pytest.mark.parametrize("where", ["ask", "run"])
@pytest.mark.parametrize("case", RAISED, ids=lambda case: case.name)
def test_t07_a_question_may_fail_its_node_only(graph_of: Any, case: Any, where: str) -> None:
    graph = graph_of(Asks("asks", where, case.act))
    run = graph.submit("asks")
    assert run.wait(_SECONDS)
    if where == "run":
        assert run.steps["asks"] == "waiting"
        run = graph.answer("asks", True)
        assert run.wait(_SECONDS)
    assert run.steps["asks"] == "failed"
    assert graph.questions() == []
    graph.status()
    _goes_on(graph)


@pytest.mark.parametrize("case", RAISED[:12], ids=lambda case: case.name)
def test_t07_so_it_is_in_an_executor_that_was_given(graph_of: Any, case: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        graph = graph_of(FnNode(case.act, "bad", version="1"), executor=pool)
        assert _ends(graph, "bad") == "failed"
        _goes_on(graph)


def test_t07_a_process_of_its_own_that_dies_fails_its_node(graph_of: Any) -> None:
    def dies() -> Any:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            return pool.submit(os._exit, 3).result()

    graph = graph_of(FnNode(dies, "dies", version="1"))
    assert _ends(graph, "dies") == "failed"
    _goes_on(graph)


def test_t07_what_is_told_of_a_stop_may_raise(graph_of: Any) -> None:
    began, let_go = threading.Event(), threading.Event()

    class Stubborn(Node):
        kind = "stubborn"

        def __init__(self) -> None:
            super().__init__("stubborn", {}, {"output": None}, limits=Limits())

        def code(self) -> Code:
            return Code(self.kind, version="1")

        def run(self, inputs: Any, context: Any) -> dict[str, Any]:
            context.when_stopped(lambda: sys.exit(1))
            began.set()
            let_go.wait(_SECONDS)
            return {"output": 1}

    graph = graph_of(Stubborn())
    run = graph.submit("stubborn")
    assert began.wait(_SECONDS)
    run.cancel()
    assert run.wait(_SECONDS)
    assert run.status == "aborted"
    let_go.set()
    _goes_on(graph)


def test_t07_a_loop_that_breaks_fails_what_waits_and_another_begins(graph_of: Any) -> None:
    began = threading.Event()
    loops: list[Any] = []

    async def waits() -> None:
        loops.append(asyncio.get_running_loop())
        began.set()
        await asyncio.Event().wait()

    graph = graph_of(FnNode(waits, "waits", version="1"))
    run = graph.submit("waits")
    assert began.wait(_SECONDS)

    loops[0].call_soon_threadsafe(vars(loops[0])["_selector"].close)
    assert run.wait(_SECONDS)
    assert run.steps["waits"] == "failed"
    assert "event loop" in graph.history("waits")[0].error
    _goes_on(graph)


def test_t07_the_worker_survives_what_is_no_task_of_its() -> None:
    threads, served = Threads(1), threading.Event()
    task: Any = None
    threads.start(task, sys.exit, lambda outcome: None)
    threads.start(task, served.set, lambda outcome: None)
    assert served.wait(_SECONDS)
    threads.stop()


def test_t07_reports_of_what_is_no_number_or_text_are_the_bodys_own_error(graph_of: Any) -> None:
    def reports(ctx: Context, how: int) -> int:
        acts = [
            lambda: ctx.progress("much"),
            lambda: ctx.progress(1, object()),
            lambda: ctx.note(5),
            lambda: ctx.log(5),
            lambda: sys.stdout.write(b"bytes"),
        ]
        acts[how]()
        return how

    nodes = [FnNode(reports, f"n{how}", inputs={"how": how}, version="1") for how in range(5)]
    graph = graph_of(*nodes)
    for node in nodes:
        assert _ends(graph, node.name) == "failed"
    _goes_on(graph)


def test_t07_what_is_reported_or_printed_may_be_odd(graph_of: Any) -> None:
    def reports(ctx: Context) -> int:
        for number in (float("nan"), float("inf"), 10**5_000):
            ctx.progress(number, number)
        sys.stdout.write(OddText("printed"))
        sys.stdout.write("half \ud83d of a pair")
        ctx.log("half \ud83d of a pair")
        ctx.note("half \ud83d of a pair")
        for part in (object(), "a", 1, [1], OddText("x")):
            ctx.stream(part)
        return 1

    graph = graph_of(FnNode(reports, "reports", version="1"))
    assert _ends(graph, "reports") == "succeeded"
    assert "printed" in graph.history("reports")[0].logs
    _goes_on(graph)
