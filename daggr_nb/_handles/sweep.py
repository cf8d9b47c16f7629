"""Many combinations of inputs, run side by side, as a table."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Literal

from daggr_nb._engine.session.run import Run
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._handles.history import NodeRun
from daggr_nb._handles.inputs import Inputs
from daggr_nb._handles.tables import cells, table
from daggr_nb._ids import NodeId
from daggr_nb._model.policy import ONE_AT_A_TIME
from daggr_nb._provenance.log import sweeps
from daggr_nb._provenance.log.sweeps import NodeSweep, SweepPlace
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import is_hidden
from daggr_nb._text import brief
from daggr_nb.errors import DaggrError, InputError, is_interrupt

Pairing = Literal["product", "zip"]


@dataclass(frozen=True)
class SweepRow:
    """One combination: its ``inputs``, how the run ended (``status``), and the ``records`` that the
    targets showed at its end, by node; ``error`` says what went wrong."""

    inputs: Mapping[str, Any]
    status: str
    records: Mapping[str, NodeRun] = field(default_factory=dict)
    error: str | None = None

    @property
    def outputs(self) -> dict[str, Any]:
        """The values of the targets by ``node.port``."""
        return {
            f"{name}.{port}": value
            for name, run in self.records.items()
            if run.status == "succeeded"
            for port, value in run.outputs.items()
        }


class Sweep(Sequence[SweepRow]):
    """The combinations of a sweep, in their order; a table as the last expression of a cell.

    A row leads to its records: ``graph.select(sweep[0].records["draft"])`` shows it on the canvas.
    """

    def __init__(self, rows: Iterable[SweepRow]) -> None:
        self._rows = list(rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return a dict for every row: inputs, outputs, ``status``, ``error`` and ``records``."""
        return [
            {
                **row.inputs,
                **row.outputs,
                "status": row.status,
                "error": row.error,
                "records": row.records,
            }
            for row in self
        ]

    def to_pandas(self) -> Any:
        """Return the same as a ``pandas.DataFrame``; raises ``ImportError`` without pandas."""
        import pandas  # noqa: PLC0415 - optional, and only for who asks

        return pandas.DataFrame(self.to_dicts())

    def __repr__(self) -> str:
        ends = [row.status for row in self]
        counts = ", ".join(f"{ends.count(end)} {end}" for end in dict.fromkeys(ends))
        return f"<Sweep of {len(self)}: {counts}>"

    def _repr_html_(self) -> str:
        rows = [{**row.inputs, **row.outputs} for row in self]
        heads = list(dict.fromkeys(name for row in rows for name in row))
        body = [
            cells(
                *(brief(values[h]) if h in values else "" for h in heads), row.error or row.status
            )
            for row, values in zip(self, rows, strict=True)
        ]
        return table([*heads, "status"], body)


def combinations(choices: Mapping[str, Iterable[Any]], pairing: Pairing) -> list[dict[str, Any]]:
    """Return the combinations of what inputs are to be, as one dict each.

    Raises :class:`~daggr_nb.errors.InputError` when there are none, or lists to be paired one by
    one differ in length.
    """
    lists = {}
    for name, values in choices.items():
        if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
            raise InputError(
                f"sweep expected a list of values for {name!r}, got {type(values).__name__} "
                f"{values!r}. For one value write [{values!r}].",
                port=name,
            )
        lists[name] = list(values)
    if pairing not in ("product", "zip"):
        raise InputError(f"pairing= expected 'product' or 'zip', got {pairing!r}.")
    lengths = {name: len(values) for name, values in lists.items()}
    if not lists or 0 in lengths.values():
        raise InputError(f"sweep expected at least one value for each input, got {lengths}.")
    if pairing == "zip" and len(set(lengths.values())) > 1:
        raise InputError(f"pairing='zip' expected lists of one length, got {lengths}.")
    join = zip(*lists.values(), strict=True) if pairing == "zip" else None
    rows = join if join is not None else itertools.product(*lists.values())
    return [dict(zip(lists, values, strict=True)) for values in rows]


class Sweeping:
    """A sweep at work: it can be waited for and cancelled like a run."""

    def __init__(
        self,
        session: Session,
        inputs: Inputs,
        rows: Sequence[Mapping[str, Any]],
        targets: Sequence[NodeId],
        at_once: int,
    ) -> None:
        self._session = session
        self._inputs = inputs
        self._targets = targets or _leaves(session)
        self._running: set[Run] = set()
        self._lock = threading.Lock()
        self._cancelled = False
        self._id = uuid.uuid4().hex
        self._places: dict[NodeId, dict[int, SweepPlace]] = {}
        self._left = len(rows)
        for row in rows:  # what is no value is an error before anything runs
            for name, value in row.items():
                session.current.accepted(*inputs.ref(name), value)
        names = [inputs.ref(name).node for name in rows[0]] if min(at_once, len(rows)) > 1 else []
        self._bottleneck = _sequential(session, names, self._targets)
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="daggr-nb-sweep")
        self._rows: list[Future[SweepRow]] = [
            self._pool.submit(self._noted_row, index, row) for index, row in enumerate(rows)
        ]
        self._pool.shutdown(wait=False)

    @property
    def progress(self) -> tuple[int, int]:
        """How many combinations are over, of how many."""
        return sum(row.done() for row in self._rows), len(self._rows)

    @property
    def bottleneck(self) -> str:
        """Which nodes run one at a time, though several combinations are at work."""
        return self._bottleneck

    def wait(self, timeout: float | None = None) -> bool:
        """Block until all are over, ``timeout`` seconds at most; says whether they are."""
        return not wait(self._rows, timeout).not_done

    def cancel(self) -> None:
        """Start no further combination, and stop those that run."""
        with self._lock:
            self._cancelled = True
            for run in self._running:
                run.cancel()

    def result(self) -> Sweep:
        """Return the rows; blocks until they are there."""
        return Sweep(row.result() for row in self._rows)

    def _noted_row(self, index: int, values: Mapping[str, Any]) -> SweepRow:
        """Run a combination; the last one that ends notes which runs belong together."""
        try:
            return self._row(index, values)
        finally:
            with self._lock:
                self._left -= 1
                last = self._left == 0
            if last:
                self._note(tuple(values))

    def _note(self, names: tuple[str, ...]) -> None:
        inputs = tuple(self._inputs.ref(name)[1] for name in names)
        found = {
            str(node): NodeSweep(self._id, inputs, tuple(p for _, p in sorted(places.items())))
            for node, places in self._places.items()
        }
        with self._session.reading() as current:
            if current.sheet.visit is None and found:
                sweeps.note(current.log, found)

    def _row(self, index: int, values: Mapping[str, Any]) -> SweepRow:
        with self._lock:
            if self._cancelled:
                return SweepRow(values, "cancelled")
            aside = self._session.sheets.aside()
            aside.set_inputs({self._inputs.ref(name): value for name, value in values.items()})
            run = self._session.submit(self._targets, "stale", reason="sweep", sheet=aside)
            self._running.add(run)
        run.wait()
        with self._lock:
            self._running.discard(run)
            if run.status == "aborted":  # somebody has stopped everything
                self._cancelled = True
        self._take(index, run, aside, values)
        records_shown = {name: aside.sheet.shown.get(name) for name in self._targets}
        log = self._session.log
        records = {str(n): NodeRun(r.id, log, r) for n, r in records_shown.items() if r is not None}
        return SweepRow(values, run.status, records, _error(run))

    def _take(self, index: int, run: Run, aside: SheetSession, values: Mapping[str, Any]) -> None:
        """Remember what a combination came to, at every node that it makes a difference to."""
        refs = [self._inputs.ref(name) for name in values]
        texts = tuple(
            HIDDEN if is_hidden(aside.inputs.control(*ref).ref.digest) else brief(value)
            for ref, value in zip(refs, values.values(), strict=True)
        )
        below = aside.structure.topology.descendants([node for node, _ in refs])
        with self._lock:
            for name in {*below, *(node for node, _ in refs)}:
                record = aside.sheet.shown.get(name)
                if record is not None:
                    made = record.run == run.id
                    place = SweepPlace(texts, str(record.id), made)
                    self._places.setdefault(name, {})[index] = place


def _error(run: Run) -> str | None:
    try:
        run.check()
    except DaggrError as error:
        return str(error)
    except BaseException as error:  # whatever it was, it belongs to this row alone
        if is_interrupt(error):
            raise
        return f"{type(error).__name__}: {error}"
    return None


def _sequential(session: Session, inputs: Sequence[NodeId], targets: Sequence[NodeId]) -> str:
    """Return what is to be said of nodes between inputs and targets that run one at a time."""
    with session.reading() as current:
        topology = current.structure.topology
        below = {*inputs, *topology.descendants(inputs)}
        above = {*targets, *topology.ancestors(targets)}
        names = [
            str(name)
            for name in topology.order
            if name in below & above
            and current.structure.nodes[name].runnable
            and current.inputs.variant(name).node.limits.sequential
        ]
    if not names:
        return ""
    some = ", ".join(names[:2]) + (", …" if len(names) > 2 else "")
    return f"{some} {'run' if len(names) > 1 else 'runs'} {ONE_AT_A_TIME}"


def _leaves(session: Session) -> list[NodeId]:
    structure = session.current.structure
    below = structure.topology.children
    return [name for name, node in structure.nodes.items() if node.runnable and not below[name]]
