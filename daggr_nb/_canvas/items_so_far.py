"""What the items of a scattered node have made before all of them are over: a list that fills."""

from __future__ import annotations

from typing import Any

from daggr_nb._canvas.displays.display import component_at
from daggr_nb._canvas.displays.each import Shown, shown_by
from daggr_nb._canvas.displays.previews import preview
from daggr_nb._canvas.displays.rendering import ITEMS
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._engine.state.live import Live
from daggr_nb._ids import NodeId, RunId
from daggr_nb._protocol.displays import (
    EachPreview,
    ImagePreview,
    ListPreview,
    LostPreview,
    Preview,
)
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.secrecy import hidden_result, is_hidden
from daggr_nb.errors import DaggrError, InputError

_MOST = 500  # previews that are kept


def fills(current: SheetSession, name: NodeId, live: Live | None) -> bool:
    """Whether a card shows what single items have made: others are at work, or were stopped.

    A result on record stays while nothing goes on. What a visitor's items have made is shown when
    all are over, which looks at how files came to be in it.
    """
    if live is None or not live.records or current.sheet.visit is not None:
        return False
    if current.structure.depth[name] != 1:
        return False
    return live.at_work or (live.status == "cancelled" and name not in current.sheet.shown)


def record_of_item(current: SheetSession, identity: RunId) -> Record | None:
    """Return the record of an item that is over; a damaged one must not hide the others."""
    try:
        return current.log.record(identity)
    except DaggrError:
        return None


class ItemsSoFar:
    """The previews of items that are over, each looked at once. Used under the session's lock."""

    def __init__(self) -> None:
        self._known: dict[tuple[RunId, str], Preview] = {}

    def clear(self) -> None:
        """Let go of everything: the graph may be another one."""
        self._known.clear()

    def previews(self, current: SheetSession, name: NodeId, live: Live) -> dict[str, Preview]:
        """Return lists of what a node's items have made, with gaps where nothing is yet."""
        components = shown_by(current.structure, name)
        return {
            port: self._filling(current, port, components[port], live)
            for port in current.structure.nodes[name].outputs
        }

    def _filling(
        self, current: SheetSession, port: str, component: Shown, live: Live
    ) -> EachPreview | ListPreview:
        total, done = live.items_total, len(live.records)
        items = [
            self._item(current, live.records.get(f"[{index}]"), port, component)
            for index in range(min(total, ITEMS))
        ]
        there = [item for item in items if item is not _GAP]
        pictures = all(isinstance(item, ImagePreview) for item in there)
        in_lines = pictures or component is None or component_at(component, 0) is None
        kind = ListPreview if in_lines else EachPreview
        return kind(
            summary=f"{done} of {total}",
            digest=f"items-{live.started_at}-{done}",
            items=items,
            count=total,
        )

    def _item(
        self, current: SheetSession, identity: RunId | None, port: str, component: Shown
    ) -> Preview:
        if identity is None:
            return _GAP
        key = (identity, port)
        if key not in self._known:
            record = record_of_item(current, identity)
            if record is None or port not in record.outputs:
                return _GAP
            if len(self._known) > _MOST:
                self._known.clear()
            self._known[key] = _look(current, record, port, component_at(component, 0))
        return self._known[key]


_GAP = LostPreview(summary="not there yet", data="not there yet", inline=True)


def _look(current: SheetSession, record: Record, port: str, component: Shown) -> Preview:
    digest = record.outputs[port].digest
    if is_hidden(digest):
        return preview(None, component, digest)
    try:
        value = current.log.value_of(record, port, record.outputs[port])
    except DaggrError as error:
        return LostPreview(summary="not readable", data=str(error), inline=True)
    return preview(value, component, digest)


def item_so_far(current: SheetSession, name: NodeId, port: str, index: int | str) -> Any:
    """Return what an item that is over has made, where others are not; a view asks for it."""
    identity = current.live[name].records.get(f"[{index}]")
    record = record_of_item(current, identity) if identity is not None else None
    if record is None or port not in record.outputs:
        raise InputError(
            f"Item {index} of {name} was expected to have made {port!r}, and has not. It may be "
            "at work still.",
            node=name,
            port=port,
        )
    ref = record.outputs[port]
    component = current.structure.nodes[name].outputs.get(port)
    value = None if is_hidden(ref.digest) else current.log.value_of(record, port, ref)
    if is_hidden(ref.digest) or hidden_result(port, component, value):
        raise InputError(f"{name}.{port} is a secret, which no page shows. Ask for it in Python.")
    return value
