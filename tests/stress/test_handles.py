"""Six graphs, 384 nodes and a gigabyte at once: as many handles as a Mac gives a program."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

MANY = """
import pathlib, resource, sys, threading
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
import numpy
from daggr_nb import FnNode, Graph

def graph_of(number):
    together = threading.Barrier(64)  # all at work at once
    def large(at):
        together.wait(60)
        return numpy.full(400_000, at)
    nodes = [
        FnNode(large, f"n{at}", inputs={"at": at}, version="1", concurrent=True) for at in range(64)
    ]
    return Graph(f"Many {number}", nodes, store=pathlib.Path(sys.argv[1], str(number)))

graphs = [graph_of(number) for number in range(6)]
for run in [graph.submit() for graph in graphs]:
    run.result(60)
"""


@pytest.mark.stress
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_t24_six_graphs_that_write_at_once_do_with_256_handles(tmp_path: Any) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", MANY, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2_000:]
    assert "open" not in ended.stderr
