"""Cache hits of a scattered node's items: which record on record stands for which item.

Equal items have results of their own: three tries of one prompt are three tries. An item keeps the
record that is shown at its index, if that is of its key. What is left of the records shown goes to
the others in order, each once. Then comes the log: the newest of the key, or where several items
have one key, the newest in the history of that very item.
"""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Mapping, Sequence

from daggr_nb._engine.sheet.identity import by_identity
from daggr_nb._engine.task.task import Task
from daggr_nb._ids import Digest
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import Record
from daggr_nb.errors import DamagedError


def cached_items(log: Log, tasks: Sequence[Task], shown: Mapping[str, Record]) -> dict[int, Record]:
    """Return the records that stand for ``tasks``, by index.

    ``shown`` are the items that are shown, by scope; one that failed, or is
    unverified, stands for nothing.
    """
    free = {
        scope: item
        for scope, item in shown.items()
        if item.status != "failed" and not item.unverified
    }
    records: dict[int, Record] = {}
    for task in tasks:
        item = free.get(task.scope)
        if item is not None and item.key == task.key:
            records[task.index] = free.pop(task.scope)
    by_key: dict[Digest, collections.deque[Record]] = {}
    for item in free.values():
        by_key.setdefault(item.key, collections.deque()).append(item)
    unmatched = []
    for task in tasks:
        if task.index not in records:
            if by_key.get(task.key):
                records[task.index] = by_key[task.key].popleft()
            else:
                unmatched.append(task)
    return records | _found_in_log(log, unmatched, collections.Counter(t.key for t in tasks))


def _found_in_log(
    log: Log, tasks: Sequence[Task], counts: Mapping[Digest, int]
) -> dict[int, Record]:
    tasks = [task for task in tasks if in_log(task)]
    newest = log.find_items({task.key for task in tasks if counts[task.key] == 1})
    records: dict[int, Record] = {}
    for task in tasks:
        record = newest.get(task.key)
        if counts[task.key] > 1:
            record = log.find_item(task.key, task.name, task.scope)
        if record is not None:
            records[task.index] = record
    return records


def in_log(task: Task) -> bool:
    """Whether other records may answer for a task: not if it got what counts by identity."""
    return not any(by_identity(ref.value) for ref in task.refs.values())


def items_shown(log: Log, shown: Record | None) -> dict[str, Record]:
    """Return the items of the record that is shown, by scope; damaged ones are left out."""
    items: dict[str, Record] = {}
    for identity in shown.items if shown is not None else ():
        with contextlib.suppress(DamagedError):
            item = log.record(identity)
            items[item.scope] = item
    return items
