"""Which inputs of a node a visitor's entries have led to, rather than choices from a list."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from daggr_nb import ui
from daggr_nb._engine.sheet.visit import Visit
from daggr_nb._engine.state.state import SheetState
from daggr_nb._engine.task.task import Task
from daggr_nb._ids import NodeId, RunId
from daggr_nb._model.feed import Control
from daggr_nb._model.node import AskingNode
from daggr_nb._provenance.artifacts.codec import ValueRef, holds_files
from daggr_nb._provenance.log.records import VISIT, InputRef, Record
from daggr_nb.errors import DaggrError

ANSWER = "answer"
"""Stands among the inputs for the answer that a person has given."""


def entered_inputs(state: SheetState, name: NodeId, refs: Mapping[str, InputRef]) -> frozenset[str]:
    """Return the inputs that a visitor's entries have led to, through however many steps."""
    visit = state.sheet.visit
    if visit is None:
        return frozenset()
    return frozenset(port for port, ref in refs.items() if _entered(state, visit, name, port, ref))


def entered_for(state: SheetState, task: Task) -> frozenset[str]:
    """Return those of an evaluation, the answer among them if a person was asked."""
    ports = entered_inputs(state, task.name, task.refs)
    return ports | {ANSWER} if isinstance(task.node, AskingNode) else ports


def stands_for(record: Record, entered: frozenset[str]) -> bool:
    """Whether a record on record may answer for a run that a visitor's entries have led to.

    What others than visitors have made may be a file whose name they have typed.
    """
    if not entered or record.sheet.startswith(VISIT):
        return True
    return not any(map(holds_files, record.outputs.values()))


def _entered(state: SheetState, visit: Visit, name: NodeId, port: str, ref: InputRef) -> bool:
    if ref.record is not None:
        return _led_to(state, visit, ref.record)
    if ref.source == "port" and ref.origin is not None:
        name, port = ref.origin
    elif ref.source != "component":
        return False
    feed = state.structure.nodes[name].inputs.get(port) if name in state.structure.nodes else None
    if not isinstance(feed, Control) or (name, port) not in visit.entered:
        return False
    if isinstance(feed.component, ui.Dropdown) and feed.component.allow_custom_value:
        offered = False
    else:
        offered = hasattr(feed.component, "choices")
    initial = state.inputs.initial(name, port).ref.digest
    return not offered and initial != ref.value.digest and _may_hold_text(ref.value)


def _led_to(state: SheetState, visit: Visit, identity: RunId) -> bool:
    """Whether entries have led to a record: it is an edit or an answer, or made of what is."""
    if identity not in visit.led_to:
        record = _record(state, identity)
        if record is None:
            return True  # nobody knows
        visit.led_to[identity] = (
            record.own
            or record.edited is not None
            or any(
                _entered(state, visit, record.node, port, ref)
                for port, ref in record.inputs.items()
            )
        )
    return visit.led_to[identity]


def _record(state: SheetState, identity: RunId) -> Record | None:
    shown = (each for each in state.sheet.shown.values() if each.id == identity)
    record = next(shown, None)  # which may not be written yet
    if record is None:
        with contextlib.suppress(DaggrError):
            record = state.log.record(identity)
    return record


def _may_hold_text(ref: ValueRef) -> bool:
    """Whether there may be texts in a value: in none that is a number, or an uploaded file."""
    if ref.encoding.partition(":")[0] in ("file", "path"):
        return False
    return ref.inline is None or ref.encoding == "text" or '"' in ref.inline
