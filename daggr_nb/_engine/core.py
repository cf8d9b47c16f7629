"""What runs ask of their session: prepare a node, start its tasks, keep what came of them."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from daggr_nb._engine.dispatcher import Dispatching
from daggr_nb._engine.executors import Backend, Job
from daggr_nb._engine.keys import node_key
from daggr_nb._engine.live import of
from daggr_nb._engine.plan import PlannedStep
from daggr_nb._engine.questions import Questions
from daggr_nb._engine.scatter import Items, Levels, item_value, items_of, levels, scope_of
from daggr_nb._engine.scheduler import Execution, NodeRun, Prepared
from daggr_nb._engine.sheet import Held, hold
from daggr_nb._engine.slots import Slots
from daggr_nb._engine.spoiled import Spoiled
from daggr_nb._engine.state import State, unverified
from daggr_nb._engine.work import Outcome, Task, TaskContext, describe, perform
from daggr_nb._ids import Digest, NodeId, RunId, new_run_id
from daggr_nb._model.node import AskingNode
from daggr_nb._provenance.artifacts import Parts
from daggr_nb._provenance.digest import digest
from daggr_nb._provenance.environment import environment
from daggr_nb._provenance.records import ErrorInfo, InputRef, Record, RecordStatus
from daggr_nb.errors import NotRunYet

logger = logging.getLogger("daggr_nb")

_MOST_NEWS = 10_000  # chunks of one task that may wait to be told

Results = Mapping[int, tuple[Record, Mapping[str, Any]]]


class RunCore:
    """Implements :class:`scheduler.Core` over a session's state."""

    def __init__(
        self, state: State, backend: Backend, dispatcher: Dispatching, slots: Slots
    ) -> None:
        self.state = state
        self.slots = slots
        self._backend = backend
        self._turn = dispatcher.turn
        self._post = dispatcher.post
        self._later = dispatcher.later
        self._own = threading.local()
        self._asked: dict[NodeId, tuple[Digest, list[Task]]] = {}
        self.questions = Questions(state, self.asking_tasks)
        self._spoiled = Spoiled(state)

    # -- before a run

    def prepare(self, step: PlannedStep) -> Prepared:
        """Resolve a node's inputs; return its known record, or the tasks that make a new one."""
        name, state = step.node, self.state
        state.structure.node(name)  # the graph may have been defined anew since the run began
        if state.freshness.code(name).changeable:  # a run may have changed what others captured
            state.freshness.read_code([name])
        code = state.freshness.code(name)
        skipped_by = state.inputs.skip_of(name)
        if skipped_by is not None:
            return Prepared(skipped_by=skipped_by)
        if state.asks(name):
            return self._prepare_asking(step)
        replay = None if step.explicit or step.force else state.sheet.shown.get(name)
        known = self._required(name, replay)
        reusable = not step.force and not code.volatile
        spec = state.inputs.spec(name)
        refs = {port: ref for port, ref in known.items() if ref is not None}
        complete = len(refs) == len(known)
        key = node_key(code, {port: ref.value for port, ref in refs.items()}, spec)
        found = self._known_record(name, key) if complete and reusable else None
        if found is not None:
            return Prepared(cached=found)
        held = {port: state.inputs.take(name, port, ref) for port, ref in known.items()}
        if not complete:  # something had to be drawn
            refs = {p: ref or InputRef(held[p].ref, "callable") for p, ref in known.items()}
            key = node_key(code, {port: ref.value for port, ref in refs.items()}, spec)
            found = self._known_record(name, key) if reusable else None
        if found is not None:
            return Prepared(cached=found)
        whole = self._task(name, key, held, refs)
        state.freshness.expect(name, key)
        if state.structure.depth[name] == 0:
            return Prepared(whole=whole, tasks=[whole])
        return self._scattered(whole, reusable)

    def _prepare_asking(self, step: PlannedStep) -> Prepared:
        """Split what a person is asked into questions with an answer and open ones."""
        name = step.node
        if step.explicit or step.force:
            self.questions.anew(name)
        whole = self._whole(name)
        self.state.freshness.expect(name, whole.key)
        items, tasks = self._one_by_one(whole)
        given = [task for task in tasks if self.questions.give(task)]
        found = None if given else self._known_record(name, whole.key)
        if found is not None and self.questions.stands(found):
            self.questions.settled(name)
            return Prepared(cached=found)
        known = {task.place: self.questions.known(task) for task in tasks if task not in given}
        asks = [task for task in tasks if task.place in known and known[task.place] is None]
        for task in asks:
            self.questions.ask(task)  # raises what the node cannot ask about
        return Prepared(
            whole=whole,
            tasks=given,
            items=items,
            done={place: record for place, record in known.items() if record is not None},
            asks=asks,
        )

    def asking_tasks(self, name: NodeId) -> list[Task]:
        """Return the evaluations of a node that asks, one for every question."""
        whole = self._whole(name)
        kept = self._asked.get(name)
        if kept is None or kept[0] != whole.key:
            kept = self._asked[name] = (whole.key, self._one_by_one(whole)[1])
        return kept[1]

    def _one_by_one(self, whole: Task) -> tuple[Items | None, list[Task]]:
        if self.state.structure.depth[whole.name] == 0:
            return None, [whole]
        how, items = self._items(whole)
        return items, [self._item(whole, how, items, place) for place in range(len(items.paths))]

    def _whole(self, name: NodeId) -> Task:
        """Return the evaluation of a node whose inputs are all known."""
        inputs = self.state.inputs
        refs = {port: ref for port, ref in self._required(name, None).items() if ref is not None}
        held = {port: inputs.take(name, port, ref) for port, ref in refs.items()}
        values = {port: ref.value for port, ref in refs.items()}
        key = node_key(self.state.freshness.code(name), values, inputs.spec(name))
        return self._task(name, key, held, refs)

    def _required(self, name: NodeId, record: Record | None) -> dict[str, InputRef | None]:
        """Return what feeds each input that is not skipped; ``None`` for one to be drawn."""
        found = self.state.inputs.refs_now(name, record)
        for port, known in found.items():
            if known.missing is not None:
                raise NotRunYet(
                    f"{name}.{port} needs {known.missing!r}, which has no result. "
                    "Run to here instead.",
                    node=name,
                    port=port,
                )
        return {port: known.ref for port, known in found.items()}

    def again(self, task: Task) -> Task:
        """Return the next attempt at a task; its log goes on."""
        fresh = self._task(
            task.name, task.key, task.inputs, task.refs, task.scope, task.place, task.attempt + 1
        )
        fresh.context.write(task.context.text)
        return fresh

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
        attempt: int = 1,
    ) -> Task:
        def report(what: str, fields: dict[str, Any]) -> None:
            task.news.append((what, fields))
            if len(task.news) == 1:
                self._post(functools.partial(self._report, task))
            while len(task.news) > _MOST_NEWS and not task.context.stop_asked:
                time.sleep(0.001)  # nobody can read so fast: let the dispatcher catch up

        way = self.state.inputs.alternative(name)
        code = self.state.freshness.code(name)
        context = TaskContext(next(iter(way.node.outputs), ""), report, self.state.clock)
        task = Task(
            new_run_id(),
            way,
            name,
            code,
            key,
            held,
            refs,
            context,
            self._ahead,
            scope,
            place,
            attempt,
        )
        return task

    def _ahead(self, parts: Parts) -> None:
        self.state.log.ahead(parts, self.state.commit.values)

    def _scattered(self, whole: Task, reusable: bool) -> Prepared:
        name, state = whole.name, self.state
        items, tasks = self._one_by_one(whole)
        prepared = Prepared(whole=whole, items=items)
        found = state.log.find_items({task.key for task in tasks}) if reusable else {}
        for task in tasks:
            known = found.get(task.key)
            if known is not None and state.sheet.restorable(known):
                prepared.done[task.place] = known
        prepared.tasks = [task for task in tasks if task.place not in prepared.done]
        live = of(state.live, name)
        live.items_total = len(tasks)
        live.items = {tasks[place].scope: "cached" for place in prepared.done}
        return prepared

    def _items(self, whole: Task) -> tuple[Levels, Items]:
        how = levels(self.state.structure, whole.name, self.state.inputs.into(whole.name))
        values = {port: held.value for port, held in whole.inputs.items()}
        return how, items_of(whole.name, how, values)

    def _item(self, whole: Task, how: Levels, items: Items, place: int) -> Task:
        path, held, refs = items.paths[place], {}, {}
        for port, given in whole.inputs.items():
            held[port], refs[port] = given, whole.refs[port]
            if how.by_port.get(port, 0):
                value = item_value(whole.name, port, how, items, place)
                held[port] = hold(value, self.state.commit.values, port)
                ref = refs[port]
                refs[port] = InputRef(held[port].ref, ref.source, ref.origin, ref.record)
        key = node_key(whole.code, {port: ref.value for port, ref in refs.items()}, scope="item")
        return self._task(whole.name, key, held, refs, scope_of(path), place)

    # -- during a run

    def start(self, run: Execution, task: Task) -> None:
        """Hand a task to the executor when its group has room."""

        def go() -> bool:
            task.started_at = self.state.clock()
            task.run_id = run.id
            if not run.started(task):
                return False
            self._spoiled.renew(task)
            mine = getattr(self._own, "next", None)
            if mine is not None and not mine:
                mine.append((run, task))
            else:
                self._backend.start(self._job(run, task))
            return True

        self.slots.request(task.node.limits, go)

    def _job(self, run: Execution, task: Task) -> Job:
        def done(outcome: Outcome) -> None:
            self._turn(functools.partial(self._performed, run, task, outcome))

        return Job(task, lambda: self._perform(run, task), done)

    def now(self) -> float:
        """Return the time, in seconds since the epoch."""
        return self.state.clock()

    def later(self, delay: float, call: Callable[[], None]) -> None:
        """Call back ``delay`` seconds from now, as a turn of its own."""
        self._later(delay, call)

    def emit(self, kind: str, run: Execution, **fields: Any) -> None:
        """Stage an event of a run."""
        self.state.stage(kind, run.id, fields)

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
        while task.news:
            self._report(task)
        task.over = True
        try:
            self._spoiled.note(task, outcome.spoiled)
            run.finished(task, outcome)
        except Exception as error:
            logger.exception("daggr_nb could not take in the result of %s", task.name)
            run.crash(error)
        live = self.state.live.get(task.name)
        if live is not None and live.status == "stopping":
            live.status = "cancelled"
            self.state.changed("node", task.name)
        self.slots.release(task.node.limits.group)

    def _report(self, task: Task) -> None:
        """Tell what a task has said since the last time, in its order."""
        extra: dict[str, Any] = {"scope": task.scope} if task.scope else {}
        if task.attempt != 1:
            extra["attempt"] = task.attempt
        said = False
        for _ in range(len(task.news)):
            what, fields = task.news.popleft()
            if not (task.context.stop_asked or task.over):
                said = said or what == "chunk"
                self.state.emit(
                    f"node.{what}",
                    run_id=task.run_id,
                    node=task.name,
                    exec_id=task.id,
                    **extra,
                    **fields,
                )
        if task.news:  # it goes on talking: others have their turn first
            self._post(functools.partial(self._report, task))
        if said and not task.scope:
            of(self.state.live, task.name).partial = task.context.partial
            self.state.changed("values", task.name)

    # -- after a run

    def keep(self, run: Execution, task: Task, outcome: Outcome, show: bool) -> Record:
        """Stage the record of a finished task, and show it if it is the node's own."""
        if show and isinstance(task.node, AskingNode) and outcome.error is None:
            self.questions.settled(task.name)
        self.state.commit.values.update(outcome.parts)
        if show:
            self.state.freshness.after_run(task.name, task.code)
        record = self._record(run, task, outcome)
        self._stage(record, outcome, show)
        return record

    def keep_cancelled(self, run: Execution, task: Task) -> None:
        """Stage the record of a task that was stopped; what is shown stays."""
        now = self.state.clock()
        self.state.commit.records.append(
            self._record(run, task, Outcome(task.started_at or now, now), status="cancelled")
        )

    def edit(self, before: Record, port: str, value: Any) -> Record:
        """Stage a record in which a person put ``value`` in the place of an output, and show it."""
        state, now = self.state, self.state.clock()
        held = hold(value, state.commit.values)
        loose = [] if before.unverified else [(port, held)]
        record = replace(
            before,
            id=RunId(f"{new_run_id()}-{state.commit.segment}"),
            status="succeeded",
            run=RunId(""),
            sheet=state.sheet.id,
            started_at=now,
            ended_at=now,
            outputs={**before.outputs, port: held.ref},
            logs="",
            error=None,
            unverified=before.unverified or unverified(loose),
            edited=before.id,
            index=0,
        )
        values = {p: state.sheet.value(state.log, before, p) for p in before.outputs}
        state.commit.records.append(record)
        state.emit("node.edited", node=before.node, port=port, record=record.id, of=before.id)
        state.show_new(record, {**values, port: value})
        return record

    def gather(self, run: Execution, node: NodeRun) -> tuple[Record, Outcome]:
        """Stage the record of a scattered node, made from its items."""
        whole, items = node.prepared.whole, node.prepared.items
        assert whole is not None
        assert items is not None
        results = {p: (r, self._values(r)) for p, r in node.prepared.done.items()}
        for place, (record, outputs) in node.results.items():
            results[place] = (record, {port: held.value for port, held in outputs.items()})
        self.state.freshness.after_run(whole.name, whole.code)
        outcome = self._gathered(whole, items, results, node)
        if isinstance(whole.node, AskingNode) and outcome.error is None:
            self.questions.settled(whole.name)
        record = self._record(run, whole, outcome, results)
        self._stage(record, outcome, show=True)
        return record, outcome

    def skip(self, run: Execution, node: NodeId) -> None:
        """Note that a route decided against a node, and judge what hangs on it."""
        self.state.touch(self.state.touched_by(node))
        self.state.changed("values", node)

    def parents(self, node: NodeId) -> Iterable[NodeId]:
        """Return the nodes that feed an input of a node that counts."""
        return self.state.inputs.parents(node)

    def taken(self, source: NodeId, target: NodeId) -> bool:
        """Whether any edge between two nodes carries a value."""
        edges = (e for e in self.state.inputs.into(target) if e.source == source)
        return any(not self.state.inputs.edge_skipped(source, e.source_port) for e in edges)

    def show(self, run: Execution, record: Record) -> None:
        """Show a record that is known already."""
        shown = self.state.sheet.shown.get(record.node)
        if shown is None or shown.id != record.id:
            self.state.show(record)
        self.state.touch(self.state.touched_by(record.node))

    def wait(self, run: Execution, node: NodeId, left: Sequence[PlannedStep]) -> None:
        """Note what goes on after the answer to a node's question."""
        self.questions.leave(node, left)

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
        how = whole.node.policy.on_item_error
        if node.failures and how == "raise":
            task, failed = node.failures[0]
            assert failed.error is not None
            more = f" (and {len(node.failures) - 1} more items)" if len(node.failures) > 1 else ""
            message = f"item {task.scope}{more}: {failed.error.message}"
            told = ErrorInfo(failed.error.type, message, failed.error.traceback)
            return Outcome(started, now, error=told, exception=failed.exception)
        outputs = {}
        for port in whole.node.outputs:
            values = {place: made[port] for place, (_, made) in results.items() if port in made}
            if how != "drop":
                values |= {t.place: _kept(how, failed) for t, failed in node.failures}
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
        code = task.code
        state.commit.codes[code.digest] = code
        machine, described = environment()
        state.commit.values[machine] = described
        return Record(
            id=RunId(f"{task.id}-{state.commit.segment}"),
            node=task.name,
            scope=task.scope,
            key=task.key,
            status=status or _status(outcome),
            run=run.id,
            sheet=state.sheet.id,
            started_at=outcome.started_at,
            ended_at=outcome.ended_at,
            inputs=task.refs,
            outputs={port: held.ref for port, held in outcome.outputs.items()},
            code=code.digest,
            environment=machine,
            logs=task.context.text,
            error=outcome.error or outcome.recovered,
            attempt=task.attempt,
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


def _status(outcome: Outcome) -> RecordStatus:
    if outcome.error is not None:
        return "failed"
    return "recovered" if outcome.recovered is not None else "succeeded"


def _kept(how: str, failed: Outcome) -> Any:
    """What stands in a gathered list for an item that failed."""
    if how == "keep_none" or failed.error is None:
        return None
    return {"error": failed.error.type, "message": failed.error.message}
