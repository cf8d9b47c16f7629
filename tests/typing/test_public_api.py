"""Types as a user's type checker sees them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / "build" / "mypy-of-users"
USER_CODE = """
from daggr_nb import FnNode, GradioNode, Graph, InferenceNode, InputNode, NodeRun, NodeStatus, Port
from daggr_nb import Conversation, Run, testing, ui
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
chat = InferenceNode("org/chat", inputs={"prompt": form.x}, task="conversational", retries=2)
assert_type(chat.output, Port)
talk = Conversation("Talk")
assert_type(talk.messages, Port)
spoken = Graph("Spoken", nodes=[FnNode(str, inputs={"object": talk.message})], persist_key=False)
assert_type(spoken.chat("Hi"), str)
assert_type(spoken.say("Hi", conversation=talk), Run)
InferenceNode("org/chat", retrys=2)  # type: ignore[call-arg]
GradioNode("org/space", retrys=2)  # type: ignore[call-arg]
with testing.model_server() as server:
    assert_type(server.url, str)
    server.script(testing.Reply(status=429))
"""

CALLED = """
from typing import NamedTuple
from daggr_nb import Const, FnNode, Graph, InputNode, Port, node, ui
from typing_extensions import assert_type

class Ends(NamedTuple):
    first: str
    last: str

@node
def retrieve(chunks: list[str], question: str, k: int = 5) -> list[str]:
    return chunks[:k]

@node(outputs=["first", "last"], concurrent=True)
def ends(words: list[str]) -> tuple[str, str]:
    return words[0], words[-1]

@node
def named(words: list[str]) -> Ends:
    return Ends(words[0], words[-1])

form = InputNode("Form", ports={"question": ui.Textbox()})
hits = retrieve(Const(["a"]), form.question, k=ui.Slider(1, 9, 3))
assert_type(hits, FnNode)
first, last = ends(hits)
assert_type(first, Port)
start, end = named(hits)
assert_type(end, Port)
assert_type(retrieve(["a"], "why", k=2), list[str])
assert_type(ends(["a"]), tuple[str, str])
each = ends(hits.each)
assert_type(each.first, Port)
gathered = named(each.first.all())
graph = Graph(gathered, persist_key=False)
graph.inputs[form.question] = "why"
graph.sweep({form.question: ["why", "how"]}, gathered)
graph.run(first, inputs={form.question: "how"})
retrieve(["a"], "why").nothing  # type: ignore[attr-defined]
"""

OWN_KIND = """
from collections.abc import Mapping
from typing import Any
from typing_extensions import Unpack

from daggr_nb import Code, Graph, Limits, Node, Policy, RunContext, RunOptions, feed

class Download(Node):
    kind = "download"

    def __init__(self, name: str, url: Any, **options: Unpack[RunOptions]) -> None:
        policy, limits = Policy.of(options, name), Limits.of(options, name, concurrent=True)
        super().__init__(name, {"url": feed(url)}, {"page": None}, policy=policy, limits=limits)

    def code(self) -> Code:
        return Code(self.kind, version="1")

    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        context.stream("so far")
        return {"page": "" if context.cancelled else inputs["url"]}

Download("page", "a.org", retries=2, timeout=1.5, concurrent=False)
Download("page", "a.org", retries="2")  # type: ignore[arg-type]
Download("page", "a.org", retrys=2)  # type: ignore[call-arg]
"""


def test_user_code_passes_strict_mypy(tmp_path: Path) -> None:
    """One run for both: most of the time is for what they import, less with a cache of it."""
    for name, code in (("graph.py", USER_CODE), ("called.py", CALLED), ("own_kind.py", OWN_KIND)):
        (tmp_path / name).write_text(code)
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={CACHE}", "."],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "3 source files" in run.stdout
