"""A sheet at work: what people do to it. Edits, restoring, and what a run would do."""

from __future__ import annotations

import collections
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from daggr_nb import ui
from daggr_nb._engine.freshness.reasons import Reason
from daggr_nb._engine.run.dispatcher import Dispatching
from daggr_nb._engine.run.plan import PlannedStep, make_plan
from daggr_nb._engine.run.questions import Question, chosen_task, question_of
from daggr_nb._engine.run.scheduler import RunState
from daggr_nb._engine.run.services import RunServices
from daggr_nb._engine.run.slots import Slots
from daggr_nb._engine.session.renaming import Renaming
from daggr_nb._engine.session.restore import lineage, settle, settle_below
from daggr_nb._engine.sheet.identity import by_identity
from daggr_nb._engine.sheet.sheet import Sheet, Trace, TrackedValue, track, unchanged
from daggr_nb._engine.state.changes import Channel, Edited, InputChanged
from daggr_nb._engine.state.journal import Journal
from daggr_nb._engine.state.state import SheetState
from daggr_nb._engine.task.executors import Executors
from daggr_nb._engine.task.task import Task
from daggr_nb._ids import NodeId, PortRef, RunId
from daggr_nb._interrupts import StateLock, permitting
from daggr_nb._model.conversing import ConversingNode
from daggr_nb._model.evaluation import Ask
from daggr_nb._model.feed import Control, draws
from daggr_nb._model.node import Node
from daggr_nb._model.words import RunMode
from daggr_nb._provenance.artifacts.codec import Parts, encode
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.digest.paths import read_ahead
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.log.renames import renamed_record
from daggr_nb.errors import (
    DigestError,
    InputError,
    NotRunYet,
    StoreError,
    UnknownNodeError,
    UnknownPortError,
    UnknownSheetError,
    did_you_mean,
    is_interrupt,
)

_UNDO = 100  # steps that can be taken back


@dataclass(frozen=True)
class Engine:
    """What the sheets of a session share."""

    lock: StateLock
    journal: Journal
    clock: Callable[[], float]
    executors: Executors
    dispatcher: Dispatching
    slots: Slots
    renaming: Renaming


@dataclass(frozen=True)
class Step:
    """What one act of a person changed, as (before, after)."""

    inputs: Mapping[tuple[NodeId, str], tuple[TrackedValue | None, TrackedValue | None]]
    shown: Mapping[NodeId, tuple[Record | None, Record | None]]
    answers: Mapping[NodeId, Record | None] = field(default_factory=dict)
    """Of a conversation that went on: what it and all below it showed before."""


Steps = collections.deque[Step]


class SheetSession(SheetState):
    """A sheet at work: its state, and what people do to it. Holds the session's lock to change.

    ``services`` are what its runs ask of it. ``beside`` is the sheet at work for one that nobody
    sees, whose runs count among those of the other.
    """

    def __init__(
        self,
        sheet: Sheet,
        engine: Engine,
        channel: Channel,
        beside: SheetSession | None = None,
    ) -> None:
        super().__init__(engine.journal, sheet, engine.clock, channel)
        self.lock = engine.lock
        self.services = RunServices(self, engine.executors, engine.dispatcher, engine.slots)
        self.renaming = engine.renaming
        self.beside = beside
        self.is_aside = beside is not None
        self.runs: dict[RunId, RunState] = {}
        """What is in progress on it."""
        self.sources: dict[tuple[NodeId, RunId], Any] = {}
        """A cache of what records took of conversations."""
        self.versions: dict[NodeId, tuple[Any, list[Record]]] = {}
        """A cache of what answers conversations, with what that was found by."""
        self._rested: Mapping[NodeId, Record] = {}
        self._done: Steps = collections.deque(maxlen=_UNDO)
        self._undone: Steps = collections.deque(maxlen=_UNDO)

    # -- edits

    def accepted(self, node: NodeId, port: str, value: Any) -> Any:
        """Return ``value`` as a control takes it; an error names the control."""
        try:
            component = self.control(node, port).component
            accepted = component.accept(value)
            return accepted if component.widget is None else ui.agreed(component, accepted)
        except InputError as error:
            raise InputError(f"{node}.{port}: {error}", node=node, port=port) from None

    def read_files(self, folders: bool = True) -> None:
        """Read the files in values that have changed, before anybody has to wait for it.

        Those that are given are copied, too: they are about to be recorded.
        """
        with self.lock:
            given, made = self.inputs.given_files(), self.inputs.made_files()
        parts = Parts()
        for tracked in (*given, *made):
            read_ahead(tracked.value, folders)
        for tracked in given:
            if (folders or not tracked.ref.encoding.startswith("folder:")) and not unchanged(
                tracked
            ):
                with suppress(DigestError, StoreError, OSError):
                    encode(tracked.value, digest(tracked.value), parts)
        if parts:
            with suppress(StoreError):  # who writes them tells of it
                self.log.write_ahead(parts)

    def set_inputs(self, values: Mapping[PortRef, Any] | Mapping[tuple[NodeId, str], Any]) -> None:
        """Set controls, all or none; what is not accepted is an error and changes nothing.

        Values are digested, and large files copied, before anybody has to wait for it.
        """
        tracked, parts = {}, Parts()
        with permitting():
            for (node, port), value in values.items():
                accepted = self.accepted(node, port, value)
                component = self.control(node, port).component
                tracked[node, port] = track(accepted, parts, port, component)
        if self.sheet.visit is None:  # a visitor's values are written with what comes of them
            self.log.write_drafts(parts, {})
        with self._act() as trace:
            trace.answers.update(self._answers_to(tracked))
            if self.sheet.visit is None:
                self.inputs.parts.update(parts)
            self._set(tracked)
            self.write_sheet()
            self._touch_controls(tracked)
            self.channel.note(Edited())
            for node, port in tracked:
                if port == self.structure.nodes[node].selector:  # its own past comes back
                    settle(self, node)
                    settle_below(self, [node], step_by_step=True)
                elif self._keeps_turns(node, port) and settle(self, node):
                    settle_below(self, [node], step_by_step=True)

    def _keeps_turns(self, node: NodeId, port: str) -> bool:
        holder = self.structure.nodes[node]
        return isinstance(holder, ConversingNode) and port == holder.turns

    def _answers_to(self, controls: Iterable[tuple[NodeId, str]]) -> dict[NodeId, Record | None]:
        """Return what is shown of conversations among ``controls`` and of all below them."""
        nodes = [node for node, port in controls if self._keeps_turns(node, port)]
        if not nodes:
            return {}
        below = self.structure.topology.descendants(nodes)
        return {name: self.sheet.shown.get(name) for name in (*nodes, *below)}

    def _set(self, controls: Mapping[tuple[NodeId, str], TrackedValue]) -> None:
        """Take values for controls; what a component starts with anyway is not kept."""
        for given, tracked in controls.items():
            for ref in self.structure.one_control.get(given, (given,)):
                initial = self.inputs.initial(*ref).ref.digest == tracked.ref.digest
                self.sheet.take_input(ref, None if initial else tracked)

    def _touch_controls(self, controls: Iterable[tuple[NodeId, str]]) -> None:
        self._touch_all((), controls)

    def _touch_all(self, moved: Iterable[NodeId], controls: Iterable[tuple[NodeId, str]]) -> None:
        """Judge again what nodes that show something else, or controls, have to do with."""
        touched = {name: None for node in moved for name in self.touched_by(node)}
        same = self.structure.one_control
        every = {each: None for ref in controls for each in same.get(ref, (PortRef(*ref),))}
        for node, port in every:
            self.channel.note(InputChanged(PortRef(node, port)))
            runnable = self.structure.nodes[node].runnable
            touched |= dict.fromkeys([node] if runnable else self.touched_by(node))
        self.touch(touched)

    def rest(self) -> None:
        """Let go of what a run has left, but for results that another would find on record anyway.

        Controls have what their components begin with again.
        """
        with self.lock, self.flushed():
            shown, rested = self.sheet.shown, self._rested
            gone = [
                name
                for name, record in shown.items()
                if rested.get(name) is not record and not self._stands_by_itself(record)
            ]
            controls = [*self.sheet.inputs]
            for ref in controls:
                self.sheet.take_input(ref, None)
            for name in gone:
                self.show_or_hide(name, None)
            self._rested = dict(shown)
            self.sheet.live.clear()
            self.live.clear()
            self._done.clear()
            self._undone.clear()
            self._touch_all(gone, controls)

    def _stands_by_itself(self, record: Record) -> bool:
        """Whether a run of the same key would take a record, wherever it runs."""
        refs = [*(ref.value for ref in record.inputs.values()), *record.outputs.values()]
        return (
            bool(record.key)
            and record.index_key == record.key
            and not any(ref.encoding == "none" or by_identity(ref) for ref in refs)
            and not self.freshness.code(record.node).volatile
            and not draws(self.structure.nodes[record.node].inputs)
        )

    def unknown_to(self, targets: Iterable[NodeId]) -> list[Node]:
        """Return what is to be looked up before ``targets`` run, or all nodes if there are none."""
        unknown, names = self.structure.unknown, set(targets)
        if not unknown or not names:
            return [*unknown.values()]
        needed = {*names, *self.structure.topology.ancestors(names)}
        return [node for name, node in unknown.items() if name in needed]

    def control(self, node: NodeId, port: str) -> Control:
        """Return the control of an input, or raise with what there is instead."""
        holder = self.structure.nodes.get(node) or self.structure.node(node)
        feed = holder.inputs.get(port)
        if feed is None:
            raise UnknownPortError(
                f"{node!r} has no input {port!r}.{did_you_mean(port, holder.inputs)}",
                node=node,
                port=port,
            )
        if not isinstance(feed, Control):
            raise InputError(
                f"{node}.{port} cannot be set: it is fed by a {feed.source}, not by a control. "
                "Give it a component in inputs= to set it here.",
                node=node,
                port=port,
            )
        return feed

    def move(self, positions: Mapping[NodeId, tuple[float, float]]) -> None:
        """Keep where a person put cards."""
        with self.lock:
            self._check_there()
            self.sheet.positions.update(positions)
            self.write_sheet()

    def free(self, nodes: Iterable[NodeId] = ()) -> None:
        """Give the layout back what a person has moved: these cards, or all of them."""
        with self.lock:
            self._check_there()
            for name in [*nodes] or [*self.sheet.positions]:
                self.sheet.positions.pop(name, None)
            self.write_sheet()

    def widen(self, widths: Mapping[NodeId, float | None]) -> None:
        """Keep how wide a person made cards, in pixels; ``None`` is as wide as they are usually."""
        with self.lock:
            self._check_there()
            self.sheet.widths.update({n: width for n, width in widths.items() if width is not None})
            for name in [name for name, width in widths.items() if width is None]:
                self.sheet.widths.pop(name, None)
            self.write_sheet()

    def collapse(self, nodes: Iterable[NodeId], on: bool) -> None:
        """Keep which cards show their header only."""
        with self.lock:
            self._check_there()
            change = self.sheet.collapsed.update if on else self.sheet.collapsed.difference_update
            change(nodes)
            self.write_sheet()

    # -- restoring

    def select(self, record: Record) -> None:
        """Show ``record`` with its lineage: what made it above, what is known of it below."""
        with self._act():
            if record.node not in self.structure.nodes:
                raise UnknownNodeError(
                    f"The record is of {record.node!r}, which is not in the graph any more.",
                    node=record.node,
                )
            with permitting():
                records, controls = lineage(self, record)
            for ancestor in records.values():
                self.show(ancestor)
                self.services.questions.settled(ancestor.node)
            if controls:
                self._set(controls)
                self.write_sheet()
            same = self.structure.one_control
            others = {ref.node: None for given in controls for ref in same.get(given, ())}
            below = {*records, *(node for node, _ in controls), *others}
            if self.inputs.skippable:  # whether a node is skipped is judged on the way
                self._touch_all(records, controls)
                moved = [name for name in others if name not in records and settle(self, name)]
                settle_below(self, {*below, *moved}, step_by_step=True)
            else:
                moved = [name for name in others if name not in records and settle(self, name)]
                self._touch_all([*records, *moved, *settle_below(self, below)], controls)

    def show_with(self, record: Record, among: Collection[NodeId]) -> None:
        """Show ``record`` with those of its lineage that are of nodes ``among`` these."""
        with self._act():
            with permitting():
                records, _ = lineage(self, record)
            moved = [name for name in records if name in among]
            for name in moved:
                self.show(records[name])
            self._touch_all(moved, ())

    def runs_for(self, node: NodeId) -> list[RunState]:
        """Return the runs in progress that are to evaluate a node, and have not yet."""
        return [
            run
            for run in self.runs.values()
            if not run.ended
            and (node in run.steps if run.begun else node in run.targets)
            and node not in run.endings
        ]

    def override(self, node: NodeId, port: str, value: Any) -> Record:
        """Put ``value`` in the place of what an output shows, as a new record that can be undone.

        It stands for the result of the same inputs; what the node made stays on record beside it.
        """
        with self._act():
            target = self.structure.node(node)
            if port not in target.outputs:
                raise UnknownPortError(
                    f"{node!r} has no output {port!r}.{did_you_mean(port, target.outputs)}",
                    node=node,
                    port=port,
                )
            record_shown = self.sheet.shown.get(node)
            if record_shown is None or port not in record_shown.outputs:
                raise NotRunYet(
                    f"{node}.{port} shows nothing yet that could be edited. Run {node!r} first.",
                    node=node,
                    port=port,
                )
            component = target.outputs[port]
            with permitting():
                current = self.inputs.value(node, port)
                edited = component.edited(current, value) if component else value
            record = self.services.edit(record_shown, port, edited)
            self.channel.note(Edited())
            return record

    def store(self, node: NodeId) -> Record:
        """Store what a node shows and was too large to be stored unasked; return its record."""
        with self.lock:
            record = self.sheet.shown.get(node)
            if record is None:
                raise NotRunYet(f"{node!r} shows nothing yet. Run it first.", node=node)
            values = dict(self.sheet.live.get(record.id, {}))
        parts, outputs, left_out = Parts(), dict(record.outputs), self.log.asks.left_out
        for port, ref in record.outputs.items():
            if ref.digest in left_out and port in values:
                stored = encode(values[port], ref.digest, parts)
                outputs[port] = stored._replace(classes=ref.classes)
        self.log.write_drafts(parts, {})
        with self.lock, self.flushed():
            if not parts or self.sheet.shown.get(record.node) is not record:
                return record
            for ref in outputs.values():
                left_out.pop(ref.digest, None)
            return self.services.store(record, outputs, parts)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit or a restore to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether one was taken back and can be made again."""
        return bool(self._undone)

    def undo(self) -> bool:
        """Take the last edit or restore back in one step; says whether there was one.

        What has been run since stays as it is.
        """
        return self._take_back(self._done, self._undone)

    def redo(self) -> bool:
        """Make the last edit again that was taken back; says whether there was one.

        Whatever a person does meanwhile ends that.
        """
        return self._take_back(self._undone, self._done)

    def _take_back(self, steps: Steps, opposites: Steps) -> bool:
        """Undo the last of ``steps``, and note what would undo that."""
        with self.lock, self.flushed():
            if not steps:
                return False
            self._check_there()
            step, there = steps.pop(), self.structure.nodes
            inputs = {p: now for p, now in self.sheet.inputs.items() if p in step.inputs}
            controls = [
                ref
                for ref, (_, now) in step.inputs.items()
                if inputs.get(ref) is now and ref[0] in there
            ]
            shown = {
                name: then
                for name, (then, now) in step.shown.items()
                if self._shows(name, now) and name in there
            }
            if controls:
                shown |= self._answered(step)
            former = {name: self.sheet.shown.get(name) for name in shown}
            for ref in controls:
                self.sheet.take_input(ref, step.inputs[ref][0])
            for name, record in shown.items():
                self.show_or_hide(name, record)
            opposites.append(
                Step(
                    {ref: (inputs.get(ref), self.sheet.inputs.get(ref)) for ref in controls},
                    {name: (former[name], self.sheet.shown.get(name)) for name in shown},
                )
            )
            self.write_sheet()
            self._touch_all(shown, controls)
            self.channel.note(Edited())
            return True

    def _shows(self, name: NodeId, record: Record | None) -> bool:
        return self.sheet.shown.get(name) is record

    def _answered(self, step: Step) -> dict[NodeId, Record | None]:
        """Return what a conversation and all below it showed before it went on, where that differs.

        It is the answer to what was said then.
        """
        return {
            name: record
            for name, record in step.answers.items()
            if name in self.structure.nodes and not self._shows(name, record)
        }

    def rename(self, former: NodeId, latter: NodeId) -> None:
        """Keep what there is of a node under another name; what is on record has it already."""
        records: dict[RunId, Record] = {}

        def again(record: Record | None) -> Record | None:
            if record is None:
                return None
            if record.id not in records:
                known = self.log.has(record.id)
                records[record.id] = (
                    self.log.record(record.id) if known else renamed_record(record, former, latter)
                )
            return records[record.id]

        def named(name: NodeId) -> NodeId:
            return latter if name == former else name

        self.sheet.rename(former, latter, again)
        self.freshness.rename(former, latter)
        self.services.preparer.rename(former, latter)
        self.live = {named(name): live for name, live in self.live.items()}
        self.typical = {named(name): seconds for name, seconds in self.typical.items()}
        self.sources.clear()
        self.versions.clear()
        for done in (self._done, self._undone):
            steps = [
                Step(
                    {(named(n), port): pair for (n, port), pair in step.inputs.items()},
                    {named(n): (again(old), again(new)) for n, (old, new) in step.shown.items()},
                    {named(n): again(record) for n, record in step.answers.items()},
                )
                for step in done
            ]
            done.clear()
            done.extend(steps)

    @contextmanager
    def _act(self) -> Iterator[Trace]:
        """Make what is changed within the block visible at its end, and one step to undo."""
        with self.lock, self.flushed():
            self._check_there()
            trace = self.sheet.trace = Trace()
            try:
                yield trace
            finally:
                self.sheet.trace = None
                step = Step(
                    _changes(trace.inputs, self.sheet.inputs),
                    _changes(trace.shown, self.sheet.shown),
                    trace.answers,
                )
                if step.inputs or step.shown:
                    self._done.append(step)
                    self._undone.clear()

    def _check_there(self) -> None:
        """Raise if another kernel has deleted this sheet: what is changed on it would be lost."""
        if self.sheet.kept and not self.log.has_sheet(self.sheet.id):
            raise UnknownSheetError(
                "This sheet was deleted in another kernel, so that nothing on it can be changed. "
                "Show another one: graph.sheets.use(...), or on the canvas."
            )

    # -- what runs would do

    def plan(
        self,
        targets: Iterable[NodeId],
        mode: RunMode = "stale",
        force: bool = False,
        item: str = "",
    ) -> list[PlannedStep]:
        """Return what a request would run now.

        With an ``item``, its path or ``failed``, that is the one target, and no other item of it.
        """
        with self.lock:
            self.refresh_code()
            if item:
                return [self._item_step(list(targets), item)]
            return make_plan(self.inputs, self.freshness.judged, targets, mode, force)

    def _item_step(self, targets: Sequence[NodeId], item: str) -> PlannedStep:
        if len(targets) != 1:
            raise InputError(f"item={item!r} expected one node that it is of, got {len(targets)}.")
        self.services.preparer.check_item(targets[0], item)
        reasons = self.freshness.judged[targets[0]].reasons
        return PlannedStep(targets[0], reasons, item=item)

    # -- questions to people

    def asked(self, node: NodeId) -> list[tuple[Task, Ask]]:
        """Return what a node asks, item by item; nothing unless it waits for an answer.

        A question that cannot be asked is left out: the run that comes to it fails with the reason.
        """
        with self.lock:
            questions = self.services.questions
            asked = []
            for task in questions.open(node):
                try:
                    asked.append((task, questions.ask(task)))
                except BaseException as error:  # a node kind may be anybody's
                    if is_interrupt(error):
                        raise
            return asked

    def held_up(self, node: NodeId) -> list[Reason]:
        """Return why a node that is to run has not begun: others do not stop."""
        if self.status_of(node) != "queued":
            return []
        group = self.inputs.variant(node).node.limits.group
        return [
            Reason("UPSTREAM", other, f"waits for {str(other)!r}, which does not stop")
            for other in dict.fromkeys(self.services.slots.lingering(group))
        ]

    def questions(self, node: NodeId) -> list[Question]:
        """Return what a node asks as people see it."""
        return [question_of(task, ask) for task, ask in self.asked(node)]

    def waiting(self) -> list[NodeId]:
        """Return the nodes that wait for an answer."""
        with self.lock:
            return [name for name in self.structure.topology.order if self.waits(name)]

    def answer(
        self, node: NodeId, value: Any, key: str | None, item: str | None
    ) -> list[PlannedStep]:
        """Take the answer to a question of a node; return the steps that go on with it."""
        questions = self.services.questions
        task = chosen_task(questions.open(node), node, key, item)
        questions.take(task, value, in_python=key is None)
        return [PlannedStep(node), *questions.left(node)]


def _changes(before: Mapping[Any, Any], now: Mapping[Any, Any]) -> dict[Any, tuple[Any, Any]]:
    return {key: (old, now.get(key)) for key, old in before.items() if old is not now.get(key)}
