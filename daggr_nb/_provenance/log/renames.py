"""Nodes that are called otherwise now: all that is on record of them is found under the new name.

``renames`` says which name stands for which, so that code which still has the former one means the
same node, and of which pairs of names somebody has said that they are two nodes.
"""

from __future__ import annotations

import contextlib
import logging
import pathlib
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from daggr_nb._ids import NodeId
from daggr_nb._json import encode_json
from daggr_nb._provenance.log import sheet_rows, sweeps
from daggr_nb._provenance.log.index import RecordIndex
from daggr_nb._provenance.log.log import Log, line_id
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.log.rows import decode_row, encode_row
from daggr_nb._provenance.log.store import DATABASE, read_json
from daggr_nb.errors import DamagedError

logger = logging.getLogger("daggr_nb")

_ROW = "renames"
FORM = {str: [(str, str)]}
"""Pairs of names, by what is known of them."""
_SCOPE = re.compile(r"(\[\d+\])*")


@dataclass(frozen=True)
class Renames:
    """What is known of names; each pair is a former one and the one of now.

    ``aliases`` are meant by code that still has the former one, the latest first. ``taken`` are
    those of which the code itself has the new one, ``apart`` those that are two nodes.
    """

    aliases: tuple[tuple[str, str], ...] = ()
    taken: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()

    def renamed(self, former: str, latter: str) -> Renames:
        """Return them with one more; who had the former name by renaming is meant, too."""
        moved = ((old, latter if new == former else new) for old, new in self.aliases)
        others = tuple((old, new) for old, new in moved if old not in (latter, former))
        return replace(self, aliases=((former, latter), *others))

    def taken_over(self, former: str, latter: str) -> Renames:
        """Return them with a node that took over what is on record of another name."""
        aliases = tuple((old, latter if new == former else new) for old, new in self.aliases)
        aliases = tuple((old, new) for old, new in aliases if old != new)
        taken = dict.fromkeys(((former, latter), *self.taken))
        taken.pop((latter, former), None)
        return replace(self, aliases=aliases, taken=tuple(taken))

    def without(self, names: Iterable[str]) -> Renames:
        """Return them without the former names that are those of other nodes now."""
        names = set(names)
        kept = ((old, new) for old, new in self.aliases if old not in names or new not in names)
        return replace(self, aliases=tuple(kept))

    def kept_apart(self, former: str, latter: str) -> Renames:
        """Return them with a pair of names that are two nodes."""
        return replace(self, apart=tuple(dict.fromkeys((*self.apart, (former, latter)))))


def read(log: Log) -> Renames:
    """Return what is on record of names; nothing where it cannot be read."""
    try:
        return _of(read_json(log.store, _ROW, FORM) or {})
    except DamagedError as error:
        logger.warning("%s", error)
        return Renames()


def glance(folder: pathlib.Path) -> Renames:
    """Return the same of a store that nobody opens for it."""
    database = folder / DATABASE
    if not database.is_file():
        return Renames()
    with contextlib.suppress(sqlite3.Error, ValueError):  # whoever opens it says what is wrong
        connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=1)
        with contextlib.closing(connection):
            select = "SELECT value FROM Cache WHERE key = ? AND raw = 1"
            row = connection.execute(select, (_ROW,)).fetchone()
        if row is not None:
            return _of(decode_row(bytes(row[0]), FORM))
    return Renames()


def _of(content: Mapping[str, Sequence[Sequence[str]]]) -> Renames:
    pairs = {kind: tuple((old, new) for old, new in rows) for kind, rows in content.items()}
    return Renames(*(pairs.get(kind, ()) for kind in ("aliases", "taken", "apart")))


def write(log: Log, renames: Renames) -> None:
    """Keep what is to be known of names."""
    log.store.write(lambda: log.store.set(_ROW, encode_row(asdict(renames))))


def exported(log: Log) -> dict[str, Any]:
    """Return it as JSON."""
    return asdict(read(log))


def load(log: Log, content: Mapping[str, Any]) -> None:
    """Write what was exported, within a transaction."""
    log.store.set(_ROW, encode_row(asdict(_of(content))))


def rename_node(log: Log, former: str, latter: str, renames: Renames) -> None:
    """Let all that is on record of ``former`` be that of ``latter``, in one transaction.

    Records keep their ids. If there is a history of the new name, from a node that is gone, the two
    become one in the order of time.
    """
    try:
        log.store.write(lambda: _rename(log, former, latter, renames))
    finally:
        log.invalidate()


def names_on_record(log: Log) -> list[str]:
    """Return the nodes that have records, or had."""
    keys = (key[2:] for key in log.store.keys("h:"))
    return [key for key in keys if not key.endswith("]") or not _ITEM.search(key)]


_ITEM = re.compile(r"(\[\d+\])+$")


def _rename(log: Log, former: str, latter: str, renames: Renames) -> None:
    log.take_turn()
    records = _renamed_records(log, former, latter)
    by_key: dict[str, list[Record]] = {}
    for record in records.values():
        if record.node == latter:
            by_key.setdefault(f"{former}{record.scope}", []).append(record)
    pages: dict[str, list[str]] = {}
    for page in log.store.keys("p:"):
        pages.setdefault(page.split(":", 2)[2], []).append(page)
    for key in [key[2:] for key in log.store.keys(f"h:{former}")]:
        if _SCOPE.fullmatch(key.removeprefix(former)):
            new_key = f"{latter}{key.removeprefix(former)}"
            rows = [f"h:{key}", *pages.get(key, ())]
            if log.store.has(f"h:{new_key}"):
                rows += [f"h:{new_key}", *pages.get(new_key, ())]
                _join(log, key, new_key, rows, by_key.get(key, ()), records)
            else:
                _move(log, rows, key, new_key)
    _write_records(log, records)
    _rename_sweeps(log, former, latter)
    for sheet in list(sheet_rows.identities(log.store)):
        _rename_in_sheet(log, sheet, former, latter)
    log.store.set(_ROW, encode_row(asdict(renames)))


def _renamed_records(log: Log, former: str, latter: str) -> dict[str, Record]:
    """Return the records that are of a node, or were given what it made, with its new name."""
    mark, renamed = encode_json(former), {}
    for key in list(log.store.keys("r:")):
        data = log.store.get(key) or b""
        if mark not in data:
            continue
        for line in data.split(b"\n"):
            if mark in line:
                with contextlib.suppress(ValueError, TypeError, LookupError):
                    record = Record.from_bytes(line)
                    renamed[str(record.id)] = renamed_record(record, former, latter)
    return renamed


def renamed_record(record: Record, former: str, latter: str) -> Record:
    """Return a record with another name for a node: its own, or that of what fed it."""
    inputs = {
        port: ref._replace(origin=(NodeId(latter), ref.origin[1]))
        if ref.origin is not None and ref.origin[0] == former
        else ref
        for port, ref in record.inputs.items()
    }
    node = NodeId(latter) if record.node == former else record.node
    return replace(record, node=node, inputs=inputs)


def _write_records(log: Log, records: Mapping[str, Record]) -> None:
    segments = {identity.rpartition("-")[2] for identity in records}
    for segment in segments:
        lines = (log.store.get(f"r:{segment}") or b"").split(b"\n")
        found = (records.get(line_id(line).decode("utf-8", "replace")) for line in lines)
        pairs = zip(lines, found, strict=True)
        new = [line if record is None else record.to_bytes() for line, record in pairs]
        log.store.set(f"r:{segment}", b"\n".join(new))


def _move(log: Log, rows: Iterable[str], key: str, new_key: str) -> None:
    """Let the index have a history under another record key."""
    moved = {row: f"{row.removesuffix(key)}{new_key}" for row in rows}
    log.store.set_rows({latter: log.store.get(row) or b"" for row, latter in moved.items()})
    for row in moved:
        log.store.delete(row)


def _join(
    log: Log,
    key: str,
    new_key: str,
    rows: Iterable[str],
    renamed: Sequence[Record],
    records: dict[str, Record],
) -> None:
    """Make one history of two; what sheets show of the renamed node is shown."""
    former, latter = log.index.read(key), log.index.read(new_key)
    known = {str(record.id): record for record in renamed}
    for identity in log.history(new_key):
        with contextlib.suppress(DamagedError):
            known.setdefault(str(identity), records.get(str(identity)) or log.record(identity))
    for row in rows:
        log.store.delete(row)
    log.invalidate()
    index = RecordIndex(log.store)
    for record in sorted(known.values(), key=lambda record: (record.started_at, record.index)):
        index.add(record)
        records[str(record.id)] = record
    for sheet, identity in {**latter.cursors, **former.cursors}.items():
        index.set_cursor(new_key, sheet, identity)
    index.write()


def _rename_sweeps(log: Log, former: str, latter: str) -> None:
    moved = sweeps.sweeps_of(log, former)
    if moved:
        sweeps.replace(log, latter, [*moved, *sweeps.sweeps_of(log, latter)])
        sweeps.replace(log, former, [])


def _rename_in_sheet(log: Log, sheet: str, former: str, latter: str) -> None:
    before = sheet_rows.rows_of(log.read_sheet(sheet))
    after = sheet_rows.renamed_rows(before, former, latter)
    changes = sheet_rows.differences(before, after)
    if changes:
        sheet_rows.write(log.store, sheet, changes)
