"""Cache hits of a scattered node's items: which record on record stands for which item.

Equal items have results of their own: three tries of one prompt are three tries. Where several
items have one key, each keeps the record that is shown at its index; what is left of the records
shown goes to the others in order, each once; then comes what an item has in its own history.
"""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Iterable, Mapping, Sequence

from daggr_nb._engine.sheet.identity import by_identity
from daggr_nb._engine.task.task import Task
from daggr_nb._ids import Digest
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import Record
from daggr_nb.errors import DamagedError


def cached_items(log: Log, tasks: Sequence[Task], shown: Record | None) -> dict[int, Record]:
    """Return the records that stand for ``tasks``, by index; failures too, where they are shown."""
    counts = collections.Counter(task.key for task in tasks)
    alone = {task.key for task in tasks if counts[task.key] == 1 and in_log(task)}
    by_key = log.find_items(alone)
    records = {task.index: by_key[task.key] for task in tasks if task.key in by_key}
    others = [task for task in tasks if task.key not in alone]
    if others:
        records |= _assigned(log, others, _items_of(log, shown))
    return records


def in_log(task: Task) -> bool:
    """Whether other records may answer for a task: not if it got what counts by identity."""
    return not any(by_identity(ref.value) for ref in task.refs.values())


def items_shown(log: Log, shown: Record | None) -> Mapping[str, Record]:
    """Return the items of the record that is shown, by scope; damaged ones are left out."""
    return {item.scope: item for item in _items_of(log, shown)}


def _items_of(log: Log, shown: Record | None) -> list[Record]:
    items = []
    for identity in shown.items if shown is not None else ():
        with contextlib.suppress(DamagedError):
            items.append(log.record(identity))
    return items


def _assigned(log: Log, tasks: Iterable[Task], items: Iterable[Record]) -> dict[int, Record]:
    free: dict[Digest, dict[str, Record]] = {}
    for item in items:
        if item.status != "failed":
            free.setdefault(item.key, {})[item.scope] = item
    records: dict[int, Record] = {}
    moved = []
    for task in tasks:
        record = free.get(task.key, {}).pop(task.scope, None)
        if record is not None:
            records[task.index] = record
        else:
            moved.append(task)
    for task in moved:
        left = free.get(task.key)
        if left:
            records[task.index] = left.pop(next(iter(left)))
        elif in_log(task):
            record = log.find_item(task.key, task.name, task.scope)
            if record is not None:
                records[task.index] = record
    return records
