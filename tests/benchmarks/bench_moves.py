"""How often the control moves from file to file on three walks through the package.

.venv/bin/python -m tests.benchmarks.bench_moves [-v]

The walks are those of ARCHITECTURE.md, on ``form(tone, n) -> draft -> shout`` with a canvas:
an input is edited, up to the notification of grey edges; one node runs, up to its record and
preview; a function is edited, up to the reason with its diff. Every call of a function of the
package is seen, on all threads. A *move* is a change of file between two calls on one thread.
"""

from __future__ import annotations

import collections
import itertools
import linecache
import os
import sys
import tempfile
import threading
import types
from collections.abc import Callable
from typing import Any

import daggr_nb
from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._notebook.cells import _follow as follow_cell
from daggr_nb._notebook.variables import names_of_nodes

HOME = os.path.dirname(daggr_nb.__file__)
DRAFT = "def draft(tone, n):\n    return f'{{tone}} draft' * int(n) + {end!r}\n"
SHOUT = "def shout(text):\n    return text.upper()\n"

Change = dict[str, Any]


class Calls:
    """Calls of functions of the package: their files, by thread."""

    def __init__(self) -> None:
        self.files: dict[int, list[str]] = collections.defaultdict(list)

    def note(self, frame: types.FrameType, event: str, argument: Any) -> None:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(HOME):
            self.files[threading.get_ident()].append(os.path.relpath(name, HOME))

    def total(self) -> int:
        return sum(map(len, self.files.values()))

    def moves(self) -> collections.Counter[tuple[str, str]]:
        pairs = (itertools.pairwise(files) for files in self.files.values())
        return collections.Counter((a, b) for each in pairs for a, b in each if a != b)

    def take(self) -> Calls:
        """Return what was seen so far, and begin anew."""
        seen = Calls()
        seen.files, self.files = self.files, seen.files
        return seen


class Views:
    """What a canvas was told."""

    def __init__(self) -> None:
        self._heard = threading.Condition()
        self.changes: list[Change] = []

    def send(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        with self._heard:
            self.changes += message.get("changes", [])
            self._heard.notify_all()

    def wait(self, done: Callable[[Change], bool]) -> None:
        with self._heard:
            if not self._heard.wait_for(lambda: any(map(done, self.changes)), 10):
                raise TimeoutError(f"not told within 10 s; the canvas heard {self.changes}")


def function(name: str, source: str) -> Any:
    """Define a function as a cell does."""
    file = f"<cell {name} {hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, file, "exec"), namespace)
    return namespace[name]


class Walks:
    """A graph with a canvas, and what was called on each walk so far."""

    def __init__(self, folder: str) -> None:
        self._calls = Calls()
        self._views = Views()
        self.seen: dict[str, Calls] = {}
        threading.setprofile(self._calls.note)  # for the threads that start from now on
        form = InputNode("form", ports={"tone": ui.Textbox("dry"), "n": ui.Slider(1, 5, value=2)})
        inputs = {"tone": form.tone, "n": form.n}
        draft = FnNode(function("draft", DRAFT.format(end=".")), inputs=inputs, outputs=["text"])
        shout = FnNode(function("shout", SHOUT), inputs={"text": draft.text}, outputs=["text"])
        self.graph = Graph("Walks", nodes=[shout], store=folder)
        self.bridge = Bridge(self.graph.session, "Walks", self._views.send)
        self._run_all()

    def end(self) -> None:
        threading.setprofile(None)  # type: ignore[arg-type]
        self.graph.close()

    def _run_all(self) -> None:
        self._views.changes.clear()
        self.graph.run()
        self._views.wait(lambda change: shows(change, "shout", "fresh"))

    def walk(self, name: str, act: Callable[[], object], done: Callable[[Change], bool]) -> None:
        self._views.changes.clear()
        self._calls.take()
        sys.setprofile(self._calls.note)
        act()
        sys.setprofile(None)
        self._views.wait(done)
        self.seen[name] = self._calls.take()
        self._run_all()

    def edit_of_an_input(self) -> None:
        command = {"kind": "set_input", "id": "1", "node": "form", "port": "tone", "value": "warm"}
        self.walk(
            "an input is edited: grey edges",
            lambda: self.bridge.receive(command),
            lambda change: change["kind"] == "edges" and not all(change["fresh"].values()),
        )

    def run_of_a_node(self) -> None:
        self._views.changes.clear()
        self.graph.inputs["form__n"] = 3
        self._views.wait(lambda change: shows(change, "shout", "stale"))
        command = {"kind": "run", "id": "2", "targets": ["draft"], "mode": "step"}
        self.walk(
            "a node runs: record and preview",
            lambda: self.bridge.receive(command),
            lambda change: change["kind"] == "node_values" and change["node"] == "draft",
        )

    def edit_of_a_function(self) -> None:
        node = self.graph["draft"]
        assert isinstance(node, FnNode)
        follow_cell(self.graph, {"draft": node.fn}, names_of_nodes({}))
        namespace = {"draft": function("draft", DRAFT.format(end="!"))}

        def cell() -> None:
            follow_cell(self.graph, namespace, names_of_nodes({}))
            self.graph.session.refresh_code(large=False)

        self.walk(
            "a function is edited: reason and diff",
            cell,
            lambda change: (
                shows(change, "draft", "stale") and bool(change["state"]["reasons"][0]["diff"])
            ),
        )


def shows(change: Change, node: str, freshness: str) -> bool:
    told = change["kind"] == "node_state" and change["node"] == node
    return bool(told and change["state"]["freshness"] == freshness)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        walks = Walks(folder)
        walks.edit_of_an_input()
        walks.run_of_a_node()
        walks.edit_of_a_function()
        walks.end()
    for name, calls in walks.seen.items():
        moves = calls.moves()
        print(f"{name:40}{calls.total():6} calls{moves.total():6} moves")
        for (one, other), count in moves.most_common(60 if "-v" in sys.argv else 0):
            print(f"{count:8}  {one} -> {other}")


if __name__ == "__main__":
    main()
