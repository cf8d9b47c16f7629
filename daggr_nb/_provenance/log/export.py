"""A graph's records in a folder or a zip, to take elsewhere; nothing in it is ever run.

``manifest.json`` says what it is; ``records.jsonl`` holds a record a line, node by node, oldest
first; ``values/DIGEST`` and ``code/DIGEST.json`` what they refer to; ``sheets.json`` the sheets.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import pathlib
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from daggr_nb._ids import RunId
from daggr_nb._interrupts import held_back, interrupt_check
from daggr_nb._json import decode_json
from daggr_nb._paths import written_beside
from daggr_nb._provenance.blob import Blob, Draft
from daggr_nb._provenance.log import leases, renames, sheet_rows, sweeps
from daggr_nb._provenance.log.labels import labels, write_labels
from daggr_nb._provenance.log.log import Log, is_sheet_index
from daggr_nb._provenance.log.prune import record_keys, records_of, stars, write_stars
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.log.rows import decode_row, shaped
from daggr_nb._provenance.log.store import as_copy
from daggr_nb.errors import DaggrError, DamagedError, StoreError

if TYPE_CHECKING:
    from zipfile import ZipFile

logger = logging.getLogger("daggr_nb")

FORMAT = 1
MAX_BYTES = 10_000_000_000
"""How much an export from elsewhere may hold, unless somebody says otherwise."""
_BLOCK = 1 << 20
_ZIP64_BYTES = 1 << 30  # of an entry whose form has room for any length, in a zip
_SHORT = 1 << 12  # bytes of a value that need no file in any case
_MEMORY = 1 << 26  # bytes of values that wait in memory for their transaction
_ID = re.compile(r"[\w.-]{1,200}", re.ASCII)
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
        pieces = (data[start : start + _BLOCK] for start in range(0, len(data), _BLOCK))
        self._write(name, len(data), pieces)

    def copy(self, name: str, source: pathlib.Path) -> None:
        with source.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._write(name, size, iter(lambda: file.read(_BLOCK), b""))

    def _write(self, name: str, size: int, blocks: Iterable[bytes]) -> None:
        """Write an entry; Ctrl-C comes between blocks: one left open keeps the zip from closing."""
        check = interrupt_check()
        with held_back(), self._file.open(name, "w", force_zip64=size > _ZIP64_BYTES) as entry:
            for block in blocks:
                check()
                entry.write(block)

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
    """Open a zip (by its name) or a folder; what is read is within ``bounds``.

    One that is written is there when it is whole.
    """
    import zipfile  # noqa: PLC0415 - slow to load, rarely needed

    is_zip = path.suffix == ".zip" or (path.is_file() and not write)
    try:
        if not write:
            with contextlib.ExitStack() as stack:
                if is_zip:
                    yield Zip(stack.enter_context(zipfile.ZipFile(path)), bounds)
                else:
                    yield Folder(path, bounds)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_beside(path, anew=True) as draft, contextlib.ExitStack() as stack:
            if is_zip:
                with held_back():
                    file = stack.enter_context(zipfile.ZipFile(draft, "x", zipfile.ZIP_DEFLATED))
                yield Zip(file)
            else:
                draft.mkdir()
                yield Folder(draft)
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
        return export_into(log, out, about)


def export_into(log: Log, out: Bundle, about: dict[str, Any]) -> TransferCount:
    """Write all of a log as it is now, whatever other kernels write and let go of meanwhile."""
    owner = f"export-{os.urandom(6).hex()}"
    try:
        log.store.write(lambda: leases.write(log.store, owner, all_values=True))
        return log.store.snapshot(lambda: _export(log, out, about))
    finally:
        log.store.write(lambda: leases.remove(log.store, owner))


def _export(log: Log, out: Bundle, about: dict[str, Any]) -> TransferCount:
    damaged: list[str] = []
    keys = [*_readable(record_keys(log), log.index.read, damaged)]
    records = [record for key in keys for record in records_of(log, key)]
    out.write("records.jsonl", b"\n".join(record.to_bytes() for record in records))
    digests = [key[2:] for key in log.store.keys("a:")]
    missing = [digest for digest in digests if not _copy_value(log, digest, out)]
    for key in log.store.keys("c:"):
        out.write(f"code/{key[2:]}.json", log.store.get(key) or b"")
    out.write("sheets.json", json.dumps(_sheets(log, keys, damaged)).encode())
    counts = {"records": len(records), "values": len(digests) - len(missing)}
    manifest = {"format": FORMAT, **about, **counts, "missing": missing, "damaged": damaged}
    out.write("manifest.json", json.dumps(manifest, indent=1).encode())
    if missing:
        names = ", ".join(missing[:5])
        logger.warning(
            "The store has lost %d values, so the export lacks them: %s", len(missing), names
        )
    return TransferCount(**counts)


def _copy_value(log: Log, digest: str, out: Bundle) -> bool:
    """Write a value; says whether the store has it, and not just its name."""
    path = log.store.file(f"a:{digest}")
    if path is not None and path.exists():
        out.copy(f"values/{digest}", path)  # which may be large
        return True
    data = log.store.get(f"a:{digest}")
    if data is not None:
        out.write(f"values/{digest}", data)
    return data is not None


def _readable(
    names: Iterable[str], read: Callable[[str], object], damaged: list[str]
) -> Iterator[str]:
    """Yield the names under which there is what makes sense; the others are told and noted."""
    for name in names:
        try:
            read(name)
        except DamagedError as error:
            logger.warning("The export lacks %r: %s", name, error)
            damaged.append(name)
        else:
            yield name


def _sheets(log: Log, keys: list[str], damaged: list[str]) -> dict[str, Any]:
    ids = list(_readable(sheet_rows.identities(log.store), log.read_sheet, damaged))
    cursors = {key: log.index.read(key).cursors for key in keys}
    return {
        "index": log.read_sheets(),
        "content": {identity: log.read_sheet(identity) for identity in ids},
        "cursors": cursors,
        "stars": stars(log),
        "labels": labels(log),
        "sweeps": sweeps.exported(log),
        "renames": renames.exported(log),
    }


# ---------------------------------------------------------------- in


def load(log: Log, path: pathlib.Path, max_bytes: int = MAX_BYTES) -> TransferCount:
    """Add what ``path`` holds and this log does not have; sheets only where there is none yet."""
    with staged(log, path, max_bytes) as add:
        return add()


@contextlib.contextmanager
def staged(
    log: Log, path: pathlib.Path, max_bytes: int = MAX_BYTES
) -> Iterator[Callable[[], TransferCount]]:
    """Read what ``path`` holds, and hand out a function that adds it to the log.

    All is read before anything is written, in the form that it is to have, and large values are
    copied beside the others: what is left to be done is one short transaction. Only for that does
    anybody have to hold still.
    """
    owner, check = f"load-{os.urandom(6).hex()}", interrupt_check()
    staging = _Staging(log)
    try:
        with bundle(path, write=False, bounds=Bounds(max_bytes)) as source, _named_damage(path):
            _check_format(source, path)
            records, sheets = _records(source, path, check), _sheets_in(source)
            # What is here already is not copied, and nobody may let go of it meanwhile.
            log.store.write(lambda: leases.write(log.store, owner, all_values=True))
            staging.take(source, "values", "a:")
            staging.take(source, "code", "c:", ".json")

        def add() -> TransferCount:
            with _named_damage(path):
                try:
                    return log.store.write(lambda: _add(log, records, sheets, staging.blobs, check))
                finally:
                    log.invalidate()

        yield add
    finally:
        if log.store.has(f"lease:{owner}"):
            log.store.write(lambda: leases.remove(log.store, owner))
        staging.clear()


@contextlib.contextmanager
def _named_damage(path: pathlib.Path) -> Iterator[None]:
    """Say of whatever an archive from elsewhere causes that it is damaged."""
    import zlib  # noqa: PLC0415 - rarely needed

    try:
        yield
    except (ValueError, TypeError, LookupError, EOFError, RuntimeError, zlib.error) as error:
        if isinstance(error, (DaggrError, KeyError)):
            raise
        raise DamagedError(f"{path} is damaged: {error}. Nothing of it was taken.") from error


def _add(
    log: Log,
    records: list[Record],
    sheets: dict[str, Any],
    blobs: Mapping[str, Blob],
    check: Callable[[], None],
) -> TransferCount:
    log.invalidate()
    is_empty = next(record_keys(log), None) is None and not log.read_sheets()
    new_records = [record for record in records if not log.has(record.id)]
    values = 0
    for key, blob in blobs.items():
        check()
        if not log.store.has(key):
            log.store.set(key, blob)
            values += key.startswith("a:")
    cursors = {key: dict(log.index.read(key).cursors) for key in _keys_of(new_records)}
    log.insert(new_records)
    if is_empty:
        _import_sheets(log, sheets)
    _restore_cursors(log, sheets["cursors"] if is_empty else cursors)
    return TransferCount(len(new_records), values)


def _check_format(source: Bundle, path: pathlib.Path) -> None:
    try:
        manifest = decode_json(source.read("manifest.json"))
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


def _records(source: Bundle, path: pathlib.Path, check: Callable[[], None]) -> list[Record]:
    records: dict[RunId, Record] = {}
    for number, line in enumerate(source.read("records.jsonl").splitlines(), 1):
        check()
        try:
            record = Record.from_bytes(line)
            if not _ID.fullmatch(record.id) or records.setdefault(record.id, record) != record:
                raise ValueError(f"{record.id[:100]!r} is no id, or that of another record")
        except (ValueError, TypeError, IndexError, KeyError, RecursionError) as error:
            raise DamagedError(
                f"Line {number} of records.jsonl in {path} is damaged: {error}"
            ) from error
    return list(records.values())


def _sheets_in(source: Bundle) -> dict[str, Any]:
    sheets: dict[str, Any] = shaped(decode_row(source.read("sheets.json")), dict)
    shaped(sheets["index"], is_sheet_index)
    for content in shaped(sheets["content"], {str: dict}).values():
        sheet_rows.rows_of(content)
    shaped(sheets["cursors"], {str: {str: str}})
    shaped(sheets["stars"], [str])
    shaped(sheets.setdefault("labels", {}), {str: str})  # former versions had none
    shaped(sheets.setdefault("sweeps", {}), {str: sweeps.FORM})
    shaped(sheets.setdefault("renames", {}), renames.FORM)
    return sheets


class _Staging:
    """Values that are about to be added: few in memory, the others on disk ahead."""

    def __init__(self, log: Log) -> None:
        self.blobs: dict[str, Blob] = {}
        self._store = log.store
        self._check = interrupt_check()
        self._in_memory = 0

    def take(self, source: Bundle, folder: str, prefix: str, ending: str = "") -> None:
        """Take what a folder of an export has, and the store has not."""
        for name in source.names(folder):
            digest = name.removesuffix(ending)
            if _HEX.fullmatch(digest) and not self._store.has(prefix + digest):
                with held_back():  # or a file could be left that nobody knows of
                    blob = self._blob(source.chunks(f"{folder}/{name}"))
                    self.blobs[prefix + digest] = blob

    def _blob(self, chunks: Iterator[bytes]) -> Blob:
        first = next(chunks, b"")
        second = next(chunks, None)
        size = self._in_memory + len(first)
        if second is None and (len(first) <= _SHORT or size <= _MEMORY):
            self._check()
            self._in_memory = size
            return first
        rest = chunks if second is None else itertools.chain((second,), chunks)
        return as_copy(self._store.draft(self._checked(itertools.chain((first,), rest))))

    def _checked(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._check()
            yield chunk

    def clear(self) -> None:
        """Remove what nothing came of."""
        for blob in self.blobs.values():
            if isinstance(blob, Draft):
                blob.path.unlink(missing_ok=True)


def _keys_of(records: list[Record]) -> set[str]:
    return {f"{record.node}{record.scope}" for record in records}


def _import_sheets(log: Log, sheets: dict[str, Any]) -> None:
    for identity, content in sheets["content"].items():
        sheet_rows.write(log.store, identity, sheet_rows.rows_of(content))
    if sheets["index"]:
        log.write_sheets(sheets["index"])
    write_stars(log, sheets["stars"])
    write_labels(log, sheets["labels"])
    sweeps.load(log, sheets["sweeps"])
    renames.load(log, sheets["renames"])


def _restore_cursors(log: Log, cursors: Mapping[str, Mapping[str, str]]) -> None:
    """Let sheets show what they showed: adding records must not move anything on screen."""
    for record_key, by_sheet in cursors.items():
        for sheet in {*by_sheet, *log.index.cached(record_key).cursors}:
            log.index.set_cursor(record_key, sheet, RunId(by_sheet.get(sheet, "")))
    log.index.write()
