"""The live kernel object: a graph, its sheets, the log, and the one dispatcher that changes them.

Everything changes under ``lock``: edits from whoever makes them, results of tasks on the
dispatcher's thread.
"""

from __future__ import annotations

import contextlib
import logging
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from daggr_nb._engine.run.dispatcher import Dispatcher, Dispatching
from daggr_nb._engine.run.slots import Slots
from daggr_nb._engine.session.autorun import Autorun
from daggr_nb._engine.session.look_ups import LookUps
from daggr_nb._engine.session.renaming import RenameQuestion, Renaming
from daggr_nb._engine.session.run import Run
from daggr_nb._engine.session.runs import ActiveRuns
from daggr_nb._engine.session.sheet_session import Engine, SheetSession
from daggr_nb._engine.session.sheets import SheetSessions
from daggr_nb._engine.sheet.visit import Visit
from daggr_nb._engine.state.changes import (
    Channel,
    Closed,
    Edited,
    NodeChanged,
    NodeRenamed,
    RunChanged,
    Watcher,
)
from daggr_nb._engine.state.events import Event
from daggr_nb._engine.state.journal import Journal
from daggr_nb._engine.state.subscription import QUEUE, Subscription
from daggr_nb._engine.task.clock import SteadyClock
from daggr_nb._engine.task.executors import Backend, Executors
from daggr_nb._ids import NodeId
from daggr_nb._interrupts import StateLock, permitting
from daggr_nb._model.structure import Structure
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.renames import Renames, rename_node
from daggr_nb._provenance.log.store import Store
from daggr_nb._provenance.log.users import Users
from daggr_nb.errors import NotForVisitorsError, RunError, StoreError

logger = logging.getLogger("daggr_nb")

_BATCH = 256


class Session:
    """One graph at work. Make it through a ``Graph``.

    ``sheets`` are what there is to see: ``current`` is the one that is shown. ``runs`` are what
    goes on; ``submit`` starts one. ``log`` is what is on record, ``events`` what happened.

    With another one ``beside`` it, it runs nodes on that one's threads and within its bounds.

    A ``visited`` session is that of one visitor among others: sheets begin as they are on record,
    and what becomes of them stays in memory. Results of runs are common to all; ``visit`` knows the
    records that the visitor may look at.
    """

    def __init__(
        self,
        store: Store,
        backend: Backend | None = None,
        visited: bool = False,
        clock: Callable[[], float] | None = None,
        dispatching: Callable[..., Dispatching] = Dispatcher,
        beside: Session | None = None,
    ) -> None:
        self.lock = StateLock()
        self.closed = False
        self.log = Log(store)
        self.renaming = Renaming(self.log)
        self.dispatcher = dispatching(self.lock, self._settle, self._crowded)
        self._journal = Journal(self.log)
        self._channel = Channel()
        store.on_waiting(self._channel.tell_waiting)
        self._engine = Engine(
            self.lock,
            self._journal,
            clock or SteadyClock(),
            beside.executors if beside is not None else Executors(backend),
            self.dispatcher,
            Slots(beside.slots.shared if beside is not None else None, self._post),
            self.renaming,
        )
        self.events = self._journal.events
        self.visit = Visit(self.log) if visited else None
        self.sheets = SheetSessions(self._engine, self._channel, self.visit)
        self.look_ups = LookUps(self._looked_up)
        self.runs = ActiveRuns(self._engine, self.sheets, self.look_ups)
        self.submit = self.runs.submit
        self.autorun: Autorun | None = None
        """What runs by itself after an edit, if anything does."""
        self._owns_executors = beside is None
        if backend is None and self._owns_executors:
            weakref.finalize(self, self._engine.executors.stop)
        self.shown: dict[str, list[Any]] = {}
        """The widgets that show it, by what they show: they go with it."""
        self.variable: Callable[[], str] = lambda: "graph"
        """What the notebook calls the graph now."""
        self._users: Users | None = None
        self._subscriptions: weakref.WeakSet[Subscription] = weakref.WeakSet()

    @property
    def executors(self) -> Executors:
        """Where nodes run."""
        return self._engine.executors

    @property
    def slots(self) -> Slots:
        """The bounds of groups of nodes."""
        return self._engine.slots

    def _post(self, message: Callable[[], None]) -> bool:
        """Run a message in a turn of its own; says whether there will be one."""
        if self.closed:
            return False
        self.later(0, message)
        return True

    def check_owner(self, deed: str) -> None:
        """Raise for a visitor who asks for what only the owner may do."""
        if self.visit is not None:
            raise NotForVisitorsError(
                f"{deed} was expected of who owns this page, and a visitor asked for it. It "
                "changes what all see: do it in the notebook."
            )

    @property
    def current(self) -> SheetSession:
        """The sheet that is shown, at work."""
        return self.sheets.current

    @contextlib.contextmanager
    def reading(self) -> Iterator[SheetSession]:
        """Hold everything still to read it; what was staged is on record first."""
        with self.lock:
            current = self.sheets.current
            current.flush()
            with permitting():
                yield current

    # -- who else is there

    def join(self, users: Users) -> None:
        """Use the store together with others, of whom a person is told."""
        self._users = users
        users.enter()
        weakref.finalize(self, users.leave)

    @property
    def notice(self) -> str:
        """What is wrong with the whole graph; empty if there is nothing."""
        return "\n".join(filter(None, [self.current.notice, *self.current.problems]))

    @property
    def remark(self) -> str:
        """What a person should know of others who use the store; empty if there is nothing."""
        return self._users.remark if self._users is not None else ""

    # -- the graph

    def attach(self, structure: Structure) -> None:
        """Take a graph, or another version of it: inputs, cursors and history stay."""
        Slots().declare(structure.nodes.values())  # raises before anything has changed
        with self.lock, self.sheets.current.flushed():
            before, code = self.current.structure, self.current.freshness.code
            gone = [name for name in self.current.runnable() if name not in structure.nodes]
            codes = {name: code(name).dependencies for name in gone}
            self._engine.slots.declare(structure.nodes.values())
            self.sheets.current.say("")
            self.sheets.attach(structure)
            if self.visit is None:
                self.renaming.attached(self.current, before, codes)
            self._channel.note(Edited())
        if self._channel.watchers:
            self.look_ups.start(structure.unknown.values())

    def rename(self, former: NodeId, latter: NodeId) -> None:
        """Let all that there is of a node be that of ``latter``, on record and on all sheets.

        Whoever calls this attaches the graph that has it under that name. Raises
        :class:`~daggr_nb.errors.RunError` while something runs.
        """
        self._rename(former, latter, self.renaming.names.renamed(former, latter))

    def take_over(self, former: NodeId, node: NodeId) -> None:
        """Let a node have all that there is of one that is gone; raises what renaming does."""
        with self.lock:
            self._rename(former, node, self.renaming.names.taken_over(former, node))
            self.attach(self.current.structure)

    def _rename(self, former: NodeId, latter: NodeId, names: Renames) -> None:
        self.check_owner("rename()")
        with self.lock:
            if self.runs.busy:
                raise RunError("A run is in progress. Wait for it or stop it, then rename.")
            self.current.flush()
            if self._journal.behind:
                raise StoreError(
                    f"{former!r} keeps its name: results that could not be written yet have to be "
                    "on record first. See what the canvas says of the store."
                )
            rename_node(self.log, former, latter, names)
            self.renaming.take(names)
            self.sheets.rename_node(former, latter)
            if self.autorun is not None:
                self.autorun.rename(former, latter)
            self._channel.note(NodeRenamed(former, latter))

    def read_names(self) -> Renames:
        """Return what is on record of names, and follow other kernels that have renamed nodes."""
        with self.lock:
            before = self.renaming.names.aliases
            names = self.renaming.read_again()
            nodes = self.current.structure.nodes
            for former, latter in reversed(names.aliases):
                if (former, latter) not in before and former in nodes and latter not in nodes:
                    self.take_renamed(NodeId(former), NodeId(latter))
            return names

    def take_renamed(self, former: NodeId, latter: NodeId) -> None:
        """Keep what this session has of a node that is called otherwise on record."""
        with self.lock:
            self.log.invalidate()
            self.sheets.rename_node(former, latter)
            self._channel.note(NodeRenamed(former, latter))

    def answer_rename(self, question: RenameQuestion, yes: bool) -> None:
        """Take over what is on record of another name, or ask for that no more."""
        if yes:
            self.take_over(question.former, question.node)
            return
        self.check_owner("rename()")
        with self.lock, self.sheets.current.flushed():
            self.renaming.note(self.renaming.names.kept_apart(question.former, question.node))
            self._channel.note(NodeChanged(question.node))

    def refresh_code(self, large: bool = True) -> None:
        """Look at all code again, as the notebook reaches it now; mark what changed.

        Without ``large`` data above 16 MB is not digested again, unless its name was bound again.
        """
        self.runs.follow()
        self.read_code(large)

    def read_code(self, large: bool = True) -> None:
        """Look at the code again that nodes have; mark what changed."""
        self.sheets.current.read_files(large)
        with self.lock, self.sheets.current.flushed():
            if self.sheets.current.refresh_code(large):
                self._channel.note(Edited())

    def look_up(self) -> None:
        """Wait for what services tell of nodes that show a result: it may be out of date."""
        with self.lock:
            unknown, shown = self.current.structure.unknown, self.current.sheet.shown
            showing = [node for name, node in unknown.items() if name in shown]
        self.look_ups.wait(showing)

    def _looked_up(self) -> None:
        if not self.closed:
            with self.lock, self.sheets.current.flushed():
                self.sheets.current.refresh_code(large=False)
                self._channel.note(Edited())  # also if only a problem has turned up

    def say(self, notice: str) -> None:
        """Show a message on the whole canvas; empty takes it away."""
        with self.lock, self.sheets.current.flushed():
            self.sheets.current.say(notice)

    def delete_sheet(self, name: str) -> None:
        """Take a sheet away, and stop what runs on it."""
        with self.lock:
            sheet = self.sheets.delete(name)
            if sheet is not None:
                self.runs.cancel_on(sheet)

    def run_after_edits(self, nodes: Sequence[NodeId] | None) -> None:
        """Bring ``nodes`` (all, if there are none) up to date after edits; ``None`` ends that."""
        with self.lock, self.sheets.current.flushed():
            if self.autorun is not None:
                self.autorun.close()
            self.autorun = None
            if nodes is not None:
                self.autorun = Autorun(nodes, self.watch, self.later, self._run_stale)
            self._channel.note(RunChanged())

    def _run_stale(self, nodes: Sequence[NodeId]) -> Run | None:
        known = [name for name in nodes if name in self.current.structure.nodes]
        if nodes and not known:
            return None
        return self.submit(known, "stale", reason="autorun")

    def later(self, delay: float, call: Callable[[], None]) -> None:
        """Call back ``delay`` seconds from now, under the lock."""
        self.dispatcher.start()
        self.dispatcher.later(delay, call)

    def _crowded(self) -> bool:
        """Whether to write now: there is much, or nothing follows that could share the write."""
        return len(self._journal.commit.records) >= _BATCH or self.runs.over

    def _settle(self) -> None:
        self.runs.settle()

    # -- who listens

    def subscribe(
        self, callback: Callable[[Event], object], from_seq: int, queue: int = QUEUE
    ) -> Subscription:
        """Call ``callback`` for every event from ``from_seq`` on, on a thread of its own."""
        subscription = Subscription(self.events, callback, from_seq, queue, self._resync)
        self._subscriptions.add(subscription)
        return subscription

    def hear_out(self, seconds: float) -> None:
        """Wait until all who listen to this closed session have heard the end of it."""
        end = time.monotonic() + seconds
        for subscription in tuple(self._subscriptions):
            subscription.join(max(0.0, end - time.monotonic()))

    def _resync(self) -> dict[str, Any]:
        """Return an event that says how every node stands, for who cannot keep up."""
        with self.reading() as current:
            judged = current.freshness.judged
            nodes = {
                str(name): {"status": current.status_of(name), "freshness": judged[name].freshness}
                for name in current.structure.nodes
                if name in judged
            }
            seq = self.events.next_expected() - 1
            return {"seq": seq, "at": current.clock(), "type": "state.resync", "snapshot": nodes}

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call ``watcher`` with what a view shows that has changed; returns an end of that."""
        with self.lock:
            self.look_ups.start(self.current.structure.unknown.values())
            self.current.publish()  # to those who watch already
            self.current.freshness.changed_edges()
            return self._channel.watch(watcher)

    def close(self) -> None:
        """Stop what runs and let go of the store; a forked process leaves both as they are."""
        if self.closed or self.lock.inherited:
            return
        self.runs.close()
        self.dispatcher.stop()
        with self.lock:
            if self.closed:  # somebody else was quicker
                return
            self.runs.settle()
            if self._journal.unwritten:
                count = len(self._journal.unwritten)
                logger.error("%d node runs could not be written, and are lost", count)
            try:
                if self._owns_executors:
                    self._engine.executors.stop()
            finally:  # an executor may be anybody's
                if self._users is not None:
                    self._users.leave()
                self.closed = True
                self._engine.slots.leave()
                self._channel.note(Closed())
                self._channel.publish()
                self.log.store.close()
                self.events.close()
