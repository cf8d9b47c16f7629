"""What runs ask of their session: prepare a node, start its tasks, keep what came of them."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from daggr_nb._engine.executors import Backend
from daggr_nb._engine.inputs import (
    Items,
    Levels,
    item_value,
    items_of,
    levels,
    node_key,
    scatter_spec,
    scope_of,
)
from daggr_nb._engine.live import Live
from daggr_nb._engine.plan import PlannedStep
from daggr_nb._engine.scheduler import Execution, NodeRun, Prepared
from daggr_nb._engine.sheet import Held, hold
from daggr_nb._engine.slots import Slots
from daggr_nb._engine.state import State, unverified
from daggr_nb._engine.work import Outcome, Task, TaskContext, describe, perform
from daggr_nb._ids import Digest, NodeId, RunId, new_run_id
from daggr_nb._provenance.digest import digest
from daggr_nb._provenance.environment import environment
from daggr_nb._provenance.records import ErrorInfo, InputRef, Record
from daggr_nb.errors import NotRunYet

logger = logging.getLogger("daggr_nb")

Turn = Callable[[Callable[[], None]], None]
Results = Mapping[int, tuple[Record, Mapping[str, Any]]]


class RunCore:
    """Implements :class:`scheduler.Core` over a session's state. ``turn`` runs a change of it."""

    def __init__(self, state: State, backend: Backend, turn: Turn) -> None:
        self.state = state
        self.slots = Slots()
        self._backend = backend
        self._turn = turn
        self._own = threading.local()

    # -- before a run

    def prepare(self, step: PlannedStep) -> Prepared:
        """Resolve a node's inputs; return its known record, or the tasks that make a new one."""
        name, state = step.node, self.state
        state.structure.node(name)  # the graph may have been defined anew since the run began
        node, code = state.structure.nodes[name], state.freshness.codes[name]
        replay = None if step.explicit or step.force else state.sheet.shown.get(name)
        known = {port: self._require(name, port, replay) for port in node.inputs}
        reusable = not step.force and not code.volatile
        spec = scatter_spec(node)
        found = None
        if reusable and all(known.values()):
            found = self._known_record(
                name, node_key(code, {p: r.value for p, r in known.items() if r}, spec)
            )
        if found is not None:
            return Prepared(cached=found)
        held = {port: state.inputs.take(name, port, ref) for port, ref in known.items()}
        refs = {p: known[p] or InputRef(held[p].ref, "callable") for p in node.inputs}
        key = node_key(code, {p: ref.value for p, ref in refs.items()}, spec)
        if reusable and not all(known.values()):
            found = self._known_record(name, key)
        if found is not None:
            return Prepared(cached=found)
        whole = self._task(name, key, held, refs)
        if state.structure.depth[name] == 0:
            return Prepared(whole=whole, tasks=[whole])
        return self._scattered(whole, reusable)

    def _require(self, name: NodeId, port: str, record: Record | None) -> InputRef | None:
        known = self.state.inputs.known(name, port, record)
        if known.missing is not None:
            raise NotRunYet(
                f"{name}.{port} needs {known.missing!r}, which has no result. Run to here instead.",
                node=name,
                port=port,
            )
        return known.ref

    def _known_record(self, name: NodeId, key: Digest) -> Record | None:
        sheet = self.state.sheet
        shown = sheet.shown.get(name)
        if shown is not None and shown.key == key and shown.status == "succeeded":
            return shown if sheet.restorable(shown) else None
        found = self.state.log.find(key, name)
        return found if found is not None and sheet.restorable(found) else None

    def _task(
        self,
        name: NodeId,
        key: Digest,
        held: Mapping[str, Held],
        refs: Mapping[str, InputRef],
        scope: str = "",
        place: int = 0,
    ) -> Task:
        context = TaskContext(
            lambda what, fields: self._turn(lambda: self._report(task, what, fields))
        )
        node = self.state.structure.nodes[name]
        task = Task(new_run_id(), node, name, key, held, refs, context, scope, place)
        return task

    def _scattered(self, whole: Task, reusable: bool) -> Prepared:
        name, state = whole.name, self.state
        how = levels(state.structure, name)
        values = {port: held.value for port, held in whole.inputs.items()}
        items = items_of(name, how, values)
        prepared = Prepared(whole=whole, items=items)
        tasks = [self._item(whole, how, items, place) for place in range(len(items.paths))]
        for task in tasks:
            known = state.log.find(task.key) if reusable else None
            if known is not None and state.sheet.restorable(known):
                prepared.done[task.place] = known
        prepared.tasks = [task for task in tasks if task.place not in prepared.done]
        live = state.live.setdefault(name, Live())
        live.items_total = len(tasks)
        live.items = {tasks[place].scope: "cached" for place in prepared.done}
        return prepared

    def _item(self, whole: Task, how: Levels, items: Items, place: int) -> Task:
        path, held, refs = items.paths[place], {}, {}
        for port, given in whole.inputs.items():
            held[port], refs[port] = given, whole.refs[port]
            if how.by_port.get(port, 0):
                value = item_value(whole.name, port, how, given.value, path)
                held[port] = hold(value, self.state.commit.values, port)
                ref = refs[port]
                refs[port] = InputRef(held[port].ref, ref.source, ref.origin, ref.record)
        code = self.state.freshness.codes[whole.name]
        key = node_key(code, {port: ref.value for port, ref in refs.items()}, scope="item")
        return self._task(whole.name, key, held, refs, scope_of(path), place)

    # -- during a run

    def start(self, run: Execution, task: Task) -> None:
        """Hand a task to the executor when its group has room."""

        def go() -> bool:
            task.started_at = self.state.clock()
            if not run.started(task):
                return False
            mine = getattr(self._own, "next", None)
            if mine is not None and not mine:
                mine.append((run, task))
            else:
                self._backend.start(lambda: self._perform(run, task))
            return True

        self.slots.request(task.node.limits, go)

    def emit(self, kind: str, run: Execution, **fields: Any) -> None:
        """Stage an event of a run."""
        self.state.emit(kind, run_id=run.id, **fields)

    def _perform(self, run: Execution, task: Task) -> None:
        """Runs on the executor, and goes on with the first task that its result made ready."""
        mine = self._own.next = [(run, task)]
        while mine:
            run, task = mine[0]
            outcome = perform(task, self.state.clock)
            mine.clear()
            self._turn(functools.partial(self._performed, run, task, outcome))
        self._own.next = None

    def _performed(self, run: Execution, task: Task, outcome: Outcome) -> None:
        task.over = True
        try:
            run.finished(task, outcome)
        except Exception as error:
            logger.exception("daggr_nb could not take in the result of %s", task.name)
            run.crash(error)
        live = self.state.live.get(task.name)
        if live is not None and live.status == "stopping":
            live.status = "cancelled"
            self.state.changed("node", task.name)
        self.slots.release(task.node.limits.group)

    def _report(self, task: Task, what: str, fields: dict[str, Any]) -> None:
        if not task.context.stop_asked and not task.over:
            scope = {"scope": task.scope} if task.scope else {}
            self.state.emit(f"node.{what}", node=task.name, exec_id=task.id, **scope, **fields)

    # -- after a run

    def keep(self, run: Execution, task: Task, outcome: Outcome, show: bool) -> Record:
        """Stage the record of a finished task, and show it if it is the node's own."""
        self.state.commit.values.update(outcome.parts)
        record = self._record(run, task, outcome)
        self._stage(record, outcome, show)
        return record

    def keep_cancelled(self, run: Execution, task: Task) -> None:
        """Stage the record of a task that was stopped; what is shown stays."""
        now = self.state.clock()
        self.state.commit.records.append(
            self._record(run, task, Outcome(task.started_at or now, now), status="cancelled")
        )

    def gather(self, run: Execution, node: NodeRun) -> Record:
        """Stage the record of a scattered node, made from its items."""
        whole, items = node.prepared.whole, node.prepared.items
        assert whole is not None
        assert items is not None
        results = {p: (r, self._values(r)) for p, r in node.prepared.done.items()}
        for place, (record, outputs) in node.results.items():
            results[place] = (record, {port: held.value for port, held in outputs.items()})
        outcome = self._gathered(whole, items, results, node)
        record = self._record(run, whole, outcome, results)
        self._stage(record, outcome, show=True)
        return record

    def show(self, run: Execution, record: Record) -> None:
        """Show a record that is known already."""
        shown = self.state.sheet.shown.get(record.node)
        if shown is None or shown.id != record.id:
            self.state.show(record)
        self.state.touch(self.state.touched_by(record.node))

    def refuse(self, run: Execution, node: NodeId, error: Exception) -> Record:
        """Stage the record of a node that could not even start, and show it."""
        now = self.state.clock()
        task = self._task(node, digest(["not started", node]), {}, {})
        record = self._record(run, task, Outcome(now, now, error=describe(error)))
        self._stage(record, Outcome(now, now), show=True)
        return record

    def _values(self, record: Record) -> dict[str, Any]:
        value = self.state.sheet.value
        return {port: value(self.state.log, record, port) for port in record.outputs}

    def _gathered(self, whole: Task, items: Items, results: Results, node: NodeRun) -> Outcome:
        started, now = whole.started_at or self.state.clock(), self.state.clock()
        if node.failures:
            task, error, cause = node.failures[0]
            more = f" (and {len(node.failures) - 1} more items)" if len(node.failures) > 1 else ""
            told = ErrorInfo(
                error.type, f"item {task.scope}{more}: {error.message}", error.traceback
            )
            return Outcome(started, now, error=told, exception=cause)
        outputs = {}
        for port in whole.node.outputs:
            values = [results[place][1][port] for place in range(len(items.paths))]
            outputs[port] = hold(items.gathered(values), self.state.commit.values)
        return Outcome(started, now, outputs)

    def _record(
        self,
        run: Execution,
        task: Task,
        outcome: Outcome,
        items: Results | None = None,
        status: Any = None,
    ) -> Record:
        state = self.state
        code = state.freshness.codes[task.name]
        state.commit.codes[code.digest] = code
        machine, described = environment()
        state.commit.values[machine] = described
        return Record(
            id=RunId(f"{task.id}-{state.commit.segment}"),
            node=task.name,
            scope=task.scope,
            key=task.key,
            status=status or ("failed" if outcome.error else "succeeded"),
            run=run.id,
            sheet=state.sheet.name,
            started_at=outcome.started_at,
            ended_at=outcome.ended_at,
            inputs=task.refs,
            outputs={port: held.ref for port, held in outcome.outputs.items()},
            code=code.digest,
            environment=machine,
            logs=task.context.text,
            error=outcome.error,
            items=tuple(items[place][0].id for place in sorted(items)) if items else (),
            unverified=unverified((*task.inputs.items(), *outcome.outputs.items())),
        )

    def _stage(self, record: Record, outcome: Outcome, show: bool) -> None:
        state = self.state
        state.commit.records.append(record)
        state.commit.values.update(state.inputs.parts)
        state.inputs.parts.clear()
        if show:
            state.show_new(record, {port: held.value for port, held in outcome.outputs.items()})
