"""The sheets of a session at work: which there are, and which one is shown."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from daggr_nb._engine.session.sheet_session import Engine, SheetSession
from daggr_nb._engine.sheet.sheet import Sheet
from daggr_nb._engine.sheet.sheet_index import Index, SheetIndex, new_sheet_id
from daggr_nb._engine.sheet.visit import Visit, new_visit_sheet
from daggr_nb._engine.state.changes import Change, Channel, RunChanged, SheetChanged
from daggr_nb._ids import NodeId, SheetId
from daggr_nb._model.conversing import ConversingNode
from daggr_nb._model.node import AskingNode, Node
from daggr_nb._model.structure import Structure, build
from daggr_nb.errors import InputError, NotForVisitorsError

_MOST_SHEETS = 20  # that a visitor may add
_MOST_IDLE = 8


class SheetSessions:
    """Every sheet has a state of its own; one of them is ``current``: views show it.

    In a ``visit`` sheets begin as they are on record, and what becomes of them stays in memory.
    A visitor adds sheets, and renames and deletes these; those on record stay as they are.
    Changed under the session's lock.
    """

    def __init__(self, engine: Engine, channel: Channel, visit: Visit | None) -> None:
        self._engine = engine
        self._channel = channel
        self._visit = visit
        self._added: set[SheetId] = set()
        self._on_record = SheetIndex(engine.journal.log, visit is not None)
        self._at_work: dict[SheetId, SheetSession] = {}
        self._structure = build(())
        self._idle: list[SheetSession] = []
        self._lent: weakref.WeakKeyDictionary[SheetSession, tuple[NodeId, ...]] = (
            weakref.WeakKeyDictionary()
        )
        self.index = self._on_record.read()
        """The names of the sheets by id, and which one is shown."""
        self.current = self._at(self.index.current)
        self.current.channel = channel

    def __iter__(self) -> Iterator[SheetSession]:
        return iter(list(self._at_work.values()))

    @property
    def fixed(self) -> list[str]:
        """The names of the sheets that are not to be renamed or deleted: a visitor adds others."""
        if self._visit is None:
            return []
        return [name for identity, name in self.index.names.items() if identity not in self._added]

    def attach(self, structure: Structure) -> None:
        """Take a graph, or another version of it; the other sheets take it when they are shown."""
        self.current.attach(structure)
        self._structure = structure
        self._forget_idle()

    def use(self, name: str) -> None:
        """Show another sheet; runs of the former one go on."""
        with self._engine.lock:
            self._change(lambda index: index.showing(index.id_of(name)))
            self._show(self.index.current)

    def create(self, name: str | None = None, source: str | None = None) -> str:
        """Add a sheet, empty or like ``source``; return its name."""
        with self._engine.lock, self.current.flushed():
            self.current.flush()
            identity, copied = new_sheet_id(), SheetId("")
            log, nodes = self._engine.journal.log, self.current.structure.nodes
            if self._visit is not None and len(self._added) >= _MOST_SHEETS:
                raise NotForVisitorsError(
                    f"A visitor may add {_MOST_SHEETS} sheets, and these are there. Delete one."
                )

            def add(index: Index) -> Index:
                nonlocal copied
                copied = copied if source is None else index.id_of(source)
                title = index.free_name() if name is None else index.check_free(name)
                return index.with_sheet(title, identity)

            def copy() -> None:
                if copied:
                    log.copy_sheet(copied, identity, nodes)

            self._change(add, copy)
            self._added.add(identity)
            if copied and self._visit is not None:
                self._at(identity, self._at(copied).sheet)
            self.current.channel.note(SheetChanged())
            return self.index.names[identity]

    def rename(self, name: str, to: str) -> None:
        """Give a sheet another name; what is on record of it stays."""

        def rename(index: Index) -> Index:
            identity = index.id_of(name)
            if to == name:
                return index
            self._check_own(identity, name)
            title = index.check_free(to)
            names = {i: title if i == identity else n for i, n in index.names.items()}
            return replace(index, names=names)

        with self._engine.lock, self.current.flushed():
            self._change(rename)
            self.current.channel.note(SheetChanged())

    def delete(self, name: str) -> SheetSession | None:
        """Take a sheet away; its neighbour is shown. Return it, if anything was done on it.

        Its records stay in the history; whoever calls this stops its runs.
        """
        with self._engine.lock:
            identity = SheetId("")

            def remove(index: Index) -> Index:
                nonlocal identity
                identity = index.id_of(name)
                if len(index.names) == 1:
                    raise InputError(f"{name!r} is the only sheet, so it stays.")
                self._check_own(identity, name)
                return index.without(identity)

            self._change(remove, lambda: self._engine.journal.log.remove_sheet(identity))
            self._added.discard(identity)
            self._show(self.index.current)
            return self._at_work.pop(identity, None)

    def _check_own(self, identity: SheetId, name: str) -> None:
        if self._visit is not None and identity not in self._added:
            raise NotForVisitorsError(
                f"A visitor may change sheets of the visit, and {name!r} is on record. "
                "Duplicate it, and change the copy."
            )

    def _change(
        self, change: Callable[[Index], Index], more: Callable[[], None] | None = None
    ) -> None:
        """Change which sheets there are, on record first; other kernels change that, too."""
        self.index = self._on_record.change(self.index.current, change, more)

    def reload(self) -> None:
        """Look at the store anew: somebody has changed what is on record."""
        with self._engine.lock:
            self.index = self._on_record.read().showing(self.index.current)
            self._forget_idle()
            self._show(self.index.current)
            for each in self:
                with each.flushed():
                    each.sheet.shown.clear()
                    each.attach(self._structure)

    def at(self, identity: SheetId) -> SheetSession:
        """Return a sheet of the graph at work, whether it is the one that is shown or not."""
        with self._engine.lock:
            sheet = self._at(identity)
            if sheet.structure is not self._structure:
                sheet.attach(self._structure)
            return sheet

    def aside(self, anew: Collection[NodeId] | None = None) -> SheetSession:
        """Return a sheet beside the others, with inputs and results of the one that is shown.

        With ``anew`` it has those nodes of the graph alone, which have all that feeds them; inputs
        are what components begin with, and nothing is shown. Nobody sees it;
        nothing of it is kept but the records of its runs. They count among the runs of that sheet:
        it shows that they go on, and stopping everything stops them.
        """
        with self._engine.lock:
            self.current.flush()
            identity = SheetId("aside") if self._visit is None else self.current.sheet.id
            sheet = Sheet(identity, kept=False, visit=self._visit)
            structure = self._structure
            if anew is None:
                sheet.take_all(self.current.sheet)
            else:
                structure = structure.restricted(anew)
            silent = Channel()
            aside = SheetSession(sheet, self._engine, silent, beside=self.current)
            aside.attach(structure)
            silent.watch(self._tell_of_runs)
            return aside

    def borrow(self, nodes: Sequence[NodeId]) -> SheetSession:
        """Return a sheet aside of these nodes for one run; :meth:`give_back` keeps it for another.

        It shows what is on record for the nodes that runs before it have met, so that they need
        not be looked up again.
        """
        with self._engine.lock:
            names = tuple(nodes)
            for idle in reversed(self._idle):
                if self._lent[idle] == names:
                    self._idle.remove(idle)
                    idle.beside = self.current
                    return idle
            sheet = self.aside(anew=nodes)
            if not any(map(_remembers, sheet.structure.nodes.values())):
                self._lent[sheet] = names
            return sheet

    def give_back(self, sheet: SheetSession) -> None:
        """Take back a sheet that was borrowed, after a run that went well."""
        with self._engine.lock:
            if sheet in self._lent:
                sheet.rest()
                self._idle.append(sheet)
                del self._idle[:-_MOST_IDLE]

    def rename_node(self, former: NodeId, latter: NodeId) -> None:
        """Keep what there is of a node under another name."""
        self._forget_idle()
        for sheet in self:
            sheet.rename(former, latter)

    def _forget_idle(self) -> None:
        """Let go of borrowed sheets: they may show what is no more."""
        self._idle.clear()
        self._lent.clear()

    def forget_pruned(self, beside: SheetSession) -> None:
        """Show nothing where somebody has let go of what was shown; ``beside`` is another sheet."""
        self._forget_idle()
        for each in {*self, beside}:
            each.forget_pruned()

    def _tell_of_runs(self, changes: Sequence[Change]) -> None:
        """Tell the views of runs beside the sheet; what they show is nobody's to see."""
        if RunChanged() in changes:
            self._channel.note(RunChanged())
            self._channel.publish()

    def _show(self, identity: SheetId) -> None:
        former, self.current = self.current, self._at(identity)
        former.channel, self.current.channel = Channel(), self._channel
        with self.current.flushed():
            if self.current.structure is self._structure:
                self.current.refresh_code()
            else:
                self.current.attach(self._structure)
            self._channel.note(SheetChanged())

    def _at(self, identity: SheetId, like: Sheet | None = None) -> SheetSession:
        at_work = self._at_work.get(identity)
        if at_work is None:
            sheet = self._sheet(identity)
            if like is not None:
                sheet.take_all(like)
            at_work = self._at_work[identity] = SheetSession(sheet, self._engine, Channel())
        return at_work

    def _sheet(self, identity: SheetId) -> Sheet:
        """Return a sheet as it begins; that of a visitor is on record nowhere."""
        if self._visit is None:
            return Sheet(identity)
        return Sheet(new_visit_sheet(), kept=False, visit=self._visit, begins=identity)


def _remembers(node: Node) -> bool:
    """Whether what a node showed before decides what it shows next."""
    return isinstance(node, (AskingNode, ConversingNode)) or bool(node.selector)
