"""How paths are written into a digest: files by content and place, folders as they ask for it."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import pathlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import xxhash

from daggr_nb._provenance.digest.folders import Folder, entries
from daggr_nb._provenance.digest.places import place_of
from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb.errors import DigestError

_SETTLE_TIME = 2_000_000_000  # ns; a file changed within this time may change again unnoticed
_FINE_SETTLE_TIME = 50_000_000  # ns; the same where the time of a change is not in whole ms
_WORTH_WAITING = 1 << 26  # bytes of a file that takes longer to read than to settle
_ENTRY_WEIGHT = 4_096  # bytes that looking at an entry of a folder is counted as


def add_path(value: pathlib.Path, out: Encoding) -> None:
    """A file counts by content and place; a folder, and what is not there, by path."""
    if value.is_file():
        out.tagged(b"F", file_digest(value))
        out.text(b"@", place_of(value))
    else:
        out.text(b"P", place_of(value, drawn=False))


def add_folder(value: Folder, out: Encoding) -> None:
    """A folder that is to count by content: names and contents of what is in it, and its place."""
    if not value.is_dir():
        add_path(value, out)
        return
    out.tagged(b"D", b"")
    out.text(b"@", place_of(value))
    out.add(value.patterns)
    for entry in entries(value):
        out.weigh(_ENTRY_WEIGHT + entry.size)
        out.text(b"n", f"{entry.kind}:{entry.name}")
        if entry.kind == "link":
            out.text(b"n", entry.target)
        elif entry.kind == "file":
            out.tagged(b"F", file_digest(entry.path) if entry.size else b"")


def file_digest(path: pathlib.Path) -> bytes:
    """Return the hash of a file's content, which is read once until the file changes.

    What has changed just now may change again and look the same: only what was read later than
    that is remembered. A large file is read when it is old enough, so that nobody reads it twice.
    """
    identity, age = _identity_and_age(path)
    settle_time = _SETTLE_TIME if identity[-1] % 1_000_000 == 0 else _FINE_SETTLE_TIME
    if (
        settle_time == _FINE_SETTLE_TIME
        and identity[3] > _WORTH_WAITING
        and 0 <= age <= settle_time
    ):
        time.sleep((settle_time - age + 1_000_000) / 1e9)
        identity, age = _identity_and_age(path)
    return _memoized_hash(*identity) if age > settle_time else _file_hash(identity[0])


def _identity_and_age(path: pathlib.Path) -> tuple[tuple[str, int, int, int, int], int]:
    """Return what says that a file is as it was, and how many ns ago it was changed."""
    stat = path.stat()
    modified = max(stat.st_mtime_ns, stat.st_ctime_ns)
    identity = (str(path.absolute()), stat.st_dev, stat.st_ino, stat.st_size, modified)
    return identity, time.time_ns() - modified


def read_ahead(value: Any, folders: bool = True) -> None:
    """Read the files in a value now, so that its digest takes no time as long as they stay so.

    Without ``folders`` only those that are files themselves.
    """
    with contextlib.suppress(DigestError, OSError, RuntimeError):  # the digest tells of it
        for path in paths_in(value):
            if isinstance(path, Folder):
                for entry in entries(path) if folders and path.is_dir() else ():
                    if entry.kind == "file" and entry.size:
                        file_digest(entry.path)
            elif path.is_file():
                file_digest(path)


@functools.lru_cache(maxsize=1 << 16)
def _memoized_hash(path: str, device: int, inode: int, size: int, modified: int) -> bytes:
    return _file_hash(path)


def _file_hash(path: str) -> bytes:
    hasher = xxhash.xxh3_128()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            hasher.update(block)
    return hasher.digest()


# ---------------------------------------------------------------- paths within values


def paths_in(value: Any) -> Iterator[pathlib.Path]:
    """Yield the paths in a value: in containers and data classes too, each of which once."""
    seen: dict[int, Any] = {}
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, pathlib.Path):
            yield part
        elif id(part) not in seen:
            seen[id(part)] = part
            stack += [inner for _, inner in _parts(part)][::-1]


def with_folders(value: Any) -> Any:
    """Return an output in which folders count by content, as whoever takes it reads them."""
    return replace_paths(value, _by_content)


def _by_content(path: pathlib.Path) -> pathlib.Path:
    is_plain = not isinstance(path, Folder) and path.is_dir()
    return Folder(path) if is_plain else path


def replace_paths(value: Any, replace: Callable[[pathlib.Path], pathlib.Path]) -> Any:
    """Return a value with other paths in it; the very same where none is replaced.

    What several of its parts share they share afterwards. Raises ``RecursionError`` for what
    contains itself.
    """
    done: dict[int, tuple[Any, Any]] = {}  # with the part, so that its id stands for no other

    def replaced(part: Any) -> Any:
        if isinstance(part, pathlib.Path):
            return replace(part)
        if id(part) in done:
            return done[id(part)][1]
        changes = {}
        for name, inner in _parts(part):
            replacement = replaced(inner)
            if replacement is not inner:
                changes[name] = replacement
        result = _changed(part, changes) if changes else part
        if type(part) not in _ATOMS:
            done[id(part)] = part, result
        return result

    return replaced(value)


_ATOMS = frozenset({str, bytes, int, float, bool, complex, type(None)})


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the parts of containers and data classes by index, key or name."""
    kind = type(value)
    if kind in _ATOMS:
        return
    if isinstance(value, (list, tuple)):
        yield from ((i, part) for i, part in enumerate(value) if type(part) not in _ATOMS)
    elif isinstance(value, dict):
        yield from ((k, part) for k, part in value.items() if type(part) not in _ATOMS)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        own = dataclasses.fields(value)
        yield from ((f.name, getattr(value, f.name)) for f in own if hasattr(value, f.name))


def _changed(value: Any, changes: dict[Any, Any]) -> Any:
    if isinstance(value, tuple):
        parts = [changes.get(i, part) for i, part in enumerate(value)]
        make = getattr(type(value), "_make", type(value))
        return make(parts)
    duplicate = copy.copy(value)
    for name, part in changes.items():
        if isinstance(value, (list, dict)):
            duplicate[name] = part
        else:  # which may be frozen
            object.__setattr__(duplicate, name, part)
    return duplicate
