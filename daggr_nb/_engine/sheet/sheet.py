"""A sheet: what every root input is set to, and which record every node shows."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from daggr_nb._engine.sheet.identity import hidden_ref, identity_ref
from daggr_nb._engine.sheet.own_classes import (
    brought_up,
    find,
    is_former,
    name_of,
    own_names,
)
from daggr_nb._engine.sheet.visit import Visit
from daggr_nb._ids import Digest, NodeId, RunId, SheetId
from daggr_nb._provenance.artifacts.codec import Parts, ValueRef, encode, holds_files
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.digest.paths import with_folders
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.log.sheet_rows import Rows, renamed_rows, rows_of
from daggr_nb._provenance.secrecy import (
    hidden,
    hidden_digest,
    hidden_result,
    is_hidden,
    remember,
    tells,
)
from daggr_nb.errors import DaggrError, DigestError, FolderLimitError, is_interrupt
from daggr_nb.ui import Component

logger = logging.getLogger("daggr_nb")

_UNSTORED = 2  # records of a node whose values are kept though they cannot be stored


@dataclass(frozen=True, slots=True)
class TrackedValue:
    """A value in memory beside its reference."""

    value: Any
    ref: ValueRef


def track(
    value: Any, parts: Parts, name: str = "", component: Component | None = None
) -> TrackedValue:
    """Return ``value`` with its reference; what it needs to be stored goes into ``parts``.

    A value without canonical content counts by identity, in this kernel only. One that its
    ``name``, the ``component`` of its control or its looks tell to be a secret is never stored,
    only a keyed digest. Raises :class:`~daggr_nb.errors.FolderLimitError` for a folder that is too
    large to be compared.
    """
    is_secret = bool(name) and hidden(name, component, value)
    if is_secret:
        remember(name, value)
    kinds: set[type] = set()
    try:
        content = digest(value, kinds)
    except FolderLimitError:
        raise
    except DigestError:
        kinds.add(type(value))
        ref = identity_ref(value)
        return _of_own_classes(TrackedValue(value, hidden_ref(ref) if is_secret else ref), kinds)
    if is_secret:
        return TrackedValue(value, hidden_ref(ValueRef(content, "none")))
    if not kinds:
        return TrackedValue(value, encode(value, content, parts))
    if any(map(is_former, kinds)):
        with contextlib.suppress(Exception):  # what cannot be made again says so itself
            value, kinds = brought_up(value), {find(name_of(kind)) or kind for kind in kinds}
    return _of_own_classes(TrackedValue(value, encode(value, content, parts)), kinds)


def _of_own_classes(tracked: TrackedValue, kinds: set[type]) -> TrackedValue:
    names = own_names(kinds)
    return TrackedValue(tracked.value, tracked.ref._replace(classes=names)) if names else tracked


def track_output(
    value: Any, component: Component | None, parts: Parts, name: str = ""
) -> TrackedValue:
    """Return what a node gave with its reference: files and folders in it count by content.

    One that tells a secret, or that the ``name`` of its port or the ``component`` says to be one,
    is kept in memory only, and shown nowhere. A folder that is too large for that is kept as it is,
    for this kernel only.
    """
    with contextlib.suppress(RecursionError):  # it contains itself, and has no content then
        value = with_folders(value if component is None else component.output(value))
    try:
        if not hidden_result(name, component, value):
            return track(value, parts)
        if not tells(value):
            remember(name, value)
        tracked = track(value, {})
        return TrackedValue(value, hidden_ref(tracked.ref))
    except FolderLimitError as error:
        logger.warning("%s It is kept in memory only.", error)
        return TrackedValue(value, identity_ref(value))


def is_content(tracked: TrackedValue, content: Digest) -> bool:
    """Whether a value was of this content when it was tracked."""
    digest_then = tracked.ref.digest
    return digest_then == (hidden_digest(content) if is_hidden(digest_then) else content)


def unchanged(tracked: TrackedValue) -> bool:
    """Whether the files of a value are what they were; nothing else is looked at."""
    if not holds_files(tracked.ref):
        return True
    try:
        return is_content(tracked, digest(tracked.value))
    except DigestError:
        return False


def _files_changed(tracked: TrackedValue) -> bool:
    return not unchanged(tracked)


@dataclass(frozen=True)
class Asking:
    """That a run left a question behind.

    It came to it ``at`` that time (seconds since the epoch). Answers from before ``since`` do not
    count: it was asked anew. ``left`` are the steps (node, explicit, force) that go on after the
    answer.
    """

    at: float = 0.0
    since: float = 0.0
    left: tuple[tuple[NodeId, bool, bool], ...] = ()


@dataclass
class Trace:
    """What controls and cursors were before the act of a person that is going on."""

    inputs: dict[tuple[NodeId, str], TrackedValue | None] = field(default_factory=dict)
    shown: dict[NodeId, Record | None] = field(default_factory=dict)
    answers: dict[NodeId, Record | None] = field(default_factory=dict)
    """Of a conversation that goes on: what it and all below it showed."""


@dataclass
class Sheet:
    """One set of inputs and cursors over a graph. Owned by its session, changed under its lock."""

    id: SheetId
    inputs: dict[tuple[NodeId, str], TrackedValue] = field(default_factory=dict)
    shown: dict[NodeId, Record] = field(default_factory=dict)
    positions: dict[NodeId, tuple[float, float]] = field(default_factory=dict)
    collapsed: set[NodeId] = field(default_factory=set)
    widths: dict[NodeId, float] = field(default_factory=dict)
    """How wide a person has made cards, in pixels."""
    live: dict[RunId, Mapping[str, Any]] = field(default_factory=dict)
    asking: dict[NodeId, Asking] = field(default_factory=dict)
    trace: Trace | None = None
    kept: bool = True
    """Whether inputs and cursors are written down; a sheet for a moment keeps its records alone."""
    visit: Visit | None = None
    """What the visitor may look at, if the sheet is that of one; told of what it shows."""
    begins: SheetId | None = None
    """The sheet on record that it begins as, if that is another."""
    on_record: Rows = field(default_factory=dict)
    """What this kernel has read and written of it; other kernels write, too."""
    unwritten: Mapping[RunId, str] = field(default_factory=dict)
    """Why records are not in the log yet, if they could not be written."""
    damaged: frozenset[Digest] = frozenset()
    """Values that are in the log, but cannot be read."""
    _unstored: dict[NodeId, dict[RunId, None]] = field(default_factory=dict)
    """Records that a node showed before, whose values are in memory alone; the oldest first."""
    _check_at: dict[Digest, float] = field(default_factory=dict)
    """When to look again whether the files of a value changed, if that takes long."""

    def take_input(self, ref: tuple[NodeId, str], held: TrackedValue | None) -> None:
        """Set a control, or let it start anew."""
        if self.trace is not None:
            self.trace.inputs.setdefault(ref, self.inputs.get(ref))
        if held is None:
            self.inputs.pop(ref, None)
        else:
            self.inputs[ref] = held

    def take_all(self, other: Sheet) -> None:
        """Begin with the inputs, results and layout of another sheet."""
        self.inputs.update(other.inputs)
        self.shown.update(other.shown)
        self.live.update(other.live)
        self.positions.update(other.positions)
        self.collapsed.update(other.collapsed)
        self.widths.update(other.widths)

    def rename(self, former: NodeId, latter: NodeId, again: Callable[[Record], Any]) -> None:
        """Keep what there is of a node under another name; ``again`` returns a record as it is now.

        What there is of that name already gives way, but for controls that somebody has set.
        """
        for name, record in list(self.shown.items()):
            self.shown[name] = again(record)
        for ref in [ref for ref in self.inputs if ref[0] == former]:
            held = self.inputs.pop(ref)
            self.inputs.setdefault((latter, ref[1]), held)
        by_name: tuple[dict[NodeId, Any], ...] = (
            self.shown,
            self.positions,
            self.widths,
            self.asking,
            self._unstored,
        )
        for named in by_name:
            if former in named:
                named[latter] = named.pop(former)
        if former in self.collapsed:
            self.collapsed = {latter if name == former else name for name in self.collapsed}
        for holder, asking in self.asking.items():
            left = tuple(
                (latter if name == former else name, explicit, force)
                for name, explicit, force in asking.left
            )
            self.asking[holder] = replace(asking, left=left)
        self.on_record = renamed_rows(self.on_record, former, latter)

    def show(self, record: Record, values: Mapping[str, Any] | None = None) -> None:
        """Move a node's cursor; ``values`` are its outputs if they are at hand."""
        before = self.shown.get(record.node)
        if self.visit is not None:
            self.visit.note(record)
        if self.trace is not None:
            self.trace.shown.setdefault(record.node, before)
        if before is not None and before.id != record.id:
            self._forget(before)
        self.shown[record.node] = record
        if values is not None:
            self.live[record.id] = values

    def _forget(self, record: Record) -> None:
        """Let go of values that can be read again, and of all but the newest of the others."""
        if record.id in self.unwritten:
            return
        if all(ref.encoding != "none" for ref in record.outputs.values()):
            self.live.pop(record.id, None)
            return
        unstored = self._unstored.setdefault(record.node, {})
        unstored.pop(record.id, None)
        unstored[record.id] = None
        while len(unstored) >= _UNSTORED:
            oldest = next(iter(unstored))
            del unstored[oldest]
            self.live.pop(oldest, None)

    def let_go_former(self, names: set[str], log: Log) -> list[NodeId]:
        """Read values again whose classes, of these ``names``, have been bound anew.

        Returns the nodes whose values cannot be: they stay objects of the former class.
        """
        stuck = []
        for node, record in self.shown.items():
            values = dict(self.live.get(record.id, {}))
            former = [
                (port, ref)
                for port, ref in record.outputs.items()
                if port in values and not names.isdisjoint(ref.class_names())
            ]
            for port, ref in former:
                if ref.encoding != "none":
                    del values[port]
                    continue
                try:
                    values[port] = brought_up(values[port])
                except BaseException as error:  # a foreign __reduce__ may raise anything
                    if is_interrupt(error):
                        raise
                    stuck.append(node)
            if former:
                self.live[record.id] = values
        for control, tracked in list(self.inputs.items()):
            if not names.isdisjoint(tracked.ref.class_names()) and tracked.ref.encoding != "none":
                with contextlib.suppress(DaggrError):
                    self.inputs[control] = TrackedValue(log.value(tracked.ref), tracked.ref)
        return stuck

    def value(self, log: Log, record: Record, port: str) -> Any:
        """Return one output of a record, from memory or from the log; its files are looked at."""
        return self._value(log, record, port, _files_changed)

    def glance(self, log: Log, record: Record, port: str) -> Any:
        """Return :meth:`value` for a card, which may miss for a while that many files changed."""
        return self._value(log, record, port, self._seen_to_change)

    def _value(
        self, log: Log, record: Record, port: str, changed: Callable[[TrackedValue], bool]
    ) -> Any:
        values = self.live.get(record.id, {})
        ref = record.outputs[port]
        there = port in values
        if there and holds_files(ref) and changed(TrackedValue(values[port], ref)):
            there = not log.has(record.id)  # what is on record is what it was
        if not there:
            values = {**values, port: log.value_of(record, port, ref)}
            if self.shown.get(record.node) is record:
                self.live[record.id] = values
        return values[port]

    def _seen_to_change(self, tracked: TrackedValue) -> bool:
        """Whether files are not what they were; many are looked at a fiftieth of the time.

        Cards ask whenever something changes. What counts is the work, which grows with the files:
        of one, too, the disk or a busy machine may keep somebody waiting.
        """
        content, begin, work = tracked.ref.digest, time.monotonic(), time.thread_time()
        if begin < self._check_at.get(content, 0.0):
            return False
        changed = _files_changed(tracked)
        if time.thread_time() - work > 0.01:
            self._check_at[content] = begin + 50 * (time.monotonic() - begin)
        return changed

    def restorable(self, record: Record) -> bool:
        """Whether a record's outputs can be had again."""
        return record.id in self.live or all(
            ref.encoding != "none" and ref.digest not in self.damaged
            for ref in record.outputs.values()
        )

    # -- on record

    def encode_again(self, digests: set[Digest], parts: Parts) -> None:
        """Put the values of inputs into ``parts`` as they are in memory."""
        for tracked in self.inputs.values():
            if tracked.ref.digest in digests:
                encode(tracked.value, tracked.ref.digest, parts)

    def as_json(self) -> dict[str, Any]:
        """Return what the log keeps of a sheet beside its cursors."""
        return {
            "inputs": [[n, p, h.ref.as_json()] for (n, p), h in self.inputs.items()],
            "positions": [[n, x, y] for n, (x, y) in self.positions.items()],
            "collapsed": sorted(self.collapsed),
            "widths": [[n, width] for n, width in self.widths.items()],
            "asking": [[n, a.at, a.since, a.left] for n, a in self.asking.items()],
        }

    def read(self, log: Log, nodes: Iterable[NodeId]) -> list[str]:
        """Take inputs, positions and the cursors of ``nodes`` from the log; return complaints."""
        source = self.begins or self.id
        if not self.kept and self.begins is None:
            return []
        problems: list[str] = []
        known = rows_of(self.as_json())
        stored = log.read_sheet(source, problems.append)
        for node, port, parts in stored.get("inputs", []):
            ref = ValueRef.from_json(parts)
            if ref.encoding == "none" or (NodeId(node), port) in self.inputs:
                continue
            try:
                self.inputs[NodeId(node), port] = TrackedValue(log.value(ref), ref)
            except DaggrError as error:
                problems.append(f"{node}.{port}: {error}")
        for node, x, y in stored.get("positions", []):
            self.positions.setdefault(NodeId(node), (x, y))
        self.collapsed.update(NodeId(node) for node in stored.get("collapsed", []))
        for node, width in stored.get("widths", []):
            self.widths.setdefault(NodeId(node), width)
        for node, at, since, remaining in stored.get("asking", []):
            steps = tuple((NodeId(name), explicit, force) for name, explicit, force in remaining)
            self.asking.setdefault(NodeId(node), Asking(at, since, steps))
        now = rows_of(self.as_json())
        self.on_record.update((place, now[place]) for place in now.keys() - known.keys())
        log.index.prefetch(nodes)
        for node in nodes:
            if node not in self.shown:
                problems.extend(self._read_cursor(log, source, node))
        return problems

    def _read_cursor(self, log: Log, source: SheetId, node: NodeId) -> list[str]:
        try:
            identity = log.cursor(source, node)
            if identity is not None:
                self.show(log.record(identity))
        except DaggrError as error:
            return [f"{node}: {error}"]
        return []
