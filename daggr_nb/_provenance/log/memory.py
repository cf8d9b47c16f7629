"""A store in memory, for graphs that must not outlive the kernel.

What is large is in a folder for temporary files, which goes with the store.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from daggr_nb._interrupts import held_back, let_through
from daggr_nb._provenance.blob import Blob, Draft, FileContent
from daggr_nb._provenance.log.forks import PATIENCE, watch_forks
from daggr_nb.errors import DamagedError, StoreError

T = TypeVar("T")

_SHORT = 1 << 16  # bytes of a value that is in memory


@dataclass(frozen=True)
class _File:
    """A value on disk, and the draft that it was before."""

    path: pathlib.Path
    draft: Draft

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def become_draft(self) -> None:
        """Undo that it was taken: whoever wrote the draft may try again."""
        with contextlib.suppress(OSError):
            self.path.rename(self.draft.path)
        if self.draft.copy:
            self.draft.path.unlink(missing_ok=True)


Row = bytes | _File


class MemoryStore:
    """Keeps everything as long as it lives; see :class:`~daggr_nb._provenance.log.store.Store`."""

    def __init__(self) -> None:
        self.folder: pathlib.Path | None = None
        self.notice = ""
        self._rows: dict[str, Row] = {}
        self._lock = threading.RLock()
        self._undo_log: dict[str, Row | None] | None = None
        self._files: _TemporaryFolder | None = None
        self._is_paused = False
        watch_forks(self)

    # -- in a process that is forked

    def pause(self) -> None:
        """Let nobody change anything, once what is under way is over."""
        self._is_paused = self._lock.acquire(timeout=PATIENCE)

    def resume(self) -> None:
        if self._is_paused:
            self._lock.release()

    def renew(self) -> None:
        self._lock = threading.RLock()

    def on_waiting(self, tell: Callable[[str], object]) -> None:
        """Nobody waits here."""

    # -- reading

    def get(self, key: str) -> bytes | None:
        row = self._rows.get(key)
        if not isinstance(row, _File):
            return row
        try:
            return row.path.read_bytes()
        except FileNotFoundError:
            if self._rows.get(key) is not row:  # somebody has just let go of it
                return None
            raise DamagedError(f"{key!r} cannot be read: {row.path} is gone.") from None
        except OSError as error:
            raise DamagedError(f"{key!r} cannot be read: {error}.") from error

    def has(self, key: str) -> bool:
        path = self.file(key)
        return key in self._rows if path is None else path.exists()

    def file(self, key: str) -> pathlib.Path | None:
        row = self._rows.get(key)
        return row.path if isinstance(row, _File) else None

    def get_rows(self, keys: Iterable[str]) -> dict[str, bytes]:
        rows = ((key, self._rows.get(key)) for key in keys)
        return {key: row for key, row in rows if isinstance(row, bytes)}

    def keys(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in list(self._rows) if key.startswith(prefix)))

    def rows(self, prefix: str) -> list[tuple[str, bytes]]:
        return list(self.get_rows(self.keys(prefix)).items())

    def size(self) -> int:
        return sum(len(key) + _size(row) for key, row in list(self._rows.items()))

    def snapshot(self, function: Callable[[], T]) -> T:
        with held_back(), self._lock, let_through():
            return function()

    def written_since(self, prefix: str, at: float) -> list[str]:
        return []  # nobody else writes here

    # -- writing

    def draft(self, chunks: Iterable[Any]) -> bytes | Draft:
        """Take a large value ahead; raises StoreError when there is no room."""
        pieces, size, rest = [], 0, iter(chunks)
        for chunk in rest:
            pieces.append(chunk)
            size += memoryview(chunk).nbytes
            if size > _SHORT:
                return self._temporary_file(pieces, rest)
        return b"".join(pieces)

    def _temporary_file(self, pieces: list[Any], rest: Iterator[Any]) -> Draft:
        try:
            path = self._folder().new_path()
            try:
                with path.open("xb") as file:
                    while pieces:
                        file.write(pieces.pop(0))
                    for chunk in rest:
                        file.write(chunk)
                    return Draft(path, file.tell())
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StoreError(f"A value cannot be written to a temporary file: {error}.") from error

    def _folder(self) -> _TemporaryFolder:
        with self._lock:
            if self._files is None:
                self._files = _TemporaryFolder()
            return self._files

    def set(self, key: str, value: Blob) -> None:
        if isinstance(value, (tuple, FileContent)):
            value = self.draft(value.blocks() if isinstance(value, FileContent) else value)
        elif isinstance(value, bytes) and len(value) > _SHORT:
            with contextlib.suppress(StoreError):  # there is no place for it but here
                value = self._temporary_file([value], iter(()))
        with self._lock:
            if isinstance(value, Draft):
                path = self._folder().new_path()
                value.path.rename(path)
                self._change(key, _File(path, value))
            else:
                self._change(key, value)

    def set_rows(self, rows: Mapping[str, bytes]) -> None:
        with self._lock:
            for key, value in rows.items():
                self._change(key, value)

    def delete(self, key: str) -> None:
        with self._lock:
            self._change(key, None)

    def _change(self, key: str, row: Row | None) -> None:
        former = self._rows.get(key)
        if self._undo_log is not None and key not in self._undo_log:
            self._undo_log[key] = former
        elif former is not row:
            _remove(former)
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row

    def write(self, function: Callable[[], T]) -> T:
        with held_back(), self._lock:
            outer, self._undo_log = self._undo_log, {}
            try:
                answer = function()
            except BaseException:
                self._roll_back(self._undo_log)
                raise
            finally:
                inner, self._undo_log = self._undo_log, outer
            if outer is not None:
                for key, row in inner.items():
                    if key in outer:  # it was new in what goes on
                        _remove(row)
                self._undo_log = {**inner, **outer}
            else:
                for row in inner.values():
                    _remove(row)
            return answer

    def _roll_back(self, undo_log: dict[str, Row | None]) -> None:
        for key, row in undo_log.items():
            written = self._rows.pop(key, None)
            if isinstance(written, _File) and written is not row:
                written.become_draft()
            if row is not None:
                self._rows[key] = row

    def make_room(self) -> None:
        """There is no disk to be full."""

    def close(self) -> None:
        """Let go of what is on disk."""
        with self._lock:
            files, self._files = self._files, None
        if files is not None:
            files.remove()


class _TemporaryFolder:
    """A folder that goes when nobody has it any more, or the process ends."""

    def __init__(self) -> None:
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="daggr_nb-"))
        self.remove = weakref.finalize(self, _remove_folder, self.path, os.getpid())

    def new_path(self) -> pathlib.Path:
        return self.path / os.urandom(12).hex()


def _remove_folder(path: pathlib.Path, process: int) -> None:
    if process == os.getpid():  # and not one that was forked from it
        shutil.rmtree(path, ignore_errors=True)


def _remove(row: Row | None) -> None:
    if isinstance(row, _File):
        row.remove()


def _size(row: Row) -> int:
    return row.draft.size if isinstance(row, _File) else len(row)
