"""The provenance log: records, values, code, events and sheets of one graph, append-only.

Keys in the store: ``r:N`` a segment, the records of one transaction, a line each; ``h:PLACE``,
``p:N:PLACE`` and ``k:KEY`` the index (see :mod:`heads`); ``a:DIGEST`` a value; ``c:DIGEST`` the
sources behind a fingerprint; ``e:N`` a piece of the event log; ``s:SHEET`` a sheet's inputs and
layout.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from daggr_nb._ids import Digest, RunId
from daggr_nb._provenance.artifacts.codec import Parts, ValueRef, decode
from daggr_nb._provenance.blob import Blob, Draft
from daggr_nb._provenance.code.fingerprint import Dependency, Fingerprint
from daggr_nb._provenance.json_bytes import compact
from daggr_nb._provenance.log.index import Heads
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.log.store import Store, read_json
from daggr_nb.errors import DamagedError, StoreError

T = TypeVar("T")

logger = logging.getLogger("daggr_nb")


PRUNED = "pruned"  # holds something else after every prune
Lines = dict[bytes, bytes]  # the records of a segment, as lines by id
_ID = len(b'{"id":"')


class _Recent(dict[str, Lines]):
    """The segments used last; the oldest goes when there are too many."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._lock = threading.Lock()

    def __setitem__(self, key: str, value: Lines) -> None:
        with self._lock:
            if len(self) >= self._most and key not in self:
                self.pop(next(iter(self)), None)
            super().__setitem__(key, value)


@dataclass
class Commit:
    """What one transaction adds: records in order, the values they refer to, code, events.

    The id of a record ends with the segment it is in, so that one look-up finds it.
    """

    segment: str = field(default_factory=lambda: os.urandom(6).hex())
    records: list[Record] = field(default_factory=list)
    values: Parts = field(default_factory=dict)
    codes: dict[Digest, Fingerprint] = field(default_factory=dict)
    cursors: dict[tuple[str, str], RunId] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.records or self.values or self.codes or self.cursors or self.events)


class Log:
    """Reads and writes the log of one graph.

    Thread-safe; several kernels may write to one store.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._me = os.urandom(8)
        self.heads = Heads(store)
        self._written: set[Digest] = set()
        self._segments = _Recent(64)
        self._pruned: bytes | None = None
        self.damaged: frozenset[Digest] = frozenset()
        """Values that were asked for and could not be read; the next run writes them anew."""

    # -- writing

    def append(self, commit: Commit) -> list[Record]:
        """Write all of ``commit`` in one transaction and return its records, numbered."""
        try:
            with self.store.transaction():
                return self._write(commit)
        except BaseException:
            self.forget()  # what is remembered may be ahead of what was written
            raise

    def refresh(self) -> bool:
        """Notice what other kernels have written; this one's memory of the index is right then.

        Says whether somebody has let go of records since the last time.
        """
        with self.store.transaction():
            self._forget_what_others_wrote()
            before, self._pruned = self._pruned, self.store.get(PRUNED)
        return before != self._pruned

    def forget(self) -> None:
        """Read everything anew from now on."""
        self.heads.forget()
        self._written.clear()
        self._segments.clear()

    def has(self, identity: str) -> bool:
        """Whether a record is here."""
        with contextlib.suppress(DamagedError):
            return self.record(identity).id == identity
        return False

    def adopt(self, records: Iterable[Record]) -> None:
        """Write records made before or elsewhere, under the ids they have, within a transaction.

        Those of a node come in their order, and after what is there already.
        """
        self.store.set("writer", self._me)
        segments: dict[str, list[bytes]] = {}
        for record in records:
            self.heads.add(record)
            segments.setdefault(record.id.rpartition("-")[2], []).append(record.to_bytes())
        for segment, lines in segments.items():
            self._segments.pop(segment, None)
            there = self.store.get(f"r:{segment}")
            self.store.set(f"r:{segment}", b"\n".join([*([there] if there else []), *lines]))
        self.heads.write()

    def _write(self, commit: Commit) -> list[Record]:
        self._forget_what_others_wrote()
        for content, data in commit.values.items():
            self._once(f"a:{content}", content, data)
        for code, found in commit.codes.items():
            self._once(f"c:{code}", code, _code_bytes(found))
        for record in commit.records:
            self.heads.add(record)
        if commit.records:
            lines = {record.id.encode(): record.to_bytes() for record in commit.records}
            self.store.set(f"r:{commit.segment}", b"\n".join(lines.values()))
            self._segments[commit.segment] = lines
        for (sheet, place), identity in commit.cursors.items():
            self.heads.point(place, sheet, identity)
        self.heads.write()
        self._append_events(commit.events)
        return commit.records

    def _forget_what_others_wrote(self) -> None:
        writer = self.store.get("writer")
        if writer == self._me:
            return
        self.forget()
        self.store.set("writer", self._me)
        if writer is None and self.store.get("e:head") is None:
            self.heads.begin_empty()  # nobody has written before

    def ahead(self, parts: Parts, staged: Parts) -> None:
        """Write large values to disk before their transaction, unless they are there.

        ``staged`` is what is about to be written anyway. What there is no room for stays in memory,
        and so does what is there: another kernel may let go of it before the transaction.
        """
        for content, blob in list(parts.items()):
            if not isinstance(blob, tuple):
                continue
            there = content in self._written or self.store.has(f"a:{content}")
            if content in staged:
                del parts[content]
            elif not there or self.damaged:
                with contextlib.suppress(StoreError):
                    parts[content] = self.store.draft(blob)

    def _once(self, key: str, content: Digest, data: Blob) -> None:
        if self.damaged or (content not in self._written and not self.store.has(key)):
            self.store.set(key, data)
            if content in self.damaged:  # its parts came before it
                self.damaged -= {content}
        elif isinstance(data, Draft):
            data.path.unlink(missing_ok=True)
        if content in self._written:
            return
        if len(self._written) > 100_000:
            self._written.clear()
        self._written.add(content)

    def _append_events(self, events: Sequence[dict[str, Any]]) -> None:
        if not events:
            return
        head = self._events_head()
        row = f"e:{events[0]['seq']:012d}:{self._me.hex()}"
        piece = {"previous": head["row"], "events": events}
        self.store.set(row, compact(piece))
        head = {"row": row, "seq": max(head["seq"], events[-1]["seq"])}
        self.store.set("e:head", compact(head))

    # -- reading

    def record(self, identity: str) -> Record:
        """Return a record by id; :class:`~daggr_nb.errors.DamagedError` if it is not there."""
        segment = identity.rpartition("-")[2]
        lines = self._segments.get(segment)
        if lines is None or identity.encode() not in lines:  # another kernel may have added to it
            lines = self._segments[segment] = _by_id(self.store.get(f"r:{segment}") or b"")
        line = lines.get(identity.encode())
        if line is None:
            raise DamagedError(f"The store has no record {identity!r}.")
        try:
            return Record.from_bytes(line)
        except (ValueError, TypeError, IndexError, KeyError) as error:
            raise DamagedError(f"Record {identity!r} cannot be read: {error}") from error

    def find(self, key: Digest, place: str | None = None) -> Record | None:
        """Return the newest successful record of ``key`` that can be read, if there is one.

        ``place`` is the node that it must be of; without one any item of a scatter will do.
        """
        with contextlib.suppress(DamagedError):
            found = self.heads.find(key, place)
            record = self.record(found) if found is not None else None
            if record is not None and record.key == key and place in (None, record.node):
                return record
        return None

    def find_items(self, keys: Iterable[Digest]) -> dict[Digest, Record]:
        """Return what :meth:`find` would for each of ``keys`` without a place, all at once."""
        found = {}
        for key, identity in self.heads.find_items(keys).items():
            with contextlib.suppress(DamagedError):
                record = self.record(identity)
                if record.key == key:
                    found[key] = record
        return found

    def total(self, place: str) -> int:
        """Return how many records a node (or item) has."""
        return self.heads.read(place).count

    def cursor(self, sheet: str, place: str) -> RunId | None:
        """Return which record of a node a sheet shows."""
        return self.heads.remembered(place).at.get(sheet) or None

    def at(self, place: str, index: int) -> RunId | None:
        """Return the id of a node's ``index``-th record, counted from 1."""
        return self.heads.at(place, index)

    def history(self, place: str, limit: int | None = None) -> Iterator[RunId]:
        """Yield the ids of a node's records, newest first."""
        return itertools.islice(self.heads.history(place), limit)

    def value(self, ref: ValueRef) -> Any:
        """Return the value behind ``ref``; raises what :func:`artifacts.decode` raises."""
        try:
            return decode(ref, self._artifact, lambda content: self.store.file(f"a:{content}"))
        except DamagedError:
            if ref.encoding != "none":
                self.damaged |= {ref.digest}
            raise

    def value_of(self, record: Record, port: str, ref: ValueRef) -> Any:
        """Return a value of a record; an error names the record."""
        try:
            return self.value(ref)
        except StoreError as error:
            which = f"{record.node}{record.scope}"
            raise type(error)(
                f"Record {record.id} of {which!r}, {port}: {error}", node=record.node, port=port
            ) from error

    def environment(self, record: Record) -> dict[str, str]:
        """Return the versions of the interpreter and of packages that a record was made with."""
        versions: dict[str, str] = self.value(ValueRef(record.environment, "json"))
        return versions

    def code(self, content: Digest) -> Mapping[str, Dependency]:
        """Return the dependencies behind a fingerprint, or nothing if they were not kept."""
        found = self._readable(f"c:{content}", lambda parts: [Dependency(**d) for d in parts])
        return {dependency.path: dependency for dependency in found or ()}

    def last_seq(self) -> int:
        """Return the number of the last event on record, 0 before the first."""
        return int(self._events_head()["seq"])

    def events(self, from_seq: int = 0) -> list[dict[str, Any]]:
        """Return the events on record from ``from_seq`` on, in order."""
        pieces: list[list[dict[str, Any]]] = []
        row = self._events_head()["row"]
        while row:
            piece = self._readable(row, lambda found: (str(found["previous"]), found["events"]))
            row, events = piece or ("", [])
            wanted = [event for event in events if event["seq"] >= from_seq]
            if not wanted and events:
                break
            pieces.append(wanted)
        return [event for piece in reversed(pieces) for event in piece]

    def read_sheet(self, sheet: str) -> dict[str, Any]:
        """Return a sheet's inputs and layout as last written, or nothing."""
        return read_json(self.store, f"s:{sheet}", dict) or {}

    def write_sheet(self, sheet: str, content: Mapping[str, Any], values: Parts) -> None:
        """Write a sheet's inputs and layout, with the values that they refer to."""
        try:
            with self.store.transaction():
                for digest, data in values.items():
                    self._once(f"a:{digest}", digest, data)
                self.store.set(f"s:{sheet}", json.dumps(content).encode())
        except BaseException:
            self.forget()
            raise

    def read_sheets(self) -> dict[str, Any]:
        """Return which sheets there are, as last written, or nothing."""
        return self._readable("sheets", dict) or {}

    def write_sheets(self, index: Mapping[str, Any]) -> None:
        """Write which sheets there are."""
        self.store.set("sheets", json.dumps(index).encode())

    def copy_sheet(self, source: str, target: str, places: Iterable[str]) -> None:
        """Give ``target`` the inputs, the layout and the cursors (of ``places``) of ``source``."""
        with self.store.transaction():
            self._forget_what_others_wrote()
            self.store.set(f"s:{target}", json.dumps(self.read_sheet(source)).encode())
            for place in places:
                identity = self.cursor(source, place)
                if identity is not None:
                    self.heads.point(place, target, identity)
            self.heads.write()

    def _artifact(self, content: Digest) -> bytes:
        data = self.store.get(f"a:{content}")
        if data is None:
            raise DamagedError(f"The store has no value {content}; run the node again.")
        return data

    def _events_head(self) -> dict[str, Any]:
        known = self._readable("e:head", lambda h: {"row": str(h["row"]), "seq": int(h["seq"])})
        return known or {"row": "", "seq": 0}

    def _readable(self, key: str, form: Callable[[Any], T]) -> T | None:
        """Return what is kept under ``key``, or nothing where the rest makes sense without it."""
        try:
            return read_json(self.store, key, form)
        except DamagedError as error:
            logger.warning("%s", error)
            return None


def _by_id(data: bytes) -> Lines:
    return {line[_ID : line.find(b'"', _ID)]: line for line in data.split(b"\n")}


def _code_bytes(found: Fingerprint) -> bytes:
    return json.dumps([asdict(d) for d in found.dependencies.values()]).encode()
