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
from dataclasses import dataclass, replace
from typing import Any

from daggr_nb._engine.freshness.freshness import Freshness
from daggr_nb._engine.freshness.inputs import Inputs
from daggr_nb._engine.run.dispatcher import Dispatcher, Dispatching
from daggr_nb._engine.run.plan import Mode, PlannedStep, with_left
from daggr_nb._engine.run.scheduler import Execution
from daggr_nb._engine.run.services import RunCore
from daggr_nb._engine.run.slots import Slots
from daggr_nb._engine.session.run import Run
from daggr_nb._engine.session.sheet_session import Desk
from daggr_nb._engine.sheet.sheet import Sheet
from daggr_nb._engine.sheet.sheet_index import Index, SheetIndex, new_sheet_id
from daggr_nb._engine.state.events import Event, EventLog
from daggr_nb._engine.state.journal import Journal
from daggr_nb._engine.state.live import Live
from daggr_nb._engine.state.state import State, Watcher
from daggr_nb._engine.state.subscription import QUEUE, Subscription
from daggr_nb._engine.task.executors import Backend, Threads
from daggr_nb._ids import NodeId, RunId, SheetId, new_run_id
from daggr_nb._model.structure import Structure
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.store import Store
from daggr_nb.errors import InputError

logger = logging.getLogger("daggr_nb")

_BATCH = 256


@dataclass(frozen=True)
class Going:
    """A run in progress, on its sheet."""

    execution: Execution
    run: Run
    desk: Desk


_VISIT = SheetId("visit")  # the sheet that records of visitors belong to


class Session:
    """One graph at work. Make it through a ``Graph``.

    Every sheet has a state of its own; one of them is shown. Runs go on where they began.

    A ``visited`` session is that of one visitor among others: sheets begin as they are on record,
    and what becomes of them stays in memory. Records of runs are common to all.
    """

    def __init__(
        self,
        store: Store,
        backend: Backend | None = None,
        visited: bool = False,
        clock: Callable[[], float] = time.time,
        dispatching: Callable[..., Dispatching] = Dispatcher,
    ) -> None:
        self.lock = threading.RLock()
        self.closed = False
        self.log = Log(store)
        self._journal = Journal(self.log)
        self._clock = clock
        self._watchers: list[Watcher] = []
        self._slots = Slots()
        self._backend = backend or Threads()
        self._dispatcher = dispatching(self.lock, self._settle, self._crowded)
        self._visited = visited
        self._index = SheetIndex(self.log, visited)
        self.sheets = self._index.read()
        self._desks: dict[SheetId, Desk] = {}
        self.desk = self._desk_of(self.sheets.current)
        self._attached = self.state.structure
        self._runs: dict[RunId, Going] = {}
        self._deferred: list[Callable[[], None]] = []

    # -- parts that views and the public object read, under the lock

    @property
    def state(self) -> State:
        """Everything of the sheet that is shown."""
        return self.desk.state

    @property
    def events(self) -> EventLog:
        """What happened, on all sheets."""
        return self._journal.events

    @property
    def structure(self) -> Structure:
        """The graph."""
        return self.state.structure

    @property
    def sheet(self) -> Sheet:
        """Inputs and cursors."""
        return self.state.sheet

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
            self._flush()
            yield self.state

    def _flush(self) -> None:
        self.state.flush()

    # -- the graph

    def attach(self, structure: Structure) -> None:
        """Take a graph, or another version of it: inputs, cursors and history stay."""
        Slots().declare(structure.nodes.values())  # raises before anything has changed
        with self.lock, self.state.flushed():
            self._slots.declare(structure.nodes.values())
            self._attached = structure
            self.state.say("")
            self.state.attach(structure)
            self.state.changed("edited")

    def refresh_code(self, large: bool = True) -> list[NodeId]:
        """Look at all code again; mark what changed. Returns the nodes whose code changed.

        Without ``large`` data above 16 MB is not digested again, unless its name was bound again.
        """
        with self.lock, self.state.flushed():
            changed = self.state.refresh_code(large)
            if changed:
                self.state.changed("edited")
            return changed

    # -- sheets

    def use_sheet(self, name: str) -> None:
        """Show another sheet; runs of the former one go on."""
        with self.lock:
            identity = self.sheets.id_of(name)
            self.sheets = self._index.change(lambda index: replace(index, current=identity))
            self._show(identity)

    def create_sheet(self, name: str | None = None, source: str | None = None) -> str:
        """Add a sheet, empty or like ``source``; return its name."""
        with self.lock:
            self._flush()
            copied = None if source is None else self.sheets.id_of(source)
            made, identity = "", new_sheet_id()

            def add(index: Index) -> Index:
                nonlocal made
                made = index.free_name() if name is None else index.check_free(name)
                return index.with_sheet(made, identity)

            self.sheets = self._index.change(add)
            if copied is not None and self._visited:
                self._desk_of(identity, self._desk_of(copied).sheet)
            elif copied is not None:
                self.log.copy_sheet(copied, identity, self.structure.nodes)
            self.state.changed("graph")
            return made

    def rename_sheet(self, name: str, to: str) -> None:
        """Give a sheet another name; what is on record of it stays."""
        with self.lock:

            def rename(index: Index) -> Index:
                identity = index.id_of(name)
                if to == name:
                    return index
                named = index.check_free(to)
                names = {i: named if i == identity else n for i, n in index.names.items()}
                return replace(index, names=names)

            self.sheets = self._index.change(rename)
            self.state.changed("graph")

    def delete_sheet(self, name: str) -> None:
        """Take a sheet away; its neighbour is shown, and its records stay in the history."""
        with self.lock:
            identity = self.sheets.id_of(name)
            if len(self.sheets.names) == 1:
                raise InputError(f"{name!r} is the only sheet, so it stays.")
            self.sheets = self._index.change(lambda index: index.without(identity))
            self._show(self.sheets.current)
            gone = self._desks.pop(identity, None)
            for going in [g for g in self._runs.values() if gone in (g.desk, g.desk.beside)]:
                self._stop(going)

    @property
    def busy(self) -> bool:
        """Whether any run is in progress, on whatever sheet."""
        with self.lock:
            return bool(self._runs)

    def reload(self) -> None:
        """Look at the store anew: somebody has changed what is on record."""
        with self.lock:
            self.sheets = self._index.read()
            self.desk = self._desk_of(self.sheets.current)
            for desk in self._desks.values():
                with desk.state.flushed():
                    desk.sheet.shown.clear()
                    desk.state.attach(self._attached)

    def _show(self, identity: SheetId) -> None:
        self.desk = self._desk_of(identity)
        with self.state.flushed():
            if self.structure is self._attached:
                self.state.refresh_code()
            else:
                self.state.attach(self._attached)
        self.state.changed("graph")

    def _desk_of(self, identity: SheetId, like: Sheet | None = None) -> Desk:
        desk = self._desks.get(identity)
        if desk is None:
            watchers = self._watchers
            sheet = Sheet(_VISIT, kept=False, begins=identity) if self._visited else Sheet(identity)
            if like is not None:
                sheet.take_all(like)
            state = State(self._journal, sheet, self._clock, watchers)
            core = RunCore(state, self._backend, self._dispatcher, self._slots)
            desk = self._desks[identity] = Desk(state, core, self.lock)
        return desk

    def aside(self) -> Desk:
        """Return a desk beside the sheets, with the inputs and results of the one that is shown.

        Nobody sees it; nothing of it is kept but the records of its runs. They count among the runs
        of that sheet: it shows that they go on, and stopping everything stops them.
        """
        with self.lock:
            self._flush()
            shown = self.sheet
            sheet = Sheet(SheetId("aside"), kept=False)
            sheet.take_all(shown)
            state = State(self._journal, sheet, self._clock, [])
            state.attach(self._attached)
            state.watchers.append(self._heard_beside)
            core = RunCore(state, self._backend, self._dispatcher, self._slots)
            return Desk(state, core, self.lock, beside=self.desk)

    def _heard_beside(self, what: str, node: NodeId | None) -> None:
        """Tell the views of runs beside the sheet; what they show is nobody's to see."""
        if what == "run":
            for watcher in self._watchers:
                watcher("run", None)

    def say(self, notice: str) -> None:
        """Show a message on the whole canvas; empty takes it away."""
        with self.lock:
            self.state.say(notice)

    # -- runs

    def submit(
        self,
        targets: Sequence[NodeId],
        mode: Mode = "stale",
        force: bool = False,
        reason: str = "python",
        timeout: float | None = None,
        max_steps: int | None = None,
        left: Sequence[PlannedStep] = (),
        desk: Desk | None = None,
        item: str = "",
    ) -> Run:
        """Start a run and return at once. Work in progress is not started a second time.

        After ``timeout`` seconds, or instead of the evaluation after ``max_steps`` of them, the run
        is aborted. ``left`` are steps that it takes in any case. ``desk`` is by default that of the
        sheet that is shown. ``item`` is the one item of the one target that runs, or ``failed``
        for those that did; raises ``InputError`` when the others cannot be left as they are.
        """
        with self.lock:
            desk = desk or self.desk
            if item:
                desk.plan(targets, mode, force, item)  # who asked hears at once what is wrong
            execution = Execution(new_run_id(), self.structure, targets, desk.core, max_steps)
            run = Run(self, execution, desk.state, self.events.next_expected())
            going = self._runs[execution.id] = Going(execution, run, desk)
            if timeout is not None:
                self._dispatcher.later(timeout, lambda: self._out_of_time(going, timeout))

            def begin() -> None:
                try:
                    if self.log.refresh():
                        desk.state.forget_pruned()
                    steps = desk.plan(targets, mode, force, item)
                    steps = with_left(desk.inputs, steps, left) if left else steps
                except Exception as error:
                    logger.exception("daggr_nb could not plan a run")
                    execution.crash(error)
                    return
                if self._overlaps(desk, (step.node for step in steps)):
                    self._deferred.append(begin)
                elif not execution.ended:
                    execution.begin(reason, steps)

            self._dispatcher.start()
            self._dispatcher.post(begin)
            return run

    def answer(
        self, node: NodeId, value: Any, *, key: str | None = None, item: str | None = None
    ) -> Run:
        """Answer a question of a node, and go on with what waited for it.

        ``value`` is what a person means in Python: an option, a bool, a value. With the ``key`` of
        the question, it is the answer as a view sends it: the index of an option.
        Raises ``InputError`` when it is no answer, or nothing (else) is asked; the question stays.
        """
        with self.lock:
            left = self.desk.answer(node, value, key, item)
            return self.submit([step.node for step in left], reason="answer", left=left)

    def _out_of_time(self, going: Going, allowed: float) -> None:
        if not going.execution.ended:
            going.desk.core.emit("state.limit", going.execution, limit="timeout", allowed=allowed)
            self._stop(going, reason="timeout")

    def later(self, delay: float, call: Callable[[], None]) -> None:
        """Call back ``delay`` seconds from now, under the lock."""
        self._dispatcher.start()
        self._dispatcher.later(delay, call)

    def pause(self, execution: Execution) -> None:
        """Let nothing of a run start that has not started yet."""
        self._dispatcher.start()
        self._dispatcher.post(execution.pause)

    def resume(self, execution: Execution) -> None:
        """Go on with a paused run."""
        self._dispatcher.start()
        self._dispatcher.post(execution.resume)

    def _overlaps(self, desk: Desk, nodes: Iterable[NodeId]) -> bool:
        """Whether a run in progress still has to do with ``nodes`` or what feeds them."""
        runs = [going.execution for going in self._runs.values() if going.desk is desk]
        busy = {name for run in runs for name in run.steps if name not in run.endings}
        wanted = set(nodes)
        return not busy.isdisjoint({*wanted, *desk.structure.topology.ancestors(wanted)})

    def cancel(self, execution: Execution | None = None, node: NodeId | None = None) -> None:
        """Stop a run, one node of whatever run of the sheet it is in, or all runs of the sheet.

        Those beside it stop with all. Returns at once.
        """
        desk = self.desk

        def stop() -> None:
            for going in list(self._runs.values()):
                of_sheet = going.desk is desk or (node is None and going.desk.beside is desk)
                if going.execution is execution or (execution is None and of_sheet):
                    self._stop(going, node)

        self._dispatcher.start()
        self._dispatcher.post(stop)

    def _stop(self, going: Going, node: NodeId | None = None, reason: str = "cancelled") -> None:
        state = going.desk.state
        for task in going.execution.cancel(node, reason):
            state.live[task.name] = Live("stopping", task.started_at)
            state.changed("node", task.name)

    def runs(self) -> list[Execution]:
        """Return the runs in progress on the sheet that is shown or beside it, oldest first."""
        with self.lock:
            runs = self._runs.values()
            return [g.execution for g in runs if self.desk in (g.desk, g.desk.beside)]

    def results(
        self, execution: Execution, state: State, partial: bool = False
    ) -> dict[str, dict[str, Any]]:
        """Return the values that the targets of a run show now, the leaves if it had none.

        ``partial`` leaves out the nodes that show none.
        """
        with self.lock:
            inputs, structure = state.inputs, state.structure
            below = structure.topology.children
            chosen = execution.targets or {name for name in structure.nodes if not below[name]}
            found: dict[str, dict[str, Any]] = {}
            for name in structure.topology.order:
                if name in chosen and name not in inputs.skips:
                    outputs = structure.nodes[name].outputs
                    ports = [port for port in outputs if not inputs.edge_skipped(name, port)]
                    if not partial or all(inputs.shown(name, port) for port in ports):
                        found[name] = {port: inputs.value(name, port) for port in ports}
            return found

    def _crowded(self) -> bool:
        return len(self._journal.commit.records) >= _BATCH

    def _settle(self) -> None:
        """Write and publish what is staged; then let those know whose run is over."""
        self._flush()
        for identity, going in list(self._runs.items()):
            going.run.store_error = going.run.store_error or self._journal.harmed.get(identity)
            if going.execution.ended:
                del self._runs[identity]
                self._journal.harmed.pop(identity, None)
                going.desk.state.changed("run")
                going.run.finish()
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
            self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def close(self) -> None:
        """Stop what runs and let go of the store."""
        if self.closed:
            return
        for going in list(self._runs.values()):
            self.cancel(going.execution)
        self._dispatcher.stop()
        with self.lock:
            self._settle()
            if self._journal.unwritten:
                lost = len(self._journal.unwritten)
                logger.error("%d node runs could not be written, and are lost", lost)
            self._backend.stop()
            self.closed = True
            self.state.changed("closed")
            self.log.store.close()
