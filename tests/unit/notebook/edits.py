"""Edits of a notebook, and what must be said of every node of its graph afterwards.

The graph is ``source → edited → below`` with ``aside`` fed by ``source``; ``edited`` runs ``f``.
Nothing but ``edited`` and what is below it may turn stale, unless an edit says so itself.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

BEFORE = """
import os, sys, pathlib, importlib, functools
from daggr_nb import FnNode, Graph
K = 3
def source(): return 3
def below(x): return str(x)
def aside(x): return x
def write(name, text, later=[0]):
    later[0] += 10
    pathlib.Path(name).write_text(text)
    os.utime(name, (1.7e9 + later[0],) * 2)
more = {}
"""
CALLED = """
start = FnNode(source)
edited = FnNode(f, "edited", inputs={"x": start.output, **more})
"""
NAMED = """
def edited(x):
    f
    return x
start = FnNode(source)
edited = FnNode(edited, inputs={"x": start.output})
"""
GRAPH = """
graph = Graph(
    "Edits",
    [FnNode(below, inputs={"x": edited.output}), FnNode(aside, inputs={"x": start.output})],
    persist_key=False,
)
graph.run()
"""

Freshness = Mapping[str, tuple[str, ...]]
NODES = ("source", "edited", "below", "aside")


@dataclass(frozen=True)
class Edit:
    """Cells that are run first, then others; and which nodes are stale afterwards, why.

    ``called`` says whether ``edited`` calls ``f`` or only names it; ``call`` is what it calls if
    that is not ``f``. ``any_reason`` leaves the words open.
    """

    first: str
    then: tuple[str, ...]
    stale: Freshness = field(default_factory=dict)
    called: bool = True
    any_reason: bool = False
    needs: str = ""
    call: str = "f"

    @property
    def cells(self) -> list[str]:
        """What is run before the edit."""
        called = CALLED.replace("FnNode(f,", f"FnNode({self.call},")
        return [BEFORE, self.first, (called if self.called else NAMED) + GRAPH]


@dataclass(frozen=True)
class Verdict:
    """What is wrong with what was said after an edit, node by node."""

    false_fresh: tuple[str, ...] = ()
    false_stale: tuple[str, ...] = ()
    wrong_reason: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        return not (self.false_fresh or self.false_stale or self.wrong_reason)


@contextlib.contextmanager
def notebook(folder: Path) -> Iterator[InteractiveShell]:
    """A shell as a kernel has it, at work in ``folder``."""
    main, hooks, paths = sys.modules["__main__"], (sys.displayhook, sys.excepthook), list(sys.path)
    modules = set(sys.modules)
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(colors="nocolor")
    shell.history_manager.enabled = False
    sys.path.insert(0, str(folder))
    try:
        with _inside(folder):
            yield shell
    finally:
        InteractiveShell.clear_instance()
        atexit.unregister(shell.atexit_operations)
        sys.modules["__main__"] = main
        sys.displayhook, sys.excepthook = hooks
        sys.path[:] = paths
        for name in set(sys.modules) - modules:
            if name.startswith("own_"):
                del sys.modules[name]


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def judge(edit: Edit, folder: Path) -> tuple[Verdict, Freshness]:
    """Make an edit in a new notebook; return what was wrong, and what was said."""
    with notebook(folder) as shell, contextlib.redirect_stdout(io.StringIO()):
        for cell in (*edit.cells, *edit.then):
            shell.run_cell(cell, store_history=True).raise_error()
        session = shell.user_ns["graph"].session
        session.refresh_code()  # as whoever asks does: after a cell there may be no time for all
        judged = {str(name): found for name, found in session.current.freshness.judged.items()}
        said = {
            name: tuple(str(reason) for reason in found.reasons)
            for name, found in judged.items()
            if found.freshness != "fresh"
        }
        session.close()
    return verdict_of(edit, said), said


def verdict_of(edit: Edit, said: Freshness) -> Verdict:
    """Compare what was said of every node with what must be."""
    expected = edit.stale
    wrong = [n for n in NODES if n in said and n in expected and said[n] != expected[n]]
    return Verdict(
        tuple(n for n in NODES if n in expected and n not in said),
        tuple(n for n in NODES if n in said and n not in expected),
        () if edit.any_reason else tuple(wrong),
    )


# ---------------------------------------------------------------- how edits are written down


def same(first: str, *then: str, **more: Any) -> Edit:
    """An edit that changes nothing."""
    return Edit(first, then, **more)


def changed(first: str, *then_and_said: str | tuple[str, ...], **more: Any) -> Edit:
    """An edit that changes ``edited``; the last argument is what is said, or several things."""
    *then, said = then_and_said
    reasons = (said,) if isinstance(said, str) else said
    stale = {"edited": reasons, "below": ("waits for edited",)}
    return Edit(first, tuple(map(str, then)), stale, **more)
