"""Edges of the engine: executors that cannot, runs inside runs, loggers (part of K16)."""

from __future__ import annotations

import logging
import sys
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from daggr_nb import FnNode, Graph
from daggr_nb.errors import ExecutorError, GraphError, NestedRunError, NodeFailed


def one() -> int:
    return 1


def over() -> Executor:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    return pool


class Refusing(Executor):
    def submit(self, *args: Any, **kwargs: Any) -> Any:
        raise ConnectionError("the cluster is away")


class Losing(Executor):
    def submit(self, *args: Any, **kwargs: Any) -> Any:
        future: Future[None] = Future()
        future.set_exception(RuntimeError("the worker died"))
        return future


class Cancelling(Executor):
    def submit(self, *args: Any, **kwargs: Any) -> Any:
        future: Future[None] = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


@pytest.mark.parametrize("make", [over, Refusing, Losing, Cancelling], ids=lambda m: m.__name__)
def test_an_executor_that_does_not_run_it_fails_the_node(make: Any) -> None:
    graph = Graph("Away", [FnNode(one)], executor=make(), persist_key=False)
    run = graph.submit()
    assert run.wait(20)
    with pytest.raises(NodeFailed, match=r"could not run 'one'.*executor=") as caught:
        run.result()
    assert isinstance(caught.value.__cause__, ExecutorError)


@pytest.mark.parametrize("what", [ProcessPoolExecutor, str, dict], ids=lambda kind: kind.__name__)
def test_an_executor_that_cannot_is_an_error_at_once(what: Any) -> None:
    with pytest.raises(GraphError, match="executor= expected"):
        Graph("Elsewhere", [FnNode(one)], executor=what(), persist_key=False)


class Futureless(Executor):
    """Runs what it gets, and has nothing to show for it."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        fn()


def test_an_executor_without_futures_that_runs_it_runs_it_once() -> None:
    called: list[int] = []
    node = FnNode(lambda: called.append(1), "once", ignore=["called"], executor=Futureless())
    graph = Graph("Once", [node, FnNode(one)], persist_key=False)
    graph.run()
    assert called == [1]


@pytest.mark.parametrize("make", [over, Refusing, Losing, Cancelling], ids=lambda m: m.__name__)
def test_so_it_is_with_the_executor_of_one_node(make: Any) -> None:
    graph = Graph("Away", [FnNode(one, executor=make()), FnNode(one, "two")], persist_key=False)
    run = graph.submit()
    assert run.wait(20)
    assert run.steps == {"one": "failed", "two": "succeeded"}


def test_a_pool_of_processes_is_pointed_to_what_there_is() -> None:
    with ProcessPoolExecutor(1) as pool:
        with pytest.raises(GraphError, match='executor="processes" runs functions in processes'):
            Graph("Elsewhere", [FnNode(one)], executor=pool, persist_key=False)
        with pytest.raises(GraphError, match="'one': executor= expected one that shares"):
            FnNode(one, executor=pool)


def test_a_pool_of_loky_is_pointed_to_it_as_well() -> None:
    loky = pytest.importorskip("loky")
    with pytest.raises(GraphError, match='executor="processes"'):
        FnNode(one, executor=loky.get_reusable_executor(1))


def test_one_that_can_goes_on_as_ever() -> None:
    with ThreadPoolExecutor(2) as pool:
        graph = Graph("Here", [FnNode(one)], executor=pool, persist_key=False)
        assert graph.run()["one"]["output"] == 1


def test_a_run_inside_a_run_of_its_own_graph_is_an_error() -> None:
    graphs: list[Graph] = []

    def nested() -> Any:
        return graphs[0].run("one")

    def swept() -> Any:
        return graphs[0].submit("one").result()

    async def awaited() -> Any:
        return await graphs[0].arun("one")

    for fn in (nested, swept, awaited):
        graph = Graph("Nested", [FnNode(one), FnNode(fn, "outer")], persist_key=False)
        graphs[:] = [graph]
        run = graph.submit("outer")
        assert run.wait(20)
        with pytest.raises(NodeFailed, match="wait for itself") as caught:
            run.result()
        assert isinstance(caught.value.__cause__, NestedRunError)
        graph.close()


def test_a_run_of_another_graph_inside_a_run_is_none_of_ours() -> None:
    inner = Graph("Inner", [FnNode(one)], persist_key=False)
    outer = Graph("Outer", [FnNode(lambda: inner.run()["one"]["output"], "out")], persist_key=False)
    assert outer.run()["out"]["output"] == 1


def test_no_logger_gets_a_handler_of_ours() -> None:
    before = list(logging.getLogger().handlers)
    graph = Graph("Logs", [FnNode(lambda: logging.warning("careful"), "a")], persist_key=False)
    graph.run()
    assert logging.getLogger().handlers == before
    assert graph.history("a")[0].logs == "WARNING root: careful\n"


class Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())
        sys.stdout.write("printed by a handler\n")


@pytest.mark.parametrize("propagate", [True, False])
def test_handlers_of_ones_own_hear_what_nodes_log_and_it_is_kept_once(propagate: bool) -> None:
    logger, handler = logging.getLogger(f"mine.{propagate}"), Heard()
    logger.addHandler(handler)
    logger.propagate = propagate
    logger.setLevel(logging.INFO)
    try:

        def work() -> None:
            logger.info("at work")
            thread = threading.Thread(target=logger.info, args=["elsewhere"])
            thread.start()
            thread.join()

        graph = Graph("Heard", [FnNode(work, version="1")], persist_key=False)
        graph.run()
        logger.info("outside")
    finally:
        logger.removeHandler(handler)
    assert handler.texts == ["at work", "elsewhere", "outside"]
    said = [f"INFO mine.{propagate}: {where}\n" for where in ("at work", "elsewhere")]
    assert graph.history("work")[0].logs == "".join(said)  # threads of a node belong to it
