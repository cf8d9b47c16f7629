"""Which files a result may show that a visitor's entries have led to: none that these chose.

A name may be made of what was entered in any way, so that nothing can be told from the name itself.
What counts is how a file came to be there: that the run wrote it, or that others gave its path.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import tempfile
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from daggr_nb._model.node import Node
from daggr_nb._provenance.code.fingerprint import Fingerprint
from daggr_nb._provenance.digest.paths import paths_in
from daggr_nb._text import cut
from daggr_nb.errors import InputError
from daggr_nb.ui import Component

_MAX_DEPTH = 50
_DATABASE = "cache.db"  # in the folder of a store, where somebody writes all the time
_CAPTURED = re.compile(r"(?:Posix|Windows|Pure\w*)?Path\((['\"])(.+?)\1\)")


def texts_in(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the texts in plain data."""
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, (list, tuple, set, dict)) and depth < _MAX_DEPTH:
        parts = value.items() if isinstance(value, dict) else value
        for part in parts:
            yield from texts_in(part, depth + 1)


def check_path_inputs(name: str, node: Node, inputs: Mapping[str, tuple[str, Any]]) -> None:
    """Raise if a text that a visitor has entered would become a path: by port of ``node``."""
    for own, (port, value) in inputs.items():
        if isinstance(value, str) and value and _asks_for_path(node.input_types.get(own)):
            raise InputError(
                f"{name}.{port} expected a file, and got the text {cut(value, 60)!r}, which a "
                "visitor has typed. Let the visitor upload the file (ui.File) or choose it from a "
                "list (ui.Dropdown); a text that names none is annotated as str.",
                node=name,
                port=port,
            )


def _asks_for_path(annotation: Any) -> bool:
    if isinstance(annotation, type):
        return issubclass(annotation, os.PathLike)
    return any(map(_asks_for_path, typing.get_args(annotation)))


def file_time() -> int:
    """Return the time that a file gets which is written now, in nanoseconds.

    It is some milliseconds behind that of the system.
    """
    with tempfile.TemporaryFile() as file:
        file.write(b".")
        file.flush()
        return os.fstat(file.fileno()).st_mtime_ns


class GivenFiles:
    """The files that an evaluation may show: of its ``inputs``, its ``code``, and what it writes.

    ``since`` is when it began, as :func:`file_time` tells it.
    ``entered`` are the input ports to which a visitor's entries have led, directly or through the
    steps before. A path among the inputs is never a visitor's: over the wire come handles, and what
    steps before have made was checked as this is.
    """

    def __init__(
        self,
        inputs: Mapping[str, Any],
        entered: frozenset[str],
        code: Fingerprint,
        since: int,
    ) -> None:
        self._since = since
        self._code = code
        paths = [path for value in inputs.values() for path in _paths(value)]
        self._given = {os.path.realpath(path) for path in paths}
        others = (value for port, value in inputs.items() if port not in entered)
        names = {text for value in others for text in texts_in(value) if _exists(text)}
        self._files = {os.path.realpath(os.path.expanduser(name)) for name in names}
        for dependency in code.dependencies.values():
            if dependency.kind == "data":
                found = (match[2] for match in _CAPTURED.finditer(dependency.source))
                self._given.update(map(os.path.realpath, found))

    def check(self, name: str, port: str, value: Any, component: Component | None) -> None:
        """Raise for a result that would be shown as a file which a visitor may have chosen."""
        is_file = component is not None and component.takes_files
        shown = {*texts_in(value)} if is_file else set()
        for path in (*shown, *map(str, _paths(value))):
            if _exists(path) and not self._has(path):
                raise InputError(
                    f"{name}.{port} expected a file that this run has written, or of a path that "
                    f"the node was given, and got {cut(path, 60)!r}, which a visitor has typed or "
                    "may have led to. Let the visitor choose from a list or upload the file; give "
                    "the folder that results are in as an input, a pathlib.Path.",
                    node=name,
                    port=port,
                )

    def _has(self, path: str) -> bool:
        real = os.path.realpath(os.path.expanduser(path))
        if real in self._given or real in self._files or self._is_written_in_code(path):
            return True
        if any(str(parent) in self._given for parent in pathlib.Path(real).parents):
            return True
        return self._is_new(real)

    def _is_written_in_code(self, path: str) -> bool:
        """Whether the author has written the whole path into the code."""
        quoted = (f"'{path}'", f'"{path}"')
        sources = (dependency.source for dependency in self._code.dependencies.values())
        return any(each in source for source in sources for each in quoted)

    def _is_new(self, real: str) -> bool:
        """Whether the file was written since the run began; a database always may be."""
        with contextlib.suppress(OSError):
            new = os.stat(real).st_mtime_ns >= self._since
            parents = pathlib.Path(real).parents
            return new and not any((parent / _DATABASE).exists() for parent in parents)
        return False


def _paths(value: Any) -> Iterator[pathlib.Path]:
    with contextlib.suppress(RecursionError):  # it contains itself, and is shown as no file
        yield from paths_in(value)


def _exists(name: str) -> bool:
    with contextlib.suppress(ValueError, OSError):
        return 0 < len(name) < 4096 and os.path.exists(os.path.expanduser(name))
    return False
