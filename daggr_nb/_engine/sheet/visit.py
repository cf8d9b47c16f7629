"""What a visitor may look at: the records that came of the visit, and those that it was shown."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping

from daggr_nb._ids import NodeId, RunId, SheetId
from daggr_nb._provenance.log.index import Neighbours
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import VISIT, Record
from daggr_nb.errors import DamagedError, NotForVisitorsError


class Visit:
    """The records of one visitor among others, by node and in the order in which they came.

    Sheets tell of what they show and stage. An item belongs to the record that it is part of.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._records: dict[NodeId, dict[RunId, None]] = {}
        self._items: set[RunId] = set()
        self.entered: set[tuple[NodeId, str]] = set()
        """The controls that the visitor has set, on whatever sheet."""
        self.led_to: dict[RunId, bool] = {}
        """Whether what the visitor has entered led to a record, as far as anybody has asked."""

    def note(self, record: Record) -> None:
        """Take in a record that was made or shown."""
        if record.scope:
            self._items.add(record.id)
        else:
            self._records.setdefault(record.node, {}).setdefault(record.id)

    def records(self, name: NodeId) -> list[RunId]:
        """Return the records of a node, oldest first."""
        return list(self._records.get(name, ()))

    def around(self, name: NodeId, identity: RunId | None) -> tuple[int, Neighbours]:
        """Return the place of a record among those of its node, and what stands beside it."""
        records = self.records(name)
        if identity not in records:
            return 0, Neighbours(len(records), None, None)
        index = records.index(identity)
        older = records[index - 1] if index else None
        newer = records[index + 1] if index + 1 < len(records) else None
        return index + 1, Neighbours(len(records), older, newer)

    def sees(self, record: Record) -> bool:
        """Whether a record is one of them, or an item of one."""
        if not record.scope:
            return record.id in self._records.get(record.node, ())
        return record.id in self._items or any(
            record.id in items for items in self._items_of(record.node).values()
        )

    def _items_of(self, name: NodeId) -> Mapping[RunId, tuple[RunId, ...]]:
        items = {}
        for identity in self._records.get(name, ()):
            with contextlib.suppress(DamagedError):
                items[identity] = self._log.record(identity).items
        return items

    def check(self, record: Record) -> Record:
        """Return a record that is one of them; raise for any other."""
        if not self.sees(record):
            raise NotForVisitorsError(
                f"Record {record.id!r} was expected to be of this visit, and is of somebody else. "
                "Choose one that the history on the card lists."
            )
        return record


def new_visit_sheet() -> SheetId:
    """Return the id of a sheet that is on record nowhere."""
    return SheetId(f"{VISIT}-{os.urandom(6).hex()}")
