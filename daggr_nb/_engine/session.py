"""The live kernel object: a graph, a sheet, the log, and the one dispatcher that changes them.

Everything changes under ``lock``: edits from whoever makes them, results of tasks on the
dispatcher's thread.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from daggr_nb._engine.core import RunCore
from daggr_nb._engine.dispatcher import Dispatcher, Dispatching
from daggr_nb._engine.events import Event, EventLog
from daggr_nb._engine.executors import Backend, Threads
from daggr_nb._engine.freshness import Freshness
from daggr_nb._engine.inputs import Inputs
from daggr_nb._engine.live import Live
from daggr_nb._engine.plan import Mode, PlannedStep, make_plan, with_left
from daggr_nb._engine.questions import Question, chosen_task, question_of
from daggr_nb._engine.restore import lineage, settle, settle_below
from daggr_nb._engine.run import Run
from daggr_nb._engine.scheduler import Execution
from daggr_nb._engine.sheet import Held, Sheet, hold
from daggr_nb._engine.slots import Slots
from daggr_nb._engine.state import State, Watcher
from daggr_nb._engine.subscription import QUEUE, Subscription
from daggr_nb._engine.work import Task
from daggr_nb._ids import NodeId, RunId, new_run_id
from daggr_nb._model.node import Ask
from daggr_nb._model.port import Control
from daggr_nb._model.structure import Structure
from daggr_nb._provenance.log import Log
from daggr_nb._provenance.records import Record
from daggr_nb._provenance.store import Store
from daggr_nb.errors import (
    InputError,
    NotRunYet,
    UnknownNodeError,
    UnknownPortError,
    did_you_mean,
)

logger = logging.getLogger("daggr_nb")

_BATCH = 64


class Session:
    """One graph at work. Make it through a ``Graph``."""

    def __init__(
        self,
        store: Store,
        sheet: str = "Sheet 1",
        backend: Backend | None = None,
        clock: Callable[[], float] = time.time,
        dispatching: Callable[..., Dispatching] = Dispatcher,
    ) -> None:
        self.lock = threading.RLock()
        self.state = State(Log(store), Sheet(sheet), clock)
        self.closed = False
        self._dispatcher = dispatching(self.lock, self._settle, self._crowded)
        self._core = RunCore(self.state, backend or Threads(), self._dispatcher)
        self._runs: dict[RunId, tuple[Execution, Run]] = {}
        self._deferred: list[Callable[[], None]] = []

    # -- parts that views and the public object read, under the lock

    @property
    def structure(self) -> Structure:
        """The graph."""
        return self.state.structure

    @property
    def sheet(self) -> Sheet:
        """Inputs and cursors."""
        return self.state.sheet

    @property
    def log(self) -> Log:
        """What is on record."""
        return self.state.log

    @property
    def events(self) -> EventLog:
        """What happened."""
        return self.state.events

    @property
    def inputs(self) -> Inputs:
        """What feeds the nodes now."""
        return self.state.inputs

    @property
    def freshness(self) -> Freshness:
        """What is fresh, and why the rest is not."""
        return self.state.freshness

    @property
    def live(self) -> Mapping[NodeId, Live]:
        """What is at work."""
        return self.state.live

    @contextlib.contextmanager
    def reading(self) -> Iterator[State]:
        """Hold everything still to read it; what was staged is on record first."""
        with self.lock:
            self.state.flush()
            yield self.state

    # -- the graph

    def attach(self, structure: Structure) -> None:
        """Take a graph, or another version of it: inputs, cursors and history stay."""
        Slots().declare(structure.nodes.values())  # raises before anything has changed
        with self.lock, self.state.flushed():
            self._core.slots.declare(structure.nodes.values())
            self.state.say("")
            self.state.attach(structure)

    def refresh_code(self) -> list[NodeId]:
        """Look at all code again; mark what changed. Returns the nodes whose code changed."""
        with self.lock, self.state.flushed():
            changed = self.freshness.read_code(self.state.runnable())
            self.state.touch(changed)
            return changed

    # -- edits

    def set_inputs(self, values: Mapping[tuple[NodeId, str], Any]) -> None:
        """Set controls, all or none; what is not accepted is an error and changes nothing."""
        with self.lock, self.state.flushed():
            held = {}
            for (node, port), value in values.items():
                accepted = self.control(node, port).component.accept(value)
                held[node, port] = hold(accepted, self.inputs.parts, port)
            self._set(held)
            self.state.write_sheet()
            self._touch_controls(held)
            for node, port in held:
                if port == self.structure.nodes[node].selector:  # its own past comes back
                    settle(self.state, node)
                    settle_below(self.state, [node])

    def _set(self, controls: Mapping[tuple[NodeId, str], Held]) -> None:
        """Take values for controls; what a component starts with anyway is not kept."""
        for place, held in controls.items():
            if self.inputs.initial(*place).ref.digest == held.ref.digest:
                self.sheet.inputs.pop(place, None)
            else:
                self.sheet.inputs[place] = held

    def _touch_controls(self, controls: Iterable[tuple[NodeId, str]]) -> None:
        touched: dict[NodeId, None] = {}
        for node, port in controls:
            self.state.changed("input", NodeId(f"{node}\x00{port}"))
            runnable = self.structure.nodes[node].runnable
            touched |= dict.fromkeys([node] if runnable else self.state.touched_by(node))
        self.state.touch(touched)

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
            self.state.write_sheet()

    def say(self, notice: str) -> None:
        """Show a message on the whole canvas; empty takes it away."""
        with self.lock:
            self.state.say(notice)

    # -- restoring

    def select(self, record: Record) -> None:
        """Show ``record`` with its lineage: what made it above, what is known of it below."""
        with self.lock, self.state.flushed():
            if record.node not in self.structure.nodes:
                raise UnknownNodeError(
                    f"The record is of {record.node!r}, which is not in the graph any more.",
                    node=record.node,
                )
            moved, controls = lineage(self.state, record)
            for found in moved.values():
                self.state.show(found)
                self._core.questions.settled(found.node)
            if controls:
                self._set(controls)
                self.state.write_sheet()
            self.state.touch({n: None for name in moved for n in self.state.touched_by(name)})
            self._touch_controls(controls)
            settle_below(self.state, {*moved, *(node for node, _ in controls)})

    def override(self, node: NodeId, port: str, value: Any) -> Record:
        """Put ``value`` in the place of what an output shows, as a new record that can be undone.

        It stands for the result of the same inputs; what the node made stays on record beside it.
        """
        with self.lock, self.state.flushed():
            found = self.structure.node(node)
            if port not in found.outputs:
                raise UnknownPortError(
                    f"{node!r} has no output {port!r}.{did_you_mean(port, found.outputs)}",
                    node=node,
                    port=port,
                )
            before = self.sheet.shown.get(node)
            if before is None or port not in before.outputs:
                raise NotRunYet(
                    f"{node}.{port} shows nothing yet that could be edited. Run {node!r} first.",
                    node=node,
                    port=port,
                )
            component = found.outputs[port]
            shown = self.inputs.value(node, port)
            return self._core.edit(
                before, port, component.edited(shown, value) if component else value
            )

    # -- runs

    def plan(
        self, targets: Iterable[NodeId], mode: Mode = "stale", force: bool = False
    ) -> list[PlannedStep]:
        """Return what a request would run now."""
        with self.lock:
            self.refresh_code()
            return make_plan(self.inputs, self.freshness.judged, targets, mode, force)

    def submit(
        self,
        targets: Sequence[NodeId],
        mode: Mode = "stale",
        force: bool = False,
        reason: str = "python",
        timeout: float | None = None,
        max_steps: int | None = None,
        left: Sequence[PlannedStep] = (),
    ) -> Run:
        """Start a run and return at once. Work in progress is not started a second time.

        After ``timeout`` seconds, or instead of the evaluation after ``max_steps`` of them, the run
        is aborted. ``left`` are steps that it takes in any case.
        """
        with self.lock:
            execution = Execution(new_run_id(), self.structure, targets, self._core, max_steps)
            run = Run(self, execution, self.events.next_expected())
            self._runs[execution.id] = (execution, run)
            if timeout is not None:
                self._dispatcher.later(timeout, lambda: self._out_of_time(execution, timeout))

            def begin() -> None:
                try:
                    self.log.refresh()
                    steps = self.plan(targets, mode, force)
                    steps = with_left(self.inputs, steps, left) if left else steps
                except Exception as error:
                    logger.exception("daggr_nb could not plan a run")
                    execution.crash(error)
                    return
                if self._overlaps(step.node for step in steps):
                    self._deferred.append(begin)
                elif not execution.ended:
                    execution.begin(reason, steps)

            self._dispatcher.start()
            self._dispatcher.post(begin)
            return run

    # -- questions to people

    def asked(self, node: NodeId) -> list[tuple[Task, Ask]]:
        """Return what a node asks, item by item; nothing unless it waits for an answer."""
        with self.lock:
            questions = self._core.questions
            return [(task, questions.ask(task)) for task in questions.open(node)]

    def questions(self, node: NodeId) -> list[Question]:
        """Return what a node asks as people see it."""
        return [question_of(task, ask) for task, ask in self.asked(node)]

    def waiting(self) -> list[NodeId]:
        """Return the nodes that wait for an answer."""
        with self.lock:
            return [name for name in self.structure.topology.order if self.state.waits(name)]

    def answer(
        self, node: NodeId, value: Any, *, key: str | None = None, item: str | None = None
    ) -> Run:
        """Answer a question of a node, and go on with what waited for it.

        ``value`` is what a person means in Python: an option, a bool, a value. With the ``key`` of
        the question, it is the answer as a view sends it: the index of an option.
        Raises ``InputError`` when it is no answer, or nothing (else) is asked; the question stays.
        """
        with self.lock:
            asked = self._core.questions
            task = chosen_task(asked.open(node), node, key, item)
            asked.take(task, value, in_python=key is None)
            left = asked.left(node)
            targets = [node, *(step.node for step in left)]
            return self.submit(targets, reason="answer", left=[PlannedStep(node), *left])

    def _out_of_time(self, execution: Execution, allowed: float) -> None:
        if not execution.ended:
            self._core.emit("state.limit", execution, limit="timeout", allowed=allowed)
            self._stop(execution, reason="timeout")

    def pause(self, execution: Execution) -> None:
        """Let nothing of a run start that has not started yet."""
        self._dispatcher.start()
        self._dispatcher.post(execution.pause)

    def resume(self, execution: Execution) -> None:
        """Go on with a paused run."""
        self._dispatcher.start()
        self._dispatcher.post(execution.resume)

    def _overlaps(self, nodes: Iterable[NodeId]) -> bool:
        """Whether a run in progress still has to do with ``nodes`` or what feeds them."""
        going = [execution for execution, _ in self._runs.values()]
        busy = {name for run in going for name in run.steps if name not in run.endings}
        wanted = set(nodes)
        return not busy.isdisjoint({*wanted, *self.structure.topology.ancestors(wanted)})

    def cancel(self, execution: Execution | None = None, node: NodeId | None = None) -> None:
        """Stop a run, one node of whatever run it is in, or all runs. Returns at once."""

        def stop() -> None:
            chosen = [execution] if execution is not None else [e for e, _ in self._runs.values()]
            for one in chosen:
                self._stop(one, node)

        self._dispatcher.start()
        self._dispatcher.post(stop)

    def _stop(
        self, execution: Execution, node: NodeId | None = None, reason: str = "cancelled"
    ) -> None:
        for task in execution.cancel(node, reason):
            self.state.live[task.name] = Live("stopping", task.started_at)
            self.state.changed("node", task.name)

    def runs(self) -> list[Execution]:
        """Return the runs in progress, oldest first."""
        with self.lock:
            return [execution for execution, _ in self._runs.values()]

    def results(self, execution: Execution, partial: bool = False) -> dict[str, dict[str, Any]]:
        """Return the values that the targets of a run show now, the leaves if it had none.

        ``partial`` leaves out the nodes that show none.
        """
        with self.lock:
            nodes, below = self.structure.nodes, self.structure.topology.children
            chosen = execution.targets or {name for name in nodes if not below[name]}
            found: dict[str, dict[str, Any]] = {}
            for name in self.structure.topology.order:
                if name in chosen and name not in self.inputs.skips:
                    skipped = self.inputs.edge_skipped
                    ports = [port for port in nodes[name].outputs if not skipped(name, port)]
                    if not partial or all(self.inputs.shown(name, port) for port in ports):
                        found[name] = {port: self.inputs.value(name, port) for port in ports}
            return found

    def _crowded(self) -> bool:
        return len(self.state.commit.records) >= _BATCH

    def _settle(self) -> None:
        """Write and publish what is staged; then let those know whose run is over."""
        self.state.flush()
        trouble, self.state.trouble = self.state.trouble, None
        for identity, (execution, run) in list(self._runs.items()):
            run.store_error = run.store_error or trouble
            if execution.ended:
                del self._runs[identity]
                self.state.changed("run")
                run.finish()
        self.events.wake()
        deferred, self._deferred = self._deferred, []
        for begin in deferred:
            self._dispatcher.post(begin)

    # -- who listens

    def subscribe(
        self, callback: Callable[[Event], object], from_seq: int, queue: int = QUEUE
    ) -> Subscription:
        """Call ``callback`` for every event from ``from_seq`` on, on a thread of its own."""
        return Subscription(self.events, callback, from_seq, queue, self._resync)

    def _resync(self) -> dict[str, Any]:
        """Return an event that says how every node stands, for who cannot keep up."""
        with self.reading() as state:
            judged = state.freshness.judged
            nodes = {
                str(name): {"status": state.status_of(name), "freshness": judged[name].freshness}
                for name in state.structure.nodes
                if name in judged
            }
            seq = self.events.next_expected() - 1
            return {"seq": seq, "at": state.clock(), "type": "state.resync", "snapshot": nodes}

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call ``watcher(what, node)`` when something a view shows has changed; returns an end."""
        with self.lock:
            self.state.watchers.append(watcher)
        return lambda: self.state.watchers.remove(watcher)

    def close(self) -> None:
        """Stop what runs and let go of the store."""
        if self.closed:
            return
        self.cancel()
        self._dispatcher.stop()
        with self.lock:
            self._settle()
            self.closed = True
            self.state.changed("closed")
            self.log.store.close()
