"""The live kernel object: a graph, a sheet, the log, and the one dispatcher that changes them.

Everything that changes happens under ``lock``: edits from whoever makes them, results of tasks on
the dispatcher's thread. Changes are staged and become visible together, once they are on record.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from daggr_nb._engine.events import Event, EventLog, Subscription
from daggr_nb._engine.executors import Backend, Threads
from daggr_nb._engine.freshness import Freshness, Judgement
from daggr_nb._engine.inputs import (
    Inputs,
    Items,
    item_value,
    items_of,
    levels,
    node_key,
    scatter_spec,
    scope_of,
)
from daggr_nb._engine.plan import Mode, PlannedStep, make_plan
from daggr_nb._engine.run import Run
from daggr_nb._engine.scheduler import Execution, NodeRun, Prepared
from daggr_nb._engine.sheet import Held, Sheet, by_identity, hold
from daggr_nb._engine.slots import Slots
from daggr_nb._engine.work import Outcome, Task, TaskContext, describe, perform
from daggr_nb._ids import Digest, NodeId, RunId, new_run_id
from daggr_nb._model.port import Control
from daggr_nb._model.structure import Structure, build
from daggr_nb._provenance.digest import digest
from daggr_nb._provenance.environment import environment
from daggr_nb._provenance.log import Commit, Log
from daggr_nb._provenance.records import ErrorInfo, InputRef, Record
from daggr_nb._provenance.store import Store
from daggr_nb.errors import (
    DaggrError,
    InputError,
    NotRunYet,
    StoreError,
    UnknownNodeError,
    UnknownPortError,
    did_you_mean,
)

logger = logging.getLogger("daggr_nb")

_BATCH = 32
_PATIENCE = 0.002  # seconds the dispatcher waits for more before it writes


@dataclass
class Live:
    """What a card shows of a node that is at work: changes without being on record."""

    status: str = ""
    started_at: float | None = None
    progress: tuple[float, float | None, str] | None = None
    context: TaskContext | None = None
    items: dict[str, str] = field(default_factory=dict)
    items_total: int = 0


class Session:
    """One graph at work. Make it through a ``Graph``."""

    def __init__(
        self,
        store: Store,
        sheet: str = "Sheet 1",
        backend: Backend | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.lock = threading.RLock()
        self.log = Log(store)
        self.sheet = Sheet(sheet)
        self.events = EventLog(self.log.last_seq(), self.log.events)
        self.live: dict[NodeId, Live] = {}
        self.typical: dict[NodeId, float] = {}
        self.problems: list[str] = []
        self.notice = ""
        self.closed = False
        self._backend = backend or Threads()
        self._clock = clock
        self._runs: dict[RunId, tuple[Execution, Run]] = {}
        self._slots = Slots()
        self._commit = Commit()
        self._staged: list[Event] = []
        self._finished: list[Run] = []
        self._edges: dict[str, bool] = {}
        self._inbox: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._dispatcher: threading.Thread | None = None
        self._watchers: list[Callable[[str, NodeId | None], None]] = []
        self.structure: Structure = build(())
        self._rebuild(self.structure)

    # -- the graph

    def attach(self, structure: Structure) -> None:
        """Take a graph, or another version of it: inputs, cursors and history stay."""
        slots = Slots()
        slots.declare(structure.nodes.values())
        with self.lock:
            self._slots.declare(structure.nodes.values())
            self._drop_inputs_of_other_kind(structure)
            self.structure = structure
            with self._reading_store():
                self.problems = self.sheet.read(self.log, structure.nodes)
            self._rebuild(structure)
            self.freshness.read_code(self._runnable())
            self._touch(structure.nodes)
            self.changed("graph")
            self.flush()

    def _rebuild(self, structure: Structure) -> None:
        self.inputs = Inputs(structure, self.sheet, self.log)
        self.freshness = Freshness(self.inputs)

    def _drop_inputs_of_other_kind(self, structure: Structure) -> None:
        """A control that no longer takes the value set in it starts anew."""
        for (node, port), held in list(self.sheet.inputs.items()):
            found = structure.nodes.get(node)
            feed = found.inputs.get(port) if found is not None else None
            if isinstance(feed, Control):
                before = self.structure.nodes.get(node)
                old = before.inputs.get(port) if before is not None else None
                if isinstance(old, Control) and _is_initial(old, held) and not _is_initial(feed, held):
                    del self.sheet.inputs[node, port]
                    continue
                try:
                    feed.component.accept(held.value)
                except InputError:
                    del self.sheet.inputs[node, port]

    def refresh_code(self) -> list[NodeId]:
        """Look at all code again; mark what changed. Returns the nodes whose code changed."""
        with self.lock:
            changed = self.freshness.read_code(self._runnable())
            self._touch(changed)
            return changed

    def _runnable(self) -> list[NodeId]:
        return [name for name, node in self.structure.nodes.items() if node.runnable]

    def _touch(self, nodes: Iterable[NodeId]) -> None:
        """Judge ``nodes`` again and tell what changed."""
        touched = list(nodes)
        for name in self.freshness.update(touched):
            judgement = self.freshness.judged[name]
            self.emit_state(name, judgement)
            self._edges_around(name)
        for name in touched:
            self._edges_around(name)
            self.changed("node", name)

    def _edges_around(self, name: NodeId) -> None:
        self.changed("edges", name)

    def touched_by(self, name: NodeId) -> list[NodeId]:
        """Return the nodes to judge again when what ``name`` shows has changed."""
        return [name, *self.structure.topology.children[name]]

    # -- edits

    def set_inputs(self, values: Mapping[tuple[NodeId, str], Any]) -> None:
        """Set controls, all or none; what is not accepted is an error and changes nothing."""
        with self.lock:
            held = {}
            for (node, port), value in values.items():
                accepted = self.control(node, port).component.accept(value)
                held[node, port] = hold(accepted, self.inputs.parts, port)
            self.sheet.inputs.update(held)
            self._write_sheet()
            self._touch_controls(held)
            self.flush()

    def _touch_controls(self, controls: Iterable[tuple[NodeId, str]]) -> None:
        touched: dict[NodeId, None] = {}
        for node, port in controls:
            self.changed("input", NodeId(f"{node}\x00{port}"))
            runnable = self.structure.nodes[node].runnable
            touched |= dict.fromkeys([node] if runnable else self.touched_by(node))
        self._touch(touched)

    def control(self, node: NodeId, port: str) -> Control:
        """Return the control of an input, or raise with what there is instead."""
        found = self.structure.node(node)
        feed = found.inputs.get(port)
        if feed is None:
            raise UnknownPortError(
                f"{node!r} has no input {port!r}.{did_you_mean(port, found.inputs)}",
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
            self.sheet.positions.update(positions)
            self._write_sheet()

    def _write_sheet(self) -> None:
        parts, self.inputs.parts = self.inputs.parts, {}
        self.log.write_sheet(self.sheet.name, self.sheet.as_json(), parts)

    def select(self, record: Record) -> None:
        """Show ``record`` with its lineage: what made it above, what is known of it below."""
        with self.lock:
            if record.node not in self.structure.nodes:
                raise UnknownNodeError(
                    f"The record is of {record.node!r}, which is not in the graph any more.",
                    node=record.node,
                )
            moved, controls = self._lineage(record)
            for found in moved.values():
                self._show(found)
            if controls:
                self.sheet.inputs.update(controls)
                self._write_sheet()
            self._touch({n: None for name in moved for n in self.touched_by(name)})
            self._touch_controls(controls)
            self._settle_below(record.node)
            self.flush()

    def _lineage(
        self, record: Record
    ) -> tuple[dict[NodeId, Record], dict[tuple[NodeId, str], Held]]:
        moved: dict[NodeId, Record] = {record.node: record}
        controls: dict[tuple[NodeId, str], Held] = {}
        stack = [record]
        while stack:
            here = stack.pop()
            for port, ref in here.inputs.items():
                place = self._root_of(here.node, port, ref)
                if place is not None and ref.value.encoding != "none":
                    controls[place] = Held(self.log.value(ref.value), ref.value)
                if ref.record is None or ref.origin is None or ref.origin[0] in moved:
                    continue
                if ref.origin[0] in self.structure.nodes:
                    parent = moved[ref.origin[0]] = self.log.record(ref.record)
                    stack.append(parent)
        return moved, controls

    def _root_of(self, node: NodeId, port: str, ref: InputRef) -> tuple[NodeId, str] | None:
        """Return the control that held an input's value, if the graph still has it."""
        place = (node, port)
        if ref.source == "port" and ref.record is None and ref.origin is not None:
            place = (ref.origin[0], ref.origin[1])
        elif ref.source != "component":
            return None
        found = self.structure.nodes.get(place[0])
        return place if found and isinstance(found.inputs.get(place[1]), Control) else None

    def _settle_below(self, name: NodeId) -> None:
        """Show what is on record for the descendants' keys as they are now."""
        for child in self.structure.topology.descendants([name]):
            if not self.structure.nodes[child].runnable:
                continue
            key = self._key_now(child)
            shown = self.sheet.shown.get(child)
            if key is None or (shown is not None and shown.key == key):
                continue
            found = self.log.find(key)
            if found is not None and found.node == child and self.sheet.restorable(found):
                self._show(found)
                self._touch(self.touched_by(child))

    def _key_now(self, name: NodeId) -> Digest | None:
        node = self.structure.nodes[name]
        shown = self.sheet.shown.get(name)
        try:
            known = {port: self.inputs.known(name, port, shown).ref for port in node.inputs}
        except DaggrError:
            return None
        refs = {port: ref.value for port, ref in known.items() if ref is not None}
        if len(refs) < len(known):
            return None
        return node_key(self.freshness.codes[name], refs, scatter_spec(node))

    # -- runs

    def plan(
        self, targets: Iterable[NodeId], mode: Mode = "stale", force: bool = False
    ) -> list[PlannedStep]:
        """Return what a request would run now."""
        with self.lock:
            self.refresh_code()
            steps = make_plan(self.structure, self.freshness.judged, targets, mode, force)
            self.flush()
            return steps

    def submit(
        self,
        targets: Sequence[NodeId],
        mode: Mode = "stale",
        force: bool = False,
        reason: str = "python",
    ) -> Run:
        """Start a run and return at once. Work in progress is not started a second time."""
        with self.lock:
            steps = [s for s in self.plan(targets, mode, force) if s.node not in self.live_nodes()]
            execution = Execution(new_run_id(), self.structure, steps, targets, self)
            run = Run(self, execution, self.events.next_expected())
            self._runs[execution.id] = (execution, run)
            self._start_dispatcher()
            self._inbox.put(lambda: execution.begin(reason))
            return run

    def live_nodes(self) -> set[NodeId]:
        """Return the nodes that a run in progress has planned and not finished."""
        going = [execution for execution, _ in self._runs.values()]
        return {name for run in going for name in run.steps if name not in run.endings}

    def cancel(self, execution: Execution | None = None, node: NodeId | None = None) -> None:
        """Stop a run, one node of whatever run it is in, or all runs."""

        def stop() -> None:
            chosen = [execution] if execution is not None else [e for e, _ in self._runs.values()]
            for one in chosen:
                for task in one.cancel(node):
                    live = self.live.setdefault(task.name, Live())
                    live.status, live.context = "stopping", None
                    self.changed("node", task.name)

        self._start_dispatcher()
        self._inbox.put(stop)

    def runs(self) -> list[Execution]:
        """Return the runs in progress, oldest first."""
        with self.lock:
            return [execution for execution, _ in self._runs.values()]

    def results(self, execution: Execution) -> dict[str, dict[str, Any]]:
        """Return the values that the targets of a run show now, the leaves if it had none."""
        with self.lock:
            nodes = self.structure.nodes
            chosen = execution.targets or {
                name for name, below in self.structure.topology.children.items() if not below
            }
            return {
                str(name): {port: self.inputs.value(name, port) for port in nodes[name].outputs}
                for name in self.structure.topology.order
                if name in chosen
            }

    def subscribe(self, callback: Callable[[Event], object], from_seq: int) -> Subscription:
        """Call ``callback`` for every event from ``from_seq`` on, on a thread of its own."""
        return Subscription(self.events, callback, from_seq)

    def status_of(self, name: NodeId) -> str:
        """Return a node's status: what it is doing, else how the shown record ended."""
        live = self.live.get(name)
        if live is not None and live.status:
            return live.status
        if not self.structure.nodes[name].runnable:
            return "succeeded"
        shown = self.sheet.shown.get(name)
        return shown.status if shown is not None else "missing"

    def say(self, notice: str) -> None:
        """Show a message on the whole canvas; empty takes it away."""
        self.notice = notice
        self.changed("notice")

    def watch(self, watcher: Callable[[str, NodeId | None], None]) -> Callable[[], None]:
        """Call ``watcher(what, node)`` when something a view shows has changed; returns an end."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def changed(self, what: str, node: NodeId | None = None) -> None:
        """Tell the views that they should look again."""
        for watcher in self._watchers:
            watcher(what, node)

    def close(self) -> None:
        """Stop what runs and let go of the store."""
        self.closed = True
        self.cancel()
        self._inbox.put(None)
        if self._dispatcher is not None and self._dispatcher is not threading.current_thread():
            self._dispatcher.join(5)
        with self.lock:
            self.log.store.close()

    # -- what a run asks for (scheduler.Core)

    def prepare(self, step: PlannedStep) -> Prepared:
        """Resolve a node's inputs; return its known record, or the tasks that make a new one."""
        node, name = self.structure.nodes[step.node], step.node
        shown = self.sheet.shown.get(name)
        replay = None if step.explicit or step.force else shown
        known = {port: self._require(name, port, replay) for port in node.inputs}
        code = self.freshness.codes[name]
        spec = scatter_spec(node)
        reusable = not step.force and not code.volatile
        if reusable and all(known.values()):
            key = node_key(code, {p: r.value for p, r in known.items() if r}, spec)
            found = self._known_record(name, key)
            if found is not None:
                return Prepared(cached=found)
        held = {port: self.inputs.take(name, port, ref) for port, ref in known.items()}
        refs = {
            port: known[port] or InputRef(held[port].ref, "callable") for port in node.inputs
        }
        key = node_key(code, {port: ref.value for port, ref in refs.items()}, spec)
        if reusable and not all(known.values()):
            found = self._known_record(name, key)
            if found is not None:
                return Prepared(cached=found)
        whole = self._task(name, key, held, refs)
        if self.structure.depth[name] == 0:
            return Prepared(whole=whole, tasks=[whole])
        return self._scattered(whole, reusable)

    def start(self, run: Execution, task: Task) -> None:
        """Hand a task to the executor when its group has room."""

        def go() -> bool:
            task.started_at = self._clock()
            if not run.started(task):
                return False
            self._backend.start(lambda: self._perform(run, task))
            return True

        self._slots.request(task.node.limits, go)

    def emit(self, type: str, run: Execution | None, node: NodeId | None = None, **fields: Any) -> None:
        """Stage an event; it becomes visible with the next flush."""
        self._staged.append(
            Event(
                self.events.next_seq(),
                run.id if run is not None else None,
                self._clock(),
                type,
                node,
                fields.pop("exec_id", None),
                1,
                fields.pop("scope", ""),
                fields,
            )
        )
        self._note(type, node, fields)

    def emit_state(self, name: NodeId, judgement: Judgement) -> None:
        """Stage the news of a node's freshness."""
        reasons = [reason.as_dict() for reason in judgement.reasons]
        self.emit("state.freshness", None, name, freshness=judgement.freshness, reasons=reasons)

    def keep(self, run: Execution, task: Task, outcome: Outcome, show: bool) -> Record:
        """Stage the record of a finished task, and show it if it is the node's own."""
        self._commit.values.update(outcome.parts)
        record = self._record(run, task, outcome.started_at, outcome.ended_at, outcome)
        self._stage(record, {port: held.value for port, held in outcome.outputs.items()}, show)
        return record

    def gather(self, run: Execution, node: NodeRun) -> Record:
        """Stage the record of a scattered node, made from its items."""
        whole, items = node.prepared.whole, node.prepared.items
        assert whole is not None and items is not None
        now = self._clock()
        results = {p: (r, self._item_values(r)) for p, r in node.prepared.done.items()}
        results |= {p: (r, {k: h.value for k, h in v.items()}) for p, (r, v) in node.results.items()}
        outcome = self._gathered(whole, items, results, node, now)
        record = self._record(run, whole, whole.started_at or now, now, outcome, results)
        self._stage(record, {port: held.value for port, held in outcome.outputs.items()}, show=True)
        return record

    def show(self, run: Execution, record: Record) -> None:
        """Show a record that is known already."""
        shown = self.sheet.shown.get(record.node)
        if shown is None or shown.id != record.id:
            self._show(record)
        self._touch(self.touched_by(record.node))

    def describe(self, error: Exception) -> ErrorInfo:
        """Return an error as text."""
        return describe(error)

    # -- records

    def _known_record(self, name: NodeId, key: Digest) -> Record | None:
        shown = self.sheet.shown.get(name)
        if shown is not None and shown.key == key and shown.status == "succeeded":
            return shown if self.sheet.restorable(shown) else None
        found = self.log.find(key)
        return found if found is not None and self.sheet.restorable(found) else None

    def _require(self, name: NodeId, port: str, record: Record | None) -> InputRef | None:
        known = self.inputs.known(name, port, record)
        if known.missing is not None:
            raise NotRunYet(
                f"{name}.{port} needs {known.missing!r}, which has no result. Run to here instead.",
                node=name,
                port=port,
            )
        return known.ref

    def _task(
        self,
        name: NodeId,
        key: Digest,
        held: Mapping[str, Held],
        refs: Mapping[str, InputRef],
        scope: str = "",
        place: int = 0,
    ) -> Task:
        identity = new_run_id()

        def report(what: str, fields: dict[str, Any]) -> None:
            self._inbox.put(lambda: self._report(task, what, fields))

        context = TaskContext(report)
        node = self.structure.nodes[name]
        task = Task(identity, node, name, key, held, refs, context, scope, place)
        return task

    def _scattered(self, whole: Task, reusable: bool) -> Prepared:
        name, code = whole.name, self.freshness.codes[whole.name]
        how = levels(self.structure, name)
        values = {port: held.value for port, held in whole.inputs.items()}
        items = items_of(name, how, values)
        prepared = Prepared(whole=whole, items=items)
        tasks = []
        for place, path in enumerate(items.paths):
            held = {
                port: self._item_input(name, port, how.by_port.get(port, 0), value, path, how)
                for port, value in whole.inputs.items()
            }
            refs = {port: self._item_ref(whole.refs[port], held[port]) for port in held}
            key = node_key(code, {p: r.value for p, r in refs.items()}, scope="item")
            known = self.log.find(key) if reusable else None
            if known is not None and self.sheet.restorable(known):
                prepared.done[place] = known
            else:
                tasks.append(self._task(name, key, held, refs, scope_of(path), place))
        prepared.tasks = tasks
        live = self.live.setdefault(name, Live())
        live.items_total = len(items.paths)
        live.items = {scope_of(items.paths[place]): "cached" for place in prepared.done}
        return prepared

    def _item_input(
        self, name: NodeId, port: str, depth: int, held: Held, path: tuple[int, ...], how: Any
    ) -> Held:
        if depth == 0:
            return held
        return hold(item_value(name, port, how, held.value, path), self._commit.values, port)

    @staticmethod
    def _item_ref(whole: InputRef, held: Held) -> InputRef:
        if whole.value is held.ref:
            return whole
        return InputRef(held.ref, whole.source, whole.origin, whole.record)

    def _item_values(self, record: Record) -> dict[str, Any]:
        return {port: self.sheet.value(self.log, record, port) for port in record.outputs}

    def _gathered(
        self,
        whole: Task,
        items: Items,
        results: Mapping[int, tuple[Record, Mapping[str, Any]]],
        node: NodeRun,
        now: float,
    ) -> Outcome:
        if node.failures:
            task, error, cause = node.failures[0]
            more = f" (and {len(node.failures) - 1} more items)" if len(node.failures) > 1 else ""
            message = f"item {task.scope}{more}: {error.message}"
            return Outcome(now, now, error=ErrorInfo(error.type, message, error.traceback), exception=cause)
        outputs = {}
        for port in whole.node.outputs:
            values = [results[place][1][port] for place in range(len(items.paths))]
            outputs[port] = hold(items.gathered(values), self._commit.values)
        return Outcome(now, now, outputs)

    def _record(
        self,
        run: Execution,
        task: Task,
        started_at: float,
        ended_at: float,
        outcome: Outcome,
        items: Mapping[int, tuple[Record, Any]] | None = None,
    ) -> Record:
        code = self.freshness.codes[task.name]
        self._commit.codes.setdefault(code.digest, code)
        machine, described = environment()
        self._commit.values.setdefault(machine, described)
        loose = [p for p, ref in task.refs.items() if by_identity(ref.value)]
        loose += [p for p, held in outcome.outputs.items() if by_identity(held.ref)]
        return Record(
            id=task.id,
            node=task.name,
            scope=task.scope,
            key=task.key,
            status="failed" if outcome.error else "succeeded",
            run=run.id,
            sheet=self.sheet.name,
            started_at=started_at,
            ended_at=ended_at,
            inputs=task.refs,
            outputs={port: held.ref for port, held in outcome.outputs.items()},
            code=code.digest,
            environment=machine,
            logs=task.context.text,
            error=outcome.error,
            items=tuple(items[place][0].id for place in sorted(items)) if items else (),
            unverified=f"{loose[0]} has no canonical content" if loose else "",
        )

    def _stage(self, record: Record, values: Mapping[str, Any], show: bool) -> None:
        self._commit.records.append(record)
        self._commit.values.update(self.inputs.parts)
        self.inputs.parts.clear()
        if not show:
            return
        if record.status == "succeeded":
            before = self.typical.get(record.node, record.duration)
            self.typical[record.node] = 0.7 * before + 0.3 * record.duration
        self.live.pop(record.node, None)
        self.sheet.show(record, values)
        self._touch(self.touched_by(record.node))
        self.changed("values", record.node)

    def _show(self, record: Record) -> None:
        self.sheet.show(record)
        self._commit.cursors[self.sheet.name, record.node] = record.id
        self.live.pop(record.node, None)
        self.changed("values", record.node)
        self.changed("node", record.node)

    # -- the dispatcher

    def _perform(self, run: Execution, task: Task) -> None:
        outcome = perform(task, self._clock)
        self._inbox.put(lambda: self._performed(run, task, outcome))

    def _performed(self, run: Execution, task: Task, outcome: Outcome) -> None:
        run.finished(task, outcome)
        live = self.live.get(task.name)
        if live is not None and live.status == "stopping":
            live.status = "cancelled"
            self.changed("node", task.name)
        self._slots.release(task.node.limits.group)

    def _report(self, task: Task, what: str, fields: dict[str, Any]) -> None:
        live = self.live.get(task.name)
        if live is None or task.context.stop_asked:
            return
        if what == "progress":
            live.progress = (fields["done"], fields["total"], fields["text"])
        run = next((e for e, _ in self._runs.values() if task.name in e.steps), None)
        self.emit(f"node.{what}", run, task.name, exec_id=task.id, scope=task.scope, **fields)

    def _note(self, type: str, node: NodeId | None, fields: Mapping[str, Any]) -> None:
        """Keep what cards show of work in progress in step with the events."""
        if type.startswith("run."):
            self.changed("run")
        if node is None or not type.startswith("node."):
            return
        what = type.removeprefix("node.")
        scope = self._staged[-1].scope
        if scope:
            live = self.live.setdefault(node, Live())
            live.items[scope] = {"started": "running"}.get(what, what)
        elif what in ("queued", "started", "blocked", "cancelled", "failed"):
            live = self.live.setdefault(node, Live())
            live.status = {"started": "running"}.get(what, what)
            live.started_at = self._clock() if what == "started" else live.started_at
        elif what in ("cached", "succeeded"):
            self.live[node] = Live(status=what)
        self.changed("node", node)
        self.changed("run")

    def _start_dispatcher(self) -> None:
        if self._dispatcher is None:
            self._dispatcher = threading.Thread(
                target=self._dispatch, name="daggr-nb-dispatcher", daemon=True
            )
            self._dispatcher.start()

    def _dispatch(self) -> None:
        while True:
            message = self._next_message()
            if message is None:
                return
            with self.lock:
                try:
                    message()
                except Exception:
                    logger.exception("daggr_nb's dispatcher met an error")
                self._collect_ended()
                if len(self._commit.records) >= _BATCH:
                    self.flush()

    def _next_message(self) -> Callable[[], None] | None:
        """Return the next message; what is staged is written when none comes at once."""
        if self._staged or self._commit:
            with contextlib.suppress(queue.Empty):
                return self._inbox.get(timeout=_PATIENCE if self._runs else 0)
            self.flush()
        return self._inbox.get()

    def _collect_ended(self) -> None:
        for identity, (execution, run) in list(self._runs.items()):
            if execution.ended:
                del self._runs[identity]
                self._finished.append(run)
                self.changed("run")

    def flush(self) -> None:
        """Write what is staged in one transaction, then make it visible."""
        with self.lock:
            events, self._staged = self._staged, []
            commit, self._commit = self._commit, Commit()
            finished, self._finished = self._finished, []
            commit.events = [event.as_dict() for event in events]
            if commit:
                try:
                    self._number(self.log.append(commit))
                except StoreError as error:
                    self._not_kept(error, finished)
            self.events.publish(events)
            for run in finished:
                run.finish()
            if finished:
                self.events.wake()

    def _number(self, records: Iterable[Record]) -> None:
        for record in records:
            shown = self.sheet.shown.get(record.node)
            if shown is not None and shown.id == record.id:
                self.sheet.shown[record.node] = record
                self.changed("node", record.node)

    def _not_kept(self, error: StoreError, finished: Iterable[Run]) -> None:
        logger.error("%s", error)
        self.say(str(error))
        for run in [*finished, *(run for _, run in self._runs.values())]:
            run.store_error = error

    @contextlib.contextmanager
    def _reading_store(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            self.problems = [str(error)]


def _is_initial(control: Control, held: Held) -> bool:
    try:
        return bool(digest(control.component.initial) == held.ref.digest)
    except DaggrError:
        return False
