"""Values that a function changed in place: nobody else shall get them so."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from daggr_nb._engine.sheet.sheet import TrackedValue
from daggr_nb._engine.state.state import SheetState
from daggr_nb._engine.task.task import Task
from daggr_nb._ids import NodeId, RunId
from daggr_nb._provenance.code.roles import is_immutable
from daggr_nb._provenance.log.records import InputRef
from daggr_nb.errors import DaggrError


class Mutations:
    """Puts what is on record in the place of values in memory that are not what they were."""

    def __init__(self, state: SheetState) -> None:
        self._state = state
        self.sources: set[Any] = set()
        """Where such values came from."""
        self._users: dict[int, set[RunId]] = {}
        self._contested: dict[RunId, set[int]] = {}

    def began(self, task: Task) -> None:
        """Note which objects a task uses, and who uses them beside it."""
        for tracked in task.inputs.values():
            if is_immutable(tracked.value):
                continue
            users = self._users.setdefault(id(tracked.value), set())
            users.add(task.id)
            if len(users) > 1:
                for user in users:
                    self._contested.setdefault(user, set()).add(id(tracked.value))

    def ended(self, task: Task, ports: Iterable[str]) -> bool:
        """Note that a task is over; whether somebody else may have changed one of its ``ports``.

        That is so if another task had the very object at the same time, and there is a copy on
        record to find out with.
        """
        contested = self._contested.pop(task.id, set())
        for tracked in task.inputs.values():
            users = self._users.get(id(tracked.value), set())
            users.discard(task.id)
            if not users:
                self._users.pop(id(tracked.value), None)
        inputs = [task.inputs[port] for port in ports]
        return bool(inputs) and all(
            id(tracked.value) in contested and tracked.ref.encoding != "none" for tracked in inputs
        )

    def note(self, task: Task, ports: Iterable[str]) -> None:
        """Take the values that ``task`` changed out of memory, as far as they are on record."""
        for port in ports:
            ref = task.refs[port]
            if ref.source in ("port", "component"):
                self._state.flush()
                self.sources.add(_source(task.name, port, ref))
                with contextlib.suppress(DaggrError):  # what cannot be read again stays as it is
                    self._reread(task.name, port, ref)

    def renew(self, task: Task) -> None:
        """Give ``task``, which was prepared before, what its inputs are meant to be."""
        for port, tracked in task.inputs.items():
            source = _source(task.name, port, task.refs[port])
            if source in self.sources and tracked.ref.encoding != "none":
                self._state.flush()
                with contextlib.suppress(DaggrError):
                    again = TrackedValue(self._state.log.value(tracked.ref), tracked.ref)
                    task.inputs = {**task.inputs, port: again}

    def _reread(self, node: NodeId, port: str, ref: InputRef) -> None:
        sheet, log = self._state.sheet, self._state.log
        if ref.record is not None and ref.origin is not None:
            values, port_changed = sheet.live.get(ref.record), ref.origin[1]
            stored = log.record(ref.record).outputs[port_changed].encoding != "none"
            if values is not None and stored:
                sheet.live[ref.record] = {p: v for p, v in values.items() if p != port_changed}
            return
        control = ref.origin or (node, port)
        tracked = sheet.inputs.get(control)
        if tracked is not None and tracked.ref.encoding != "none":
            sheet.inputs[control] = TrackedValue(log.value(tracked.ref), tracked.ref)


def _source(node: NodeId, port: str, ref: InputRef) -> RunId | tuple[NodeId, str]:
    return ref.record or ref.origin or (node, port)
