"""T24, T31: what nodes do beside returning: runs, threads, forks, handles, proxies."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from daggr_nb import FnNode, Graph
from daggr_nb.errors import NestedRunError, NodeFailed
from tests.unit.trust.odd import Proxy
from tests.unit.waiting import wait_until

_SECONDS = 20


def one() -> int:
    return 1


def _in_a_thread(graph: list[Graph]) -> Any:
    caught: list[BaseException] = []

    def run() -> None:
        try:
            graph[0].run("one")
        except BaseException as error:  # noqa: BLE001 - handed on
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    raise caught[0]


def _in_a_pool(graph: list[Graph]) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(graph[0].run, "one").result()


async def _in_a_thread_of_a_loop(graph: list[Graph]) -> Any:
    return await asyncio.to_thread(graph[0].run, "one")


@pytest.mark.parametrize("how", [_in_a_thread, _in_a_pool, _in_a_thread_of_a_loop])
def test_t24_a_node_that_runs_its_own_graph_elsewhere_fails_at_once(how: Any) -> None:
    graphs: list[Graph] = []
    outer = FnNode(lambda: how(graphs), "outer", version="1")
    graph = Graph("Nested", [FnNode(one), outer], persist_key=False)
    graphs.append(graph)
    run = graph.submit("outer")
    assert run.wait(_SECONDS)
    with pytest.raises(NodeFailed, match="wait for itself") as caught:
        run.result()
    assert isinstance(caught.value.__cause__, NestedRunError)
    assert graph.run("one")["one"]["output"] == 1
    graph.close()


def test_t24_a_thread_that_outlives_its_node_may_run_the_graph() -> None:
    graphs: list[Graph] = []
    over, ran = threading.Event(), threading.Event()
    results: list[Any] = []

    def later() -> None:
        over.wait(_SECONDS)
        results.append(graphs[0].run("one")["one"]["output"])
        ran.set()

    def outer() -> int:
        threading.Thread(target=later).start()
        return 1

    graph = Graph("Later", [FnNode(one), FnNode(outer, "outer", version="1")], persist_key=False)
    graphs.append(graph)
    graph.run("outer")
    over.set()
    assert ran.wait(_SECONDS)
    assert results == [1]
    graph.close()


def test_t24_who_waits_for_a_node_that_does_not_stop_says_so() -> None:
    began, let_go = threading.Event(), threading.Event()

    def stubborn() -> int:
        began.set()
        let_go.wait(_SECONDS)
        return 1

    graph = Graph(
        "Stubborn",
        [
            FnNode(stubborn, "x", version="1", concurrency_group="g", max_concurrent=1),
            FnNode(one, "y", concurrency_group="g", max_concurrent=1),
        ],
        persist_key=False,
    )
    run = graph.submit("x")
    assert began.wait(_SECONDS)
    run.cancel()
    assert run.wait(_SECONDS)
    waiting = graph.submit("y")
    wait_until(graph, lambda: graph.status()["y"].status == "queued")
    assert graph.status()["y"].reasons[0].text == "waits for 'x', which does not stop"
    let_go.set()
    assert waiting.wait(_SECONDS)
    assert waiting.status == "succeeded"
    assert graph.status()["y"].reasons == ()
    graph.close()


def test_t31_prints_of_a_nodes_own_threads_are_in_its_log() -> None:
    def work() -> int:
        def say(what: str) -> None:
            sys.stdout.write(f"{what}\n")

        threads = [threading.Thread(target=say, args=[f"thread {i}"]) for i in range(3)]
        for thread in threads:
            thread.start()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(say, ["pool 0", "pool 1"]))
        for thread in threads:
            thread.join()
        return 1

    async def work_async() -> int:
        await asyncio.to_thread(sys.stdout.write, "in a thread of a loop\n")
        return 1

    nodes = [FnNode(work, "work"), FnNode(work_async, "work_async")]
    graph = Graph("Says", nodes, persist_key=False)
    graph.run()
    said = {*graph.history("work")[0].logs.splitlines()}
    assert said == {"thread 0", "thread 1", "thread 2", "pool 0", "pool 1"}
    assert graph.history("work_async")[0].logs == "in a thread of a loop\n"
    graph.close()


def test_t31_prints_of_processes_are_in_the_log_of_their_node() -> None:
    def says(what: str) -> list[str]:
        return [sys.executable, "-c", f"import sys; print({what!r}); print('err', file=sys.stderr)"]

    def work() -> bytes:
        subprocess.run(says("from a child"), check=True)
        with pytest.raises(FileNotFoundError):
            subprocess.run(["/no/such/program"], check=True)
        return subprocess.run(says("taken"), check=True, stdout=subprocess.PIPE).stdout

    async def work_async() -> int:
        process = await asyncio.create_subprocess_exec(*says("from a loop"))
        return await process.wait()

    nodes = [FnNode(work, "work", version="1"), FnNode(work_async, "work_async", version="1")]
    graph = Graph("Says", nodes, persist_key=False)
    assert graph.run()["work"]["output"].split() == [b"taken"]
    logs = graph.history("work")[0].logs
    assert "from a child" in logs
    assert logs.count("err") == 2  # of the second one only stderr was free
    assert "taken" not in logs
    assert "from a loop" in graph.history("work_async")[0].logs
    graph.close()


@pytest.mark.skipif(os.name != "posix", reason="statuses are told otherwise")
def test_t31_what_the_shell_of_a_node_prints_is_in_its_log() -> None:
    def work() -> list[int]:
        commands = ["echo from a shell; echo and of trouble >&2", "exit 3", "kill -9 $$"]
        return [os.system(command) for command in commands]

    graph = Graph("Shell", [FnNode(work)], persist_key=False)
    assert graph.run()["work"]["output"] == [0, 3 << 8, 9]
    logs = graph.history("work")[0].logs
    assert "from a shell\n" in logs
    assert "and of trouble\n" in logs
    assert os.system("exit 3") == 3 << 8, "outside of a run as ever"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_t31_what_a_fork_prints_is_not_lost(capfd: pytest.CaptureFixture[str]) -> None:
    def child() -> None:
        print("from a fork", flush=True)  # noqa: T201 - what it is about

    def work() -> int | None:
        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        process.join()
        return process.exitcode

    graph = Graph("Fork", [FnNode(work, version="1")], persist_key=False)
    assert graph.run()["work"]["output"] == 0
    assert "from a fork" in capfd.readouterr().out


def test_t31_a_thread_that_outlives_its_node_prints_to_the_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    over, said = threading.Event(), threading.Event()

    def later() -> None:
        over.wait(_SECONDS)
        sys.stdout.write("after all\n")
        said.set()

    def work() -> int:
        threading.Thread(target=later).start()
        return 1

    graph = Graph("Late", [FnNode(work, "work", version="1")], persist_key=False)
    graph.run()
    over.set()
    assert said.wait(_SECONDS)
    assert graph.history("work")[0].logs == ""
    assert "after all" in capsys.readouterr().out
    graph.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
@pytest.mark.parametrize("raises", [False, True], ids=["returns", "raises"])
def test_t31_a_fork_that_returns_from_a_node_does_not_stay(is_async: bool, raises: bool) -> None:
    def fork() -> int:
        child = os.fork()
        if child == 0 and raises:
            raise ValueError("in the child")
        return child

    async def fork_async() -> int:
        return fork()

    node = FnNode(fork_async if is_async else fork, "fork", version="1")
    graph = Graph("Forks", [node, FnNode(one)], persist_key=False)
    child = graph.run("fork")["fork"]["output"]
    ended, _ = os.waitpid(child, 0)
    assert ended == child
    assert graph.run("one")["one"]["output"] == 1
    graph.close()


def _unbound() -> Any:
    raise RuntimeError("Working outside of request context.")


request = Proxy(_unbound)


def test_t31_a_captured_proxy_counts_by_its_definition() -> None:
    def reads() -> bool:
        return request is None

    def hands_on() -> list[Any]:
        return [request.args, request]

    captured = Proxy(_unbound)

    def closed_over() -> bool:
        return captured is None

    nodes = [FnNode(reads), FnNode(hands_on), FnNode(closed_over)]
    graph = Graph("Proxies", nodes, persist_key=False)
    results = graph.run("reads", "closed_over")
    assert results["reads"]["output"] is results["closed_over"]["output"] is False
    assert graph.status()["reads"].freshness == "fresh"
    code = graph.session.current.freshness.code
    for node, name in (("reads", "request"), ("hands_on", "request"), ("closed_over", "captured")):
        assert name in code(graph[node].name).opaque
    graph.close()
