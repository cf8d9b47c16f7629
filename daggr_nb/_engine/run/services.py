"""What runs ask of their session: prepare a node, start its tasks, keep what came of them."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from daggr_nb._engine.freshness.keys import node_key
from daggr_nb._engine.run.dispatcher import Dispatching
from daggr_nb._engine.run.entries import entered_for
from daggr_nb._engine.run.mutations import Mutations
from daggr_nb._engine.run.plan import PlannedStep
from daggr_nb._engine.run.prepare import Preparer
from daggr_nb._engine.run.scatter import Items, number_of
from daggr_nb._engine.run.scheduler import NodeState, RunState
from daggr_nb._engine.run.slots import Slots
from daggr_nb._engine.run.speaking import Speaking
from daggr_nb._engine.sheet.sheet import TrackedValue, track_output
from daggr_nb._engine.state.changes import NodeChanged
from daggr_nb._engine.state.live import of
from daggr_nb._engine.state.state import SheetState
from daggr_nb._engine.task.capture import run_for
from daggr_nb._engine.task.executors import Backend, Executors
from daggr_nb._engine.task.streamed_output import logs_of_items
from daggr_nb._engine.task.task import Outcome, Task, perform, write_inputs
from daggr_nb._engine.task.tracebacks import describe
from daggr_nb._ids import NodeId, RunId, new_run_id
from daggr_nb._interrupts import permitting
from daggr_nb._model.node import AskingNode, Node
from daggr_nb._model.words import RecordStatus
from daggr_nb._provenance.artifacts.codec import Parts, ValueRef, holds_files
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.environment import environment
from daggr_nb._provenance.log.records import ErrorInfo, Record
from daggr_nb.errors import is_interrupt, log_error

Results = Mapping[int, tuple[Record, Mapping[str, Any]]]


class RunServices:
    """Implements :class:`scheduler.Services` over the state of a sheet."""

    def __init__(
        self, state: SheetState, executors: Executors, dispatcher: Dispatching, slots: Slots
    ) -> None:
        self.state = state
        self.slots = slots
        self._executors = executors
        self._turn = dispatcher.turn
        self._post = dispatcher.post
        self._own = threading.local()
        self._mutations = Mutations(state)
        self.preparer = Preparer(state, self._has_news)
        self.questions = self.preparer.questions
        # A run calls these at their own place: nothing is to be done on the way.
        self.prepare = self.preparer.prepare
        self.next_attempt = self.preparer.next_attempt
        self.stage = state.stage
        self.now = state.clock
        self.later = dispatcher.later

    def speaking(self, run: RunState) -> Speaking | None:
        """Return the templates of a run that is about to begin, if it has any."""
        if self.state.structure.speakers.isdisjoint(run.steps):
            return None
        stage, keep = self.stage, self.keep_said
        return Speaking(
            self.state,
            lambda kind, fields: stage(kind, run.id, fields),
            run.steps,
            lambda name, text: keep(run, name, text),
        )

    # -- during a run

    def check(self, steps: Iterable[PlannedStep]) -> None:
        """Raise what speaks against running steps where they are to run."""
        for step in steps:
            node = self.state.structure.nodes.get(step.node)
            if node is not None and node.runnable:
                for worker in node.workers() if node.selector is None else [self._chosen(step)]:
                    self._executors.check(worker)

    def _chosen(self, step: PlannedStep) -> Node:
        return self.state.inputs.variant(step.node).node

    def in_processes(self, node: Node) -> bool:
        """Whether a node's body runs in a process of its own."""
        return self._executors.in_processes(node)

    def execute(self, run: RunState, task: Task) -> None:
        """Evaluate a task: on this thread, if it has just finished one, else on the executor."""
        if self._mutations.sources:
            self._mutations.renew(task)
        others = {p: t for p, t in task.inputs.items() if task.refs[p].source == "port"}
        task.inputs = {**task.inputs, **self._on_record(others)}
        if self.state.sheet.visit is not None:
            task.entered = entered_for(self.state, task)
            task.unwritten = self._unwritten(task)
        self.state.freshness.began(task.id, task.name, task.code)
        self._mutations.began(task)
        backend = self._executors.place(task)
        mine = getattr(self._own, "next", None)
        if mine is not None and not mine and self._own.backend is backend:
            mine.append((run, task))
            return

        def done(outcome: Outcome) -> None:
            self._turn(functools.partial(self._performed, run, task, outcome))

        backend.start(task, lambda: self._perform(run, task, backend), done)

    def _unwritten(self, task: Task) -> frozenset[str]:
        """Return the inputs that come from controls of a visitor, which nobody has written."""
        refs = task.refs.items()
        return frozenset(port for port, ref in refs if ref.record is None and not task.scope)

    def _perform(self, run: RunState, task: Task, backend: Backend) -> None:
        """Runs on the executor, and goes on with the first task that its result made ready."""
        mine = self._own.next = [(run, task)]
        self._own.backend = backend
        run_for(self.state.journal)
        try:
            while mine:
                run, task = mine[0]
                outcome = perform(task, self.state.clock)
                mine.clear()
                self._turn(functools.partial(self._performed, run, task, outcome))
        finally:
            self._own.next = self._own.backend = None
            run_for(None)

    def _performed(self, run: RunState, task: Task, outcome: Outcome) -> None:
        """Take in the outcome of a task; whatever that meets, its slot is free afterwards."""
        try:
            self._take_in(run, task, outcome)
        except BaseException as error:  # noqa: BLE001 - digests are user code
            log_error(f"daggr_nb could not take in the result of {task.name}", error)
            run.crash(error)
        finally:
            self.state.freshness.ended(task.id, task.name)
            self.slots.ended(task.id)
            self.slots.release(task.node.limits.group)
            task.forget_context()

    def _take_in(self, run: RunState, task: Task, outcome: Outcome) -> None:
        while task.context.news:
            self._report(task)
        task.over = True
        outcome.contested = self._mutations.ended(task, outcome.mutated) and not task.alone
        if outcome.mutated:
            self._mutations.note(task, outcome.mutated)
        run.finished(task, outcome)
        live = self.state.live.get(task.name)
        if live is not None and live.status == "stopping":
            self._compare_code(task)
            live.status = "cancelled"
            self.state.channel.note(NodeChanged(task.name))

    def _has_news(self, task: Task) -> None:
        """A task has said the first thing that nobody has told yet."""
        self._post(functools.partial(self._report, task))

    def _report(self, task: Task) -> None:
        """Tell what a task has said since the last time, in its order."""
        extra: dict[str, Any] = {"scope": task.scope} if task.scope else {}
        if task.attempt != 1:
            extra["attempt"] = task.attempt
        streamed, hears = False, task.hears
        for _ in range(len(task.context.news)):
            what, fields = task.context.news.popleft()
            if what == "log":
                self._show_log(task)
            elif not (task.context.stop_asked or task.over):
                streamed = streamed or what == "node.chunk"
                identity = {"node": task.name, "exec_id": task.id}
                self.state.stage(what, task.run_id, {**identity, **extra, **fields})
                if hears is not None and what == "node.chunk":
                    hears.chunk(task, fields["port"], fields)
        if streamed and hears is not None:
            hears.flush(task)
        if task.context.news:  # it goes on talking: others have their turn first
            self._post(functools.partial(self._report, task))
        if streamed:
            self.state.show_partial(task.name, task.context.partial, task.scope)

    def _show_log(self, task: Task) -> None:
        """Let the card read along: lines are no events, for there may be very many."""
        if task.over:
            return
        live, context = of(self.state.live, task.name), task.context
        if task.scope:
            live.prints(number_of(task.scope), lambda: context.text)
        else:
            live.log = lambda: context.text
        self.state.channel.note(NodeChanged(task.name))

    # -- after a run

    def keep(self, run: RunState, task: Task, outcome: Outcome, show: bool) -> Record:
        """Stage the record of a finished task, and show it if it is the node's own."""
        if show and isinstance(task.node, AskingNode) and outcome.error is None:
            self.questions.settled(task.name)
        self.state.journal.commit.values.update(outcome.parts)
        edits = self._compare_code(task) if show else self._edits_of(task)
        record = self._record(run, task, outcome, unverified=_while_it_ran(edits))
        self._stage(record, outcome, show)
        return record

    def _edits_of(self, task: Task) -> list[str]:
        return self.state.freshness.edited_at_work(task.name)

    def _compare_code(self, task: Task) -> list[str]:
        """Compare a task's code with what it is now; return what others changed meanwhile.

        The data that its own run changed counts as what it was, also when it was first met so.
        """
        freshness = self.state.freshness
        after = freshness.after_run(task.name, task.code)
        if after.code is not task.code:
            values = {port: ref.value for port, ref in task.refs.items()}
            task.code = after.code
            task.key = node_key(task.code, values, self.state.inputs.spec(task.name))
            freshness.expect(task.name, task.key)
        if after.readers:
            self.state.touch(after.readers)
        return after.edits

    def linger(self, task: Task) -> None:
        """Let those that wait for a task's slot say so, until it really ends."""
        self.slots.linger(task.id, task.node.limits.group, task.name)
        queued = [name for name, live in self.state.live.items() if live.status == "queued"]
        self.state.channel.note(*map(NodeChanged, queued))

    def keep_cancelled(self, run: RunState, task: Task) -> None:
        """Stage the record of a task that was stopped, with the text that it has produced.

        What is shown stays.
        """
        self.linger(task)
        now = self.state.clock()
        parts: Parts = {}
        texts = {p: text for p, text in task.context.partial.items() if type(text) is str and text}
        outputs = {port: track_output(text, None, parts) for port, text in texts.items()}
        self.state.journal.commit.values.update(parts)
        outcome = Outcome(task.started_at or now, now, outputs, parts)
        self.state.stage_record(self._record(run, task, outcome, status="cancelled"))

    def keep_said(self, run: RunState, name: NodeId, text: str) -> None:
        """Stage the record of a template that was stopped before it had its inputs."""
        now, parts = self.state.clock(), Parts()
        task = self.preparer.task(name, digest(["stopped", name]), {}, {})
        port = task.node.utterance.output if task.node.utterance is not None else ""
        outputs = {port: track_output(text, None, parts)}
        self.state.journal.commit.values.update(parts)
        outcome = Outcome(now, now, outputs, parts)
        self.state.stage_record(self._record(run, task, outcome, status="cancelled"))

    def edit(self, before: Record, port: str, value: Any) -> Record:
        """Stage a record in which a person put ``value`` in the place of an output, and show it."""
        state, now = self.state, self.state.clock()
        component = state.structure.nodes[before.node].outputs.get(port)
        with permitting():
            tracked = track_output(value, component, state.journal.commit.values, port)
            values = {p: state.sheet.value(state.log, before, p) for p in before.outputs}
        record = replace(
            before,
            id=RunId(f"{new_run_id()}-{state.journal.commit.segment}"),
            status="succeeded",
            run=RunId(""),
            sheet=state.sheet.id,
            started_at=now,
            ended_at=now,
            outputs={**before.outputs, port: tracked.ref},
            logs="",
            error=None,
            unverified=before.unverified,
            edited=before.id,
            own=True,
            index=0,
        )
        used = {ref.digest: values[p] for p, ref in before.outputs.items()}
        state.journal.commit.used.update(used)
        state.stage_record(record)
        state.emit("node.edited", node=before.node, port=port, record=record.id, of=before.id)
        state.show_new(record, {**values, port: tracked.value})
        return record

    def gather(self, run: RunState, node: NodeState) -> tuple[Record, Outcome]:
        """Stage the record of a scattered node, made from its items."""
        whole, items = node.prepared.whole, node.prepared.items
        assert whole is not None
        assert items is not None
        results = {p: (r, self._values(r)) for p, r in node.prepared.done.items()}
        for index, (record, outputs) in node.results.items():
            whole_outputs = self._on_record(outputs)
            results[index] = (record, {port: t.value for port, t in whole_outputs.items()})
        edits = self._compare_code(whole)
        outcome = self._gathered_safely(whole, items, results, node)
        if isinstance(whole.node, AskingNode) and outcome.error is None:
            self.questions.settled(whole.name)
        failures = {index: (item, dict[str, Any]()) for index, item in node.failed.items()}
        texts = (record.unverified for record, _ in results.values())
        text = _while_it_ran(edits) or next(filter(None, texts), "")
        over = {**results, **failures}
        printed = sorted((i, item) for i, (item, _) in over.items() if item.logs)
        logs = logs_of_items((number_of(item.scope), item.logs) for _, item in printed)
        record = self._record(run, whole, outcome, over, unverified=text, logs=logs)
        self._stage(record, outcome, show=True)
        return record, outcome

    def skip(self, run: RunState, node: NodeId) -> None:
        """Note that a route decided against a node, and judge what hangs on it."""
        self.state.touch(self.state.touched_by(node))
        self.state.channel.note(NodeChanged(node, values=True))

    def parents(self, node: NodeId) -> Iterable[NodeId]:
        """Return the nodes that feed an input of a node that counts."""
        return self.state.inputs.parents(node)

    def taken(self, source: NodeId, target: NodeId) -> bool:
        """Whether any edge between two nodes carries a value."""
        inputs = self.state.inputs
        edges = inputs.between(source, target)
        return any(not inputs.edge_skipped(source, edge.source_port) for edge in edges)

    def show(self, run: RunState, record: Record) -> None:
        """Show a record that is known already."""
        record_shown = self.state.sheet.shown.get(record.node)
        if record_shown is None or record_shown.id != record.id:
            self.state.show(record)
        self.state.touch(self.state.touched_by(record.node))

    def wait(self, run: RunState, node: NodeId, left: Sequence[PlannedStep]) -> None:
        """Note what goes on after the answer to a node's question."""
        self.questions.leave(node, left)

    def refuse(self, run: RunState, node: NodeId, error: BaseException) -> Record:
        """Stage the record of a node that could not even start, and show it."""
        now = self.state.clock()
        task = self.preparer.task(node, digest(["not started", node]), {}, {})
        record = self._record(run, task, Outcome(now, now, error=describe(error)))
        self._stage(record, Outcome(now, now), show=True)
        return record

    def _on_record(self, values: Mapping[str, TrackedValue]) -> Mapping[str, TrackedValue]:
        """Return values with files as they are on record: others may have written to them."""
        if not any(holds_files(tracked.ref) for tracked in values.values()):
            return values
        return {port: self.state.on_record(tracked) for port, tracked in values.items()}

    def _values(self, record: Record) -> dict[str, Any]:
        value = self.state.sheet.value
        return {port: value(self.state.log, record, port) for port in record.outputs}

    def _gathered_safely(
        self, whole: Task, items: Items, results: Results, node: NodeState
    ) -> Outcome:
        try:
            return self._gathered(whole, items, results, node)
        except BaseException as error:  # a digest hook is user code
            if is_interrupt(error):
                raise
            now = self.state.clock()
            return Outcome(whole.started_at or now, now, error=describe(error), exception=error)

    def _gathered(self, whole: Task, items: Items, results: Results, node: NodeState) -> Outcome:
        started, now = whole.started_at or self.state.clock(), self.state.clock()
        how = whole.node.policy.on_item_error
        if node.failures and how == "raise":
            task, failed = node.failures[0]
            assert failed.error is not None
            more = f" (and {len(node.failures) - 1} more items)" if len(node.failures) > 1 else ""
            message = f"item {task.scope}{more}: {failed.error.message}"
            info = ErrorInfo(failed.error.type, message, failed.error.traceback)
            return Outcome(started, now, error=info, exception=failed.exception)
        outputs = {}
        for port in whole.node.outputs:
            values = {
                index: outputs_of_item[port]
                for index, (_, outputs_of_item) in results.items()
                if port in outputs_of_item
            }
            if how != "drop":
                values |= {t.index: _kept(how, failed) for t, failed in node.failures}
            gathered = items.gathered(values)
            outputs[port] = self._track_gathered(gathered, port)
        return Outcome(started, now, outputs)

    def _track_gathered(self, gathered: Any, port: str) -> TrackedValue:
        """Return the values of all items with their reference; most are on record already."""
        state, parts = self.state, Parts()
        tracked, staged = track_output(gathered, None, parts, port), state.journal.commit.values
        ref = state.log.asks.bounded(tracked.ref, parts, staged)
        for content, blob in parts.items():
            staged.setdefault(content, blob)  # which may have been written ahead
        return replace(tracked, ref=ref)

    def store(self, record: Record, outputs: Mapping[str, ValueRef], parts: Parts) -> Record:
        """Record an evaluation with values that were not stored at first, and show that."""
        state = self.state
        state.journal.commit.values.update(parts)
        if outputs == record.outputs:  # files count where they are, and have copies now
            state.channel.note(NodeChanged(record.node, values=True))
            return record
        identity = RunId(f"{new_run_id()}-{state.journal.commit.segment}")
        stored = replace(record, id=identity, outputs=outputs, sheet=state.sheet.id, index=0)
        values = state.sheet.live.get(record.id, {})
        state.stage_record(stored)
        state.show_new(stored, values)
        return stored

    def _record(
        self,
        run: RunState,
        task: Task,
        outcome: Outcome,
        items: Results | None = None,
        status: RecordStatus | None = None,
        unverified: str = "",
        logs: str | None = None,
    ) -> Record:
        state = self.state
        code = task.code
        commit = state.journal.commit
        if state.sheet.visit is not None:  # also of a run that was stopped, or never began
            task.unwritten = frozenset(filter(self._is_missing(task), self._unwritten(task)))
            write_inputs(task, commit.values)
        commit.codes[code.digest] = code
        for tracked in (*task.inputs.values(), *outcome.outputs.values()):
            commit.used[tracked.ref.digest] = tracked.value
        for ref in task.refs.values():
            for content in ref.value.class_digests().values():
                by_digest = state.inputs.class_code.by_digest
                if content in by_digest:
                    state.journal.commit.codes[content] = by_digest[content]
        state.freshness.ran(task.name, code)
        machine, described = environment()
        state.journal.commit.values[machine] = described
        return Record(
            id=RunId(f"{task.id}-{state.journal.commit.segment}"),
            node=task.name,
            scope=task.scope,
            key=task.key,
            status=status or _status(outcome),
            run=run.id,
            sheet=state.sheet.id,
            started_at=outcome.started_at,
            ended_at=outcome.ended_at,
            inputs=task.refs,
            outputs={port: tracked.ref for port, tracked in outcome.outputs.items()},
            code=code.digest,
            environment=machine,
            logs=task.context.text if logs is None else logs,
            error=outcome.error or outcome.recovered,
            attempt=task.attempt,
            items=tuple(items[index][0].id for index in sorted(items)) if items else (),
            unverified=unverified,
            own=state.sheet.visit is not None and isinstance(task.node, AskingNode),
        )

    def _is_missing(self, task: Task) -> Callable[[str], bool]:
        """Return whether an input's value is neither written nor about to be."""
        values, log = self.state.journal.commit.values, self.state.log

        def is_missing(port: str) -> bool:
            ref = task.refs[port].value
            return port in task.inputs and ref.digest not in values and not log.holds(ref)

        return is_missing

    def _stage(self, record: Record, outcome: Outcome, show: bool) -> None:
        state = self.state
        state.stage_record(record)
        for ref in record.outputs.values():
            state.inputs.class_code.know(ref)
        state.journal.commit.values.update(state.inputs.parts)
        state.inputs.parts.clear()
        if show:
            state.show_new(
                record, {port: tracked.value for port, tracked in outcome.outputs.items()}
            )


def _status(outcome: Outcome) -> RecordStatus:
    if outcome.error is not None:
        return "failed"
    return "recovered" if outcome.recovered is not None else "succeeded"


def _while_it_ran(names: Sequence[str]) -> str:
    return f"{', '.join(names)} changed while it ran" if names else ""


def _kept(how: str, failed: Outcome) -> Any:
    """What stands in a gathered list for an item that failed."""
    if how == "keep_none" or failed.error is None:
        return None
    return {"error": failed.error.type, "message": failed.error.message}
