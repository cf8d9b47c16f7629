"""Two nodes at work on one object: who changes it is told, and nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, NodeFailed

MADE: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "a list": (lambda: [3, 1, 2], lambda v: v.sort()),
    "a dict": (lambda: {"a": 1}, lambda v: v.update(b=2)),
    "a set": (lambda: {1, 2}, lambda v: v.add(3)),
    "a list within": (lambda: {"a": [1]}, lambda v: v["a"].append(2)),
    "bytes": (lambda: bytearray(b"ab"), lambda v: v.extend(b"c")),
    "a tuple of lists": (lambda: ([1], [2]), lambda v: v[0].clear()),
}


@pytest.mark.parametrize("case", MADE)
@pytest.mark.parametrize("first", ["reader", "writer"])
def test_the_node_that_changes_a_shared_input_is_the_one_that_fails(case: str, first: str) -> None:
    made, change = MADE[case]
    both, changed, read = threading.Barrier(2, timeout=30), threading.Event(), threading.Event()
    runs: list[str] = []

    def writes(value: Any) -> str:
        runs.append("writes")
        if runs.count("writes") == 1:
            both.wait()
        change(value)
        changed.set()
        if first == "reader" and runs.count("writes") == 1:
            read.wait(30)
        return "done"

    def reads(value: Any) -> Any:
        runs.append("reads")
        if runs.count("reads") == 1:
            both.wait()
            changed.wait(30)
        read.set()
        return repr(value)

    shared = FnNode(made, "shared")
    options = {"concurrent": True, "ignore": ["both", "changed", "read", "runs", "change"]}
    nodes = [
        FnNode(reads, inputs={"value": shared.output}, **options),
        FnNode(writes, inputs={"value": shared.output}, **options),
    ]
    graph = Graph("Contested", nodes, persist_key=False)
    with pytest.raises(NodeFailed, match="'writes' changed its input 'value' in place"):
        graph.run()
    status = graph.status()
    assert status["reads"].status == "succeeded"
    assert status["writes"].status == "failed"
    assert graph["reads"].output.value == repr(made())
    assert shared.output.value == made()
