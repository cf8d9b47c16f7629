"""One run as a state machine: which node is ready, what came back, what follows from it.

It knows no threads, no clock and no disk. A :class:`Services` prepares nodes, starts tasks, keeps
records and calls back later; the dispatcher feeds results in. All calls come one at a time.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from daggr_nb._engine.run.plan import PlannedStep
from daggr_nb._engine.run.scatter import Items
from daggr_nb._engine.run.slots import Slots
from daggr_nb._engine.run.speaking import Speaking
from daggr_nb._engine.sheet.sheet import TrackedValue
from daggr_nb._engine.task.task import Outcome, Task
from daggr_nb._ids import NodeId, RunId
from daggr_nb._model.policy import ERROR_PORT, Policy
from daggr_nb._model.structure import Structure
from daggr_nb._model.words import NodeEnding, RunEnding
from daggr_nb._provenance.log.records import ErrorInfo, Record
from daggr_nb.errors import RunError, is_interrupt, log_error, text_of

_BAD = frozenset({"failed", "blocked", "cancelled"})
_MOST_LOSSES = 2
"""So often a task is evaluated again whose process came to an end; such a start is no retry."""


@dataclass
class Prepared:
    """What a ready node needs: a known record, or tasks; ``items`` says how tasks make one value.

    ``whole`` stands for the node itself when its tasks are items; ``done`` are items that are known
    already, by their index among ``items``; ``lost`` are items that failed before and are not tried
    again. ``skipped_by`` is the node because of which it is not
    needed at all. ``asks`` are the tasks that a person has to answer first.
    """

    cached: Record | None = None
    whole: Task | None = None
    tasks: Sequence[Task] = ()
    items: Items | None = None
    done: dict[int, Record] = field(default_factory=dict)
    lost: Sequence[tuple[Task, Record]] = ()
    asks: Sequence[Task] = ()
    skipped_by: NodeId | None = None


class Services(Protocol):
    """What a run asks of its session."""

    @property
    def slots(self) -> Slots: ...
    @property
    def prepare(self) -> Callable[[PlannedStep], Prepared]: ...
    @property
    def next_attempt(self) -> Callable[[Task], Task]: ...
    @property
    def now(self) -> Callable[[], float]: ...
    @property
    def later(self) -> Callable[[float, Callable[[], None]], None]: ...
    @property
    def stage(self) -> Callable[[str, str | None, Mapping[str, Any]], None]: ...
    def execute(self, run: RunState, task: Task) -> None: ...
    def keep(self, run: RunState, task: Task, outcome: Outcome, show: bool) -> Record: ...
    def keep_cancelled(self, run: RunState, task: Task) -> None: ...
    def linger(self, task: Task) -> None: ...
    def gather(self, run: RunState, node: NodeState) -> tuple[Record, Outcome]: ...
    def show(self, run: RunState, record: Record) -> None: ...
    def skip(self, run: RunState, node: NodeId) -> None: ...
    def parents(self, node: NodeId) -> Iterable[NodeId]: ...
    def taken(self, source: NodeId, target: NodeId) -> bool: ...
    def wait(self, run: RunState, node: NodeId, left: Sequence[PlannedStep]) -> None: ...
    def refuse(self, run: RunState, node: NodeId, error: BaseException) -> Record: ...
    def speaking(self, run: RunState) -> Speaking | None: ...


@dataclass
class NodeState:
    """A node within a run: what was prepared, which tasks are out, what came back."""

    step: PlannedStep
    prepared: Prepared
    out: dict[RunId, Task] = field(default_factory=dict)
    queued: int = 0
    failures: list[tuple[Task, Outcome]] = field(default_factory=list)
    failed: dict[int, Record] = field(default_factory=dict)
    results: dict[int, tuple[Record, Mapping[str, TrackedValue]]] = field(default_factory=dict)


class RunState:
    """A run in progress. ``ended`` is set with its terminal event, and nothing follows.

    ``max_steps`` bounds the evaluations that start, items included.
    """

    def __init__(
        self,
        identity: RunId,
        structure: Structure,
        targets: Iterable[NodeId],
        services: Services,
        max_steps: int | None = None,
    ) -> None:
        self.id = identity
        self.targets = frozenset(targets)
        self.steps: dict[NodeId, PlannedStep] = {}
        self.begun = False
        self.endings: dict[NodeId, NodeEnding] = {}
        self.errors: dict[NodeId, tuple[ErrorInfo, BaseException | None]] = {}
        self.ended: RunEnding | None = None
        self.abort_reason = ""
        self.stopping = False
        self.paused = False
        self.crashed: Exception | None = None
        self.asked: list[NodeId] = []
        self.services = services
        self._structure = structure
        self._topology = structure.topology
        self._running: dict[NodeId, NodeState] = {}
        self._ready: collections.deque[NodeId] = collections.deque()
        self._held: list[Task] = []
        self._busy = False
        self._started = 0
        self._max_steps = max_steps
        self._parents: dict[NodeId, list[NodeId]] = {}
        self._children: dict[NodeId, list[NodeId]] = {}
        self._policies: dict[NodeId, Policy] = {}
        self._waiting: dict[NodeId, int] = {}
        self._speaking: Speaking | None = None

    @property
    def total(self) -> int:
        """How many nodes were planned."""
        return len(self.steps)

    # -- what the dispatcher calls

    def begin(self, reason: str, steps: Sequence[PlannedStep]) -> None:
        """Start those of ``steps`` that wait for nobody."""
        self.steps = {step.node: step for step in steps}
        self._parents = {
            name: [parent for parent in self.services.parents(name) if parent in self.steps]
            for name in self.steps
        }
        for name, parents in self._parents.items():
            for parent in parents:
                self._children.setdefault(parent, []).append(name)
        self._waiting = {name: len(parents) for name, parents in self._parents.items()}
        self._announce_run(reason)
        if self.paused:  # while it waited for another run
            self._emit("state.paused")
        self._speaking = self.services.speaking(self)
        if self._speaking is not None:
            self._speaking.begin()
        self._ready.extend(name for name, count in self._waiting.items() if count == 0)
        self._advance()

    def _start(self, task: Task) -> None:
        """Let a task begin when its group has room."""
        self.services.slots.request(task.node.limits, lambda: self._begin_task(task))

    def _begin_task(self, task: Task) -> bool:
        """Evaluate a task that got its slot, if it is still wanted; says whether it is."""
        node = self._running.get(task.name)
        if node is None or task.context.stop_asked or self.ended:
            return False
        if self.paused:
            self._held.append(task)
            return False
        if self._max_steps is not None and self._started >= self._max_steps:
            self._emit("state.limit", limit="max_steps", allowed=self._max_steps)
            self.cancel(reason="max_steps")
            return False
        self._started += 1
        task.started_at, task.run_id = self.services.now(), self.id
        node.queued -= 1
        node.out[task.id] = task
        self._announce(node, task)
        if self._speaking is not None and not task.scope:
            self._speaking.given(task.name, task.inputs)
            task.hears = self._speaking if self._speaking.hears(task) else None
        self._watch_deadlines(task)
        self.services.execute(self, task)
        return True

    def finished(self, task: Task, outcome: Outcome) -> None:
        """Take the outcome of a task."""
        node = self._running.get(task.name)
        if node is None or task.id not in node.out:
            return
        del node.out[task.id]
        if outcome.error is not None and self._retried(node, task, outcome):
            return
        outcome = _after_policy(task, outcome)
        self._close_streams(task, outcome)
        if task.scope:
            self._item_finished(node, task, outcome)
        else:
            record = self.services.keep(self, task, outcome, show=True)
            self._node_finished(node, task.id, record, outcome)
        self._advance()

    def pause(self) -> None:
        """Let nothing new start; what runs goes on."""
        if not self.paused and not self.ended:
            self.paused = True
            if self.begun:
                self._emit("state.paused")

    def resume(self) -> None:
        """Start what the pause held back."""
        if self.paused and not self.ended:
            self.paused = False
            if not self.begun:
                return
            self._emit("state.resumed")
            held, self._held = self._held, []
            for task in held:
                self._start(task)
            self._advance()

    def cancel(self, only: NodeId | None = None, reason: str = "cancelled") -> list[Task]:
        """Stop everything, or one node; return the tasks that are still running somewhere."""
        if self.ended:
            return []
        if only is not None:
            tasks = self._cancel_node(only) if only not in self.endings else []
            self._advance()
            return tasks
        if not self.begun:
            self._announce_run(reason)
        self.abort_reason = reason
        tasks = self._stop_all()
        self._end("aborted")
        return tasks

    def crash(self, error: BaseException) -> None:
        """End at once because of a fault outside the nodes: nothing may wait for ever."""
        if not self.ended:
            self.crashed = error if isinstance(error, Exception) else _crash(error)
            try:
                self._stop_all()
            except Exception as fault:  # noqa: BLE001 - maybe the same one again
                log_error("daggr_nb could not stop what was running", fault)
            self.ended = "failed"
            self._emit("run.failed", error={"": text_of(error)})

    def _stop_all(self) -> list[Task]:
        self.stopping = True
        self._ready.clear()
        tasks = [task for name in list(self._running) for task in self._cancel_node(name)]
        self._end_others()
        return tasks

    def _emit(self, kind: str, **fields: Any) -> None:
        self.services.stage(kind, self.id, fields)

    # -- steps

    def _announce_run(self, reason: str) -> None:
        self.begun = True
        targets = sorted(self.targets, key=self._topology.rank.__getitem__)
        self._emit("run.started", reason=reason, targets=targets)

    def _advance(self) -> None:
        """Start whatever is ready; a loop, because a chain of known results can be long."""
        if self._busy or self.ended or not self.begun:
            return
        self._busy = True
        try:
            while self._ready and not self.ended:
                self._enter(self._ready.popleft())
        finally:
            self._busy = False
        if not self.ended and len(self.endings) == len(self.steps):
            self._end(self._verdict())

    def _enter(self, name: NodeId) -> None:
        """All planned parents of a node are over: it is ready, skipped, or blocked by one."""
        if name in self.endings:
            return
        bad = [parent for parent in self._parents[name] if self.endings[parent] in _BAD]
        if bad:
            self._conclude("node.blocked", name, by=bad[0])
            self._over(name, "blocked")
            return
        if any(self.endings[parent] == "waiting" for parent in self._parents[name]):
            self._over(name, "waiting")
            return
        try:
            prepared = self.services.prepare(self.steps[name])
        except BaseException as error:  # a draw or a digest hook is user code
            if is_interrupt(error):
                raise
            self._emit("node.queued", node=name)
            record = self.services.refuse(self, name, error)
            assert record.error is not None
            self._fail(name, record.error, error)
            return
        if prepared.skipped_by is not None:
            self.services.skip(self, name)
            self._conclude("node.skipped", name, by=prepared.skipped_by)
            self._over(name, "skipped")
            return
        if self._speaking is not None:
            self._speaking.entered(name)
        self._emit("node.queued", node=name)
        if prepared.cached is not None:
            self.services.show(self, prepared.cached)
            self._conclude("node.cached", name, record=prepared.cached.id)
            self._over(name, "cached")
            return
        if prepared.whole is not None:
            self._policies[name] = prepared.whole.node.policy
        node = self._running[name] = NodeState(
            self.steps[name], prepared, queued=len(prepared.tasks)
        )
        for task, record in prepared.lost:
            node.failures.append((task, Outcome.of(record)))
            node.failed[task.index] = record
        if not prepared.tasks:
            self._gathered(node)
        for task in prepared.tasks:
            self._start(task)

    def _announce(self, node: NodeState, task: Task) -> None:
        whole = node.prepared.whole
        assert whole is not None
        if not whole.started_at or whole is task:
            whole.started_at = task.started_at
            inputs = {port: ref.value.digest for port, ref in whole.refs.items()}
            self._emit_of("node.started", whole, inputs=inputs)
        if whole.scope != task.scope:
            self._emit_of("node.started", task)

    def _emit_of(self, kind: str, task: Task, **fields: Any) -> None:
        """Emit an event of one evaluation."""
        if task.scope:
            fields["scope"] = task.scope
        if task.attempt != 1:
            fields["attempt"] = task.attempt
        self._emit(kind, node=task.name, exec_id=task.id, **fields)

    # -- time

    def _watch_deadlines(self, task: Task) -> None:
        policy = task.node.policy
        if policy.timeout is not None:
            self.services.later(policy.timeout, lambda: self._timed_out(task, "timeout"))
        if policy.idle_timeout is not None:
            self._watch_idle(task, policy.idle_timeout)

    def _watch_idle(self, task: Task, limit: float) -> None:
        def look() -> None:
            remaining = max(task.started_at, task.context.last_sign) + limit - self.services.now()
            if remaining <= 0:
                self._timed_out(task, "idle_timeout")
            elif task.id in self._out(task):
                self.services.later(remaining, look)

        self.services.later(limit, look)

    def _out(self, task: Task) -> Mapping[RunId, Task]:
        node = self._running.get(task.name)
        return node.out if node is not None else {}

    def _timed_out(self, task: Task, limit: str) -> None:
        """End an evaluation that took too long; its thread keeps its slot until it really ends."""
        if task.id not in self._out(task):
            return
        task.context.stop()
        seconds = getattr(task.node.policy, limit)
        what = "no result" if limit == "timeout" else "no sign"
        error = TimeoutError(f"{what} within {seconds:g} s ({limit})")
        self._emit("state.limit", node=task.name, limit=limit, allowed=seconds)
        info = ErrorInfo("TimeoutError", str(error), f"TimeoutError: {error}\n")
        started = task.started_at
        self.services.linger(task)
        self.finished(task, Outcome(started, started + seconds, error=info, exception=error))

    def _retried(self, node: NodeState, task: Task, outcome: Outcome) -> bool:
        policy = task.node.policy
        if outcome.contested:
            self._again_alone(node, task, outcome)
            return True
        kind = type(outcome.exception)  # what its class property says is foreign code
        is_lost = outcome.lost and task.losses < _MOST_LOSSES
        tried = task.attempt - task.losses
        if not is_lost and (tried > policy.retries or not issubclass(kind, policy.retry_on)):
            return False
        again = self.services.next_attempt(task)
        again.losses = task.losses + is_lost
        assert outcome.error is not None
        again.context.write(
            f"attempt {task.attempt} failed: {outcome.error.type}: {outcome.error.message}\n"
        )
        delay = 0.0 if is_lost else policy.retry_delay
        reason = {"reason": "lost"} if is_lost else {}
        self._emit_of("node.retry", again, delay=delay, error=outcome.error.message, **reason)
        self._take_the_place(node, task, again)
        self.services.later(delay, lambda: self._start(again))
        return True

    def _again_alone(self, node: NodeState, task: Task, outcome: Outcome) -> None:
        """Evaluate a task again on copies: somebody who had its inputs too may have changed them.

        If its copies change as well, it was the task itself.
        """
        again = self.services.next_attempt(task)
        again.attempt, again.losses, again.alone = task.attempt, task.losses, True
        ports = ", ".join(outcome.mutated)
        again.context.write(f"{ports} changed in place while it ran; it runs again on a copy\n")
        self._take_the_place(node, task, again)
        self.services.later(0.0, lambda: self._start(again))

    def _take_the_place(self, node: NodeState, task: Task, again: Task) -> None:
        node.queued += 1
        if not task.scope:
            node.prepared.whole = again
        node.prepared.tasks = [*(t for t in node.prepared.tasks if t is not task), again]
        if self._speaking is not None and not task.scope:
            self._speaking.retried(again)

    # -- results

    def _close_streams(self, task: Task, outcome: Outcome) -> None:
        status = "failed" if outcome.error is not None else "succeeded"
        for port in task.context.streams:
            self._emit_of("node.stream_end", task, port=port, status=status)

    def _item_finished(self, node: NodeState, task: Task, outcome: Outcome) -> None:
        record = self.services.keep(self, task, outcome, show=False)
        if outcome.error is not None:
            node.failures.append((task, outcome))
            node.failed[task.index] = record
            error = outcome.error
            self._emit_of("node.failed", task, error=error.message, error_type=error.type)
        else:
            node.results[task.index] = (record, outcome.outputs)
            if self._speaking is not None:
                self._speaking.said_item(task)
            self._emit_of("node.succeeded", task, record=record.id)
        if not node.out and not node.queued:
            self._gathered(node)

    def _gathered(self, node: NodeState) -> None:
        """All items are over: make the node's own record of them, unless some wait."""
        if node.prepared.asks and not node.failures:
            self._running.pop(node.step.node)
            for task in node.prepared.asks:
                self._emit_of("node.waiting", task)
            self.asked.append(node.step.node)
            self._over(node.step.node, "waiting")
            return
        whole = node.prepared.whole
        assert whole is not None
        record, outcome = self.services.gather(self, node)
        self._node_finished(node, whole.id, record, outcome)

    def _node_finished(
        self, node: NodeState, exec_id: RunId, record: Record, outcome: Outcome
    ) -> None:
        name = node.step.node
        self._running.pop(name, None)
        if outcome.error is not None:
            self._fail(name, outcome.error, outcome.exception, exec_id)
        elif outcome.recovered is not None:
            self.errors[name] = (outcome.recovered, outcome.exception)
            strategy = "route" if self._policy(name).on_error == "route" else "default"
            self._conclude(
                "node.recovered",
                name,
                exec_id=exec_id,
                strategy=strategy,
                record=record.id,
                error=outcome.recovered.message,
            )
            self._over(name, "recovered", exec_id)
        else:
            self._conclude("node.succeeded", name, exec_id=exec_id, record=record.id)
            self._over(name, "succeeded", exec_id)

    def _policy(self, name: NodeId) -> Policy:
        return self._policies.get(name) or self._structure.nodes[name].policy

    def _fail(
        self,
        name: NodeId,
        error: ErrorInfo,
        exception: BaseException | None,
        exec_id: RunId | None = None,
    ) -> None:
        self.errors[name] = (error, exception)
        identity = {"exec_id": exec_id} if exec_id else {}
        self._conclude(
            "node.failed",
            name,
            error=error.message,
            error_type=error.type,
            traceback=error.traceback,
            **identity,
        )
        self._over(name, "failed", exec_id)
        if self._policy(name).on_error == "fail_fast":
            self._ready.clear()
            for other in list(self._running):
                self._cancel_node(other)
            self._end_others()

    def _end_others(self) -> None:
        """Give up what has not begun."""
        self._end_speech()
        for name in self.steps:
            self.endings.setdefault(name, "cancelled")

    def _end_speech(self) -> None:
        """End what templates are saying, which is kept."""
        for name in self._speaking.abort() if self._speaking is not None else ():
            self._emit("node.cancelled", node=name)

    def _conclude(self, kind: str, name: NodeId, **fields: Any) -> None:
        """Emit the terminal event of a node, after what there is left to say of it."""
        if self._speaking is not None:
            self._speaking.conclude(name, kind)
        self._emit(kind, node=name, **fields)

    def _over(self, name: NodeId, ending: NodeEnding, exec_id: RunId | None = None) -> None:
        self.endings[name] = ending
        for child in self._children.get(name, ()):
            if child in self.endings:
                continue
            if ending not in _BAD and ending != "waiting":
                is_taken = ending != "skipped" and self.services.taken(name, child)
                kind = "edge.taken" if is_taken else "edge.skipped"
                self._emit(kind, node=name, target=child)
            self._waiting[child] -= 1
            if self._waiting[child] == 0 and not self.stopping:
                self._ready.append(child)
        if self._speaking is not None and not self.stopping:
            self._speaking.over(name, ending, exec_id)

    def _cancel_node(self, name: NodeId) -> list[Task]:
        node = self._running.pop(name, None)
        tasks = self._stop_tasks(node) if node is not None else []
        for task in tasks:
            for port in task.context.streams:
                self._emit_of("node.stream_end", task, port=port, status="aborted")
        if name in self.steps:
            self._conclude("node.cancelled", name)
            self._over(name, "cancelled")
        return tasks

    def _stop_tasks(self, node: NodeState) -> list[Task]:
        for task in node.prepared.tasks:
            task.context.stop()
        for task in node.out.values():
            self.services.keep_cancelled(self, task)
        return list(node.out.values())

    # -- the end

    def _verdict(self) -> RunEnding:
        bad = {name for name, how in self.endings.items() if how in _BAD}
        fast = any(
            how == "failed" and self._policy(name).on_error == "fail_fast"
            for name, how in self.endings.items()
        )
        if self.asked and not (fast or bad & self.targets):
            return "paused"
        if not bad:
            return "partial" if self.errors else "succeeded"
        if not self.errors and "cancelled" in self.endings.values():
            self.abort_reason = "cancelled"
            return "aborted"
        return "failed" if bad & self.targets or fast else "partial"

    def _end(self, ending: RunEnding) -> None:
        if ending != "paused":  # then those that wait for a person stand as far as they came
            self._end_speech()
        self.ended = ending
        for name in self.asked:
            self.services.wait(self, name, self._left_by(name))
        if ending == "aborted":
            self._emit("run.aborted", reason=self.abort_reason)
        elif ending == "succeeded":
            self._emit("run.succeeded")
        elif ending == "paused":
            reasons = [{"node": name, "waits_for": "answer"} for name in self.asked]
            self._emit("run.paused", reasons=reasons)
        else:
            failures = {name: error.message for name, (error, _) in self.errors.items()}
            key = "failures" if ending == "partial" else "error"
            self._emit(f"run.{ending}", **{key: failures})

    def _left_by(self, asked: NodeId) -> list[PlannedStep]:
        """Return the steps below a question, which go on after its answer."""
        below = {asked}
        for name, parents in self._parents.items():
            if not below.isdisjoint(parents):
                below.add(name)
        return [step for name, step in self.steps.items() if name in below and name != asked]


def _crash(error: BaseException) -> RunError:
    """Return what is raised in place of an error that would end the program."""
    crash = RunError(f"The run came to an end: {type(error).__name__}: {text_of(error)}")
    crash.__cause__ = error
    return crash


def _after_policy(task: Task, outcome: Outcome) -> Outcome:
    """Return what counts once no retry is left: the failure, or what stands in for it."""
    policy, ports = task.node.policy, task.node.outputs
    if outcome.error is None:
        return outcome
    if policy.default:
        try:
            return outcome.recovered_with(dict.fromkeys(ports, policy.default[0]), ports)
        except BaseException as fault:  # a digest hook is user code
            if is_interrupt(fault):
                raise
            return outcome
    if policy.on_error == "route" and not task.scope:
        error = outcome.error
        description = {"type": error.type, "message": error.message, "traceback": error.traceback}
        return outcome.recovered_with({ERROR_PORT: description}, ports)
    return outcome
