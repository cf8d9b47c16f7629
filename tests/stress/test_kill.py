"""A kernel killed at any moment loses at most what was in flight."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from daggr_nb import Event, FnNode, Graph

NODES = 400
KILLS = 30


def step(x: int) -> int:
    return x + 1


def chain(store: Path) -> Graph:
    node = FnNode(step, name="step 0", inputs={"x": 0}, outputs={"y": None})
    for i in range(1, NODES):
        node = FnNode(step, name=f"step {i}", inputs={"x": node.y}, outputs={"y": None})
    return Graph("Killed", nodes=[node], store=store)


def report(store: Path) -> None:
    """Run the chain and print each node whose success was reported."""
    graph = chain(store)
    graph.subscribe(tell)
    graph.run()
    time.sleep(60)  # to be killed


def tell(event: Event) -> None:
    if event.type == "node.succeeded":
        sys.stdout.write(f"{event.node}\n")
        sys.stdout.flush()


@pytest.mark.stress
@pytest.mark.timeout(600)
def test_what_was_reported_as_succeeded_is_on_record(tmp_path: Path) -> None:
    chance = random.Random(0)
    command = [sys.executable, "-c", f"from {__name__} import *; report(Path(sys.argv[1]))"]
    for kill in range(KILLS):
        store = tmp_path / str(kill)
        with subprocess.Popen([*command, str(store)], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            first = child.stdout.readline()
            time.sleep(chance.uniform(0, 0.1))
            child.send_signal(signal.SIGKILL)
            lines = first + child.stdout.read()
        reported = lines.split("\n")[:-1]  # what follows the last line end was cut short
        assert reported

        graph = chain(store)
        for name in reported:
            (run,) = graph.history(name)
            assert run.status == "succeeded"
            assert run.outputs["y"] == int(name.split()[1]) + 1
        remaining = len(graph.plan())
        assert remaining <= NODES - len(reported)
        assert graph.run() == {f"step {NODES - 1}": {"y": NODES}}
        graph.close()
