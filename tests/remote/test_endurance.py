"""Calls that hang, many calls at once, large files, and kernels that end."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daggr_nb import FnNode, GradioNode, Graph
from daggr_nb._services import connection
from daggr_nb.errors import NodeFailed, Unreachable
from tests.remote.servers import Answer, ScriptedApp, Zoo, completed, event, wait_until


def test_an_app_that_is_frozen_is_given_up(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SILENCE", 1.0)

    def frozen() -> Iterator[bytes]:
        yield event("process_starts")
        time.sleep(30)

    app.data = lambda request: Answer(body=frozen())
    graph = Graph(
        "Frozen", [GradioNode(app.url, name="it", inputs={"text": "a"})], persist_key=False
    )
    with pytest.raises(NodeFailed) as failed:
        graph.run()
    assert isinstance(failed.value.__cause__, Unreachable)
    assert "went silent in the middle of the call" in str(failed.value.__cause__)


def test_heartbeats_keep_a_long_call_alive(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SILENCE", 0.5)

    def beating() -> Iterator[bytes]:
        for _ in range(20 * 5):  # 20 times the limit
            yield event("heartbeat")
            time.sleep(0.1)
        yield completed("after all")

    app.data = lambda request: Answer(body=beating())
    graph = Graph("Slow", [GradioNode(app.url, name="it", inputs={"text": "a"})], persist_key=False)
    assert graph.run() == {"it": {"output": "after all"}}


def test_a_node_has_the_limits_of_others(zoo: Zoo) -> None:
    node = GradioNode(zoo.url, "slow", name="it", inputs={"seconds": 20}, timeout=0.5)
    with pytest.raises(NodeFailed, match=r"no result within 0\.5 s"):
        Graph("Limits", [node], persist_key=False).run()
    routed = GradioNode(zoo.url, "fails", name="it", inputs={"message": "oh"}, on_error="route")
    assert "oh" in Graph("Routed", [routed], persist_key=False).run()["it"]["error"]["message"]


def test_200_items_get_through_a_queue_of_60(zoo: Zoo) -> None:
    numbers = FnNode(lambda: [0.05] * 200, name="numbers")
    node = GradioNode(zoo.url, "crowd", name="it", inputs={"seconds": numbers.output.each})
    joined = FnNode(lambda done: len(done), name="joined", inputs={"done": node.output.all()})
    graph = Graph("Crowd", [joined], persist_key=False)
    assert graph.run() == {"joined": {"output": 200}}


def test_100_megabytes_leave_nothing_behind(zoo: Zoo, tmp_path: Path) -> None:
    temporary = Path(tempfile.gettempdir())
    before = set(os.listdir(temporary))
    node = GradioNode(zoo.url, "large", name="it", inputs={"megabytes": 100})
    graph = Graph("Large", [node], persist_key="large", store=tmp_path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path = graph.run()["it"]["output"]
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    assert path.stat().st_size == 100 << 20
    assert path.read_bytes()[-1] == 99
    assert grown < (100 + 60) << 10  # kilobytes
    left = {name for name in set(os.listdir(temporary)) - before if "pytest" not in name}
    assert not left
    assert not [p for p in (tmp_path / "cache").rglob(".*") if p.is_file() and p.name != ".place"]
    graph.close()


_KERNEL = """
import sys
from daggr_nb import GradioNode, Graph
node = GradioNode(sys.argv[1], "{endpoint}", name="it", inputs={inputs})
graph = Graph("Kernels", [node], persist_key="kernels", store=sys.argv[2])
"""


def kernel(source: str, *arguments: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", source, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_result_outlives_kernel_and_app(tmp_path: Path) -> None:
    app = Zoo(tmp_path / "app")
    source = _KERNEL.format(endpoint="painted", inputs={"width": 40, "height": 30})
    tell = "print(graph.run()['it']['output'].read_bytes().hex(), len(graph.history('it')))"
    with kernel(source + tell, app.url, str(tmp_path / "store")) as first:
        told, said = first.communicate(timeout=60)
    assert first.returncode == 0, said
    app.close()
    for path in (tmp_path / "cache").rglob("*.webp"):
        path.chmod(0o600)
        path.unlink()
    tell = "print(node.output.value.read_bytes().hex(), len(graph.history('it')))"
    with kernel(source + tell, app.url, str(tmp_path / "store")) as second:
        again, said = second.communicate(timeout=60)
    assert second.returncode == 0, said
    assert again == told


@pytest.mark.parametrize("ending", ["exit", "SIGTERM"])
def test_a_kernel_ends_with_a_call_in_flight(zoo: Zoo, tmp_path: Path, ending: str) -> None:
    source = _KERNEL.format(endpoint="slow", inputs={"seconds": 30, "tag": ending})
    rest = """
import threading
at_work = threading.Event()
graph.subscribe(lambda e: at_work.set() if e.type == "node.progress" else None)
run = graph.submit()
at_work.wait(20)
print("at work", flush=True)
""" + ("" if ending == "exit" else "threading.Event().wait()\n")
    with kernel(source + rest, zoo.url, str(tmp_path / "store")) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        if ending == "SIGTERM":
            process.send_signal(signal.SIGTERM)
        process.wait(20)  # the call would take 30


def test_fifty_calls_at_once_need_few_threads(zoo: Zoo) -> None:
    import threading

    numbers = FnNode(lambda: [f"tag {n}" for n in range(50)], name="numbers")
    inputs = {"seconds": 0.5, "tag": numbers.output.each}
    node = GradioNode(zoo.url, "slow", name="it", inputs=inputs)
    graph = Graph("Fifty", [node], persist_key=False)
    most = threading.active_count()
    before = most
    run = graph.submit()

    def over() -> bool:
        nonlocal most
        most = max(most, threading.active_count())
        return run.status != "running"

    wait_until(over, 60)
    assert run.result()["it"]["output"] == ["waited 0.5"] * 50
    assert most - before <= 64 + 4
