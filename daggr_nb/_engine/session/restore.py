"""Bringing an earlier result back: what made it above, what is known of it below."""

from __future__ import annotations

from collections.abc import Iterable

from daggr_nb._engine.freshness.keys import node_key
from daggr_nb._engine.sheet.sheet import Held
from daggr_nb._engine.state.state import SheetState
from daggr_nb._ids import Digest, NodeId
from daggr_nb._model.feed import Control
from daggr_nb._provenance.log.records import InputRef, Record
from daggr_nb.errors import DaggrError

Controls = dict[tuple[NodeId, str], Held]


def lineage(state: SheetState, record: Record) -> tuple[dict[NodeId, Record], Controls]:
    """Return the records behind ``record``, itself included, and the controls as they stood."""
    moved: dict[NodeId, Record] = {record.node: record}
    controls: Controls = {}
    stack = [record]
    while stack:
        here = stack.pop()
        for port, ref in here.inputs.items():
            place = _root_of(state, here.node, port, ref)
            if place is not None and ref.value.encoding != "none":
                controls.setdefault(place, Held(state.log.value(ref.value), ref.value))
            if ref.record is None or ref.origin is None or ref.origin[0] in moved:
                continue
            if ref.origin[0] in state.structure.nodes:
                parent = moved[ref.origin[0]] = state.log.record(ref.record)
                stack.append(parent)
    return moved, controls


def _root_of(
    state: SheetState, node: NodeId, port: str, ref: InputRef
) -> tuple[NodeId, str] | None:
    """Return the control that held an input's value, if the graph still has it."""
    place = (node, port)
    if ref.source == "port" and ref.record is None and ref.origin is not None:
        place = (ref.origin[0], ref.origin[1])
    elif ref.source != "component":
        return None
    found = state.structure.nodes.get(place[0])
    return place if found and isinstance(found.inputs.get(place[1]), Control) else None


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
    moved = _show_known(state, name)
    if moved:
        state.touch(state.touched_by(name))
    return moved


def _show_known(state: SheetState, name: NodeId) -> bool:
    key = _key_now(state, name) if state.structure.nodes[name].runnable else None
    shown = state.sheet.shown.get(name)
    if key is None or (shown is not None and shown.key == key):
        return False
    found = state.log.find(key, name)
    if found is None or not state.sheet.restorable(found):
        return False
    state.show(found)
    return True


def _key_now(state: SheetState, name: NodeId) -> Digest | None:
    """Return the key a node would have now, if everything that feeds it is there."""
    try:
        known = state.inputs.refs_now(name, state.sheet.shown.get(name))
    except DaggrError:
        return None
    refs = {port: k.ref.value for port, k in known.items() if k.ref is not None}
    if len(refs) < len(known):
        return None
    return node_key(state.freshness.code(name), refs, state.inputs.spec(name))
