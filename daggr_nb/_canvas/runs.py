"""Node runs as a canvas lists them: a node's history, two runs compared, one looked into."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from daggr_nb._canvas.differences import Difference, difference
from daggr_nb._canvas.displays.components import component_view
from daggr_nb._canvas.displays.each import shown_by
from daggr_nb._canvas.displays.previews import preview
from daggr_nb._engine.freshness.reasons import apart
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._engine.task.streamed_output import end_of
from daggr_nb._ids import NodeId, RunId
from daggr_nb._model.feed import Control
from daggr_nb._model.node import Node
from daggr_nb._protocol.commands import Compare, Fetch, ListRuns, ShowRecord
from daggr_nb._protocol.displays import LostPreview, Preview
from daggr_nb._protocol.notifications import (
    ChangeView,
    Compared,
    NamedValue,
    Pair,
    RecordShown,
    RunRow,
    RunsListed,
    SweepCell,
    SweepView,
    VersionPair,
)
from daggr_nb._protocol.views import ErrorView, ReasonView
from daggr_nb._protocol.visitors import without_paths
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.log import prune
from daggr_nb._provenance.log.causes import Cause, causes
from daggr_nb._provenance.log.comparison import UnreadableValue, compare_records, in_order
from daggr_nb._provenance.log.labels import labels
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import Record, shown_time
from daggr_nb._provenance.log.sweeps import sweeps_of
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import is_hidden
from daggr_nb._text import brief
from daggr_nb.errors import DaggrError, InputError, is_interrupt, unreadable

_NAMED = 2  # changes that a row names
_LISTED = 8  # that it knows
_DEPTH = 60  # records above a run that are looked at for its row
_LOG_TAIL = 20_000
_SHORT = 24  # characters of a value in a row


def runs_listed(current: SheetSession, command: ListRuns, whole: bool = True) -> RunsListed:
    """Return a page of a node's records, newest first, each with what was changed before it.

    Nodes above it are told of where a view shows the ``whole`` graph.
    """
    name = current.structure.name_of(command.node)
    news = _News(current.log, whole)
    if current.sheet.visit is not None:
        return _of_visit(current, command, current.sheet.visit.records(name), news)
    last = current.log.total(name)
    top = min(last, command.before - 1) if command.before else last
    indices = range(top, max(0, top - command.limit), -1)
    records = {i: _readable(current.log, name, i) for i in (*indices, indices.stop)}
    rows = [
        row_of(current, record, news.between(_before(records, i), record))
        for i, record in records.items()
        if record is not None and i in indices
    ]
    return RunsListed(id=command.id, more=indices.stop > 0, **_swept(current, name, rows))


def _before(records: Mapping[int, Record | None], index: int) -> Record | None:
    """Return the run that somebody had before them: on the same sheet, as others run beside it."""
    here = records[index]
    for place in range(index - 1, min(records) - 1, -1):
        record = records[place]
        if record is not None and here is not None and record.sheet == here.sheet:
            return record
    return records.get(index - 1)


def _swept(current: SheetSession, name: NodeId, rows: list[RunRow]) -> dict[str, Any]:
    """Return rows with the sweep that each was made for, and these sweeps as a whole."""
    known = sweeps_of(current.log, name)
    made = {p.record: sweep for sweep in reversed(known) for p in sweep.places if p.made}
    here = {made[row.record].id for row in rows if row.record in made}
    by_record = {str(row.record): row for row in rows}
    views = []
    for sweep in known:
        if sweep.id not in here or len(sweep.places) < 2:
            continue
        cells = []
        for place in sweep.places:
            row = by_record.get(place.record)
            with contextlib.suppress(DaggrError):
                row = row or row_of(current, current.log.record(place.record))
                cells.append(SweepCell(values=list(place.values), run=row))
        views.append(SweepView(id=sweep.id, inputs=list(sweep.inputs), cells=cells))
    shown = {view.id for view in views}
    told = [
        row.model_copy(update={"sweep": made[row.record].id})
        if row.record in made and made[row.record].id in shown
        else row
        for row in rows
    ]
    return {"rows": told, "sweeps": views}


def _of_visit(
    current: SheetSession, command: ListRuns, records: Sequence[RunId], news: _News
) -> RunsListed:
    """Return a page of the records that a visitor may look at, numbered by themselves."""
    top = min(len(records), command.before - 1) if command.before else len(records)
    first = max(0, top - command.limit)
    rows = []
    for place in range(top, first, -1):
        record, before = (_record_or_none(current.log, records, i) for i in (place, place - 1))
        if record is not None:
            rows.append(row_of(current, record, news.between(before, record)))
    return RunsListed(id=command.id, rows=rows, more=first > 0)


def _record_or_none(log: Log, records: Sequence[RunId], place: int) -> Record | None:
    if place < 1:
        return None
    with contextlib.suppress(DaggrError):
        return log.record(records[place - 1])
    return None


def record_of(current: SheetSession, identity: str) -> Record:
    """Return a record by its id; a visitor gets those of the visit."""
    record = current.log.record(identity)
    visit = current.sheet.visit
    return record if visit is None else visit.check(record)


def _readable(log: Log, name: NodeId, index: int) -> Record | None:
    """Return a record by its place in the history; ``None`` for none, and for a damaged one."""
    try:
        identity = log.at(name, index) if index > 0 else None
        return None if identity is None else log.record(identity)
    except DaggrError:
        return None


def row_of(
    current: SheetSession, record: Record, changes: Sequence[ChangeView] | None = None
) -> RunRow:
    """Return a record as a row; ``changes`` tell it apart from the one before, if there is one."""
    record_shown = current.sheet.shown.get(record.node)
    error = record.error.message or record.error.type if record.error else ""
    visit, index = current.sheet.visit, record.index
    if visit is not None:  # before it is cut
        error = without_paths(error)
    if visit is not None and not record.scope:
        index, _ = visit.around(record.node, record.id)
    return RunRow(
        record=record.id,
        index=index,
        status=record.status,
        started_at=shown_time(record.started_at),
        duration=record.duration,
        label=_summary(record, changes),
        changes=[*(changes or ())][:_LISTED],
        name="" if visit is not None else labels(current.log).get(record.id, ""),
        error=brief(error),
        starred=record.id in prune.starred(current.log),
        shown=record_shown is not None and record_shown.id == record.id,
        edited=record.edited is not None,
    )


def _summary(record: Record, changes: Sequence[ChangeView] | None) -> str:
    if record.edited is not None:
        return "edited by hand"
    if changes is None:
        return "first run" if record.index == 1 else ""
    more = len(changes) - _NAMED
    rest = [f"{more} more"] if more > 0 else []
    texts = [change.text for change in changes[:_NAMED]]
    return ", ".join([*texts, *rest]) or "nothing changed"


class _News:
    """Tells what somebody has changed between two runs of a node, for many rows of one list."""

    def __init__(self, log: Log, whole: bool) -> None:
        self._log = log
        self._depth = _DEPTH if whole else 1
        self._read: Callable[[str], Record] = functools.cache(log.record)

    def between(self, former: Record | None, latter: Record | None) -> list[ChangeView] | None:
        """Return the changes, or ``None`` where there is nothing to tell a run apart from."""
        if former is None or latter is None:
            return None
        found = causes(former, latter, self._log, self._depth, self._read)
        return [_change_view(cause, latter.node) for cause in found]


def _change_view(cause: Cause, name: NodeId) -> ChangeView:
    """Return a change as a row tells it; one of another node by that node, where it has to."""
    about = {"node": cause.node, "name": cause.name}
    if cause.edited:
        return ChangeView(**about, text=f"{cause.node} edited by hand")
    if cause.code is not None:
        where = "" if cause.node == name or cause.code.kind != "CODE" else f"code of {cause.node}: "
        return ChangeView(**about, text=where + cause.code.text)
    if cause.former is None or cause.latter is None:
        return ChangeView(**about, text=f"{cause.name}: {'new' if cause.latter else 'gone'}")
    old, new = cause.former.ref, cause.latter.ref
    texts = apart(old, new)
    if texts is None:
        return ChangeView(**about, text=f"{cause.name} changed")
    former, latter = _steps(*texts)
    return ChangeView(
        **about, text=f"{cause.name}: {former} → {latter}", former=former, latter=latter
    )


def _steps(former: str, latter: str) -> tuple[str, str]:
    """Return two texts in a few characters each, long ones from where they differ."""
    shared = sum(
        1
        for _ in itertools.takewhile(
            lambda pair: pair[0] == pair[1], zip(former, latter, strict=False)
        )
    )
    cut = max(len(former), len(latter)) > _SHORT
    begin = former.rfind(" ", 0, shared) + 1 if cut else 0
    return _short(former, begin), _short(latter, begin)


def _short(text: str, begin: int) -> str:
    """Return a text from where it is another one, or a few words before that."""
    excerpt = text if begin == 0 else "…" + text[begin:]
    return excerpt if len(excerpt) <= _SHORT else excerpt[: _SHORT - 1] + "…"


# ---------------------------------------------------------------- values on record


def record_shown(current: SheetSession, command: ShowRecord) -> RecordShown:
    """Return what one node run, or one item, got and made."""
    record = record_of(current, command.record)
    node = current.structure.node(record.node)
    if command.first:
        outputs = dict(itertools.islice(record.outputs.items(), 1))
        displays = _displays(current, record)
        return RecordShown(
            id=command.id,
            run=row_of(current, record),
            inputs=[],
            outputs=named(current, record, outputs, displays),
        )
    refs = {port: ref.value for port, ref in record.inputs.items()}
    return RecordShown(
        id=command.id,
        run=row_of(current, record),
        inputs=named(current, record, refs, _controls(node)),
        outputs=named(current, record, record.outputs, _displays(current, record)),
        error=error_view(record),
        log=end_of(record.logs, _LOG_TAIL),
    )


def error_view(record: Record) -> ErrorView | None:
    """Return what a failed run shows."""
    error = record.error
    if error is None:
        return None
    return ErrorView(type=error.type, message=error.message, traceback=error.traceback)


def named(
    current: SheetSession,
    record: Record,
    refs: Mapping[str, ValueRef],
    components: Mapping[str, Any],
) -> list[NamedValue]:
    """Return recorded values by port."""
    return [
        NamedValue(
            name=port,
            preview=_seen(recorded(current, record, port, ref), components.get(port), ref),
            component=component_view(components.get(port)),
        )
        for port, ref in refs.items()
    ]


def outputs_of(current: SheetSession, record: Record) -> list[NamedValue]:
    """Return what a record holds as results."""
    return named(current, record, record.outputs, _displays(current, record))


def check_shown(current: SheetSession, name: NodeId, command: Fetch) -> None:
    """Raise if a view asks for a secret; the value of a question is looked at by itself."""
    if command.question:
        return
    if command.record is not None:
        record = record_of(current, str(command.record))
        inputs = {port: ref.value for port, ref in record.inputs.items()}
        ref = (inputs if command.control else record.outputs).get(command.port)
    elif command.control or not current.structure.nodes[name].runnable:
        ref = current.inputs.control(name, command.port).ref
    else:
        ref = current.inputs.shown(name, command.port)
    if ref is not None and is_hidden(ref.digest):
        raise InputError(
            f"{name}.{command.port} is a secret, which no page shows. Ask for it in Python.",
            node=name,
            port=command.port,
        )


def recorded(current: SheetSession, record: Record, port: str, ref: ValueRef) -> Any:
    """Return a value of a record, or a text that says why it is not to be had."""
    if is_hidden(ref.digest):
        return HIDDEN
    try:
        if port in record.outputs and record.outputs[port] is ref:
            return current.sheet.value(current.log, record, port)
        return current.log.value_of(record, port, ref)
    except BaseException as error:  # reading it back may be anybody's code, too
        if is_interrupt(error):
            raise
        return UnreadableValue(unreadable(error))


def value_on_record(current: SheetSession, command: Fetch) -> tuple[Any, Any]:
    """Return the value of a node run that a view asks for, and the component that shows it."""
    record = record_of(current, str(command.record))
    node = current.structure.node(record.node)
    recorded_values = record.inputs if command.control else record.outputs
    if command.port not in recorded_values:
        raise InputError(
            f"Record {record.id} has no {command.port!r}.", node=record.node, port=command.port
        )
    if command.control:
        ref, component = record.inputs[command.port].value, _controls(node).get(command.port)
    else:
        ref, component = record.outputs[command.port], _displays(current, record).get(command.port)
    return recorded(current, record, command.port, ref), component


def _controls(node: Node) -> dict[str, Any]:
    feeds = node.inputs.items()
    return {port: feed.component for port, feed in feeds if isinstance(feed, Control)}


def _displays(current: SheetSession, record: Record) -> Mapping[str, Any]:
    """Return what shows the outputs: an item's values as they are, else lists of them."""
    if record.scope:
        return current.structure.nodes[record.node].outputs
    return shown_by(current.structure, record.node)


def _seen(value: Any, component: Any, ref: ValueRef) -> Preview:
    if isinstance(value, UnreadableValue):
        return LostPreview(summary="not readable", data=str(value), inline=True)
    return preview(value, component, ref.digest)


# ---------------------------------------------------------------- two of them


def compared(current: SheetSession, command: Compare, whole: bool = True) -> Compared:
    """Return two node runs side by side: what was changed, all inputs and outputs, and the rest."""
    one, other = in_order(*(record_of(current, identity) for identity in command.records))
    node = current.structure.node(other.node)
    diff = compare_records(one, other, current.log)
    found = causes(one, other, current.log, *(() if whole else (1,)))
    ins = [{p: ref.value for p, ref in r.inputs.items()} for r in (one, other)]
    displays = _displays(current, other)
    news = _News(current.log, whole).between(one, other)
    return Compared(
        id=command.id,
        former=row_of(current, one),
        latter=row_of(current, other, news),
        causes=[_cause_pair(current, c) for c in found if c.code is None and not c.edited],
        inputs=_pairs(current, (one, other), ins, _controls(node)),
        code=[_reason(cause, other.node) for cause in found if cause.code is not None],
        outputs=_pairs(current, (one, other), [one.outputs, other.outputs], displays),
        environment=[
            VersionPair(name=package, former=old, latter=new)
            for package, (old, new) in diff.environment.items()
            if old and new  # one that is named once was loaded in between, and maybe unused
        ],
    )


def _reason(cause: Cause, name: str) -> ReasonView:
    change = cause.code
    assert change is not None
    where = "" if cause.node == name else f"{cause.node}: "
    return ReasonView(
        kind=change.kind, subject=change.subject, text=where + change.text, diff=change.diff
    )


def _cause_pair(current: SheetSession, cause: Cause) -> Pair:
    """Return an input that was changed, then and now; it may be one of another node."""
    sides = (cause.former, cause.latter)
    some = cause.latter or cause.former
    assert some is not None
    known = current.structure.nodes.get(NodeId(cause.node))
    controls = _controls(known) if known is not None else {}
    pair = _pair(
        current,
        cause.name,
        tuple((side.record, side.ref) if side else None for side in sides),
        controls.get(cause.name),
        some.port,
    )
    records = tuple(side.record.id if side else None for side in sides)
    return pair.model_copy(update={"node": cause.node, "port": some.port, "records": records})


def _pairs(
    current: SheetSession,
    records: tuple[Record, Record],
    refs: list[Any],
    components: Mapping[str, Any],
) -> list[Pair]:
    """Return values side by side, those that differ first."""
    pairs = [
        _pair(
            current,
            port,
            tuple(
                (record, side[port]) if port in side else None
                for record, side in zip(records, refs, strict=True)
            ),
            components.get(port),
            port,
        )
        for port in dict.fromkeys([*refs[0], *refs[1]])
    ]
    return sorted(pairs, key=lambda pair: pair.same)


_Recorded = tuple[Record, ValueRef] | None


def _pair(
    current: SheetSession, name: str, sides: tuple[_Recorded, ...], component: Any, port: str
) -> Pair:
    values = [recorded(current, side[0], port, side[1]) if side else None for side in sides]
    previews = [
        _seen(value, component, side[1]) if side else None
        for value, side in zip(values, sides, strict=True)
    ]
    digests = [side[1].digest if side else None for side in sides]
    same = None not in digests and digests[0] == digests[1]
    secret = any(is_hidden(digest) for digest in digests if digest is not None)
    lost = any(isinstance(value, UnreadableValue) for value in values)
    told = (
        Difference()
        if same or secret or lost or None in digests
        else difference(values[0], values[1], component)
    )
    return Pair(
        name=name,
        former=previews[0],
        latter=previews[1],
        same=same,
        component=component_view(component),
        how=told.words,
        table=told.table,
    )
