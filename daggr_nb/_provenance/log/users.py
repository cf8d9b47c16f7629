"""Whose store a folder is: the notebooks and scripts that use it, and the kernels that do so now.

``users.json`` in the folder of a graph has the files, each with those that its canvas has named.
A kernel holds a lock on a file below ``kernels/`` as long as it lives, so that one that was killed
is known to be gone; on a file system without locks nobody is seen.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from daggr_nb._json import decode_json
from daggr_nb._paths import private_folder, written_beside

USERS = "users.json"
KERNELS = "kernels"


def folder_name(home: pathlib.Path, key: str, file: pathlib.Path | None) -> str:
    """Return the folder below ``home`` for a graph called by ``key`` in a notebook or script.

    That is ``key`` for the first file, also for one that was moved or renamed, and where no file
    is known; another file that is there at the same time has a folder of its own.
    """
    if file is None:
        return key
    apart = f"{key}-{_slug(file)}"
    vanished: list[tuple[bool, str]] = []
    for folder in sorted([key, *_siblings(home, key)]):
        files = _files(home / folder)
        if str(file) in files or folder == apart:
            return folder
        if not any(map(os.path.exists, files)) and (files or folder == key):
            same_name = any(pathlib.PurePath(each).name == file.name for each in files)
            vanished.append((not same_name, folder))
    return min(vanished)[1] if vanished else apart


def _siblings(home: pathlib.Path, key: str) -> Iterator[str]:
    with contextlib.suppress(OSError):
        yield from (each.name for each in home.glob(f"{key}-*") if each.is_dir())


def _slug(file: pathlib.Path) -> str:
    content = hashlib.blake2b(os.fsencode(file), digest_size=4).hexdigest()
    stem = re.sub(r"[^a-z0-9]+", "_", file.stem.lower()).strip("_")[:40]
    return f"{stem}-{content}" if stem else content


def _files(folder: pathlib.Path) -> dict[str, list[str]]:
    """Return the files that use a store, each with those it was told of."""
    try:
        files = decode_json((folder / USERS).read_bytes())["files"]
        return {str(file): [str(each) for each in told] for file, told in files.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


@dataclass
class Users:
    """Who uses the store in ``folder`` besides this kernel, which runs ``file``."""

    folder: pathlib.Path
    key: str
    file: pathlib.Path | None
    _lock: int | None = None
    _token: str = ""
    _news: list[str] = field(default_factory=list)

    def note_file(self) -> None:
        """Write down that the file uses the store, of which nobody is to be told here."""
        with contextlib.suppress(OSError):
            self._join()

    def enter(self) -> None:
        """Write down that this kernel and its file use the store from now on."""
        with contextlib.suppress(OSError):
            self._join()
        with contextlib.suppress(OSError):
            self._hold()

    def leave(self) -> None:
        """Let others know that this kernel has no use for the store any more."""
        if self._lock is not None:
            _remove(self.folder / KERNELS, self._token)
            os.close(self._lock)
            self._lock = None

    @property
    def remark(self) -> str:
        """What a person should know of other users of the store; empty if there is nothing."""
        texts = list(self._news)
        for other in self._others():
            if other == self._here:
                texts.append(
                    f"Another kernel of {_name(self._here)} has this graph open. Both write to one "
                    "history, and an edit there is seen here only when the graph is defined again."
                )
            else:
                texts.append(
                    f"{_name(other)} has a graph open under the same key {self.key!r} as "
                    f"{_name(self._here)}. Both write to one history. {_REMEDY}"
                )
        return "\n".join(dict.fromkeys(texts))

    @property
    def _here(self) -> str:
        return str(self.file or "")

    def _join(self) -> None:
        if self.file is None:
            return
        files, here = _files(self.folder), str(self.file)
        is_new, told = here not in files, files.setdefault(here, [])
        others = [each for each in files if each not in (here, *told) and os.path.exists(each)]
        if others:
            self._news.append(
                f"{_listed([*others, here])} keep their graphs under one key, {self.key!r}: they "
                f"share inputs and history. {_REMEDY}"
            )
        elif is_new and self.folder.name != self.key:
            plain = [each for each in _files(self.folder.parent / self.key) if each != here]
            self._news.append(
                f"{_listed(plain)} has a graph of this name, too. That of {self.file.name} is kept "
                f"apart; to share inputs and history, give both persist_key={self.key!r}."
            )
        if is_new or others:
            told += others
            with written_beside(self.folder / USERS) as draft:
                draft.write_text(json.dumps({"files": files}, indent=1))

    def _hold(self) -> None:
        folder = self.folder / KERNELS
        private_folder(folder)
        self._token = f"{os.getpid()}-{os.urandom(4).hex()}"
        lock = _locked(folder / f"{self._token}.lock")
        if lock is not None:
            self._lock = lock
            about = {"file": self._here}
            with written_beside(folder / f"{self._token}.json") as draft:
                draft.write_text(json.dumps(about))

    def _others(self) -> Iterator[str]:
        """Yield what other live kernels run; remove what dead ones have left."""
        folder = self.folder / KERNELS
        try:
            tokens = sorted(each.stem for each in folder.glob("*.json"))
        except OSError:
            return
        for token in tokens:
            if token == self._token:
                continue
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                lock = _locked(folder / f"{token}.lock")
                if lock is None:
                    yield str(decode_json((folder / f"{token}.json").read_bytes())["file"])
                else:
                    _remove(folder, token)
                    os.close(lock)


_REMEDY = "Give one of the two another persist_key= to keep them apart."


def _name(file: str) -> str:
    return pathlib.PurePath(file).name or "a session without a file"


def _listed(files: list[str]) -> str:
    """Return the names of files, with their folders where the names are the same."""
    paths = [pathlib.Path(each) for each in files]
    count = Counter(path.name for path in paths)
    names = [path.name if count[path.name] == 1 else str(path) for path in paths]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _remove(folder: pathlib.Path, token: str) -> None:
    for ending in ("json", "lock"):  # who has no .json is nobody
        with contextlib.suppress(OSError):
            (folder / f"{token}.{ending}").unlink()


def _locked(path: pathlib.Path) -> int | None:
    """Return an open file that nobody else can lock while it is open, or ``None`` if it is."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - there only

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
