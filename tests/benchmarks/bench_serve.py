"""Calls of a served graph: our REST beside daggr's, in one run, each in a process of its own.

    python -m tests.benchmarks.bench_serve [--calls 200] [--rounds 5]

`new` is a call with an input that nobody has given before, which we record and daggr does not;
`known` one whose result is on record. `at once` is the 95th percentile of 200 calls of half a
second each, begun together. `1 of 1,000` is a call of which one node runs, beside one of two nodes:
with the others in a row before it, or with all of them as inputs of it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx

from tests.benchmarks import peer
from tests.benchmarks.measure import Finding, in_turns, median_ratio, table

AT_ONCE = 200
OURS = """
import sys, time
from daggr_nb import FnNode, Graph, ui

def echo(x: float) -> float:
    return x

def wait(x: float) -> float:
    time.sleep(0.5)
    return x

which, port = sys.argv[1], int(sys.argv[2])
run, inputs = {"slow": wait}.get(which, echo), {"x": ui.Number(1, label="x")}
if which[-1].isdigit():  # so many nodes, of which the last one hangs on the input
    in_row, count = which.startswith("row"), int(which.removeprefix("row"))
    row = [FnNode(lambda: 1.0, "n0", outputs=["y"])]
    for n in range(1, count - 1):
        above = row[-1] if in_row else row[n // 2]
        row.append(FnNode(echo, f"n{n}", inputs={"x": above.y}, outputs=["y"]))
    several = {f"y{n}": node.y for n, node in enumerate(row[-1:] if in_row else row)}
    run, inputs = lambda x, **others: x, {**inputs, **several}
step = FnNode(run, "step", inputs=inputs, outputs={"y": ui.Number()}, concurrent=True)
Graph(f"calls {which}", nodes=[step]).serve(port=port, block=True)
"""
numbers = itertools.count(10)


@contextmanager
def serving(command: list[str], home: str) -> Iterator[str]:
    """Start a server on a free port; yield its address once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, **peer.QUIET, "HF_HOME": home, "DAGGR_NB_HOME": home}
    process = subprocess.Popen(
        [*command, str(port)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 90
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(urllib.error.URLError):
                urllib.request.urlopen(f"{address}/api/schema", timeout=5).close()
                break
            time.sleep(0.1)
        else:
            raise RuntimeError(f"{command} did not come up")
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def call(client: httpx.Client, address: str, x: float) -> None:
    answer = client.post(f"{address}/api/call", json={"inputs": {"step__x": x}}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.json()["outputs"]["step"]["y"] == x, answer.text


def calling(client: httpx.Client, address: str, count: int, new: bool) -> Callable[[], float]:
    """Return what measures the seconds of one call, one after the other."""

    def measure() -> float:
        values = [next(numbers) if new else 7 for _ in range(count)]
        begun = time.perf_counter()
        for value in values:
            call(client, address, value)
        return (time.perf_counter() - begun) / count

    return measure


def at_once(address: str) -> float:
    """Return the 95th percentile of calls that begin together."""

    async def one(client: httpx.AsyncClient) -> float:
        begun = time.perf_counter()
        body = {"inputs": {"step__x": next(numbers)}}
        answer = await client.post(f"{address}/api/call", json=body, timeout=120)
        assert answer.status_code == 200, answer.text
        return time.perf_counter() - begun

    async def every() -> list[float]:
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        async with httpx.AsyncClient(limits=limits) as client:
            return await asyncio.gather(*(one(client) for _ in range(AT_ONCE)))

    return statistics.quantiles(asyncio.run(every()), n=20)[-1]


def measure(calls: int, rounds: int) -> list[Finding]:
    python = peer.environment("daggr")
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(dir=peer.FAST))
        client = stack.enter_context(httpx.Client())

        def ours(which: str) -> str:
            return stack.enter_context(serving([sys.executable, "-c", OURS, which], home))

        def theirs(which: str) -> str | None:
            script = str(Path(peer.SCRIPTS / "daggr_rest.py"))
            command = [python or "", script, which]
            return stack.enter_context(serving(command, home)) if python else None

        quick, daggr = ours("quick"), theirs("quick")
        findings = []
        for what, new, goal in (("new", True, 4), ("known", False, 2)):
            measures = [calling(client, quick, calls, new)]
            if daggr is not None:
                measures.append(calling(client, daggr, calls, new))
            for each in measures:
                each()  # warm
            mine, *other = in_turns(rounds, *measures)
            ratio = median_ratio(mine, other[0]) if other else None
            note = f"{1 / statistics.median(mine):.0f} calls/s"
            note += f", daggr {1 / statistics.median(other[0]):.0f}" if other else ""
            findings.append(Finding(f"{what} call, beside daggr's", ratio, "x", goal, note=note))
        shapes = ours("2"), ours("row1000"), ours("1000")
        measures = [calling(client, each, max(1, calls // 4), new=True) for each in shapes]
        for each in measures:
            each()  # warm
        fast, *others = in_turns(rounds, *measures)
        for what, slow in zip(("in a row", "all of them its inputs"), others, strict=True):
            note = f"{1e3 * statistics.median(slow):.1f} ms, {1e3 * statistics.median(fast):.1f}"
            of_two = f"1 of 1,000 nodes, {what}, beside 1 of 2"
            findings.append(Finding(of_two, median_ratio(slow, fast), "x", 3, note=note))
        slow_here, slow_there = ours("slow"), theirs("slow")
        mine = [at_once(slow_here) for _ in range(2)]
        other = [at_once(slow_there) for _ in range(2)] if slow_there is not None else []
        p95 = min(mine) / min(other) if other else None
        note = f"{min(mine):.2f} s" + (f", daggr {min(other):.2f}" if other else "")
        findings.append(Finding("200 calls of 0.5 s at once, p95", p95, "x", 1.5, note=note))
        return findings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    print(table(measure(asked.calls, asked.rounds)))


if __name__ == "__main__":
    main()
