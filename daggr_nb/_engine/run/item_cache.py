"""Cache hits of a scattered node's items: which record on record stands for which item.

Equal items have results of their own: three tries of one prompt are three tries. An item keeps the
record that is shown at its index, if that is of its key. What is left of the records shown goes to
the others in order, each once. Then comes the log: the newest of the key, or where several items
have one key, the newest in the history of that very item, else what is left of the others'.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
from collections.abc import Callable, Mapping, Sequence

from daggr_nb._engine.sheet.identity import by_identity
from daggr_nb._engine.task.task import Task
from daggr_nb._ids import Digest
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import Record
from daggr_nb.errors import DamagedError


def cached_items(
    log: Log,
    tasks: Sequence[Task],
    shown: Mapping[str, Record],
    counts: Callable[[Record], bool] = lambda record: True,
    sheet: str = "",
) -> dict[int, Record]:
    """Return the records that stand for ``tasks``, the items of one node, by index.

    ``shown`` are the items that are shown, by scope; one that failed, or is
    unverified, stands for nothing. Nor does one that does not count. Those that are of one sheet
    alone are found for that ``sheet``.
    """
    free = {
        scope: item
        for scope, item in shown.items()
        if item.status != "failed" and not item.unverified and counts(item)
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
    unmatched = [task for task in unmatched if in_log(task)]
    totals = collections.Counter(task.key for task in tasks)
    newest = log.find_items({task.key for task in unmatched if totals[task.key] == 1}, sheet)
    for task in unmatched:
        if task.key in newest and counts(newest[task.key]):
            records[task.index] = newest[task.key]
    equal = [task for task in unmatched if totals[task.key] > 1]
    if not equal:
        return records
    keys = {task.key for task in equal}
    histories = [log.items_of(task.name, task.scope, keys, sheet) for task in tasks]
    taken = {record.id for record in records.values()}
    unused: dict[Digest, dict[str, Record]] = {key: {} for key in keys}
    for task, history in zip(tasks, histories, strict=True):
        for key, record in history.items():
            if record.id not in taken and counts(record):
                unused[key][task.scope] = record
    return records | _of_equal(equal, unused)


def _of_equal(
    equal: Sequence[Task], unused: Mapping[Digest, dict[str, Record]]
) -> dict[int, Record]:
    """Give each of ``unused``, by key and scope, to one of the items that have one key."""
    own = {task.index: unused[task.key].pop(task.scope, None) for task in equal}
    records = {index: record for index, record in own.items() if record is not None}
    left = {key: iter(by_scope.values()) for key, by_scope in unused.items()}
    for task in equal:
        if task.index not in records:
            records.update((task.index, record) for record in itertools.islice(left[task.key], 1))
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
