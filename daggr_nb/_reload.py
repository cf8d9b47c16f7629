"""A served script or notebook that is edited: run again, without losing what people have.

The file runs again in this process; of its own modules those that changed are imported anew, and
those that import them. The session goes on with the new graph, as with a cell that runs again.
"""

from __future__ import annotations

import contextlib
import importlib
import linecache
import os
import pathlib
import sys
import traceback
from collections.abc import Iterable, Iterator
from types import ModuleType

from daggr_nb._deploy.imports import local_imports
from daggr_nb._graph import Graph
from daggr_nb._graph_files import graph_of
from daggr_nb._provenance.packages import installed_module
from daggr_nb._text import cut
from daggr_nb.errors import DaggrError, is_interrupt, text_of


class Reloader:
    """Runs a file again for a session. ``graph`` is the one that it was begun with."""

    def __init__(self, file: pathlib.Path, name: str | None, graph: Graph) -> None:
        self._file = file.resolve()
        self._name = name
        self._graphs = [graph]  # the first has the session, and the last its nodes
        self._failed = False

    @property
    def folder(self) -> pathlib.Path:
        """Where the file and its modules are."""
        return self._file.parent

    def concerns(self, changed: Iterable[pathlib.Path]) -> bool:
        """Whether any of these files was run; after a failure any may be what was missing."""
        known = {self._file, *self._modules().values()}
        return self._failed or not known.isdisjoint(changed)

    def run_again(self, changed: Iterable[pathlib.Path]) -> str:
        """Run the file again; return why the graph stays as it was, or nothing."""
        dropped = _Dropped(self._stale(set(changed)))
        try:
            self._take(graph_of(self._file, self._name))
        except BaseException as error:  # the file is the person's own
            if is_interrupt(error):
                raise
            dropped.restore()
            self._failed = True
            return self._said(error)
        self._failed = False
        return ""

    def _take(self, graph: Graph) -> None:
        """Let the session go on with another version of its graph."""
        first = self._graphs[0]
        if graph.persist_key != first.persist_key:
            raise DaggrError(
                f"the graph is kept under the key {graph.persist_key!r} now, and was under "
                f"{first.persist_key!r}: start the server again"
            )
        if graph.persist_key is None:
            first.session.attach(graph.wiring.structure)
        elif graph.session is not first.session:
            raise DaggrError("the graph has another store now: start the server again")
        self._graphs[1:] = [graph]

    def _said(self, error: BaseException) -> str:
        """Return what to show of an error: its kind, its line, what it says."""
        traceback.print_exception(error)
        place, line = self._file, 0
        if isinstance(error, SyntaxError) and error.filename:
            place, line = pathlib.Path(error.filename), error.lineno or 0
        else:
            for frame in traceback.extract_tb(error.__traceback__):
                if pathlib.Path(frame.filename).is_relative_to(self.folder):
                    place, line = pathlib.Path(frame.filename), frame.lineno or 0
        where = f"{place.name}, line {line}" if line else place.name
        text = error.msg if isinstance(error, SyntaxError) else text_of(error)
        kind = "" if isinstance(error, DaggrError) else f"{type(error).__name__}: "
        return f"{where}: {kind}{cut(text, 300)}. The graph stays as it was."

    def _modules(self) -> dict[str, pathlib.Path]:
        """Return the files of the modules that are the project's own."""
        found = {}
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name == "__main__" or not isinstance(file, str):
                continue
            path = pathlib.Path(file).resolve()
            if path.is_relative_to(self.folder) and not installed_module(name):
                found[name] = path
        return found

    def _stale(self, changed: set[pathlib.Path]) -> list[str]:
        """Return the modules that changed, and those that import them."""
        modules = self._modules()
        uses = {path: local_imports(self.folder, path) for path in modules.values()}
        stale = {path for path in modules.values() if path in changed}
        while more := {path for path, used in uses.items() if used & stale} - stale:
            stale |= more
        return [name for name, path in modules.items() if path in stale]


class _Dropped:
    """Modules that are taken out, so that they are imported anew; they can be put back."""

    def __init__(self, names: Iterable[str]) -> None:
        self._modules: dict[str, ModuleType] = {}
        self._main = sys.modules.get("__main__")
        for name in names:
            self._modules[name] = sys.modules.pop(name)
            with contextlib.suppress(AttributeError):
                delattr(*self._in_parent(name))
        importlib.invalidate_caches()
        linecache.checkcache()

    def _in_parent(self, name: str) -> tuple[object, str]:
        parent, _, own = name.rpartition(".")
        return self._modules.get(parent) or sys.modules.get(parent), own

    def restore(self) -> None:
        """Put them back as they were."""
        sys.modules.update(self._modules)
        if self._main is not None:
            sys.modules["__main__"] = self._main
        for name, module in self._modules.items():
            parent, own = self._in_parent(name)
            if parent is not None:
                setattr(parent, own, module)


@contextlib.contextmanager
def source_alone() -> Iterator[None]:
    """Write no bytecode: two edits within a second could not be told apart by it."""
    former, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = former


def start_anew(words: Iterable[str]) -> None:
    """Let this process be the command again, from its beginning."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "daggr_nb._cli", *words])
