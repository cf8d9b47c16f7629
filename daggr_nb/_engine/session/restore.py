"""Bringing an earlier result back: what made it above, what is known of it below."""

from __future__ import annotations

from collections.abc import Iterable

from daggr_nb._engine.freshness.keys import node_key
from daggr_nb._engine.sheet.identity import by_identity
from daggr_nb._engine.sheet.sheet import TrackedValue
from daggr_nb._engine.state.state import SheetState
from daggr_nb._ids import Digest, NodeId
from daggr_nb._model.feed import Control
from daggr_nb._provenance.log.records import InputRef, Record
from daggr_nb.errors import DaggrError

Controls = dict[tuple[NodeId, str], TrackedValue]


def lineage(state: SheetState, record: Record) -> tuple[dict[NodeId, Record], Controls]:
    """Return the records behind ``record``, itself included, and the controls as they stood."""
    records: dict[NodeId, Record] = {record.node: record}
    controls: Controls = {}
    stack = [record]
    while stack:
        record_here = stack.pop()
        for port, ref in record_here.inputs.items():
            control = _root_of(state, record_here.node, port, ref)
            if control is not None and ref.value.encoding != "none":
                controls.setdefault(control, TrackedValue(state.log.value(ref.value), ref.value))
            if ref.record is None or ref.origin is None or ref.origin[0] in records:
                continue
            if ref.origin[0] in state.structure.nodes:
                parent = records[ref.origin[0]] = state.log.record(ref.record)
                stack.append(parent)
    return records, controls


def _root_of(
    state: SheetState, node: NodeId, port: str, ref: InputRef
) -> tuple[NodeId, str] | None:
    """Return the control that held an input's value, if the graph still has it."""
    control = (node, port)
    if ref.source == "port" and ref.record is None and ref.origin is not None:
        control = (ref.origin[0], ref.origin[1])
    elif ref.source != "component":
        return None
    node_now = state.structure.nodes.get(control[0])
    return control if node_now and isinstance(node_now.inputs.get(control[1]), Control) else None


def settle_below(
    state: SheetState, moved: Iterable[NodeId], *, step_by_step: bool = False
) -> list[NodeId]:
    """Show what is on record for the descendants' keys as they are now; return which moved.

    ``step_by_step`` judges each at once; otherwise they are to be judged afterwards.
    """
    below = state.structure.topology.descendants(moved)
    if step_by_step:
        return [child for child in below if settle(state, child)]
    return [child for child in below if _show_known(state, child)]


def settle(state: SheetState, name: NodeId) -> bool:
    """Show what is on record for a node's key as it is now, if anything is; says so."""
    is_moved = _show_known(state, name)
    if is_moved:
        state.touch(state.touched_by(name))
    return is_moved


def _show_known(state: SheetState, name: NodeId) -> bool:
    key = _key_now(state, name) if state.structure.nodes[name].runnable else None
    record_shown = state.sheet.shown.get(name)
    if key is None or (record_shown is not None and record_shown.key == key):
        return False
    record = state.log.find(key, name, state.sheet.id)
    if record is None or not state.sheet.restorable(record):
        return False
    state.show(record)
    return True


def _key_now(state: SheetState, name: NodeId) -> Digest | None:
    """Return the key a node would have now, if everything that feeds it is there."""
    try:
        inputs = state.inputs.resolve_all(name, state.sheet.shown.get(name))
    except DaggrError:
        return None
    refs = {port: k.ref.value for port, k in inputs.items() if k.ref is not None}
    if len(refs) < len(inputs) or any(map(by_identity, refs.values())):
        return None
    return node_key(state.freshness.code(name), refs, state.inputs.spec(name))
