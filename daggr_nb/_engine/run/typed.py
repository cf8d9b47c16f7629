"""Which texts among a node's inputs a visitor has written, rather than chosen from a list."""

from __future__ import annotations

import contextlib

from daggr_nb import ui
from daggr_nb._engine.state.state import SheetState
from daggr_nb._engine.task.task import Task, texts_in
from daggr_nb._ids import NodeId
from daggr_nb._model.feed import Control
from daggr_nb._model.node import AskingNode
from daggr_nb._provenance.log.records import InputRef
from daggr_nb.errors import DaggrError


def typed_by_visitor(state: SheetState, task: Task) -> frozenset[str]:
    """Return the texts that came from controls, edits and answers."""
    values = [
        tracked.value
        for port, tracked in task.inputs.items()
        if _by_visitor(state, task.name, port, task.refs[port])
    ]
    if isinstance(task.node, AskingNode):
        values.append(task.context.answer)
    return frozenset(texts_in(values))


def _by_visitor(state: SheetState, name: NodeId, port: str, ref: InputRef) -> bool:
    if ref.record is not None:
        return _is_own(state, ref)
    if ref.source == "port" and ref.origin is not None:
        name, port = ref.origin
    elif ref.source != "component":
        return False
    feed = state.structure.nodes[name].inputs.get(port) if name in state.structure.nodes else None
    visit = state.sheet.visit
    if not isinstance(feed, Control) or visit is None or (name, port) not in visit.entered:
        return False
    if isinstance(feed.component, ui.Dropdown) and feed.component.allow_custom_value:
        offered = False
    else:
        offered = hasattr(feed.component, "choices")
    return not (offered or state.inputs.initial(name, port).ref.digest == ref.value.digest)


def _is_own(state: SheetState, ref: InputRef) -> bool:
    """Whether the value is what somebody has made of a result, or has answered."""
    shown = (each for each in state.sheet.shown.values() if each.id == ref.record)
    record = next(shown, None)  # which may not be written yet
    if record is None:
        with contextlib.suppress(DaggrError):
            record = state.log.record(str(ref.record))
    return record is not None and (record.own or record.edited is not None)
