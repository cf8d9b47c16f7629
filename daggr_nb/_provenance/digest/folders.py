"""Folders that count by what is in them: a walk that follows no link and opens no special file."""

from __future__ import annotations

import fnmatch
import os
import pathlib
import stat
import sys
import time
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from daggr_nb.errors import FolderLimitError

_PLAIN_PATH: Any = type(pathlib.Path())
_KERNEL = ("/proc/", "/sys/", "/dev/")
_MB = 1_000_000


class Folder(_PLAIN_PATH):  # type: ignore[misc]
    """A folder that counts by the names and contents of the files below it, not by its path alone.

    It is a ``Path``, so a function gets one. Links to folders are not followed; pipes, sockets and
    devices are left out.

    Args:
        path: Where it is.
        *patterns: Which files count, all without one: ``"*.csv"`` goes by name at any depth, one
            with a slash by the path within the folder.
        **budget: ``files``, ``megabytes`` and ``milliseconds``: how much is looked at. What is
            beyond raises :class:`~daggr_nb.errors.FolderLimitError`, which says what to do.

    Give it to ``depends=`` of a node, or as an input; a folder that a function returns is one.

    >>> from daggr_nb import FnNode
    >>> def count() -> int:
    ...     return len(list(Path("data").rglob("*.csv")))
    >>> FnNode(count, depends=[Folder("data", "*.csv")])
    <FnNode 'count' () -> (output)>
    """

    patterns: tuple[str, ...] = ()
    files: int = 20_000
    megabytes: int = 1_000
    milliseconds: int = 10_000

    def __new__(cls, path: str | os.PathLike[str] = ".", *patterns: str, **budget: int) -> Folder:
        """Take the path alone; the rest is taken when it is initialized."""
        made: Folder = super().__new__(cls, path)
        return made

    def __init__(
        self,
        path: str | os.PathLike[str] = ".",
        *patterns: str,
        files: int = 20_000,
        megabytes: int = 1_000,
        milliseconds: int = 10_000,
    ) -> None:
        if sys.version_info >= (3, 12):
            super().__init__(path)
        self.patterns = patterns
        self.files, self.megabytes, self.milliseconds = files, megabytes, milliseconds

    def with_segments(self, *segments: Any) -> pathlib.Path:
        """Return what is derived from it: a plain path."""
        return pathlib.Path(*segments)

    if sys.version_info < (3, 12):  # which have no with_segments

        @classmethod
        def _from_parsed_parts(cls, drv: str, root: str, parts: list[str]) -> Any:
            return _PLAIN_PATH._from_parsed_parts(drv, root, parts)  # noqa: SLF001 - its base

        def absolute(self) -> pathlib.Path:
            return pathlib.Path(super().absolute())

        def resolve(self, strict: bool = False) -> pathlib.Path:
            return pathlib.Path(super().resolve(strict))

        def expanduser(self) -> pathlib.Path:
            return pathlib.Path(super().expanduser())

    def __reduce__(self) -> Any:
        budget = (self.files, self.megabytes, self.milliseconds)
        return _folder, (os.fspath(self), self.patterns, budget)

    def __repr__(self) -> str:
        return f"Folder({', '.join(map(repr, (os.fspath(self), *self.patterns)))})"


def _folder(path: str, patterns: tuple[str, ...], budget: tuple[int, int, int]) -> Folder:
    files, megabytes, milliseconds = budget
    return Folder(path, *patterns, files=files, megabytes=megabytes, milliseconds=milliseconds)


class FolderEntry(NamedTuple):
    """Something in a folder: its path in there, the file itself, and its size in bytes.

    ``target`` is where a link leads that is not followed.
    """

    name: str
    kind: Literal["file", "folder", "link"]
    path: pathlib.Path
    size: int = 0
    target: str = ""


def entries(folder: Folder) -> Iterator[FolderEntry]:
    """Yield what counts of a folder in order of names; raise if that is beyond its budget."""
    budget = _Budget(folder)
    for entry in _entries(os.fspath(folder), "", budget):
        if not folder.patterns or _fits(folder, entry):
            budget.spend(entry)
            yield entry


def _entries(path: str, prefix: str, budget: _Budget) -> Iterator[FolderEntry]:
    with os.scandir(path) as listing:
        found = sorted(listing, key=lambda entry: entry.name)
    for item in found:
        budget.look_at_clock()
        name = prefix + item.name
        entry = _entry(item, name)
        if entry is None:
            continue
        yield entry
        if entry.kind == "folder":
            yield from _entries(item.path, f"{name}/", budget)


def _entry(item: os.DirEntry[str], name: str) -> FolderEntry | None:
    """Return what an entry is; nothing for pipes, sockets and devices."""
    path = pathlib.Path(item.path)
    if not item.is_symlink():
        if item.is_dir(follow_symlinks=False):
            return FolderEntry(name, "folder", path)
        about = item.stat(follow_symlinks=False)
        return FolderEntry(name, "file", path, about.st_size) if _regular(about) else None
    target = os.readlink(item.path)
    try:
        about = item.stat()
    except OSError:  # it leads nowhere, or to itself
        return FolderEntry(name, "link", path, target=target)
    if _regular(about) and not os.path.realpath(item.path).startswith(_KERNEL):
        return FolderEntry(name, "file", path, about.st_size)
    return FolderEntry(name, "link", path, target=target)


def _regular(about: os.stat_result) -> bool:
    return stat.S_ISREG(about.st_mode)


def _fits(folder: Folder, entry: FolderEntry) -> bool:
    if entry.kind == "folder":
        return False
    for pattern in folder.patterns:
        text = pattern
        while text.startswith("**/"):
            text = text[3:]
        name = entry.name if "/" in text else entry.name.rpartition("/")[2]
        if fnmatch.fnmatchcase(name, text):
            return True
    return False


class _Budget:
    """How much of a folder may still be looked at."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._files = folder.files
        self._bytes = folder.megabytes * _MB
        self._end = time.monotonic() + folder.milliseconds / 1000

    def look_at_clock(self) -> None:
        if time.monotonic() > self._end:
            limit = f"takes longer than {self._folder.milliseconds:,} ms to look through"
            raise self._error(limit, "milliseconds")

    def spend(self, entry: FolderEntry) -> None:
        self._files -= 1
        self._bytes -= entry.size
        if self._files < 0:
            raise self._error(f"holds more than {self._folder.files:,} files and folders", "files")
        if self._bytes < 0:
            raise self._error(f"holds more than {self._folder.megabytes:,} MB", "megabytes")
        self.look_at_clock()

    def _error(self, what: str, parameter: str) -> FolderLimitError:
        path = os.fspath(self._folder)
        return FolderLimitError(
            f"The folder {path!r} {what}, and is not compared: choose some with "
            f"Folder({path!r}, '*.csv'), or allow more with {parameter}=."
        )
