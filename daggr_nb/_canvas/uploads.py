"""Files that people upload: taken piece by piece, kept by content under their own name."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import pathlib
import re
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from daggr_nb import ui
from daggr_nb._engine.session.session import Session
from daggr_nb._protocol.commands import PIECE
from daggr_nb._provenance.digest.paths import file_digest
from daggr_nb._provenance.log.prune import UPLOAD_SECONDS, UPLOADS
from daggr_nb._text import cut
from daggr_nb.errors import InputError, NotForVisitorsError

FILE = "$file"
"""Stands for an uploaded file in a value that the canvas sends: ``{"$file": "DIGEST/NAME"}``."""
KEEP = "$keep"
"""Stands for one of the files that there are: ``{"$keep": 0}``."""
_PLACE = re.compile(r"[0-9a-f]{32}/[^/\\\x00]+")


_NAME = 200  # bytes of a file's name; most file systems take 255
_ENDING = 20  # bytes of them that may be its ending
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ROOM = 100_000_000  # bytes that uploads leave free
_IDLE = 60  # seconds after which an upload makes way for another
_RENEWAL = UPLOAD_SECONDS / 3  # seconds after which files that wait are made young again
_REPEATS = 100  # whole files whose last piece may come again


@dataclass(frozen=True)
class UploadLimits:
    """How much may come in: bytes a file and in all, files in all, and files at once."""

    size: int
    total: int
    files: int
    at_once: int


OWNER = UploadLimits(1 << 40, 1 << 50, 1 << 30, 64)
VISITOR = UploadLimits(1_000_000_000, 4_000_000_000, 1_000, 8)


@dataclass
class _Draft:
    """A file that is on its way."""

    path: pathlib.Path
    name: str
    size: int
    received: int = 0
    touched: float = 0.0


class Uploads:
    """Receives files into a folder. A file is found again by ``DIGEST/NAME``.

    ``folder`` is that of the store; without one the files are in a folder of their own, which goes
    with :meth:`close`, with the object or with the kernel. A visitor finds only what came in here,
    and within bounds. The views of a session have one object together, see :func:`uploads_of`.
    """

    def __init__(
        self,
        folder: pathlib.Path | None,
        visited: bool = False,
        clock: Callable[[], float] = time.monotonic,
        free: Callable[[pathlib.Path], int] = lambda path: shutil.disk_usage(path).free,
        limits: UploadLimits | None = None,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._free = free
        self._limits = limits or (VISITOR if visited else OWNER)
        self._visited = visited
        self._drafts: dict[str, _Draft] = {}
        self._finished: dict[tuple[str, str, int], str] = {}
        self._places: set[str] = set()
        self._count = self._bytes = 0
        self._remove: Callable[[], object] = lambda: None
        self._lock = threading.RLock()
        self._renewed = clock()
        self._sweep()

    @functools.cached_property
    def _home(self) -> pathlib.Path:
        if self._folder is not None:
            return self._folder / UPLOADS
        folder = tempfile.mkdtemp(prefix="daggr-nb-")
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return pathlib.Path(folder)

    def close(self) -> None:
        """Let go of what is on its way, and of the folder if it is none of the store."""
        self.cancel_all("")
        self._sweep()
        self._remove()

    def cancel_all(self, prefix: str) -> None:
        """Give those uploads up whose ids begin so."""
        with self._lock:
            for upload in list(self._drafts):
                if upload.startswith(prefix):
                    self.cancel(upload)

    def pause(self) -> float | None:
        """Return how many seconds there are until :meth:`renew` has something to do."""
        if not (self._visited and self._places):
            return None
        return max(0.0, self._renewed + _RENEWAL - self._clock())

    def renew(self) -> None:
        """Let files stay that are in no record yet, as long as the visit lives that has them.

        The owner's prune takes what nobody refers to and that has been there for an hour.
        """
        if self.pause() != 0.0:
            return
        with self._lock:
            self._renewed = self._clock()
            for place in self._places:
                with contextlib.suppress(OSError):
                    os.utime((self._home / place).parent)

    def take(self, upload: str, name: str, size: int, at: int, piece: bytes) -> tuple[int, str]:
        """Take a piece; return how many bytes there are, and the file's path once it is whole.

        A piece that was sent twice is taken once. Raises :class:`InputError` for one that does not
        follow those before it, and for a file that is too large or that there is no room for.
        """
        with self._lock:
            return self._take(upload, name, size, at, piece)

    def _take(self, upload: str, name: str, size: int, at: int, piece: bytes) -> tuple[int, str]:
        repeated = self._finished.get((upload, name, size)) if at else None
        if repeated is not None:
            return size, repeated
        if len(piece) > PIECE:
            raise InputError(f"A piece of a file was expected to have {PIECE:,} bytes at most.")
        draft = self._drafts.get(upload) or self._begin(upload, name, size)
        if at > draft.received or at + len(piece) > draft.size:
            raise InputError(
                f"The upload of {name!r} expected bytes from {draft.received:,} of "
                f"{draft.size:,}, got some at {at:,}. Try again."
            )
        if at == draft.received:
            self._write(draft, piece)
        if draft.received < draft.size:
            return draft.received, ""
        del self._drafts[upload]
        try:
            place = self._finish(draft)
        except OSError as error:
            self._bytes -= draft.size
            draft.path.unlink(missing_ok=True)
            raise InputError(
                f"{draft.name!r} cannot be taken: {error.strerror or error}. Try again."
            ) from error
        self._finished[upload, name, size] = place
        while len(self._finished) > _REPEATS:
            del self._finished[next(iter(self._finished))]
        return size, place

    def cancel(self, upload: str) -> None:
        """Give an upload up that is under way; a file that is whole stays."""
        with self._lock:
            draft = self._drafts.pop(upload, None)
            if draft is not None:
                self._bytes -= draft.size
                draft.path.unlink(missing_ok=True)

    def file(self, relative: str) -> pathlib.Path:
        """Return the path of an uploaded file; raise :class:`InputError` if there is none."""
        path = self._home / relative
        fits = _PLACE.fullmatch(relative) and (relative in self._places or not self._visited)
        if not fits or _is_link(path) or _is_link(path.parent) or not _is_file(path):
            raise InputError(f"There is no uploaded file {cut(relative, 80)!r}. Upload it again.")
        return path

    def _begin(self, upload: str, name: str, size: int) -> _Draft:
        self._check(name, size)
        if _is_link(self._home):
            raise InputError(
                f"{self._home} is a link, which could lead anywhere, and nothing is written there. "
                "Take it away; what it leads to stays as it is."
            )
        try:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            on_the_way = sum(draft.size - draft.received for draft in self._drafts.values())
            free = self._free(self._home) - _ROOM - on_the_way
            if size > free:
                raise InputError(
                    f"There is no room for {name!r}: it has {size:,} bytes, and {max(free, 0):,} "
                    "are free. Make room, or choose a smaller file."
                )
            with tempfile.NamedTemporaryFile(dir=self._home, prefix=".", delete=False) as out:
                path = pathlib.Path(out.name)
        except OSError as error:
            raise InputError(f"{name!r} cannot be taken: {error.strerror}.") from error
        draft = self._drafts[upload] = _Draft(path, _plain_name(name), size, 0, self._clock())
        self._count += 1
        self._bytes += size
        return draft

    def _check(self, name: str, size: int) -> None:
        """Raise if a file is beyond the limits; one that nobody sends any more makes way."""
        limits, now = self._limits, self._clock()
        over = len(self._drafts) >= limits.at_once
        for old, draft in list(self._drafts.items()):
            if now - draft.touched > (_IDLE if over else UPLOAD_SECONDS):
                self.cancel(old)
        if not 0 <= size <= limits.size:
            raise InputError(
                f"A file of up to {limits.size:,} bytes was expected, {name!r} has {size:,}. "
                "Choose a smaller one."
            )
        if len(self._drafts) >= limits.at_once:
            raise InputError(
                f"{limits.at_once} files are on their way already. Wait for one, or cancel it."
            )
        if self._count >= limits.files or self._bytes + size > limits.total:
            raise NotForVisitorsError(
                f"A visitor may upload {limits.files:,} files of {limits.total:,} bytes together, "
                f"and {name!r} is beyond that."
            )

    def _write(self, draft: _Draft, piece: bytes) -> None:
        try:
            with draft.path.open("r+b") as out:
                out.seek(draft.received)
                out.write(piece)
        except OSError as error:
            raise InputError(
                f"{draft.name!r} cannot be taken: {error.strerror}. Try again."
            ) from error
        draft.received += len(piece)
        draft.touched = self._clock()

    def _finish(self, draft: _Draft) -> str:
        """Put a whole file in its place; one that is there already may be in use, and stays."""
        content = file_digest(draft.path)
        place = f"{content.hex()}/{draft.name}"
        target = self._home / place
        if _is_link(target.parent):
            raise FileExistsError(errno.EEXIST, f"{target.parent} is a link")
        target.parent.mkdir(mode=0o700, exist_ok=True)
        if _is_file(target) and not _is_link(target) and file_digest(target) == content:
            draft.path.unlink(missing_ok=True)
        else:
            draft.path.replace(target)
        self._places.add(place)
        return place

    def _sweep(self) -> None:
        """Remove what a killed kernel has left half-way, once nobody can go on with it."""
        if self._folder is None or _is_link(self._folder / UPLOADS):  # files there may be anybody's
            return
        for path in (self._folder / UPLOADS).glob(".*"):
            with contextlib.suppress(OSError):
                if path.is_file() and time.time() - path.stat().st_mtime > UPLOAD_SECONDS:
                    path.unlink()


_by_session: weakref.WeakKeyDictionary[Session, Uploads] = weakref.WeakKeyDictionary()


def uploads_of(session: Session) -> Uploads:
    """Return what the views of a session upload: they have their files and bounds together."""
    with session.lock:
        uploads = _by_session.get(session)
        if uploads is None:
            visited = session.visit is not None
            uploads = _by_session[session] = Uploads(session.log.store.folder, visited)
        return uploads


def _is_link(path: pathlib.Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return path.is_symlink()
    return False


def _is_file(path: pathlib.Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return path.is_file()
    return False


def _plain_name(name: str) -> str:
    """Return the last part of a name, with nothing in it that leads elsewhere, and not too long."""
    last = re.split(r"[/\\]", name.encode("utf-8", "replace").decode())[-1]
    last = _CONTROL.sub("", last).strip()
    if not last.strip("."):
        return "file"
    if len(last.encode()) <= _NAME:
        return last
    ending = pathlib.PurePath(last).suffix
    if len(ending.encode()) > _ENDING:
        ending = ""
    return _cut_bytes(last, _NAME - len(ending.encode())) + ending


def _cut_bytes(text: str, most: int) -> str:
    return text.encode()[:most].decode("utf-8", "ignore")


def taken(value: Any, component: ui.Component | None, current: Any, uploads: Uploads) -> Any:
    """Return what the canvas sent for a control as a value: files in the place of their names.

    ``current`` is what the control holds, for what is kept of it. What stands for a file is a
    handle and nothing else: whoever sees a page is not to read any file of the kernel's machine.
    """
    if isinstance(component, ui.ItemList) and isinstance(value, list):
        return [_row(row, component, uploads) for row in value]
    if component is None or not component.takes_files:
        return value
    if isinstance(component, ui.Dataframe) and not _is_handle(value) and not isinstance(value, str):
        return value  # cells are data
    captions = isinstance(component, ui.Gallery) and isinstance(value, list)
    if not captions:
        return _with_files(value, component, current, uploads)
    return [_picture(entry, component, current, uploads) for entry in value]


def _picture(entry: Any, component: ui.Component, current: Any, uploads: Uploads) -> Any:
    """Return a picture of a list, alone or with its caption, which is a text."""
    if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], str):
        return [_with_files(entry[0], component, current, uploads), entry[1]]
    return _with_files(entry, component, current, uploads)


def _with_files(value: Any, component: ui.Component, current: Any, uploads: Uploads) -> Any:
    if isinstance(value, str):  # a path, which would be of a file that nobody uploaded
        raise InputError(
            f"{component.type} expected an uploaded file from the canvas, got the text "
            f"{cut(value, 60)!r}. Upload the file, or set its path from Python."
        )
    if isinstance(value, list):
        return [_with_files(part, component, current, uploads) for part in value]
    if not isinstance(value, Mapping):
        return value
    if value.keys() == {FILE}:
        return uploads.file(str(value[FILE]))
    if value.keys() == {KEEP}:
        return _kept(value[KEEP], component, current)
    return {key: _with_files(part, component, current, uploads) for key, part in value.items()}


def _is_handle(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() in ({FILE}, {KEEP})


def _kept(index: Any, component: ui.Component, current: Any) -> Any:
    """Return one of the files that a control holds."""
    count = len(current) if isinstance(current, (list, tuple)) else 0
    if type(index) is not int or not 0 <= index < count:
        raise InputError(
            f"{component.type} expected one of its {count} files to keep, got {index!r}. Upload "
            "the file again."
        )
    return current[index]


def _row(row: Any, component: ui.ItemList, uploads: Uploads) -> Any:
    """Return a row of an item list without the fields that it only shows."""
    if not isinstance(row, Mapping):
        return row
    fields = {}
    for name, value in row.items():
        field = component.schema.get(name)
        is_display = field is not None and field.previewed and _is_preview(value)
        if not is_display:
            fields[name] = taken(value, field, None, uploads)
    return fields


def _is_preview(value: Any) -> bool:
    return isinstance(value, Mapping) and {"summary", "mime"} <= value.keys()
