"""The runs of a session: how they start, wait for each other, stop, and are told of their end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daggr_nb._engine.run.plan import PlannedStep, with_left
from daggr_nb._engine.run.scheduler import RunState
from daggr_nb._engine.session.look_ups import LONGEST, LookUps
from daggr_nb._engine.session.run import Run
from daggr_nb._engine.session.sheet_session import Engine, SheetSession
from daggr_nb._engine.session.sheets import SheetSessions
from daggr_nb._engine.state.changes import NodeChanged, RunChanged
from daggr_nb._engine.state.events import EventLog
from daggr_nb._engine.state.live import stopping
from daggr_nb._engine.state.state import SheetState
from daggr_nb._engine.task.capture import inside
from daggr_nb._ids import NodeId, RunId, new_run_id
from daggr_nb._model.words import RunMode
from daggr_nb._provenance.secrecy import remember_environment
from daggr_nb.errors import ExecutorError, NestedRunError, RunError, log_error


@dataclass(frozen=True)
class ActiveRun:
    """A run in progress, on its sheet."""

    state: RunState
    run: Run
    sheet: SheetSession

    def of(self, sheet: SheetSession) -> bool:
        """Whether it goes on on a sheet, or beside it."""
        return sheet in (self.sheet, self.sheet.beside)


class ActiveRuns:
    """Starts runs and knows those that are not over. Runs go on where they began."""

    def __init__(self, engine: Engine, sheets: SheetSessions, look_ups: LookUps) -> None:
        self._engine = engine
        self._look_ups = look_ups
        self._sheets = sheets
        self._active: dict[RunId, ActiveRun] = {}
        self._closed = False
        self._deferred: list[tuple[Callable[[], None], Mapping[RunId, int]]] = []
        self.follow: Callable[[], object] = lambda: None
        """Lets the graph follow what became of its code; called before anybody looks at it."""

    @property
    def events(self) -> EventLog:
        """What happened, on all sheets."""
        return self._engine.journal.events

    @property
    def busy(self) -> bool:
        """Whether any run is in progress, on whatever sheet."""
        with self._engine.lock:
            return bool(self._active)

    @property
    def count(self) -> int:
        """How many runs are in progress, on whatever sheet."""
        with self._engine.lock:
            return len(self._active)

    @property
    def over(self) -> bool:
        """Whether all runs have come to their end, and those who wait are still to be told."""
        return bool(self._active) and all(each.state.ended for each in self._active.values())

    def in_sight(self) -> list[RunState]:
        """Return the runs in progress on the sheet that is shown or beside it, oldest first."""
        with self._engine.lock:
            current = self._sheets.current
            return [active.state for active in self._active.values() if active.of(current)]

    # -- starting

    def submit(
        self,
        targets: Sequence[NodeId],
        mode: RunMode = "stale",
        force: bool = False,
        reason: str = "python",
        timeout: float | None = None,
        max_steps: int | None = None,
        left: Sequence[PlannedStep] = (),
        sheet: SheetSession | None = None,
        item: str = "",
    ) -> Run:
        """Start a run and return at once. Work in progress is not started a second time.

        After ``timeout`` seconds, or instead of the evaluation after ``max_steps`` of them, the run
        is aborted. ``left`` are steps that it takes in any case. ``sheet`` is by default the one
        that is shown. ``item`` is the one item of the one target that runs, or ``failed``
        for those that did; raises ``InputError`` when the others cannot be left as they are, and
        ``RunError`` when the session is closed.
        """
        if inside() is self._engine.journal:
            raise NestedRunError(
                "A node started a run of the graph that it is part of, and would wait for itself. "
                "Feed it from the other node's port, or call that node's function."
            )
        self.follow()
        remember_environment()
        (sheet or self._sheets.current).read_files()
        with self._engine.lock:
            if self._closed:
                raise RunError(
                    "A run was asked of a graph that is closed, maybe by another Graph of its "
                    "name. Define the graph again to go on: what is on record is still there."
                )
            sheet = sheet or self._sheets.current
            if item:
                sheet.plan(targets, mode, force, item)  # who asked hears at once what is wrong
            identity = new_run_id()
            state = RunState(identity, sheet.structure, targets, sheet.services, max_steps)
            run = Run(self, state, sheet, self._engine.journal.events.next_expected())
            self._active[identity] = ActiveRun(state, run, sheet)
            sheet.runs[identity] = state
            if timeout is not None:
                self._engine.dispatcher.later(timeout, lambda: self._time_out(identity, timeout))

            def begin() -> None:
                if state.ended or state.begun:  # it was stopped while it waited for another
                    return
                try:
                    is_asked = mode != "stale" or force or item or left
                    if is_asked or not self._is_up_to_date(sheet, targets):
                        self._protect(identity, sheet)
                        steps = sheet.plan(targets, mode, force, item)
                        steps = with_left(sheet.inputs, steps, left) if left else steps
                    else:
                        steps = []
                    try:
                        sheet.services.check(steps)
                    except ExecutorError as error:
                        if error.node in sheet.structure.nodes:  # its card says so as well
                            sheet.services.refuse(state, NodeId(error.node or ""), error)
                        state.crash(error)
                        return
                    if self._overlaps(sheet, (step.node for step in steps)):
                        self._deferred.append((begin, self._left()))
                    else:
                        state.begin(reason, steps)
                except BaseException as error:  # noqa: BLE001 - digests are user code
                    log_error("daggr_nb could not begin a run", error)
                    state.crash(error)

            if self._look_ups.after(sheet.unknown_to(targets), lambda: self._post(begin)):
                self._engine.dispatcher.start()
                self._engine.dispatcher.later(LONGEST, begin)
            else:
                self._post(begin)
            return run

    def _is_up_to_date(self, sheet: SheetSession, targets: Sequence[NodeId]) -> bool:
        """Whether nothing is to be run, so that nothing need be protected from other kernels."""
        judged, topology = sheet.freshness.judged, sheet.structure.topology
        goals = targets or [name for name in topology.order if not topology.children[name]]
        return (
            all(name in judged and judged[name].freshness == "fresh" for name in goals)
            and sheet.log.is_current()
            and not sheet.plan(targets)
        )

    def _protect(self, identity: RunId, sheet: SheetSession) -> None:
        """Let no other kernel let go of what a run begins with; what is gone is shown no more."""
        shown = sheet.sheet.shown.values()
        sheet.log.in_use[identity] = tuple(record.id for record in shown)
        if sheet.log.refresh():
            self._sheets.forget_pruned(sheet)
            sheet.log.forgotten()

    def answer(
        self,
        node: NodeId,
        value: Any,
        *,
        key: str | None = None,
        item: str | None = None,
        sheet: SheetSession | None = None,
    ) -> Run:
        """Answer a question of a node, and go on with what waited for it.

        ``sheet`` is the one that it is asked on, by default the one that is shown.

        ``value`` is what a person means in Python: an option, a bool, a value. With the ``key`` of
        the question, it is the answer as a view sends it: the index of an option.
        Raises ``InputError`` when it is no answer, or nothing (else) is asked; the question stays.
        """
        with self._engine.lock:
            steps = (sheet or self._sheets.current).answer(node, value, key, item)
            nodes = [step.node for step in steps]
            return self.submit(nodes, reason="answer", left=steps, sheet=sheet)

    def _overlaps(self, sheet: SheetSession, nodes: Iterable[NodeId]) -> bool:
        """Whether a run in progress still has to do with ``nodes`` or what feeds them."""
        runs = [active.state for active in self._active.values() if active.sheet is sheet]
        busy = {name for run in runs for name in run.steps if name not in run.endings}
        planned = set(nodes)
        return not busy.isdisjoint({*planned, *sheet.structure.topology.ancestors(planned)})

    def _left(self) -> Mapping[RunId, int]:
        """Return how many nodes of each run in progress are not over."""
        runs = [active.state for active in self._active.values()]
        return {run.id: len(run.steps) - len(run.endings) for run in runs}

    # -- in between

    def pause(self, run: RunState) -> None:
        """Let nothing of a run start that has not started yet."""
        self._post(run.pause)

    def resume(self, run: RunState) -> None:
        """Go on with a paused run."""
        self._post(run.resume)

    def cancel(self, run: RunState | None = None, node: NodeId | None = None) -> None:
        """Stop a run, one node of whatever run of the sheet it is in, or all runs of the sheet.

        Those beside it stop with all. Returns at once.
        """
        sheet = self._sheets.current

        def stop() -> None:
            for active in list(self._active.values()):
                in_sight = active.sheet is sheet or (node is None and active.of(sheet))
                if active.state is run or (run is None and in_sight):
                    self._stop(active, node)

        self._post(stop)

    def cancel_all(self) -> None:
        """Stop every run, on whatever sheet. Returns at once."""
        for active in list(self._active.values()):
            self.cancel(active.state)

    def close(self) -> None:
        """Stop every run, and take no other."""
        with self._engine.lock:
            self._closed = True
        self.cancel_all()

    def cancel_on(self, sheet: SheetSession) -> None:
        """Stop the runs of a sheet that is gone, and those beside it. For holders of the lock."""
        for active in list(self._active.values()):
            if active.of(sheet):
                self._stop(active)

    def _time_out(self, identity: RunId, allowed: float) -> None:
        active = self._active.get(identity)  # by its id: a timer holds no run that is over
        if active is not None and not active.state.ended:
            fields = {"limit": "timeout", "allowed": allowed}
            active.sheet.stage("state.limit", active.state.id, fields)
            self._stop(active, reason="timeout")

    def _stop(
        self, active: ActiveRun, node: NodeId | None = None, reason: str = "cancelled"
    ) -> None:
        for task in active.state.cancel(node, reason):
            active.sheet.live[task.name] = stopping(active.sheet.live, task.name, task.started_at)
            active.sheet.channel.note(NodeChanged(task.name))

    def _post(self, message: Callable[[], None]) -> None:
        self._engine.dispatcher.start()
        self._engine.dispatcher.post(message)

    # -- the end

    def settle(self) -> None:
        """Write and publish what is staged; then let those know whose run is over."""
        for identity, active in self._active.items():
            if active.state.ended:
                active.sheet.log.in_use.pop(identity, None)
        self._sheets.current.flush()
        harmed = self._engine.journal.harmed
        for identity, active in list(self._active.items()):
            active.run.store_error = active.run.store_error or harmed.get(identity)
            if active.state.ended:
                del self._active[identity]
                active.sheet.runs.pop(identity, None)
                harmed.pop(identity, None)
                active.sheet.channel.note(RunChanged())
                active.run.finish()
            active.sheet.publish()
        self.events.wake()
        self._begin_deferred()

    def _begin_deferred(self) -> None:
        """Let those that wait for other runs look again, once these have got on."""
        if not self._deferred:
            return
        now, deferred = self._left(), self._deferred
        self._deferred = [(begin, left) for begin, left in deferred if left == now]
        for begin, left in deferred:
            if left != now:
                self._engine.dispatcher.post(begin)

    def results(
        self, run: RunState, sheet: SheetState, partial: bool = False
    ) -> dict[str, dict[str, Any]]:
        """Return the values that the targets of a run show now, the leaves if it had none.

        ``partial`` leaves out the nodes that show none.
        """
        with self._engine.lock:
            inputs, structure = sheet.inputs, sheet.structure
            below = structure.topology.children
            targets = run.targets or {name for name in structure.nodes if not below[name]}
            values: dict[str, dict[str, Any]] = {}
            for name in structure.topology.order:
                if name in targets and name not in inputs.skips:
                    outputs = structure.nodes[name].outputs
                    ports = [port for port in outputs if not inputs.edge_skipped(name, port)]
                    if not partial or all(inputs.shown(name, port) for port in ports):
                        values[name] = {port: inputs.value(name, port) for port in ports}
            return values
