"""One run as a state machine: which node is ready, what came back, what follows from it.

It knows no threads, no clock and no disk. A :class:`Core` prepares nodes, starts tasks and keeps
records; the dispatcher feeds results in. All calls come from one thread.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from daggr_nb._engine.inputs import Items
from daggr_nb._engine.plan import PlannedStep
from daggr_nb._engine.sheet import Held
from daggr_nb._engine.work import Outcome, Task
from daggr_nb._ids import NodeId, RunId
from daggr_nb._model.structure import Structure
from daggr_nb._provenance.records import ErrorInfo, Record

Ending = Literal["succeeded", "partial", "failed", "aborted"]
NodeEnding = Literal["succeeded", "cached", "failed", "blocked", "cancelled"]
_BAD = frozenset({"failed", "blocked", "cancelled"})


@dataclass
class Prepared:
    """What a ready node needs: a known record, or tasks; ``items`` says how tasks make one value.

    ``whole`` stands for the node itself when its tasks are items; ``done`` are items that are known
    already, by their place among ``items``.
    """

    cached: Record | None = None
    whole: Task | None = None
    tasks: Sequence[Task] = ()
    items: Items | None = None
    done: dict[int, Record] = field(default_factory=dict)


class Core(Protocol):
    """What a run asks of its session."""

    def prepare(self, step: PlannedStep) -> Prepared: ...
    def start(self, run: Execution, task: Task) -> None: ...
    def emit(self, kind: str, run: Execution, **fields: Any) -> None: ...
    def keep(self, run: Execution, task: Task, outcome: Outcome, show: bool) -> Record: ...
    def keep_cancelled(self, run: Execution, task: Task) -> None: ...
    def gather(self, run: Execution, node: NodeRun) -> Record: ...
    def show(self, run: Execution, record: Record) -> None: ...
    def refuse(self, run: Execution, node: NodeId, error: Exception) -> Record: ...


@dataclass
class NodeRun:
    """A node within a run: what was prepared, which tasks are out, what came back."""

    step: PlannedStep
    prepared: Prepared
    out: dict[RunId, Task] = field(default_factory=dict)
    queued: int = 0
    failures: list[tuple[Task, ErrorInfo, BaseException | None]] = field(default_factory=list)
    results: dict[int, tuple[Record, Mapping[str, Held]]] = field(default_factory=dict)


class Execution:
    """A run in progress. ``ended`` is set with its terminal event, and nothing follows."""

    def __init__(
        self,
        identity: RunId,
        structure: Structure,
        targets: Iterable[NodeId],
        core: Core,
    ) -> None:
        self.id = identity
        self.targets = frozenset(targets)
        self.steps: dict[NodeId, PlannedStep] = {}
        self.begun = False
        self.endings: dict[NodeId, NodeEnding] = {}
        self.errors: dict[NodeId, tuple[ErrorInfo, BaseException | None]] = {}
        self.ended: Ending | None = None
        self.stopping = False
        self.crashed: Exception | None = None
        self._core = core
        self._topology = structure.topology
        self._nodes = structure.nodes
        self._running: dict[NodeId, NodeRun] = {}
        self._ready: collections.deque[NodeId] = collections.deque()
        self._busy = False
        self._parents: dict[NodeId, list[NodeId]] = {}
        self._waiting: dict[NodeId, int] = {}

    # -- what the dispatcher calls

    def begin(self, reason: str, steps: Sequence[PlannedStep]) -> None:
        """Start those of ``steps`` that wait for nobody."""
        self.begun = True
        self.steps = {step.node: step for step in steps}
        self._parents = {
            name: [parent for parent in self._topology.parents[name] if parent in self.steps]
            for name in self.steps
        }
        self._waiting = {name: len(parents) for name, parents in self._parents.items()}
        self._announce_run(reason)
        self._ready.extend(name for name, count in self._waiting.items() if count == 0)
        self._advance()

    def started(self, task: Task) -> bool:
        """Note that ``task`` got its slot; says whether it is still wanted."""
        node = self._running.get(task.name)
        if node is None or task.context.stop_asked:
            return False
        node.queued -= 1
        node.out[task.id] = task
        if not task.scope:
            self._announce(task)
        else:
            whole = node.prepared.whole
            assert whole is not None
            if not whole.started_at:
                whole.started_at = task.started_at
                self._announce(whole)
            self._core.emit("node.started", self, node=task.name, exec_id=task.id, scope=task.scope)
        return True

    def finished(self, task: Task, outcome: Outcome) -> None:
        """Take the outcome of a task."""
        node = self._running.get(task.name)
        if node is None or task.id not in node.out:
            return
        del node.out[task.id]
        if task.scope:
            self._item_finished(node, task, outcome)
        else:
            self._whole_finished(node, task, outcome)
        self._advance()

    def cancel(self, only: NodeId | None = None) -> list[Task]:
        """Stop everything, or one node; return the tasks that are still running somewhere."""
        if self.ended:
            return []
        if not self.begun and only is None:
            self._announce_run("python")
        if only is None:
            self.stopping = True
            self._ready.clear()
        chosen = [only] if only is not None else [n for n in self.steps if n not in self.endings]
        left: list[Task] = []
        for name in chosen:
            if name in self.endings or name not in self.steps:
                continue
            node = self._running.pop(name, None)
            if node is not None:
                left.extend(self._cancel_node(node))
            if only is not None or node is not None:
                self._core.emit("node.cancelled", self, node=name)
                self._over(name, "cancelled")
            else:
                self.endings[name] = "cancelled"
        if only is None:
            self._end("aborted")
        else:
            self._advance()
        return left

    @property
    def total(self) -> int:
        """How many nodes were planned."""
        return len(self.steps)

    def crash(self, error: Exception) -> None:
        """End at once because of a fault outside the nodes: nothing may wait for ever."""
        if not self.ended:
            self.crashed = error
            for node in self._running.values():
                self._cancel_node(node)
            self._running.clear()
            self._ready.clear()
            self.ended = "failed"
            self._core.emit("run.failed", self, error={"": str(error)})

    # -- steps

    def _announce_run(self, reason: str) -> None:
        targets = sorted(self.targets, key=self._topology.rank.__getitem__)
        self._core.emit("run.started", self, reason=reason, targets=targets)

    def _advance(self) -> None:
        """Start whatever is ready; a loop, because a chain of known results can be long."""
        if self._busy:
            return
        self._busy = True
        while self._ready:
            self._enter(self._ready.popleft())
        self._busy = False
        if not self.ended and len(self.endings) == len(self.steps):
            self._end(self._verdict())

    def _enter(self, name: NodeId) -> None:
        """All planned parents of a node are over: it is ready, or blocked by one of them."""
        bad = [parent for parent in self._parents[name] if self.endings[parent] in _BAD]
        if bad:
            self._core.emit("node.blocked", self, node=name, by=bad[0])
            self._over(name, "blocked")
            return
        self._core.emit("node.queued", self, node=name)
        try:
            prepared = self._core.prepare(self.steps[name])
        except Exception as error:  # noqa: BLE001 - a draw or a digest hook is user code
            record = self._core.refuse(self, name, error)
            assert record.error is not None
            self._fail(name, record.error, error)
            return
        if prepared.cached is not None:
            self._core.show(self, prepared.cached)
            self._core.emit("node.cached", self, node=name, record=prepared.cached.id)
            self._over(name, "cached")
            return
        node = self._running[name] = NodeRun(self.steps[name], prepared, queued=len(prepared.tasks))
        if not prepared.tasks:
            self._gathered(node)
        for task in prepared.tasks:
            self._core.start(self, task)

    def _announce(self, task: Task) -> None:
        inputs = {port: ref.value.digest for port, ref in task.refs.items()}
        self._core.emit("node.started", self, node=task.name, exec_id=task.id, inputs=inputs)

    def _whole_finished(self, node: NodeRun, task: Task, outcome: Outcome) -> None:
        record = self._core.keep(self, task, outcome, show=True)
        if outcome.error is not None:
            self._failed(node, task.id, record, outcome.error, outcome.exception)
        else:
            self._succeeded(node, task.id, record)

    def _item_finished(self, node: NodeRun, task: Task, outcome: Outcome) -> None:
        record = self._core.keep(self, task, outcome, show=False)
        if outcome.error is not None:
            node.failures.append((task, outcome.error, outcome.exception))
            self._core.emit(
                "node.failed",
                self,
                node=task.name,
                exec_id=task.id,
                scope=task.scope,
                error=outcome.error.message,
                error_type=outcome.error.type,
            )
        else:
            place = task.place
            node.results[place] = (record, outcome.outputs)
            self._core.emit(
                "node.succeeded",
                self,
                node=task.name,
                exec_id=task.id,
                scope=task.scope,
                record=record.id,
            )
        if not node.out and not node.queued:
            self._gathered(node)

    def _gathered(self, node: NodeRun) -> None:
        """All items are over: make the node's own record of them."""
        record = self._core.gather(self, node)
        whole = node.prepared.whole
        assert whole is not None
        if record.error is not None:
            exception = node.failures[0][2] if node.failures else None
            self._failed(node, whole.id, record, record.error, exception)
        else:
            self._succeeded(node, whole.id, record)

    def _succeeded(self, node: NodeRun, exec_id: RunId, record: Record) -> None:
        name = node.step.node
        self._running.pop(name, None)
        self._core.emit("node.succeeded", self, node=name, exec_id=exec_id, record=record.id)
        self._over(name, "succeeded")

    def _failed(
        self,
        node: NodeRun,
        exec_id: RunId,
        record: Record,
        error: ErrorInfo,
        exception: BaseException | None,
    ) -> None:
        self._running.pop(node.step.node, None)
        self._fail(node.step.node, error, exception, exec_id)

    def _fail(
        self,
        name: NodeId,
        error: ErrorInfo,
        exception: BaseException | None,
        exec_id: RunId | None = None,
    ) -> None:
        self.errors[name] = (error, exception)
        self._core.emit(
            "node.failed",
            self,
            node=name,
            exec_id=exec_id,
            error=error.message,
            error_type=error.type,
            traceback=error.traceback,
        )
        self._over(name, "failed")

    def _over(self, name: NodeId, ending: NodeEnding) -> None:
        self.endings[name] = ending
        for child in self._topology.children[name]:
            if child not in self.steps or child in self.endings:
                continue
            if ending not in _BAD:
                self._core.emit("edge.taken", self, node=name, target=child)
            self._waiting[child] -= 1
            if self._waiting[child] == 0 and not self.stopping:
                self._ready.append(child)

    def _cancel_node(self, node: NodeRun) -> list[Task]:
        for task in node.prepared.tasks:
            task.context.stop_asked = True
        for task in node.out.values():
            self._core.keep_cancelled(self, task)
        return list(node.out.values())

    # -- the end

    def _verdict(self) -> Ending:
        bad = {name for name, how in self.endings.items() if how in _BAD}
        if not bad:
            return "succeeded"
        if not self.errors and "cancelled" in self.endings.values():
            return "aborted"
        return "failed" if bad & self.targets else "partial"

    def _end(self, ending: Ending) -> None:
        self.ended = ending
        if ending == "aborted":
            self._core.emit("run.aborted", self, reason="cancelled")
        elif ending == "succeeded":
            self._core.emit("run.succeeded", self)
        else:
            failures = {name: error.message for name, (error, _) in self.errors.items()}
            key = "failures" if ending == "partial" else "error"
            self._core.emit(f"run.{ending}", self, **{key: failures})
