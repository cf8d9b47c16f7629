"""Going on with what can be read of a damaged database: on request only, nothing is deleted."""

from __future__ import annotations

import itertools
import os
import pathlib
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from daggr_nb._ids import RunId
from daggr_nb._json import encode_json
from daggr_nb._provenance.log.log import Log, is_piece
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.log.rows import decode_row
from daggr_nb._provenance.log.store import DATABASE, DatabaseRow, DiskStore
from daggr_nb.errors import DamagedError, StoreError

_MAX_GAP = 20_000  # rows that may be lost in one piece
_EVENTS = re.compile(r"e:[0-9]{12}:")
_FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")


@dataclass(frozen=True)
class SalvageResult:
    """What :func:`salvage` could read: so many records; ``lost`` are ids of those it could not.

    ``aside`` is the folder that holds the damaged database.
    """

    records: int
    lost: tuple[str, ...]
    aside: pathlib.Path

    def __str__(self) -> str:
        count = f"{self.records} records saved, {len(self.lost)} lost"
        return f"{count}; the damaged database is in {self.aside}"


def salvage(folder: str | os.PathLike[str]) -> SalvageResult:
    """Make a new database of what can be read of a damaged one, which is moved aside.

    Args:
        folder: That of one graph, as the error names it; no kernel may have it open.

    Raises :class:`~daggr_nb.errors.StoreError` when there is no database.
    """
    directory = pathlib.Path(folder)
    if not (directory / DATABASE).is_file():
        raise StoreError(
            f"{directory} holds no database ({DATABASE}). Give the folder that the error names."
        )
    rows = list(_readable_rows(directory))
    aside = directory / time.strftime("damaged-%Y%m%d-%H%M%S")
    aside.mkdir(mode=0o700)
    for name in _FILES:
        if (directory / name).exists():
            (directory / name).rename(aside / name)
    store = DiskStore(directory)
    try:
        records, missing = store.write(lambda: _rebuild(store, rows))
    finally:
        store.close()
    return SalvageResult(records, tuple(sorted(missing)), aside)


# ---------------------------------------------------------------- reading


def _readable_rows(path: pathlib.Path) -> Iterator[DatabaseRow]:
    """Yield the rows that can be read, of a copy: reading may write to a database."""
    import shutil  # noqa: PLC0415 - slow to load, rarely needed
    import tempfile  # noqa: PLC0415 - slow to load, rarely needed

    with tempfile.TemporaryDirectory() as copy:
        for name in _FILES[:2]:
            if (path / name).exists():
                shutil.copyfile(path / name, pathlib.Path(copy) / name)
        connection = sqlite3.connect(pathlib.Path(copy) / DATABASE)
        try:
            connection.execute("PRAGMA writable_schema = ON")  # opens what is too short as well
            yield from _rows(connection)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"Nothing of the database in {path} can be read: {error}.") from error
        finally:
            connection.close()


def _rows(connection: sqlite3.Connection) -> Iterator[DatabaseRow]:
    last_rowid, next_rowid = 0, 1
    select = "SELECT rowid, key, size, mode, filename, value FROM Cache WHERE raw = 1 AND rowid "
    connection.execute(select + "= 0").fetchone()  # raises if not even the table is there
    while next_rowid <= last_rowid + _MAX_GAP:
        try:
            for rowid, *fields in connection.execute(select + ">= ? ORDER BY rowid", (next_rowid,)):
                last_rowid, next_rowid = rowid, rowid + 1
                if isinstance(fields[0], str):
                    yield DatabaseRow(*fields)
            return
        except sqlite3.DatabaseError:
            next_rowid += 1


# ---------------------------------------------------------------- putting together


def _rebuild(store: DiskStore, rows: Iterable[DatabaseRow]) -> tuple[int, set[str]]:
    store.insert_rows(rows)
    return _rebuild_index(Log(store), store)


def _rebuild_index(log: Log, store: DiskStore) -> tuple[int, set[str]]:
    """Write the index of the records that there are; return how many, and which are missing."""
    indexed, cursors = _index_contents(store)
    records = sorted(_records(store), key=lambda record: (record.node, record.scope, record.index))
    for prefix in ("h:", "p:", "k:", "r:", "writer"):
        for key in list(store.keys(prefix)):
            store.delete(key)
    log.insert(records)
    identities = {record.id for record in records}
    for record_key, sheet, identity in cursors:
        if identity in identities:
            log.index.set_cursor(record_key, sheet, RunId(identity))
    log.index.write()
    _mend_events(store)
    return len(records), indexed - identities


def _records(store: DiskStore) -> Iterator[Record]:
    for key in store.keys("r:"):
        for line in (_read_or_none(store, key) or b"").split(b"\n"):
            try:
                yield Record.from_bytes(line)
            except (ValueError, TypeError, IndexError, KeyError):
                continue


def _index_contents(store: DiskStore) -> tuple[set[str], list[tuple[str, str, str]]]:
    """Return the ids that the index names, and the cursors, as far as they make sense."""
    identities: set[str] = set()
    cursors: list[tuple[str, str, str]] = []
    for key in store.keys("h:"):
        try:
            _, entries, by_sheet = decode_row(_read_or_none(store, key) or b"")
            identities |= {str(identity) for identity, _ in entries}
            cursors += [(key[2:], str(sheet), str(i)) for sheet, i in by_sheet.items()]
        except (ValueError, TypeError, AttributeError):
            continue
    for key in store.keys("p:"):
        identities |= set(map(str, _json_or_empty(_read_or_none(store, key), list)))
    return identities, cursors


def _mend_events(store: DiskStore) -> None:
    """Let the numbers of events go on after the last one that there is."""
    if _json_or_empty(store.get("e:head"), dict):
        return
    pieces = [key for key in store.keys("e:") if _EVENTS.match(key)]
    if pieces:
        newest = max(pieces)
        piece = _json_or_empty(_read_or_none(store, newest), dict)
        events: list[Any] = piece["events"] if is_piece(piece) else []
        seq = max(itertools.chain((int(newest[2:14]),), (event["seq"] for event in events)))
        store.set("e:head", encode_json({"row": newest, "seq": seq}))


def _json_or_empty(data: bytes | None, kind: type) -> Any:
    try:
        content = decode_row(data or b"null")
    except ValueError:
        content = None
    return content if isinstance(content, kind) else kind()


def _read_or_none(store: DiskStore, key: str) -> bytes | None:
    try:
        return store.get(key)
    except DamagedError:
        return None
