"""The index of the log: which records a node has, in order, and which one answers a key.

A *record key* is a node's name, or with an item's path (``caption[3]``). Its row holds the newest
records and every sheet's cursor; older ids move to pages. The cache keys of a node's newest records
are in its row; other cache keys have a row each, so that a cache hit takes one look-up.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from daggr_nb._ids import Digest, RunId
from daggr_nb._provenance.log.records import VISIT, Record, own_key
from daggr_nb._provenance.log.rows import decode_row, encode_row, shaped
from daggr_nb._provenance.log.store import Store, read_json
from daggr_nb.errors import DamagedError, StoreError

logger = logging.getLogger("daggr_nb")

PAGE = 32
_MISSING = 1000  # pages in a row, before which there are none
_ROW = (int, [(str, str)], {str: str})

Entry = tuple[RunId, Digest]


@dataclass
class IndexRow:
    """The newest records of a record key, oldest first; a cache key is empty without success."""

    count: int = 0
    entries: list[Entry] = field(default_factory=list)
    cursors: dict[str, RunId] = field(default_factory=dict)

    @property
    def paged_count(self) -> int:
        """How many older records are in pages."""
        return self.count - len(self.entries)

    def to_bytes(self) -> bytes:
        return encode_row([self.count, self.entries, self.cursors])

    @staticmethod
    def from_json(parts: list[Any]) -> IndexRow:
        count, entries, cursors = shaped(parts, _ROW)
        if count < len(entries):
            raise ValueError("it counts fewer records than it names")
        return IndexRow(count, [(identity, key) for identity, key in entries], cursors)


class Neighbours(NamedTuple):
    """What stands beside a record in the history: how many there are, the older, the newer one."""

    total: int
    older: RunId | None
    newer: RunId | None


class RecordIndex:
    """Reads the rows of the index, and changes them inside the transaction of their :class:`Log`.

    What is cached between transactions is right as long as nobody else has written; the log calls
    :meth:`invalidate` when somebody has.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: dict[str, IndexRow] = {}
        self._dirty: dict[str, IndexRow] = {}
        self._pending: dict[str, bytes] = {}
        self._empty = False

    def invalidate(self) -> None:
        """Invalidate the cache: read everything anew; what was not written is dropped."""
        self._cache.clear()
        self._dirty.clear()
        self._pending.clear()
        self._empty = False

    def assume_empty(self) -> None:
        """Take it that the store holds no row but those added from now on."""
        self._empty = True

    # -- writing

    def add(self, record: Record) -> None:
        """Append a record to its record key, and number it."""
        record_key = f"{record.node}{record.scope}"
        row = self._for_update(record_key)
        row.count += 1
        key = record.index_key
        row.entries.append((record.id, key))
        if record.status != "cancelled" and not record.sheet.startswith(VISIT):
            row.cursors[record.sheet] = record.id
        record.number(row.count)
        if len(row.entries) > 2 * PAGE:
            self._move_to_page(record_key, row)
        if key and record.scope:
            self._pending[f"k:{key}"] = record.id.encode()

    def set_cursor(self, record_key: str, sheet: str, identity: RunId) -> None:
        """Move a sheet's cursor."""
        row = self._for_update(record_key)
        row.cursors[sheet] = identity

    def write(self) -> None:
        """Write what has changed; to be called at the end of the transaction."""
        rows, dirty = self._pending, self._dirty
        self._pending, self._dirty = {}, {}
        rows.update((f"h:{key}", row.to_bytes()) for key, row in dirty.items())
        if rows:
            self._store.set_rows(rows)

    def _for_update(self, record_key: str) -> IndexRow:
        """Return a row to write; a damaged one is put aside, and goes on after its pages."""
        row = self._dirty.get(record_key)
        if row is None:
            row = self._dirty[record_key] = self._read_or_repair(record_key)
        return row

    def _read_or_repair(self, record_key: str) -> IndexRow:
        try:
            return self.cached(record_key)
        except DamagedError:
            self.put_aside(record_key)
            pages = next(
                n for n in itertools.count() if self._store.get(f"p:{n}:{record_key}") is None
            )
            row = self._cache[record_key] = IndexRow(count=pages * PAGE)
            return row

    def put_aside(self, record_key: str) -> None:
        """Keep a row that makes no sense under another key: another one takes its place."""
        with contextlib.suppress(StoreError):  # there are no bytes to keep
            data = self._store.get(f"h:{record_key}") or b""
            self._store.set(f"damaged:{os.urandom(6).hex()}:{record_key}", data)

    def _move_to_page(self, record_key: str, row: IndexRow) -> None:
        page, oldest = row.paged_count // PAGE, row.entries[:PAGE]
        del row.entries[:PAGE]
        identities = encode_row([identity for identity, _ in oldest])
        self._pending[f"p:{page}:{record_key}"] = identities
        self._pending.update((f"k:{key}", identity.encode()) for identity, key in oldest if key)

    # -- reading

    def prefetch(self, record_keys: Iterable[str]) -> None:
        """Read the rows of many record keys at once, as far as they make sense."""
        store_keys = [f"h:{key}" for key in record_keys if key not in self._cache]
        if not self._empty:
            for store_key, data in self._store.get_rows(store_keys).items():
                with contextlib.suppress(ValueError, TypeError):
                    self._cache[store_key[2:]] = IndexRow.from_json(decode_row(data))

    def read(self, record_key: str) -> IndexRow:
        """Return the row of a record key as it is in the store."""
        return read_json(self._store, f"h:{record_key}", _ROW, IndexRow.from_json) or IndexRow()

    def cached(self, record_key: str) -> IndexRow:
        """Return the row of a record key, as far as this kernel knows."""
        row = self._cache.get(record_key)
        if row is None:
            row = self._cache[record_key] = IndexRow() if self._empty else self.read(record_key)
        return row

    def find(self, key: Digest, record_key: str | None, sheet: str = "") -> RunId | None:
        """Return the newest successful record of ``key``, of ``record_key`` or else of any item.

        What is a ``sheet``'s own is found for that sheet.
        """
        keys = (own_key(key, sheet), key) if sheet else (key,)
        row = self.cached(record_key) if record_key is not None else None
        if row is not None:
            for identity, entry_key in reversed(row.entries):
                if entry_key in keys:
                    return identity
            if not row.paged_count:
                return None
        for store_key in (f"k:{each}" for each in keys):
            data = self._pending.get(store_key) or self._store.get(store_key)
            if data is not None:
                return _identity(data)
        return None

    def recent(self, record_key: str) -> Iterator[Entry]:
        """Yield the newest records of a record key with their cache keys, last first."""
        yield from reversed(self.cached(record_key).entries)

    def find_items(self, keys: Iterable[Digest]) -> dict[Digest, RunId]:
        """Return the newest successful record of any item, by key, of those that have one."""
        rows = self._store.get_rows(f"k:{key}" for key in keys)
        return {Digest(store_key[2:]): _identity(data) for store_key, data in rows.items()}

    def at(self, record_key: str, index: int) -> RunId | None:
        """Return the id of the ``index``-th record of a record key, counted from 1."""
        return self._at(record_key, self.read(record_key), index)

    def around(self, record_key: str, index: int) -> Neighbours:
        """Return how many records there are, and which stand beside the ``index``-th."""
        row = self.read(record_key)
        older, newer = (self._at(record_key, row, each) for each in (index - 1, index + 1))
        return Neighbours(row.count, older, newer)

    def _at(self, record_key: str, row: IndexRow, index: int) -> RunId | None:
        if index < 1 or index > row.count:
            return None
        if index > row.paged_count:
            return row.entries[index - row.paged_count - 1][0]
        return self._page(record_key, (index - 1) // PAGE)[(index - 1) % PAGE]

    def history(self, record_key: str) -> Iterator[RunId]:
        """Yield the ids of the records of a record key, newest first."""
        row = self.read(record_key)
        yield from (identity for identity, _ in reversed(row.entries))
        missing = 0
        for page in reversed(range(row.paged_count // PAGE)):
            try:
                yield from reversed(self._page(record_key, page))
                missing = 0
            except DamagedError as error:  # the others can still be listed
                logger.warning("%s daggr_nb.salvage() finds its records again.", error)
                missing += 1
            if missing >= _MISSING:  # the count is wrong, or from elsewhere
                return

    def _page(self, record_key: str, page: int) -> list[RunId]:
        identities: list[RunId] | None = read_json(self._store, f"p:{page}:{record_key}", [str])
        if identities is None or len(identities) != PAGE:
            raise DamagedError(f"'p:{page}:{record_key}', a page of the history, is not complete.")
        return identities


def _identity(data: bytes) -> RunId:
    """Return an id as a row has it; of what is none there is no record."""
    return RunId(data.decode("utf-8", "replace"))
