"""The provenance log: records, values, code, events and sheets of one graph, append-only.

Keys in the store: ``r:N`` a segment, the records of one transaction, a line each; ``h:NAME``,
``p:N:NAME`` and ``k:KEY`` the index (see :mod:`index`); ``a:DIGEST`` a value; ``c:DIGEST`` the
sources behind a fingerprint; ``e:N`` a piece of the event log; ``s:SHEET`` a sheet, ``i:[SHEET,…]``
one of its inputs, or a piece of its layout (see :mod:`sheet_rows`).
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from daggr_nb._ids import Digest, RunId
from daggr_nb._interrupts import held_back
from daggr_nb._json import encode_json
from daggr_nb._provenance.artifacts.codec import Parts, ValueRef, decode, encode
from daggr_nb._provenance.blob import Blob, Draft, FileContent
from daggr_nb._provenance.code.fingerprint import Dependency, Fingerprint
from daggr_nb._provenance.log import leases, sheet_rows
from daggr_nb._provenance.log.asking import AskAbove
from daggr_nb._provenance.log.index import Neighbours, RecordIndex
from daggr_nb._provenance.log.records import Record, own_key, shared_key
from daggr_nb._provenance.log.rows import Form, encode_row, fits
from daggr_nb._provenance.log.sheet_rows import Rows
from daggr_nb._provenance.log.store import Store, as_copy, read_json
from daggr_nb.errors import DamagedError, StoreError, UntrustedError

T = TypeVar("T")

logger = logging.getLogger("daggr_nb")


PRUNE_MARK = "pruned"  # holds something else after every prune
SegmentLines = dict[bytes, bytes]  # the records of a segment, as lines by id
_ID = len(b'{"id":"')
_PIECE = 1000  # events in a row when they are written anew


_WRITERS = 4  # threads that write large values at once: more gain no time, and handles are few


class _SegmentCache(dict[str, SegmentLines]):
    """A cache of the segments used last; the oldest goes when there are too many."""

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self._capacity = capacity
        self._lock = threading.Lock()

    def __setitem__(self, key: str, value: SegmentLines) -> None:
        with self._lock:
            if len(self) >= self._capacity and key not in self:
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
    used: dict[Digest, Any] = field(default_factory=dict)
    """Values in memory that the records refer to, by digest: another kernel may let go of them."""

    def __bool__(self) -> bool:
        return bool(self.records or self.values or self.codes or self.cursors or self.events)


class Log:
    """Reads and writes the log of one graph.

    Thread-safe; several kernels may write to one store.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._writer = os.urandom(8)
        self.index = RecordIndex(store)
        self.asks = AskAbove(store)
        self._stored: set[Digest] = set()
        self._ahead: Parts = {}
        self._few = threading.BoundedSemaphore(_WRITERS)
        self._segments = _SegmentCache(64)
        self._prune_mark: bytes | None = None  # up to which nobody holds what was pruned
        self._seen_mark: bytes | None = None
        self.in_use: dict[str, tuple[RunId, ...]] = {}
        """Records that runs may need, by run: no other kernel may let go of them."""
        self._leased: frozenset[str] | None = frozenset()
        self._lease_due = 0.0
        self.damaged: frozenset[Digest] = frozenset()
        """Values that were asked for and could not be read; the next run writes them anew."""
        self.copies: dict[Digest, tuple[str, ...]] = {}
        """Values with files that were read from the store, and what became of the originals."""

    # -- writing

    def append(self, commit: Commit) -> list[Record]:
        """Write all of ``commit`` in one transaction and return its records, numbered."""
        try:
            missing, records = self.store.write(lambda: self._write_or_ask(commit))
            if missing:
                for ref in missing:
                    encode(commit.used[ref.digest], ref.digest, commit.values)
                records = self.store.write(lambda: self._write(commit))
            _let_go(commit.values)
            return records
        except BaseException:
            self.invalidate()  # what is cached may be ahead of what was written
            raise

    def refresh(self) -> bool:
        """Notice what other kernels have written; this one's cache of the index is right then.

        Says whether somebody has let go of records since :meth:`forgotten` was called.
        """
        try:
            mark = self.store.write(self._mark_now)
        except StoreError:  # nothing can be written now; who tries to says so
            self.invalidate()
            mark = self.store.get(PRUNE_MARK)
        self._seen_mark = mark
        return mark != self._prune_mark

    def is_current(self) -> bool:
        """Whether nobody else has written, or let go of records, since this kernel looked."""
        try:
            writer, mark = self.store.get("writer"), self.store.get(PRUNE_MARK)
        except StoreError:
            return False
        return writer == self._writer and mark == self._prune_mark

    def forgotten(self) -> None:
        """Note that nobody here refers any more to what was gone at the last :meth:`refresh`."""
        self._prune_mark = self._seen_mark

    def _mark_now(self) -> bytes | None:
        self._invalidate_if_others_wrote()
        self._write_lease()
        return self.store.get(PRUNE_MARK)

    def take_turn(self) -> None:
        """Begin to change what is on record, within a transaction: other kernels notice."""
        self.invalidate()
        self.store.set("writer", self._writer)

    def invalidate(self) -> None:
        """Invalidate all caches: read everything anew from now on."""
        self.index.invalidate()
        self._stored.clear()
        self._segments.clear()
        self._leased = None

    def has(self, identity: str) -> bool:
        """Whether a record is here."""
        with contextlib.suppress(DamagedError):
            return self.record(identity).id == identity
        return False

    def insert(self, records: Iterable[Record]) -> None:
        """Write records made before or elsewhere, under the ids they have, within a transaction.

        Those of a node come in their order, and after what is there already.
        """
        self.store.set("writer", self._writer)
        segments: dict[str, list[bytes]] = {}
        for record in records:
            self.index.add(record)
            segments.setdefault(record.id.rpartition("-")[2], []).append(record.to_bytes())
        for segment, lines in segments.items():
            self._segments.pop(segment, None)
            stored = self.store.get(f"r:{segment}")
            self.store.set(f"r:{segment}", b"\n".join([*([stored] if stored else []), *lines]))
        self.index.write()

    def _write_or_ask(self, commit: Commit) -> tuple[list[ValueRef], list[Record]]:
        """Write all of ``commit``, or return the values that have gone and are in memory still."""
        self._invalidate_if_others_wrote()
        missing: list[ValueRef] = []
        refers = commit.records or commit.cursors
        if refers and self.store.get(PRUNE_MARK) != self._prune_mark:
            missing = [ref for ref in self._gone(commit) if ref.digest in commit.used]
        return (missing, []) if missing else ([], self._write(commit))

    def _gone(self, commit: Commit) -> list[ValueRef]:
        """Return the values that another kernel has let go of; cut what leads to its records."""
        new = {record.id for record in commit.records}
        is_here = functools.cache(lambda identity: identity in new or self.has(identity))
        commit.cursors = {place: i for place, i in commit.cursors.items() if not i or is_here(i)}
        refs: dict[Digest, ValueRef] = {}
        for record in commit.records:
            record.cut(is_here)
            values = (*record.outputs.values(), *(ref.value for ref in record.inputs.values()))
            refs.update((ref.digest, ref) for ref in values if ref.inline is None)
        return [
            ref
            for content, ref in refs.items()
            if ref.encoding != "none" and content not in commit.values and not self.holds(ref)
        ]

    def _write_lease(self) -> None:
        """Tell other kernels what is in use here; nothing is written while that is the same."""
        runs = frozenset(self.in_use)
        if self.store.folder is None:  # there is no other kernel
            return
        if runs == self._leased and (not runs or time.time() < self._lease_due):
            return
        owner = self._writer.hex()
        if runs:
            leases.write(self.store, owner, itertools.chain.from_iterable(self.in_use.values()))
            self._lease_due = time.time() + leases.SECONDS / 2
        elif self.store.has(f"lease:{owner}"):
            leases.remove(self.store, owner)
        self._leased = runs

    def _write(self, commit: Commit) -> list[Record]:
        self._invalidate_if_others_wrote()
        self._write_lease()
        for content, data in commit.values.items():
            self._set_once(f"a:{content}", content, data)
        for code, fingerprint in commit.codes.items():
            self._set_once(f"c:{code}", code, _encode_code(fingerprint))
        for record in commit.records:
            self.index.add(record)
        if commit.records:
            lines = {record.id.encode(): record.to_bytes() for record in commit.records}
            self.store.set(f"r:{commit.segment}", b"\n".join(lines.values()))
            self._segments[commit.segment] = lines
        for (sheet, record_key), identity in commit.cursors.items():
            self.index.set_cursor(record_key, sheet, identity)
        self.index.write()
        self._append_events(commit.events)
        return commit.records

    def _invalidate_if_others_wrote(self) -> None:
        writer = self.store.get("writer")
        if writer == self._writer:
            return
        self.invalidate()
        self.store.set("writer", self._writer)
        if writer is None and self.store.get("e:head") is None:
            self.index.assume_empty()  # nobody has written before

    def write_drafts(self, parts: Parts, staged: Parts) -> None:
        """Write large values to disk as drafts before their transaction, unless they are there.

        ``staged`` is what is about to be written anyway. What there is no room for stays in memory,
        and so does what is there: another kernel may let go of it before the transaction.
        """
        if not any(isinstance(blob, (tuple, FileContent)) for blob in parts.values()):
            return
        with held_back() as block, self._few:  # which Ctrl-C must not leave with one less
            self._write_drafts(parts, staged, block.let_through)

    def write_ahead(self, parts: Parts) -> None:
        """Copy files that are about to be written, and need not be copied again then."""
        former, self._ahead = self._ahead, {}
        ahead = {content: blob for content, blob in former.items() if content in parts}
        _let_go({c: blob for c, blob in former.items() if c not in parts})  # nobody came for them
        missing = {content: blob for content, blob in parts.items() if content not in ahead}
        self.write_drafts(missing, {})
        ahead.update((c, blob) for c, blob in missing.items() if isinstance(blob, Draft))
        self._ahead = ahead

    def _write_drafts(self, parts: Parts, staged: Parts, check: Callable[[], object]) -> None:
        for content, blob in list(parts.items()):
            if not isinstance(blob, (tuple, FileContent)):
                continue
            stored = content in self._stored or self.store.has(f"a:{content}")
            if content in staged:
                del parts[content]
            elif isinstance(blob, FileContent):
                if not stored or self.damaged:
                    self._draft_file(content, blob, parts, check)
            elif not stored or self.damaged:
                with contextlib.suppress(StoreError):
                    parts[content] = self.store.draft(_checked(blob, check))

    def _draft_file(
        self,
        content: Digest,
        blob: FileContent,
        parts: Parts,
        check: Callable[[], object] = lambda: None,
    ) -> None:
        """Copy a file; where that cannot be, its value is missing, and the rest is recorded."""
        try:
            parts[content] = self.store.draft(_checked(blob.blocks(), check))
        except StoreError as error:
            del parts[content]
            logger.warning("%s", error)

    def _set_once(self, key: str, content: Digest, data: Blob) -> None:
        """Write a value unless it is there, so that writing is idempotent; damaged ones anew."""
        if self.damaged or (content not in self._stored and not self.store.has(key)):
            if isinstance(data, FileContent):  # which nobody has copied ahead
                parts: Parts = {}
                ahead = self._ahead.pop(content, None)
                if ahead is not None:
                    parts[content] = ahead
                else:
                    self._draft_file(content, data, parts)
                if content not in parts:
                    return
                data = as_copy(parts[content])
            self.store.set(key, data)
            if content in self.damaged:  # its parts came before it
                self.damaged -= {content}
        if content in self._stored:
            return
        if len(self._stored) > 100_000:
            self._stored.clear()
        self._stored.add(content)

    def _append_events(self, events: Sequence[dict[str, Any]]) -> None:
        if not events:
            return
        head = self._events_head()
        row = f"e:{events[0]['seq']:012d}:{self._writer.hex()}"
        piece = {"previous": head["row"], "events": events}
        self.store.set(row, encode_json(piece))
        head = {"row": row, "seq": max(head["seq"], events[-1]["seq"])}
        self.store.set("e:head", encode_json(head))

    def replace_events(self, events: Sequence[dict[str, Any]]) -> None:
        """Keep these events in the place of all, within a transaction; numbers go on."""
        seq = self.last_seq()
        for key in list(self.store.keys("e:")):
            self.store.delete(key)
        row = ""
        for start in range(0, len(events), _PIECE):
            piece = {"previous": row, "events": events[start : start + _PIECE]}
            row = f"e:{events[start]['seq']:012d}:{self._writer.hex()}"
            self.store.set(row, encode_json(piece))
        self.store.set("e:head", encode_json({"row": row, "seq": seq}))

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

    def find(self, key: Digest, record_key: str | None = None, sheet: str = "") -> Record | None:
        """Return the cache hit of ``key``: its newest successful record that can be read, if any.

        ``record_key`` is the node that it must be of; without one any item of a scatter will do.
        An edit is found for its own ``sheet`` only.
        """
        with contextlib.suppress(DamagedError):
            identity = self.index.find(key, record_key, sheet)
            record = self.record(identity) if identity is not None else None
            fits = record is not None and record.key == key and record_key in (None, record.node)
            if record is not None and fits and record.answers(sheet):
                return record
        return None

    def find_items(self, keys: Iterable[Digest], sheet: str = "") -> dict[Digest, Record]:
        """Return what :meth:`find` would for each of ``keys`` without a record key, all at once."""
        keys = list(keys)
        entry_keys = [*keys, *(own_key(key, sheet) for key in keys if sheet)]
        records: dict[Digest, Record] = {}
        for entry_key, identity in self.index.find_items(entry_keys).items():
            key = shared_key(entry_key)
            if key in records and entry_key == key:
                continue  # what is the sheet's own comes first
            with contextlib.suppress(DamagedError):
                record = self.record(identity)
                if record.key == key and record.answers(sheet):
                    records[key] = record
        return records

    def items_of(
        self, node: str, scope: str, keys: Container[Digest], sheet: str = ""
    ) -> dict[Digest, Record]:
        """Return the newest successful records of ``keys`` in the history of one item, by key."""
        records: dict[Digest, Record] = {}
        with contextlib.suppress(DamagedError):
            for identity, entry_key in self.index.recent(f"{node}{scope}"):
                key = shared_key(entry_key)
                if key in keys and key not in records:
                    record = self.record(identity)
                    if record.key == key and record.scope == scope and record.answers(sheet):
                        records[key] = record
        return records

    def total(self, record_key: str) -> int:
        """Return how many records a node (or item) has."""
        return self.index.read(record_key).count

    def cursor(self, sheet: str, record_key: str) -> RunId | None:
        """Return which record of a node a sheet shows."""
        return self.index.cached(record_key).cursors.get(sheet) or None

    def at(self, record_key: str, index: int) -> RunId | None:
        """Return the id of a node's ``index``-th record, counted from 1."""
        return self.index.at(record_key, index)

    def around(self, record_key: str, index: int) -> Neighbours:
        """Return what stands beside a node's ``index``-th record; beside none at 0."""
        return self.index.around(record_key, index)

    def history(self, record_key: str, limit: int | None = None) -> Iterator[RunId]:
        """Yield the ids of a node's records, newest first."""
        return itertools.islice(self.index.history(record_key), limit)

    def value(self, ref: ValueRef) -> Any:
        """Return the value behind ``ref``; raises what :func:`codec.decode` raises."""
        copies: list[str] = []
        try:
            value = decode(
                ref, self._value_bytes, lambda content: self.store.file(f"a:{content}"), copies
            )
        except (DamagedError, UntrustedError):  # a pickle of a former key is written anew, too
            if ref.encoding != "none":
                self.damaged |= {ref.digest}
            raise
        if copies:
            self.copies[ref.digest] = tuple(dict.fromkeys(copies))
        else:
            self.copies.pop(ref.digest, None)
        return value

    def holds(self, ref: ValueRef) -> bool:
        """Whether a value is in the store already."""
        return ref.inline is not None or self.store.has(f"a:{ref.digest}")

    def value_of(self, record: Record, port: str, ref: ValueRef) -> Any:
        """Return a value of a record; an error names the record."""
        try:
            return self.value(ref)
        except StoreError as error:
            owner = f"{record.node}{record.scope}"
            raise type(error)(
                f"Record {record.id} of {owner!r}, {port}: {error}", node=record.node, port=port
            ) from error

    def environment(self, record: Record) -> dict[str, str]:
        """Return the versions of the interpreter and of packages that a record was made with."""
        versions: dict[str, str] = self.value(ValueRef(record.environment, "json"))
        return versions

    def code(self, content: Digest) -> Mapping[str, Dependency]:
        """Return the dependencies behind a fingerprint, or nothing if they were not kept."""
        entries = self._try_read(
            f"c:{content}", [dict], lambda parts: [Dependency(**d) for d in parts]
        )
        return {dependency.path: dependency for dependency in entries or ()}

    def last_seq(self) -> int:
        """Return the number of the last event on record, 0 before the first."""
        return int(self._events_head()["seq"])

    def events(self, from_seq: int = 0) -> list[dict[str, Any]]:
        """Return the events on record from ``from_seq`` on, in order."""
        pieces: list[list[dict[str, Any]]] = []
        row = self._events_head()["row"]
        while row:
            piece = self._try_read(row, is_piece, lambda p: (str(p["previous"]), p["events"]))
            row, events = piece or ("", [])
            matching = [event for event in events if event["seq"] >= from_seq]
            if not matching and events:
                break
            pieces.append(matching)
        return [event for piece in reversed(pieces) for event in piece]

    def read_sheet(
        self, sheet: str, complain: Callable[[str], object] = logger.warning
    ) -> dict[str, Any]:
        """Return a sheet's inputs and layout as last written, or nothing."""
        return sheet_rows.read(self.store, sheet, complain)

    def has_sheet(self, sheet: str) -> bool:
        """Whether there is a sheet, as far as any kernel has written which there are."""
        identities = self.sheet_ids()
        return not identities or sheet in identities

    def sheet_ids(self) -> list[str]:
        """Return the sheets that there are, as far as any kernel has written that."""
        return [str(identity) for identity, _ in self.read_sheets().get("sheets", ())]

    def write_sheet(
        self, sheet: str, content: Mapping[str, Any], values: Parts, former: Rows | None = None
    ) -> list[ValueRef]:
        """Write what differs in a sheet's inputs and layout from what it was for this kernel.

        ``values`` are what they refer to. Those that are not there, as another kernel has let go of
        them, are returned; nothing is written then.
        """
        changes = sheet_rows.differences(former or {}, sheet_rows.rows_of(content))

        def write() -> list[ValueRef]:
            self._invalidate_if_others_wrote()  # who may have let go of values
            for digest, data in values.items():
                self._set_once(f"a:{digest}", digest, data)
            missing = [ref for ref in sheet_rows.refs_of(changes) if not self.holds(ref)]
            if not missing and self.has_sheet(sheet):
                sheet_rows.write(self.store, sheet, changes)
            return missing

        try:
            missing = self.store.write(write)
        except BaseException:
            self.invalidate()
            raise
        if not missing:
            _let_go(values)
        return missing

    def sheets_with_rows(self) -> set[str]:
        """Return the sheets that have inputs or a layout on record."""
        return {*sheet_rows.identities(self.store)}

    def read_sheets(self) -> dict[str, Any]:
        """Return which sheets there are, as last written, or nothing."""
        return self._try_read("sheets", is_sheet_index) or {}

    def write_sheets(self, index: Mapping[str, Any]) -> None:
        """Write which sheets there are."""
        self.store.set("sheets", encode_row(index))

    def copy_sheet(self, source: str, target: str, record_keys: Iterable[str]) -> None:
        """Give ``target`` the inputs, layout and cursors (of ``record_keys``) of ``source``.

        To be called within a transaction.
        """
        self._invalidate_if_others_wrote()
        sheet_rows.write(self.store, target, sheet_rows.rows_of(self.read_sheet(source)))
        for record_key in record_keys:
            identity = self.cursor(source, record_key)
            if identity is not None:
                self.index.set_cursor(record_key, target, identity)
        self.index.write()

    def remove_sheet(self, sheet: str) -> None:
        """Let go of a sheet's inputs and layout, within a transaction."""
        sheet_rows.remove(self.store, sheet)

    def _value_bytes(self, content: Digest) -> bytes:
        data = self.store.get(f"a:{content}")
        if data is None:
            raise DamagedError(f"The store has no value {content}; run the node again.")
        return data

    def _events_head(self) -> dict[str, Any]:
        head = self._try_read("e:head", _is_head)
        return head or {"row": "", "seq": 0}

    def _try_read(
        self, key: str, form: Form, make: Callable[[Any], T] = lambda content: content
    ) -> T | None:
        """Return what is kept under ``key``, or nothing where the rest makes sense without it."""
        try:
            return read_json(self.store, key, form, make)
        except DamagedError as error:
            logger.warning("%s", error)
            return None


def is_sheet_index(content: Any) -> bool:
    """Whether JSON says which sheets there are, or that nobody has said so yet."""
    if type(content) is not dict:
        return False
    return not content or fits([content.get("current"), content.get("sheets")], (str, [(str, str)]))


def _is_head(content: Any) -> bool:
    return type(content) is dict and fits([content.get("row"), content.get("seq")], (str, int))


def is_piece(content: Any) -> bool:
    """Whether JSON is a piece of the event log."""
    parts = [content.get("previous"), content.get("events")] if type(content) is dict else None
    return fits(parts, (str, [_is_event]))


def _is_event(content: Any) -> bool:
    return type(content) is dict and fits([content.get("seq"), content.get("type", "")], (int, str))


def _checked(chunks: Iterable[T], check: Callable[[], object]) -> Iterator[T]:
    for chunk in chunks:
        check()
        yield chunk


def _let_go(values: Parts) -> None:
    """Remove drafts of values that were there already, once that is certain."""
    for data in values.values():
        if isinstance(data, Draft):
            data.path.unlink(missing_ok=True)


def line_id(line: bytes) -> bytes:
    """Return the id that a line of a segment begins with, if it is one."""
    return line[_ID : line.find(b'"', _ID)]


def _by_id(data: bytes) -> SegmentLines:
    return {line_id(line): line for line in data.split(b"\n")}


def _encode_code(fingerprint: Fingerprint) -> bytes:
    return json.dumps([asdict(d) for d in fingerprint.dependencies.values()]).encode()
