"""Types as a user's type checker sees them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

USER_CODE = """
from daggr_nb import FnNode, Graph, InputNode, NodeRun, NodeStatus, Port, Run, ui
from typing_extensions import assert_type

def f(x: int) -> int:
    return x

form = InputNode("Form", ports={"x": ui.Slider(1, 9, 3, label="X")})
node = FnNode(f, inputs={"x": form.x}, outputs={"y": ui.JSON()})
assert_type(node.y, Port)
graph = Graph("G", nodes=[node], persist_key=False)
assert_type(graph.submit(node), Run)
assert_type(graph.status(), dict[str, NodeStatus])
runs: list[NodeRun] = graph.history(node)
assert_type(graph.edge_status(), list[tuple[str, str, str, str, bool]])
graph.inputs["Form__x"] = 5
"""


def test_user_code_passes_strict_mypy(tmp_path: Path) -> None:
    script = tmp_path / "user.py"
    script.write_text(USER_CODE)
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(script)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stdout + run.stderr
