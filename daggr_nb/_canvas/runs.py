"""Node runs as a canvas lists them: a node's history, two runs compared, one looked into."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

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
    Compared,
    NamedValue,
    Pair,
    RecordShown,
    RunRow,
    RunsListed,
    VersionPair,
)
from daggr_nb._protocol.views import ErrorView, ReasonView
from daggr_nb._protocol.visitors import without_paths
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.code.fingerprint import compare
from daggr_nb._provenance.log import prune
from daggr_nb._provenance.log.comparison import UnreadableValue, compare_records, in_order
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import Record, shown_time
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import is_hidden
from daggr_nb._text import brief
from daggr_nb.errors import DaggrError, InputError, is_interrupt, unreadable

_NAMED = 2  # differences that a row names
_LOG_TAIL = 20_000
_SHORT = 24  # characters of a value in a row


def runs_listed(current: SheetSession, command: ListRuns) -> RunsListed:
    """Return a page of a node's records, newest first, each with what was new about it."""
    name = current.structure.name_of(command.node)
    if current.sheet.visit is not None:
        return _of_visit(current, command, current.sheet.visit.records(name))
    last = current.log.total(name)
    top = min(last, command.before - 1) if command.before else last
    indices = range(top, max(0, top - command.limit), -1)
    records = {i: _readable(current.log, name, i) for i in (*indices, indices.stop)}
    rows = [
        row_of(current, record, records.get(i - 1))
        for i, record in records.items()
        if record is not None and i in indices
    ]
    return RunsListed(id=command.id, rows=rows, more=indices.stop > 0)


def _of_visit(current: SheetSession, command: ListRuns, records: Sequence[RunId]) -> RunsListed:
    """Return a page of the records that a visitor may look at, numbered by themselves."""
    top = min(len(records), command.before - 1) if command.before else len(records)
    first = max(0, top - command.limit)
    rows = []
    for place in range(top, first, -1):
        record, before = (_record_or_none(current.log, records, i) for i in (place, place - 1))
        if record is not None:
            rows.append(row_of(current, record, before))
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


def row_of(current: SheetSession, record: Record, before: Record | None = None) -> RunRow:
    """Return a record as a row; ``before`` is the one it is told apart from."""
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
        label=_news(current, record, before),
        error=brief(error),
        starred=record.id in prune.starred(current.log),
        shown=record_shown is not None and record_shown.id == record.id,
        edited=record.edited is not None,
    )


def _news(current: SheetSession, record: Record, before: Record | None) -> str:
    if record.edited is not None:
        return "edited by hand"
    if before is None:
        return "first run" if record.index == 1 else ""
    news = list(_differences(current.log, record, before))
    more = len(news) - _NAMED
    rest = [f"{more} more"] if more > 0 else []
    return ", ".join([*news[:_NAMED], *rest]) or "nothing changed"


def _differences(log: Log, record: Record, before: Record) -> Iterator[str]:
    if record.code != before.code:
        yield from (change.text for change in compare(log.code(before.code), log.code(record.code)))
    for port, ref in record.inputs.items():
        old = before.inputs.get(port)
        if old is None:
            yield f"{port}: new"
        elif old.value.digest != ref.value.digest:
            yield _step(port, old.value, ref.value)
    yield from (f"{port}: gone" for port in before.inputs if port not in record.inputs)


def _step(port: str, old: ValueRef, new: ValueRef) -> str:
    texts = apart(old, new)
    if texts is None:
        return f"{port} changed"
    former, latter = texts
    shared = sum(
        1
        for _ in itertools.takewhile(
            lambda pair: pair[0] == pair[1], zip(former, latter, strict=False)
        )
    )
    cut = max(len(former), len(latter)) > _SHORT
    begin = former.rfind(" ", 0, shared) + 1 if cut else 0
    return f"{port}: {_short(former, begin)} → {_short(latter, begin)}"


def _short(text: str, begin: int) -> str:
    """Return a text from where it is another one, or a few words before that."""
    excerpt = text if begin == 0 else "…" + text[begin:]
    return excerpt if len(excerpt) <= _SHORT else excerpt[: _SHORT - 1] + "…"


# ---------------------------------------------------------------- values on record


def record_shown(current: SheetSession, command: ShowRecord) -> RecordShown:
    """Return what one node run, or one item, got and made."""
    record = record_of(current, command.record)
    node = current.structure.node(record.node)
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


def compared(current: SheetSession, command: Compare) -> Compared:
    """Return two node runs side by side: all inputs and outputs, and what else differs."""
    one, other = in_order(*(record_of(current, identity) for identity in command.records))
    node = current.structure.node(other.node)
    diff = compare_records(one, other, current.log)
    ins = [{p: ref.value for p, ref in r.inputs.items()} for r in (one, other)]
    displays = _displays(current, other)
    return Compared(
        id=command.id,
        former=row_of(current, one),
        latter=row_of(current, other),
        inputs=_pairs(current, (one, other), ins, _controls(node)),
        code=[
            ReasonView(kind=c.kind, subject=c.subject, text=c.text, diff=c.diff) for c in diff.code
        ],
        outputs=_pairs(current, (one, other), [one.outputs, other.outputs], displays),
        environment=[
            VersionPair(name=package, former=old, latter=new)
            for package, (old, new) in diff.environment.items()
            if old and new  # one that is named once was loaded in between, and maybe unused
        ],
    )


def _pairs(
    current: SheetSession,
    records: tuple[Record, Record],
    refs: list[Any],
    components: Mapping[str, Any],
) -> list[Pair]:
    """Return values side by side, those that differ first."""
    pairs = []
    for port in dict.fromkeys([*refs[0], *refs[1]]):
        both = [side.get(port) for side in refs]
        previews = [
            None
            if ref is None
            else _seen(recorded(current, r, port, ref), components.get(port), ref)
            for r, ref in zip(records, both, strict=True)
        ]
        same = None not in both and both[0].digest == both[1].digest
        pairs.append(
            Pair(
                name=port,
                former=previews[0],
                latter=previews[1],
                same=same,
                component=component_view(components.get(port)),
            )
        )
    return sorted(pairs, key=lambda pair: pair.same)
