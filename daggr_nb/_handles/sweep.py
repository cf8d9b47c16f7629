"""Many combinations of inputs, run side by side, as a table."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Literal

from daggr_nb._engine.session.run import Run
from daggr_nb._engine.session.session import Session
from daggr_nb._handles.history import NodeRun
from daggr_nb._handles.inputs import Inputs
from daggr_nb._handles.tables import cells, table
from daggr_nb._ids import NodeId
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
        for row in rows:  # what is no value is an error before anything runs
            for name, value in row.items():
                session.current.accepted(*inputs.ref(name), value)
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="daggr-nb-sweep")
        self._rows: list[Future[SweepRow]] = [self._pool.submit(self._row, row) for row in rows]
        self._pool.shutdown(wait=False)

    @property
    def progress(self) -> tuple[int, int]:
        """How many combinations are over, of how many."""
        return sum(row.done() for row in self._rows), len(self._rows)

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

    def _row(self, values: Mapping[str, Any]) -> SweepRow:
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
        records_shown = {name: aside.sheet.shown.get(name) for name in self._targets}
        log = self._session.log
        records = {str(n): NodeRun(r.id, log, r) for n, r in records_shown.items() if r is not None}
        return SweepRow(values, run.status, records, _error(run))


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


def _leaves(session: Session) -> list[NodeId]:
    structure = session.current.structure
    below = structure.topology.children
    return [name for name, node in structure.nodes.items() if node.runnable and not below[name]]
