"""Going on with what can be read of a damaged database: on request only, nothing is deleted."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from daggr_nb._ids import RunId
from daggr_nb._provenance.json_bytes import compact
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.log.store import DATABASE, DiskStore, Row
from daggr_nb.errors import DamagedError, StoreError

_FURTHEST = 20_000  # rows that may be lost in one piece
_FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")


@dataclass(frozen=True)
class Salvaged:
    """What :func:`salvage` could read: so many records; ``lost`` are ids of those it could not.

    ``aside`` is the folder that holds the damaged database.
    """

    records: int
    lost: tuple[str, ...]
    aside: pathlib.Path

    def __str__(self) -> str:
        count = f"{self.records} records saved, {len(self.lost)} lost"
        return f"{count}; the damaged database is in {self.aside}"


def salvage(folder: str | os.PathLike[str]) -> Salvaged:
    """Make a new database of what can be read of a damaged one, which is moved aside.

    ``folder`` is that of one graph, as the error names it; no kernel may have it open. Raises
    :class:`~daggr_nb.errors.StoreError` when there is no database.
    """
    place = pathlib.Path(folder)
    if not (place / DATABASE).is_file():
        raise StoreError(
            f"{place} holds no database ({DATABASE}). Give the folder that the error names."
        )
    rows = list(_readable(place))
    aside = place / time.strftime("damaged-%Y%m%d-%H%M%S")
    aside.mkdir(mode=0o700)
    for name in _FILES:
        if (place / name).exists():
            (place / name).rename(aside / name)
    store = DiskStore(place)
    try:
        with store.transaction():
            store.adopt(rows)
            records, lost = _index_anew(Log(store), store)
    finally:
        store.close()
    return Salvaged(records, tuple(sorted(lost)), aside)


# ---------------------------------------------------------------- reading


def _readable(place: pathlib.Path) -> Iterator[Row]:
    """Yield the rows that can be read, of a copy: reading may write to a database."""
    import shutil  # noqa: PLC0415 - slow to load, rarely needed
    import tempfile  # noqa: PLC0415 - slow to load, rarely needed

    with tempfile.TemporaryDirectory() as copy:
        for name in _FILES[:2]:
            if (place / name).exists():
                shutil.copyfile(place / name, pathlib.Path(copy) / name)
        connection = sqlite3.connect(pathlib.Path(copy) / DATABASE)
        try:
            connection.execute("PRAGMA writable_schema = ON")  # opens what is too short as well
            yield from _rows(connection)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"Nothing of the database in {place} can be read: {error}.") from error
        finally:
            connection.close()


def _rows(connection: sqlite3.Connection) -> Iterator[Row]:
    found, row = 0, 1
    select = "SELECT rowid, key, size, mode, filename, value FROM Cache WHERE raw = 1 AND rowid "
    connection.execute(select + "= 0").fetchone()  # raises if not even the table is there
    while row <= found + _FURTHEST:
        try:
            for number, *parts in connection.execute(select + ">= ? ORDER BY rowid", (row,)):
                found, row = number, number + 1
                if isinstance(parts[0], str):
                    yield Row(*parts)
            return
        except sqlite3.DatabaseError:
            row += 1


# ---------------------------------------------------------------- putting together


def _index_anew(log: Log, store: DiskStore) -> tuple[int, set[str]]:
    """Write the index of the records that there are; return how many, and which are missing."""
    listed, cursors = _listed(store)
    records = sorted(_records(store), key=lambda record: (record.node, record.scope, record.index))
    for prefix in ("h:", "p:", "k:", "r:", "writer"):
        for key in list(store.keys(prefix)):
            store.delete(key)
    log.adopt(records)
    known = {record.id for record in records}
    for place, sheet, identity in cursors:
        if identity in known:
            log.heads.point(place, sheet, RunId(identity))
    log.heads.write()
    _mend_events(store)
    return len(records), listed - known


def _records(store: DiskStore) -> Iterator[Record]:
    for key in store.keys("r:"):
        for line in (_read(store, key) or b"").split(b"\n"):
            try:
                yield Record.from_bytes(line)
            except (ValueError, TypeError, IndexError, KeyError):
                continue


def _listed(store: DiskStore) -> tuple[set[str], list[tuple[str, str, str]]]:
    """Return the ids that the index names, and the cursors, as far as they make sense."""
    listed: set[str] = set()
    cursors: list[tuple[str, str, str]] = []
    for key in store.keys("h:"):
        try:
            _, entries, at = json.loads(_read(store, key) or b"")
            listed |= {str(identity) for identity, _ in entries}
            cursors += [(key[2:], str(sheet), str(identity)) for sheet, identity in at.items()]
        except (ValueError, TypeError, AttributeError):
            continue
    for key in store.keys("p:"):
        listed |= set(map(str, _parsed(_read(store, key), list)))
    return listed, cursors


def _mend_events(store: DiskStore) -> None:
    """Let the numbers of events go on after the last one that there is."""
    if _parsed(store.get("e:head"), dict):
        return
    pieces = [key for key in store.keys("e:") if key != "e:head"]
    if pieces:
        last = max(pieces)
        events: Iterable[Any] = _parsed(_read(store, last), dict).get("events", ())
        seq = max(itertools.chain((int(last[2:14]),), (event["seq"] for event in events)))
        store.set("e:head", compact({"row": last, "seq": seq}))


def _parsed(data: bytes | None, kind: type) -> Any:
    try:
        found = json.loads(data or b"null")
    except ValueError:
        found = None
    return found if isinstance(found, kind) else kind()


def _read(store: DiskStore, key: str) -> bytes | None:
    try:
        return store.get(key)
    except DamagedError:
        return None
