"""A graph's records in a folder or a zip, to take elsewhere; nothing in it is ever run.

``manifest.json`` says what it is; ``records.jsonl`` holds a record a line, node by node, oldest
first; ``values/DIGEST`` and ``code/DIGEST.json`` what they refer to; ``sheets.json`` the sheets.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import pathlib
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from daggr_nb._ids import RunId
from daggr_nb._provenance.blob import Blob
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.prune import record_keys, records_of, stars
from daggr_nb._provenance.log.records import Record
from daggr_nb.errors import DamagedError, StoreError

if TYPE_CHECKING:
    from zipfile import ZipFile

FORMAT = 1
MAX_BYTES = 10_000_000_000
"""How much an export from elsewhere may hold, unless somebody says otherwise."""
_BLOCK = 1 << 20
_HEX = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True)
class TransferCount:
    """How many records and values were exported, or are new here."""

    records: int
    values: int


class Bundle(Protocol):
    """Named bytes: a folder or a zip. ``chunks`` reads what may be large, piece by piece."""

    def write(self, name: str, data: bytes) -> None: ...
    def copy(self, name: str, source: pathlib.Path) -> None: ...
    def read(self, name: str) -> bytes: ...
    def chunks(self, name: str) -> Iterator[bytes]: ...
    def names(self, folder: str) -> list[str]: ...


class Bounds:
    """How much may be read from elsewhere: in all, and of one text that is taken as a whole."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._total = 0

    def add(self, size: int) -> None:
        """Count bytes that are about to be read; raise when they are too many."""
        self._total += size
        self._check(self._total, self._max_bytes, "it")

    def check_text(self, name: str, size: int) -> None:
        """Raise when a text is too long to be taken as a whole."""
        self._check(size, self._max_bytes // 10, name)

    def _check(self, size: int, most: int, what: str) -> None:
        if size > most:
            raise StoreError(
                f"An export of up to {self._max_bytes:,} bytes was expected, and {what} has "
                f"{size:,}. If you know where it comes from, load it with a larger max_bytes=."
            )


class Folder:
    """A folder as a bundle. Names come from a listing of the folder itself; no link is followed."""

    def __init__(self, path: pathlib.Path, bounds: Bounds | None = None) -> None:
        self._path = path
        self._bounds = bounds or Bounds(MAX_BYTES)

    def write(self, name: str, data: bytes) -> None:
        path = self._path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def copy(self, name: str, source: pathlib.Path) -> None:
        path = self._path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)

    def read(self, name: str) -> bytes:
        self._bounds.check_text(name, self._own(name).stat().st_size)
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        path = self._own(name)
        if not path.is_file():
            raise StoreError(f"{path} was expected to be a file, and is none; nothing was loaded.")
        self._bounds.add(path.stat().st_size)
        with path.open("rb") as file:
            yield from iter(lambda: file.read(_BLOCK), b"")

    def _own(self, name: str) -> pathlib.Path:
        """Return a path within the folder that leads nowhere else."""
        path = self._path
        for part in pathlib.PurePosixPath(name).parts:
            path /= part
            if path.is_symlink():
                raise StoreError(
                    f"{path} is a link, which could lead to any file of this machine; nothing was "
                    "loaded. Put the file itself in its place."
                )
        return path

    def names(self, folder: str) -> list[str]:
        path = self._own(folder)
        return sorted(child.name for child in path.iterdir()) if path.is_dir() else []


class Zip:
    """A zip as a bundle; nothing is ever extracted to where its names point."""

    def __init__(self, file: ZipFile, bounds: Bounds | None = None) -> None:
        self._file = file
        self._bounds = bounds or Bounds(MAX_BYTES)
        self._bounds.add(sum(info.file_size for info in file.infolist()))

    def write(self, name: str, data: bytes) -> None:
        self._file.writestr(name, data)

    def copy(self, name: str, source: pathlib.Path) -> None:
        self._file.write(source, name)

    def read(self, name: str) -> bytes:
        self._bounds.check_text(name, self._file.getinfo(name).file_size)
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        with self._file.open(name) as file:  # which gives no more than its size says
            yield from iter(lambda: file.read(_BLOCK), b"")

    def names(self, folder: str) -> list[str]:
        prefix = f"{folder}/"
        names = (n.removeprefix(prefix) for n in self._file.namelist() if n.startswith(prefix))
        return sorted(name for name in names if name and "/" not in name)


@contextlib.contextmanager
def bundle(path: pathlib.Path, *, write: bool, bounds: Bounds | None = None) -> Iterator[Bundle]:
    """Open a zip (by its name) or a folder; what is read is within ``bounds``."""
    import zipfile  # noqa: PLC0415 - slow to load, rarely needed

    try:
        if path.suffix == ".zip" or (path.is_file() and not write):
            with zipfile.ZipFile(path, "x" if write else "r", zipfile.ZIP_DEFLATED) as file:
                yield Zip(file, bounds)
        else:
            if write:
                path.mkdir(parents=True, exist_ok=False)
            yield Folder(path, bounds)
    except FileExistsError as error:
        raise StoreError(
            f"{path} is there already. Choose another name; nothing was written."
        ) from error
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise StoreError(f"{path} cannot be {'written' if write else 'read'}: {error}") from error


# ---------------------------------------------------------------- out


def export(log: Log, path: pathlib.Path, about: dict[str, Any]) -> TransferCount:
    """Write all of a log into ``path``, a new folder or a new ``.zip``."""
    with bundle(path, write=True) as out:
        records = [record for key in record_keys(log) for record in records_of(log, key)]
        out.write("records.jsonl", b"\n".join(record.to_bytes() for record in records))
        values = [key[2:] for key in log.store.keys("a:")]
        for digest in values:
            path_of_value = log.store.file(f"a:{digest}")
            if path_of_value is not None and path_of_value.exists():
                out.copy(f"values/{digest}", path_of_value)  # which may be large
            else:
                out.write(f"values/{digest}", log.store.get(f"a:{digest}") or b"")
        for key in log.store.keys("c:"):
            out.write(f"code/{key[2:]}.json", log.store.get(key) or b"")
        out.write("sheets.json", json.dumps(_sheets(log)).encode())
        manifest = {"format": FORMAT, **about, "records": len(records), "values": len(values)}
        out.write("manifest.json", json.dumps(manifest, indent=1).encode())
    return TransferCount(len(records), len(values))


def _sheets(log: Log) -> dict[str, Any]:
    ids = [key[2:] for key in log.store.keys("s:")]
    cursors = {key: log.index.read(key).cursors for key in record_keys(log)}
    return {
        "index": log.read_sheets(),
        "content": {identity: log.read_sheet(identity) for identity in ids},
        "cursors": cursors,
        "stars": stars(log),
    }


# ---------------------------------------------------------------- in


def load(log: Log, path: pathlib.Path, max_bytes: int = MAX_BYTES) -> TransferCount:
    """Add what ``path`` holds and this log does not have; sheets only where there is none yet."""
    with bundle(path, write=False, bounds=Bounds(max_bytes)) as source:
        _check_format(source, path)
        records = _records(source, path)
        with log.store.transaction():
            log.invalidate()
            is_empty = next(record_keys(log), None) is None and not log.read_sheets()
            new_records = [record for record in records if not log.has(record.id)]
            values = _import_blobs(log, source, "values", "a:", "")
            _import_blobs(log, source, "code", "c:", ".json")
            cursors = {key: dict(log.index.read(key).cursors) for key in _keys_of(new_records)}
            log.insert(new_records)
            sheets = json.loads(source.read("sheets.json"))
            if is_empty:
                _import_sheets(log, sheets)
            _restore_cursors(log, sheets["cursors"] if is_empty else cursors)
    return TransferCount(len(new_records), values)


def _check_format(source: Bundle, path: pathlib.Path) -> None:
    try:
        manifest = json.loads(source.read("manifest.json"))
        is_supported = manifest["format"] == FORMAT
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise StoreError(
            f"{path} is no export of a graph: its manifest.json cannot be read ({error})."
        ) from error
    if not is_supported:
        raise StoreError(
            f"{path} has the format {manifest['format']!r}, this version reads {FORMAT}. Update "
            "daggr_nb to open it."
        )


def _records(source: Bundle, path: pathlib.Path) -> list[Record]:
    records = []
    for number, line in enumerate(source.read("records.jsonl").splitlines(), 1):
        try:
            records.append(Record.from_bytes(line))
        except (ValueError, TypeError, IndexError, KeyError) as error:
            raise DamagedError(
                f"Line {number} of records.jsonl in {path} is damaged: {error}"
            ) from error
    return records


def _import_blobs(log: Log, source: Bundle, folder: str, prefix: str, ending: str) -> int:
    count = 0
    for name in source.names(folder):
        digest = name.removesuffix(ending)
        if _HEX.fullmatch(digest) and not log.store.has(prefix + digest):
            log.store.set(prefix + digest, _blob(log, source.chunks(f"{folder}/{name}")))
            count += 1
    return count


def _blob(log: Log, chunks: Iterator[bytes]) -> Blob:
    """Return what is short as it is, and write what is long to disk, a piece at a time."""
    first = next(chunks, b"")
    second = next(chunks, None)
    return first if second is None else log.store.draft(itertools.chain((first, second), chunks))


def _keys_of(records: list[Record]) -> set[str]:
    return {f"{record.node}{record.scope}" for record in records}


def _import_sheets(log: Log, sheets: dict[str, Any]) -> None:
    for identity, content in sheets["content"].items():
        log.store.set(f"s:{identity}", json.dumps(content).encode())
    if sheets["index"]:
        log.write_sheets(sheets["index"])
    log.store.set("stars", json.dumps(sheets["stars"]).encode())


def _restore_cursors(log: Log, cursors: Mapping[str, Mapping[str, str]]) -> None:
    """Let sheets show what they showed: adding records must not move anything on screen."""
    for record_key, by_sheet in cursors.items():
        for sheet in {*by_sheet, *log.index.cached(record_key).cursors}:
            log.index.set_cursor(record_key, sheet, RunId(by_sheet.get(sheet, "")))
    log.index.write()
