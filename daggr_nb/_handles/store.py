"""What a person does with everything recorded of a graph: look at its size, keep, take along."""

from __future__ import annotations

import os
import pathlib

from daggr_nb._engine.session.session import Session
from daggr_nb._handles.history import NodeRun
from daggr_nb._model.node import Node
from daggr_nb._provenance.log import export, labels, prune
from daggr_nb._provenance.log.export import MAX_BYTES, TransferCount
from daggr_nb._provenance.log.prune import PruneResult
from daggr_nb.errors import RunError, StoreError


class Archive:
    """All records of a graph, on all its sheets: ``graph.store``."""

    def __init__(self, session: Session, key: str, name: str) -> None:
        self._session = session
        self._about = {"graph": key, "name": name}

    @property
    def folder(self) -> pathlib.Path | None:
        """Where the records are; ``None`` when they are in memory only."""
        return self._session.log.store.folder

    @property
    def size(self) -> int:
        """How much is kept, in bytes."""
        with self._session.reading():
            return self._session.log.store.size()

    @property
    def ask_above(self) -> int:
        """How many bytes of a result are stored unasked, by default 4 GB or
        ``DAGGR_NB_ASK_ABOVE``. What has more is kept in memory, a file where it is; the card says
        so, and :meth:`keep` stores it.
        """
        return self._session.log.asks.size

    @ask_above.setter
    def ask_above(self, size: int) -> None:
        self._session.check_owner("ask_above")
        self._session.log.asks.set(size)

    def keep(self, node: Node | str) -> NodeRun:
        """Store what a node shows and was too large to be stored unasked; return that run.

        Raises :class:`~daggr_nb.errors.NotRunYet` when it shows nothing.
        """
        self._session.check_owner("keep()")
        sheet = self._session.current
        name = sheet.structure.name_of(node)
        return NodeRun(sheet.store(name).id, self._session.log)

    def prune(self, keep: int = 20) -> PruneResult:
        """Let go of old records; the newest ``keep`` of every node and item stay.

        So does what a sheet shows, what is starred, and everything that led to a record that
        stays. Nothing is ever let go of but by this call. Raises
        :class:`~daggr_nb.errors.RunError` while something runs.
        """
        if isinstance(keep, bool) or not isinstance(keep, int) or keep < 0:
            raise StoreError(f"prune(keep=) expected a number from 0, got {keep!r}.")
        self._session.check_owner("prune()")
        with self._session.reading():
            if self._session.runs.busy:
                raise RunError("A run is in progress. Wait for it or stop it, then prune.")
            result = prune.prune(self._session.log, keep, self._session.sheets.index.names)
            self._session.sheets.reload()
            return result

    def export(self, path: str | os.PathLike[str]) -> TransferCount:
        """Write everything into a new ``.zip`` or a new folder, to take it elsewhere.

        Raises :class:`~daggr_nb.errors.StoreError` when ``path`` is there already.
        """
        self._session.check_owner("export()")
        with self._session.reading():
            log = self._session.log  # what was staged is on record now
        return export.export(log, pathlib.Path(path), self._about)

    def load(self, path: str | os.PathLike[str], max_bytes: int = MAX_BYTES) -> TransferCount:
        """Add the records that :meth:`export` wrote somewhere; what is here already stays.

        Nothing of it is executed: a value that could run code (a pickle) is refused when it is
        asked for, unless this user wrote it. Into an empty store the sheets come along.

        Raises :class:`~daggr_nb.errors.StoreError` for what holds more than ``max_bytes``, packed
        or not, and for a folder with links in it; nothing is loaded then.
        """
        self._session.check_owner("load()")
        log = self._session.log
        with export.staged(log, pathlib.Path(path), max_bytes) as add, self._session.reading():
            count = add()
            self._session.sheets.reload()
            return count

    def star(self, node_run: NodeRun, on: bool = True) -> None:
        """Mark a record as one to keep, or no longer."""
        self._session.check_owner("star()")
        with self._session.reading():
            prune.star(self._session.log, node_run.id, on)

    def label(self, node_run: NodeRun, text: str) -> None:
        """Give a record a short name of yours, its ``label`` from then on; "" takes it away.

        Raises :class:`~daggr_nb.errors.StoreError` for what is no text, or has more than 200
        characters.
        """
        self._session.check_owner("label()")
        with self._session.reading():
            labels.label(self._session.log, node_run.id, text)

    @property
    def starred(self) -> list[NodeRun]:
        """The records that are marked, in the order in which they were."""
        log = self._session.log
        with self._session.reading():
            return [NodeRun(i, log) for i in prune.stars(log) if log.has(i)]

    def __repr__(self) -> str:
        where = self.folder or "in memory"
        return f"<Archive of {self._about['name']!r}: {self.size / 1e6:.1f} MB, {where}>"
