"""The items of a scattered node as a canvas lists them: counts in the state, rows on request."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

from daggr_nb import ui
from daggr_nb._canvas.runs import error_view
from daggr_nb._canvas.so_far import last_words
from daggr_nb._engine.run.scatter import levels, path_of
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._engine.state.live import Live
from daggr_nb._ids import NodeId
from daggr_nb._protocol.commands import ListItems
from daggr_nb._protocol.notifications import ItemsListed
from daggr_nb._protocol.views import ErrorView, ItemsView, ItemView
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.secrecy import hidden_result
from daggr_nb.errors import DaggrError

_ROWS = 8  # that a card shows before it asks for more
_LABEL = 40
_SAID = 60  # characters of what an item gave
_BEGINNING = 400  # characters of a text that are looked at for that
_PICTURES = frozenset({"png", "pixels", "picture"})

_words: dict[str, str] = {}  # by the digest of what they are the beginning of
_failed: weakref.WeakKeyDictionary[Log, dict[str, list[int]]] = weakref.WeakKeyDictionary()


def items_view(
    current: SheetSession, name: NodeId, live: Live, record: Record | None, working: bool
) -> ItemsView | None:
    """Return the counts of a node's items, and the first rows."""
    if current.structure.depth[name] == 0:
        return None
    if working and live.items_total:
        over = [status for status in live.items.values() if status not in ("queued", "running")]
        return ItemsView(
            total=live.items_total,
            done=len(over),
            failed=over.count("failed"),
            rows=_live_rows(current, name, live, range(min(live.items_total, _ROWS))),
            key=f"{live.started_at} {len(over)} {len(live.items)} {live.heard}",
        )
    if record is None and live.status == "cancelled" and live.records:
        return ItemsView(
            total=live.items_total,
            done=len(live.records),
            failed=list(live.items.values()).count("failed"),
            rows=_live_rows(current, name, live, range(min(live.items_total, _ROWS))),
            key=f"{live.started_at} stopped {len(live.records)}",
        )
    if record is None or not record.items:
        return None
    failed = _failures(current, record)
    first = [*failed[:_ROWS], *(i for i in range(2 * _ROWS) if i not in failed)][:_ROWS]
    return ItemsView(
        total=len(record.items),
        done=len(record.items),
        failed=len(failed),
        rows=_rows(current, record, [i for i in first if i < len(record.items)]),
        key=record.id,
    )


def items_listed(current: SheetSession, command: ListItems) -> ItemsListed:
    """Return a page of a node's items."""
    name = current.structure.name_of(command.node)
    window = slice(command.offset, command.offset + command.limit)
    live = current.live.get(name, Live())
    record = current.sheet.shown.get(name)
    stopped = record is None and live.status == "cancelled" and live.records
    if (live.at_work or stopped) and live.items_total:
        failed = [i for i, s in enumerate(_scopes(current, name, live)) if _is_failed(live, s)]
        indices: Sequence[int] = failed if command.failed else range(live.items_total)
        rows = _live_rows(current, name, live, indices[window])
    elif record is not None and record.items:
        indices = _failures(current, record) if command.failed else range(len(record.items))
        rows = _rows(current, record, indices[window])
    else:
        indices, rows = (), []
    return ItemsListed(id=command.id, offset=command.offset, total=len(indices), rows=rows)


# ---------------------------------------------------------------- at work


def _scopes(current: SheetSession, name: NodeId, live: Live) -> list[str]:
    """Return the scopes of all items, as far as they are known: deeper ones as they begin."""
    if current.structure.depth[name] == 1:
        return [f"[{index}]" for index in range(live.items_total)]
    return list(live.items)


def _is_failed(live: Live, scope: str) -> bool:
    return live.items.get(scope) == "failed"


def _live_rows(
    current: SheetSession, name: NodeId, live: Live, indices: Sequence[int]
) -> list[ItemView]:
    scopes = _scopes(current, name, live)
    return [
        _live_row(current, name, live, scopes[index]) for index in indices if index < len(scopes)
    ]


def _live_row(current: SheetSession, name: NodeId, live: Live, scope: str) -> ItemView:
    made = _item(current.log, live.records[scope]) if scope in live.records else None
    if made is not None:
        return _row(current, made, _labelled_by(current, name))
    outputs = current.structure.nodes[name].outputs
    said = live.said.get(scope, {})
    is_secret = any(hidden_result(port, outputs.get(port), "x") for port in said)
    about = {"path": path_of(scope), "status": live.items.get(scope, "queued")}
    return ItemView.model_validate({**about, "said": "" if is_secret else last_words(said)})


# ---------------------------------------------------------------- on record


def _failures(current: SheetSession, record: Record) -> list[int]:
    """Return the indices of the items that failed; looked up once a record."""
    policy, log = current.structure.nodes[record.node].policy, current.log
    if record.status == "succeeded" and policy.on_item_error == "raise":
        return []
    cache = _failed.setdefault(log, {})
    if record.id not in cache:
        if len(cache) > 50:
            cache.clear()
        cache[record.id] = [
            index
            for index, identity in enumerate(record.items)
            if (item := _item(log, identity)) is not None and item.status == "failed"
        ]
    return cache[record.id]


def _item(log: Log, identity: str) -> Record | None:
    try:
        return log.record(identity)
    except DaggrError:  # a damaged item must not hide the others
        return None


def _rows(current: SheetSession, record: Record, indices: Sequence[int]) -> list[ItemView]:
    labels = _labelled_by(current, record.node)
    items = [_item(current.log, record.items[index]) for index in indices]
    return [_row(current, item, labels) for item in items if item is not None]


def _row(current: SheetSession, item: Record, labels: list[str]) -> ItemView:
    outputs = current.structure.nodes[item.node].outputs
    pictures = (port for port, ref in item.outputs.items() if _is_picture(ref, outputs.get(port)))
    given = {port: item.inputs[port].value for port in labels if port in item.inputs}
    taken = (port for port, ref in given.items() if _is_picture(ref))
    picture = next(pictures, "")
    return ItemView(
        path=path_of(item.scope),
        label=_label(item, labels),
        status=item.status,
        gave=_first_words(current, item),
        duration=item.duration,
        error=_brief_error(item),
        record=item.id,
        picture=picture,
        taken="" if picture else next(taken, ""),
    )


def _is_picture(ref: ValueRef, component: ui.Component | None = None) -> bool:
    """Whether a value is a picture, as far as can be told without reading it."""
    form = ref.encoding.partition(":")[0]
    return form in _PICTURES or (form in ("file", "path") and isinstance(component, ui.Image))


def _first_words(current: SheetSession, item: Record) -> str:
    """Return the beginning of the first text or number that an item gave."""
    outputs = current.structure.nodes[item.node].outputs
    for port, ref in item.outputs.items():
        if ref.inline is None and ref.encoding != "text":
            continue
        text = _words.get(ref.digest)
        if text is None:
            try:
                text = ref.inline or str(current.log.value_of(item, port, ref))
            except DaggrError:
                continue
            text = " ".join(text[:_BEGINNING].strip('"').split())
            if len(_words) > 2_000:
                _words.clear()
            _words[ref.digest] = text
        if hidden_result(port, outputs.get(port), text):
            continue
        return text if len(text) <= _SAID else text[: _SAID - 1] + "…"
    return ""


def _labelled_by(current: SheetSession, name: NodeId) -> list[str]:
    """Return the inputs that are another one for every item."""
    spec = levels(current.structure, name, current.inputs.into(name))
    return [port for port, depth in spec.by_port.items() if depth]


def _label(item: Record, ports: list[str]) -> str:
    for port in ports:
        ref = item.inputs.get(port)
        if ref is not None and ref.value.inline:
            text = " ".join(ref.value.inline.strip('"').split())
            return text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"
    return ""


def _brief_error(item: Record) -> ErrorView | None:
    """Return what went wrong in one line; the traceback comes with the record."""
    error = error_view(item)
    if error is None:
        return None
    message = error.message.strip()[:200]
    return error.model_copy(update={"message": message, "traceback": ""})
