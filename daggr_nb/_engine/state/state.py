"""What a sheet's nodes show and do now, and how it changes: staged, written, published.

Nobody but the holder of the session's lock touches it. What is staged is not visible to anybody
until :meth:`SheetState.flush` has written it in one transaction.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from daggr_nb._engine.freshness.freshness import FreshnessTracker
from daggr_nb._engine.freshness.inputs import SheetInputs
from daggr_nb._engine.sheet.sheet import Sheet, TrackedValue, unchanged
from daggr_nb._engine.state.changes import (
    Change,
    Channel,
    EdgesChanged,
    InputChanged,
    NodeChanged,
    Notice,
    RunChanged,
    SheetChanged,
)
from daggr_nb._engine.state.events import many
from daggr_nb._engine.state.journal import Journal
from daggr_nb._engine.state.live import VISIBLE, Live, follow, of
from daggr_nb._ids import NodeId, PortRef, RunId
from daggr_nb._interrupts import held_back, permitting
from daggr_nb._model.node import AskingNode
from daggr_nb._model.structure import Structure, build
from daggr_nb._model.words import Status
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.log.sheet_rows import rows_of
from daggr_nb.errors import DaggrError, StoreError

logger = logging.getLogger("daggr_nb")

_IN_TROUBLE = frozenset({"failed", "blocked", "cancelled"})


class SheetState:
    """One sheet of a graph at work. Its parts are read, and changed, under the session's lock only.

    ``channel`` is where its views hear of changes; that of a sheet which nobody sees is silent.
    """

    is_aside = False
    """Whether it is beside the sheets of the graph: events tell how nodes stand on those."""

    def __init__(
        self, journal: Journal, sheet: Sheet, clock: Callable[[], float], channel: Channel
    ) -> None:
        self.journal = journal
        self.log = journal.log
        self.sheet = sheet
        self.clock = clock
        self.channel = channel
        self.live: dict[NodeId, Live] = {}
        self.typical: dict[NodeId, float] = {}
        self.problems: list[str] = []
        self.notice = ""
        self.structure = build(())
        self.inputs = SheetInputs(self.structure, sheet, self.log)
        self.freshness = FreshnessTracker(self.inputs)
        self._sheet_left = False
        self._complaint = ""
        sheet.damaged = self.log.damaged
        sheet.unwritten = journal.unwritten

    # -- the graph

    def attach(self, structure: Structure) -> None:
        """Take a graph: its nodes' inputs and cursors come from the log where they are new."""
        former = self.structure, self.problems, self.inputs, self.freshness, self.live
        try:
            with held_back():
                self._attach(structure)
        except BaseException:  # whatever code of others raised: this is a sheet of one graph
            self.structure, self.problems, self.inputs, self.freshness, self.live = former
            raise

    def _attach(self, structure: Structure) -> None:
        self.structure = structure
        try:
            self.log.refresh()
            self.problems = [*filter(None, [self.log.store.notice])]
            self.problems += self.sheet.read(self.log, structure.nodes)
        except StoreError as error:
            self.problems = [str(error)]
        self.inputs = SheetInputs(structure, self.sheet, self.log)
        self.inputs.drop_refused()
        former, self.freshness = self.freshness, FreshnessTracker(self.inputs)
        self.freshness.carry_on(former)
        with permitting():
            self.freshness.read_code(self.runnable())
        self.inputs.look_again()
        self.live = {name: self.live[name] for name in structure.nodes if name in self.live}
        for name, live in list(self.live.items()):
            if live.status == "blocked" and not self.blockers(name):
                del self.live[name]
        self.touch(structure.nodes)
        self.channel.note(SheetChanged())

    def forget_pruned(self) -> None:
        """Show nothing where another kernel has let go of what was shown."""
        records_shown, unwritten = self.sheet.shown, self.sheet.unwritten
        pruned = [
            n for n, r in records_shown.items() if r.id not in unwritten and not self.log.has(r.id)
        ]
        for name in pruned:
            del records_shown[name]
            self._shown(name)
        self.touch({touched: None for name in pruned for touched in self.touched_by(name)})

    def refresh_code(self, large: bool = True) -> list[NodeId]:
        """Look at all code again; mark what changed. Returns the nodes whose code changed.

        So are inputs that somebody may have changed in place. Without ``large`` data above 16 MB
        counts as what it was, unless its name was bound again.
        """
        with permitting():
            changed_nodes = self.freshness.read_code(self.runnable(), large)
        self.touch([*changed_nodes, *self.inputs.look_again(large), *self._new_files(large)])
        if large:
            for name in list(self._changed_files()):
                self.channel.note(NodeChanged(name, values=True))
        return changed_nodes

    def _new_files(self, large: bool) -> Iterator[NodeId]:
        changed_refs = self.inputs.read_files_again(large)
        if changed_refs:
            self.write_sheet()
        for name, port in changed_refs:
            self.channel.note(InputChanged(PortRef(name, port)))
            if self.structure.nodes[name].runnable:
                yield name
            else:
                yield from self.touched_by(name)

    def runnable(self) -> list[NodeId]:
        """Return the nodes that run."""
        return [name for name, node in self.structure.nodes.items() if node.runnable]

    def touch(self, nodes: Iterable[NodeId]) -> None:
        """Judge ``nodes`` again, and tell what changed."""
        touched = list(nodes)
        changed_nodes = self.freshness.update(touched)
        if changed_nodes and not self.is_aside:
            self._tell_freshness(changed_nodes)
        if self.channel.watchers:
            self.channel.note(
                *map(NodeChanged, (*changed_nodes, *self._asking_below(changed_nodes)))
            )

    def _tell_freshness(self, names: Sequence[NodeId]) -> None:
        judged = self.freshness.judged
        rows = [judged[name].told(name) for name in names]
        self.journal.events.seq += len(rows)
        self.journal.commit.events.append(many(self.journal.events.seq, self.clock(), rows))

    def _asking_below(self, names: Iterable[NodeId]) -> Iterable[NodeId]:
        """Return the children that may have something to ask now, or nothing any more."""
        if not self.inputs.asking:
            return ()
        children = self.structure.topology.children
        return [child for name in names for child in children[name] if self.asks(child)]

    def touched_by(self, name: NodeId) -> list[NodeId]:
        """Return the nodes to judge again when what ``name`` shows has changed.

        A child that shows nothing has nothing to compare, unless it may be skipped now. Those whose
        code reads it are among them: that is an edge which nobody has drawn.
        """
        children: Sequence[NodeId] = self.structure.topology.children[name]
        if name not in self.inputs.skippable:
            children = [child for child in children if child in self.sheet.shown]
        return [name, *children, *self.freshness.read_readers(name)]

    def show(self, record: Record) -> None:
        """Move a node's cursor to a record of the past."""
        self.sheet.show(record)
        self._point(record.node, record.id)
        self._shown(record.node)

    def show_or_hide(self, name: NodeId, record: Record | None) -> None:
        """Show a record of the past, or nothing."""
        if record is not None:
            self.show(record)
            return
        former = self.sheet.shown.pop(name, None)
        if self.sheet.trace is not None:
            self.sheet.trace.shown.setdefault(name, former)
        self._point(name, RunId(""))
        self._shown(name)

    def _point(self, name: NodeId, identity: RunId) -> None:
        if self.sheet.kept:
            self.journal.commit.cursors[self.sheet.id, name] = identity

    def show_new(self, record: Record, values: Mapping[str, Any]) -> None:
        """Show the record of a run that is just over; writing it moves the cursor."""
        if record.status == "succeeded" and not record.edited:
            typical = self.typical.get(record.node, record.duration)
            self.typical[record.node] = 0.7 * typical + 0.3 * record.duration
        self.sheet.show(record, values)
        self.freshness.confirm(record)
        self._shown(record.node)
        self.touch(self.touched_by(record.node))

    def _shown(self, name: NodeId) -> None:
        self.live.pop(name, None)
        self.channel.note(NodeChanged(name, values=True))
        self._release(name)

    def _release(self, name: NodeId) -> None:
        """Block what hangs on a node no longer, where no parent is in trouble any more."""
        released = [name]
        for parent in released:  # which grows on the way
            for child in self.structure.topology.children.get(parent, ()):
                live = self.live.get(child)
                if live is not None and live.status == "blocked" and not self.blockers(child):
                    del self.live[child]
                    self.channel.note(NodeChanged(child))
                    released.append(child)

    def blockers(self, name: NodeId) -> list[NodeId]:
        """Return the parents because of which a node cannot run."""
        parents = dict.fromkeys(self.inputs.parents(name))
        return [parent for parent in parents if self.status_of(parent) in _IN_TROUBLE]

    def status_of(self, name: NodeId) -> Status:
        """Return a node's status: what it is doing, else how the shown record ended."""
        live = self.live.get(name)
        if live is not None and live.status:
            return live.status
        if not self.structure.nodes[name].runnable:
            return "succeeded"
        if name in self.inputs.skips:
            return "skipped"
        if self.waits(name):
            return "waiting"
        record_shown = self.sheet.shown.get(name)
        return record_shown.status if record_shown is not None else "missing"

    def asks(self, name: NodeId) -> bool:
        """Whether a person does a node's work."""
        if name not in self.inputs.asking:
            return False
        return isinstance(self.inputs.variant(name).node, AskingNode)

    def waits(self, name: NodeId) -> bool:
        """Whether a node waits for a person: asked by a run, or ready to be asked."""
        if not self.asks(name) or name in self.inputs.skips:
            return False
        live = self.live.get(name)
        judged = self.freshness.judged
        if live is not None and live.at_work:
            return False
        if any(judged[parent].freshness != "fresh" for parent in self.inputs.parents(name)):
            return False
        record_shown, asking = self.sheet.shown.get(name), self.sheet.asking.get(name)
        if record_shown is None or asking is None:
            return judged[name].freshness != "fresh" and not (
                record_shown and record_shown.status == "failed"
            )
        if (
            record_shown.status == "failed"
        ):  # about something that it could not ask, unless a run has
            return asking.at >= record_shown.ended_at
        return asking.since > record_shown.started_at or judged[name].freshness != "fresh"

    def stage_record(self, record: Record) -> None:
        """Stage a record; whoever visits may look at it."""
        if self.sheet.visit is not None:
            self.sheet.visit.note(record)
        self.journal.commit.records.append(record)

    # -- news

    def emit(self, kind: str, *, run_id: str | None = None, **fields: Any) -> None:
        """Stage an event, numbered; empty parts of the envelope are left out."""
        self.stage(kind, run_id, fields)

    def stage(self, kind: str, run_id: str | None, fields: Mapping[str, Any]) -> None:
        """Do the same with the fields as they are."""
        journal, channel = self.journal, self.channel
        journal.events.seq += 1
        event: dict[str, Any] = {"seq": journal.events.seq, "at": self.clock(), "type": kind}
        if run_id is not None:
            event["run_id"] = run_id
        event.update(fields)
        journal.commit.events.append(event)
        changes: list[Change] = [RunChanged()] if run_id is not None else []
        if kind in VISIBLE:
            follow(self.live, event)
            made = kind == "node.succeeded" and "scope" in event
            changes.append(NodeChanged(event["node"], values=made))
        if kind == "node.waiting":
            self._release(event["node"])
        if channel.watchers and changes:
            channel.note(*changes)

    def show_partial(self, name: NodeId, partial: Mapping[str, Any], scope: str = "") -> None:
        """Show what a node has said so far, or one of its items, which has a row on the card."""
        live = of(self.live, name)
        if not scope:
            live.partial = partial
        elif scope in live.items:
            live.said[scope] = partial
            live.heard += 1
        self.channel.note(NodeChanged(name, values=not scope, state=bool(scope)))

    def let_stand(self, name: NodeId) -> None:
        """Let a card show what a node has said, though nothing goes on there."""
        of(self.live, name).status = None
        self.channel.note(NodeChanged(name))

    def say(self, notice: str) -> None:
        """Show a message on the whole canvas; empty takes it away."""
        self.notice = notice
        self.channel.note(Notice())

    # -- files

    def on_record(self, tracked: TrackedValue) -> TrackedValue:
        """Return a value as it is on record, if somebody has changed a file in it since."""
        if unchanged(tracked):
            return tracked
        self.flush()
        with contextlib.suppress(DaggrError):  # what cannot be read again stays as it is
            return TrackedValue(self.log.value(tracked.ref), tracked.ref)
        return tracked

    def _changed_files(self) -> Iterator[NodeId]:
        """Let go of outputs whose files are not what they were; yield the nodes that show them."""
        for name, record in self.sheet.shown.items():
            values = self.sheet.live.get(record.id)
            if not values:
                continue
            changed_ports = [
                port
                for port, ref in record.outputs.items()
                if port in values and not unchanged(TrackedValue(values[port], ref))
            ]
            if changed_ports and self.log.has(record.id):
                rest = {port: v for port, v in values.items() if port not in changed_ports}
                self.sheet.live[record.id] = rest
                yield name

    # -- on record

    def write_sheet(self) -> None:
        """Write the sheet's inputs and layout at once: edits are never held back."""
        parts, self.inputs.parts = self.inputs.parts, {}
        if not self.sheet.kept:  # what records refer to is written with them
            self.journal.commit.values.update(parts)
            return
        sheet, content = self.sheet, self.sheet.as_json()
        try:
            missing = self.log.write_sheet(sheet.id, content, parts, sheet.on_record)
            if missing:  # another kernel has let go of them since
                sheet.encode_again({ref.digest for ref in missing}, parts)
                missing = self.log.write_sheet(sheet.id, content, parts, sheet.on_record)
            if missing:
                raise StoreError(
                    f"Inputs of this sheet cannot be written: the store has lost {len(missing)} of "
                    "their values. Set them again."
                )
            sheet.on_record = rows_of(content)
            self._sheet_left = False
        except StoreError as error:
            self.inputs.parts = {**parts, **self.inputs.parts}
            self._sheet_left = True
            self._complain(error)

    @contextlib.contextmanager
    def flushed(self) -> Iterator[None]:
        """Make what is staged within the block visible at its end."""
        try:
            yield
        finally:
            self.flush()

    def flush(self) -> None:
        """Write what is staged in one transaction, then publish it."""
        try:
            self._number(self.journal.flush())
        except StoreError as error:
            self._complain(error)
        else:
            if self._sheet_left:
                self.write_sheet()
        if self.sheet.unwritten is not self.journal.unwritten:
            self._judge_unwritten()
        if self.sheet.damaged is not self.log.damaged:
            self._judge_damaged()
        if self._complaint and not (self.journal.behind or self._sheet_left):
            self._withdraw()
        self.publish()

    def publish(self) -> None:
        """Tell the views what changed, edges too; nobody who is told finds less on record."""
        if not self.channel.watchers:
            return
        if self.freshness.edges_due and not self.is_aside:
            edges = self.freshness.changed_edges()
            if edges:
                self.channel.note(EdgesChanged(edges))
        if self.channel.pending:
            self.channel.publish()

    def _complain(self, error: StoreError) -> None:
        """Say once that the store cannot be written, as long as it is the same trouble."""
        is_same = self._complaint == str(error)
        if not is_same:
            logger.error("%s", error)
            self._complaint = str(error)
        if not is_same or not self.notice:
            self.say(self._complaint)

    def _withdraw(self) -> None:
        complaint, self._complaint = self._complaint, ""
        if self.notice == complaint:
            self.say("")

    def _judge_damaged(self) -> None:
        """Judge the nodes again whose values turned out to be damaged, or are whole again."""
        previous, self.sheet.damaged = self.sheet.damaged, self.log.damaged
        digests = previous ^ self.sheet.damaged
        records_shown = self.sheet.shown.items()
        self.touch(
            [
                n
                for n, r in records_shown
                if any(ref.digest in digests for ref in r.outputs.values())
            ]
        )
        self.flush()

    def _judge_unwritten(self) -> None:
        """Judge the nodes again whose records could not be written, or have been at last."""
        previous, unwritten = self.sheet.unwritten, self.journal.unwritten
        self.sheet.unwritten = unwritten
        records_shown = self.sheet.shown
        identities = previous.keys() ^ unwritten.keys()
        self.touch([name for name, record in records_shown.items() if record.id in identities])
        if self.journal.behind:
            self.journal.tell()
        else:
            self.flush()

    def _number(self, records: Iterable[Record]) -> None:
        for record in records:
            if not record.scope:
                self.channel.note(NodeChanged(record.node))
