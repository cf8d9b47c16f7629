"""The index of the log: which records a node has, in order, and which one answers a key.

A *place* is a node, or an item of one (``caption[3]``). Its head holds the newest records and every
sheet's cursor; older ids move to pages. The keys of a node's newest records are in its head; other
keys have a row each, so that any of them is found with one look-up.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from daggr_nb._ids import Digest, RunId
from daggr_nb._provenance.json_bytes import compact, parsed
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.log.store import Store, read_json
from daggr_nb.errors import DamagedError

logger = logging.getLogger("daggr_nb")

PAGE = 32

Entry = tuple[RunId, Digest]


@dataclass
class Head:
    """The newest records of a place, oldest first; the key is empty unless it succeeded."""

    count: int = 0
    entries: list[Entry] = field(default_factory=list)
    at: dict[str, RunId] = field(default_factory=dict)

    @property
    def paged(self) -> int:
        """How many older records are in pages."""
        return self.count - len(self.entries)

    def to_bytes(self) -> bytes:
        return compact([self.count, self.entries, self.at])

    @staticmethod
    def from_json(parts: list[Any]) -> Head:
        count, entries, at = parts
        return Head(int(count), [(identity, key) for identity, key in entries], dict(at))


class Heads:
    """Reads heads, and changes them inside the transaction of their :class:`Log`.

    What is remembered between transactions is right as long as nobody else has written; the log
    calls :meth:`forget` when somebody has.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Head] = {}
        self._changed: dict[str, Head] = {}
        self._rows: dict[str, bytes] = {}
        self._empty = False

    def forget(self) -> None:
        """Read everything anew from now on; what was not written is dropped."""
        self._known.clear()
        self._changed.clear()
        self._rows.clear()
        self._empty = False

    def begin_empty(self) -> None:
        """Take it that the store holds no head but those added from now on."""
        self._empty = True

    # -- writing

    def add(self, record: Record) -> None:
        """Append a record to its place, and number it."""
        place = f"{record.node}{record.scope}"
        head = self._to_change(place)
        head.count += 1
        answers = record.status == "succeeded"
        head.entries.append((record.id, record.key if answers else Digest("")))
        if record.status != "cancelled":
            head.at[record.sheet] = record.id
        record.number(head.count)
        if len(head.entries) > 2 * PAGE:
            self._turn_page(place, head)
        if answers and record.scope:
            self._rows[f"k:{record.key}"] = record.id.encode()

    def point(self, place: str, sheet: str, identity: RunId) -> None:
        """Move a sheet's cursor."""
        head = self._to_change(place)
        head.at[sheet] = identity

    def write(self) -> None:
        """Write what has changed; to be called at the end of the transaction."""
        rows, changed = self._rows, self._changed
        self._rows, self._changed = {}, {}
        rows.update((f"h:{place}", head.to_bytes()) for place, head in changed.items())
        if rows:
            self._store.set_rows(rows)

    def _to_change(self, place: str) -> Head:
        """Return a head to write; a damaged one is put aside, and goes on after its pages."""
        head = self._changed.get(place)
        if head is None:
            head = self._changed[place] = self._readable(place)
        return head

    def _readable(self, place: str) -> Head:
        try:
            return self.remembered(place)
        except DamagedError:
            self._store.set(f"damaged:{os.urandom(6).hex()}:{place}", self._raw(place))
            pages = next(n for n in itertools.count() if self._store.get(f"p:{n}:{place}") is None)
            head = self._known[place] = Head(count=pages * PAGE)
            return head

    def _raw(self, place: str) -> bytes:
        return self._store.get(f"h:{place}") or b""

    def _turn_page(self, place: str, head: Head) -> None:
        page, oldest = head.paged // PAGE, head.entries[:PAGE]
        del head.entries[:PAGE]
        listed = compact([identity for identity, _ in oldest])
        self._rows[f"p:{page}:{place}"] = listed
        self._rows.update((f"k:{key}", identity.encode()) for identity, key in oldest if key)

    # -- reading

    def prefetch(self, places: Iterable[str]) -> None:
        """Read the heads of many places at once, as far as they make sense."""
        rows = [f"h:{place}" for place in places if place not in self._known]
        if not self._empty:
            for row, data in self._store.get_rows(rows).items():
                with contextlib.suppress(ValueError, TypeError):
                    self._known[row[2:]] = Head.from_json(parsed(data))

    def read(self, place: str) -> Head:
        """Return the head of a place as it is in the store."""
        return read_json(self._store, f"h:{place}", Head.from_json) or Head()

    def remembered(self, place: str) -> Head:
        """Return the head of a place, as far as this kernel knows."""
        head = self._known.get(place)
        if head is None:
            head = self._known[place] = Head() if self._empty else self.read(place)
        return head

    def find(self, key: Digest, place: str | None) -> RunId | None:
        """Return the newest successful record of ``key`` at ``place``; any item's without one."""
        head = self.remembered(place) if place is not None else None
        if head is not None:
            for identity, known in reversed(head.entries):
                if known == key:
                    return identity
            if not head.paged:
                return None
        row = f"k:{key}"
        found = self._rows.get(row) or self._store.get(row)
        return RunId(found.decode()) if found is not None else None

    def find_items(self, keys: Iterable[Digest]) -> dict[Digest, RunId]:
        """Return the newest successful record of any item, by key, of those that have one."""
        rows = self._store.get_rows(f"k:{key}" for key in keys)
        return {Digest(row[2:]): RunId(found.decode()) for row, found in rows.items()}

    def at(self, place: str, index: int) -> RunId | None:
        """Return the id of a place's ``index``-th record, counted from 1."""
        head = self.read(place)
        if index < 1 or index > head.count:
            return None
        if index > head.paged:
            return head.entries[index - head.paged - 1][0]
        return self._page(place, (index - 1) // PAGE)[(index - 1) % PAGE]

    def history(self, place: str) -> Iterator[RunId]:
        """Yield the ids of a place's records, newest first."""
        head = self.read(place)
        yield from (identity for identity, _ in reversed(head.entries))
        for page in reversed(range(head.paged // PAGE)):
            try:
                yield from reversed(self._page(place, page))
            except DamagedError as error:  # the others can still be listed
                logger.warning("%s daggr_nb.salvage() finds its records again.", error)

    def _page(self, place: str, page: int) -> list[RunId]:
        found = read_json(self._store, f"p:{page}:{place}", list)
        if found is None or len(found) != PAGE:
            raise DamagedError(f"'p:{page}:{place}', a page of the history, is not complete.")
        return found
