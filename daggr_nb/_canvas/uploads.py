"""Files that people upload: taken piece by piece, kept by content under their own name."""

from __future__ import annotations

import functools
import pathlib
import re
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from daggr_nb import ui
from daggr_nb._provenance.digest.paths import file_digest
from daggr_nb._provenance.log.prune import UPLOAD_SECONDS, UPLOADS
from daggr_nb._text import cut
from daggr_nb.errors import InputError

FILE = "$file"
"""Stands for an uploaded file in a value that the canvas sends: ``{"$file": "DIGEST/NAME"}``."""
KEEP = "$keep"
"""Stands for one of the files that there are: ``{"$keep": 0}``."""
_PLACE = re.compile(r"[0-9a-f]{32}/[^/\\\x00]+")


@dataclass
class _Draft:
    """A file that is on its way."""

    path: pathlib.Path
    name: str
    size: int
    received: int = 0
    touched: float = field(default_factory=time.monotonic)


class Uploads:
    """Receives files into a folder. A file is found again by ``DIGEST/NAME``.

    ``folder`` is that of the store; without one the files are in a folder of their own, which goes
    with :meth:`close`, with the object or with the kernel.
    """

    def __init__(self, folder: pathlib.Path | None) -> None:
        self._folder = folder
        self._drafts: dict[str, _Draft] = {}
        self.close: Callable[[], object] = lambda: None

    @functools.cached_property
    def _home(self) -> pathlib.Path:
        if self._folder is not None:
            return self._folder / UPLOADS
        folder = tempfile.mkdtemp(prefix="daggr-nb-")
        self.close = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return pathlib.Path(folder)

    def take(self, upload: str, name: str, size: int, at: int, piece: bytes) -> tuple[int, str]:
        """Take a piece; return how many bytes there are, and the file's path once it is whole.

        A piece that was sent twice is taken once. Raises :class:`InputError` for one that does not
        follow those before it.
        """
        draft = self._drafts.get(upload) or self._begin(upload, name, size)
        if at > draft.received or at + len(piece) > draft.size:
            raise InputError(
                f"The upload of {name!r} expected bytes from {draft.received:,} of "
                f"{draft.size:,}, got some at {at:,}. Try again."
            )
        if at == draft.received:
            with draft.path.open("ab") as out:
                out.write(piece)
            draft.received += len(piece)
            draft.touched = time.monotonic()
        whole = draft.received == draft.size
        return draft.received, self._finish(draft) if whole else ""

    def cancel(self, upload: str) -> None:
        """Give an upload up."""
        draft = self._drafts.pop(upload, None)
        if draft is not None:
            draft.path.unlink(missing_ok=True)

    def file(self, relative: str) -> pathlib.Path:
        """Return the path of an uploaded file; raise :class:`InputError` if there is none."""
        path = self._home / relative
        if not _PLACE.fullmatch(relative) or not path.is_file():
            raise InputError(f"There is no uploaded file {relative!r}. Upload it again.")
        return path

    def _begin(self, upload: str, name: str, size: int) -> _Draft:
        now = time.monotonic()
        for old in [u for u, d in self._drafts.items() if now - d.touched > UPLOAD_SECONDS]:
            self.cancel(old)
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._home, prefix=".", delete=False) as out:
            draft = _Draft(pathlib.Path(out.name), _plain_name(name), size)
        self._drafts[upload] = draft
        return draft

    def _finish(self, draft: _Draft) -> str:
        """Put a whole file in its place. The draft stays known: its last piece may come again."""
        if draft.path.name.startswith("."):
            relative = f"{file_digest(draft.path).hex()}/{draft.name}"
            target = self._home / relative
            target.parent.mkdir(mode=0o700, exist_ok=True)
            draft.path.replace(target)
            draft.path = target
        return draft.path.relative_to(self._home).as_posix()


def _plain_name(name: str) -> str:
    """Return the last part of a name, with nothing in it that leads elsewhere."""
    last = re.split(r"[/\\]", name)[-1].replace("\x00", "").strip()
    return last[-200:] if last.strip(".") else "file"


def taken(value: Any, component: ui.Component | None, current: Any, uploads: Uploads) -> Any:
    """Return what the canvas sent for a control as a value: files in the place of their names.

    ``current`` is what the control holds, for what is kept of it. A path is refused: whoever sees a
    page is not to read any file of the kernel's machine.
    """
    if isinstance(component, ui.ItemList) and isinstance(value, list):
        return [_row(row, component, current, uploads) for row in value]
    if component is None or not component.takes_files:
        return value
    if isinstance(value, str):  # a path, which would be of a file that nobody uploaded
        raise InputError(
            f"{component.type} expected an uploaded file from the canvas, got the text "
            f"{cut(value, 60)!r}. Upload the file, or set its path from Python."
        )
    if isinstance(value, list) and not isinstance(component, ui.Dataframe):
        return [taken(part, component, current, uploads) for part in value]
    if isinstance(value, Mapping) and value.keys() == {FILE}:
        return uploads.file(str(value[FILE]))
    if isinstance(value, Mapping) and value.keys() == {KEEP}:
        return current[value[KEEP]]
    return value


def _row(row: Any, component: ui.ItemList, current: Any, uploads: Uploads) -> Any:
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
