"""What calling an app costs, beside gradio_client by hand against the same app in the same run."""

from __future__ import annotations

import concurrent.futures
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from daggr_nb import Event, FnNode, GradioNode, Graph
from tests.benchmarks.measure import Finding, in_turns, median_ratio, table
from tests.remote.servers import Zoo, wait_until

ROUNDS = 20
CALLS = 50
CHUNKS = 60
NODES = 1_000


def findings() -> list[Finding]:
    folder = Path(tempfile.mkdtemp())
    app = Zoo(folder)
    try:
        return [
            of_building(),
            of_a_call(app),
            *of_many_calls(app),
            *of_a_stream(app),
            *of_stopping(app),
        ]
    finally:
        app.close()
        shutil.rmtree(folder, ignore_errors=True)


def of_building() -> Finding:
    """Nodes that are made ask nobody."""

    def refuse(*args: Any) -> Any:
        raise AssertionError("a node that is made has asked somebody")

    connect, socket.socket.connect = socket.socket.connect, refuse  # type: ignore[method-assign]
    try:
        begun = time.perf_counter()
        nodes = [
            GradioNode("owner/space", name=f"n{n}", inputs={"text": "a"}) for n in range(NODES)
        ]
        Graph("Built", nodes, persist_key=False)
        seconds = time.perf_counter() - begun
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]
    return Finding(f"calling: {NODES} remote nodes built, nobody asked", seconds, "s", 1)


def of_a_call(app: Zoo) -> Finding:
    from gradio_client import Client

    client = Client(app.url, verbose=False, analytics_enabled=False)
    node = GradioNode(app.url, "noop", name="it")
    graph = Graph("Call", [node], persist_key=False)
    ours, theirs = in_turns(
        ROUNDS,
        timed(lambda: graph.run("it", force=True)),
        timed(lambda: client.predict(api_name="/noop")),
    )
    client.close()
    graph.close()
    note = f"{median(ours[1:]) * 1e3:.1f} ms, {median(theirs[1:]) * 1e3:.1f} ms"
    ratio = median_ratio(ours[1:], theirs[1:])
    return Finding("calling: a call that does nothing / gradio_client", ratio, "×", 0.5, note=note)


def of_many_calls(app: Zoo) -> list[Finding]:
    from gradio_client import Client

    numbers = FnNode(lambda: [f"tag {n}" for n in range(CALLS)], name="numbers")
    inputs = {"seconds": 0.5, "tag": numbers.output.each}
    graph = Graph("Calls", [GradioNode(app.url, "slow", "it", inputs)], persist_key=False)
    threads, before, failures = [0], threading.active_count(), 0
    client = Client(app.url, verbose=False, analytics_enabled=False)
    theirs_idle = threading.active_count() - before

    def ours() -> None:
        nonlocal failures
        run = graph.submit("it", force=True)
        most = 0
        while not run.wait(0.02):
            most = max(most, threading.active_count())
        if len(threads) == 1:  # before the other has made any
            threads.append(most - before - theirs_idle)
        failures += len(run.result()["it"]["output"]) != CALLS

    def theirs() -> None:
        jobs = [client.submit(0.5, f"by hand {n}", api_name="/slow") for n in range(CALLS)]
        concurrent.futures.wait(jobs)

    measured = in_turns(3, with_processor(ours), with_processor(theirs))
    client.close()
    graph.close()
    (our_wall, our_cpu), (their_wall, their_cpu) = (
        (median(wall for wall, _ in series), median(cpu for _, cpu in series))  # type: ignore[misc]
        for series in measured
    )
    walls = f"{our_wall:.2f} s, {their_wall:.2f} s"
    cpus = f"{our_cpu:.2f} s, {their_cpu:.2f} s"
    what = f"calling: {CALLS} calls of 0.5 s"
    return [
        Finding(f"{what} / gradio_client: time", our_wall / their_wall, "×", 1.1, note=walls),
        Finding(f"{what} / gradio_client: processor", our_cpu / their_cpu, "×", 0.4, note=cpus),
        Finding(f"{what}: threads more", max(threads), "", 64),
        Finding(f"{what}: failures", failures, "", 0),
    ]


def of_a_stream(app: Zoo) -> list[Finding]:
    """How late a listener hears what the app has yielded: both are of this machine's clock."""
    node = GradioNode(app.url, "timed", "it", {"n": CHUNKS, "pause": 0.05})
    graph = Graph("Stream", [node], persist_key=False)
    late: list[float] = []

    def heard(event: Event) -> None:
        if event.type == "node.chunk" and event.delta:
            late.append((time.time() - float(event.delta)) * 1e3)

    graph.subscribe(heard)
    graph.run()
    wait_until(lambda: len(late) >= CHUNKS)
    graph.close()
    what = "calling: yielded over there to heard here"
    return [
        Finding(f"{what}, median", median(late), "ms", 15),
        Finding(f"{what}, 95 %", quantiles(late, n=20)[-1], "ms", 60),
    ]


def of_stopping(app: Zoo) -> list[Finding]:
    node = GradioNode(app.url, "count", "it", {"n": 10_000, "pause": 0.05, "tag": "stopped"})
    graph = Graph("Stop", [node], persist_key=False)
    over = []
    for _ in range(5):
        begun = threading.Event()
        subscription = graph.subscribe(
            lambda e, begun=begun: begun.set() if e.type == "node.chunk" else None,  # type: ignore[misc]
            graph.session.events.next_expected(),
        )
        run = graph.submit("it", force=True)
        begun.wait(20)
        stopped = time.perf_counter()
        run.cancel()
        run.wait()
        over.append((time.perf_counter() - stopped) * 1e3)
        subscription.close()
    graph.close()
    exits = [exit_time(app) for _ in range(3)]
    return [
        Finding("calling: Stop to run over", median(over), "ms", 100),
        Finding("calling: a kernel ends with a call in flight", max(exits), "s", 3),
    ]


_KERNEL = """
import sys, threading
from daggr_nb import GradioNode, Graph
graph = Graph("K", [GradioNode(sys.argv[1], "slow", "it", {"seconds": 30})], persist_key=False)
at_work = threading.Event()
graph.subscribe(lambda e: at_work.set() if e.type == "node.progress" else None)
run = graph.submit()
at_work.wait(20)
print("at work", flush=True)
"""


def exit_time(app: Zoo) -> float:
    command = [sys.executable, "-c", _KERNEL, app.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout is not None
        kernel.stdout.readline()
        begun = time.perf_counter()
        kernel.wait()
        return time.perf_counter() - begun


def timed(function: Callable[[], object]) -> Callable[[], float]:
    def measure() -> float:
        begun = time.perf_counter()
        function()
        return time.perf_counter() - begun

    return measure


def with_processor(function: Callable[[], object]) -> Callable[[], Any]:
    """Return seconds of time and of this process's processor."""

    def measure() -> tuple[float, float]:
        before = resource.getrusage(resource.RUSAGE_SELF)
        begun = time.perf_counter()
        function()
        wall = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_SELF)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return wall, spent

    return measure


if __name__ == "__main__":
    print(table(findings()))
