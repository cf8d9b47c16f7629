"""A node run as people see it: a record with its values at hand."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from daggr_nb._handles.tables import cells, table
from daggr_nb._names import Held
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.code.fingerprint import CodeChange
from daggr_nb._provenance.log.comparison import RefPair, compare_records, in_order, value_or_reason
from daggr_nb._provenance.log.labels import labels
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import Record, shown_time
from daggr_nb._text import brief
from daggr_nb.errors import DaggrError


class Values(Mapping[str, Any]):
    """Recorded values by port, each read when it is first asked for."""

    def __init__(self, refs: Mapping[str, ValueRef], load: Callable[[str, ValueRef], Any]) -> None:
        self._refs = refs
        self._load = load

    def __getitem__(self, port: str) -> Any:
        return self._load(port, self._refs[port])

    def __iter__(self) -> Iterator[str]:
        return iter(self._refs)

    def __len__(self) -> int:
        return len(self._refs)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{p!r}: {_told(r)}" for p, r in self._refs.items()) + "}"


class History(list["NodeRun"]):
    """The recorded runs of a node, newest first; a table as the last expression of a cell."""

    def _repr_html_(self) -> str:
        return history_html(self)


class NodeRun(Held):
    """One evaluation of one node, as it was recorded; immutable.

    ``inputs`` and ``outputs`` map ports to values, ``parents`` maps ports to the id of the node
    run that made their value, ``code`` maps what the code was made of to its source, and
    ``environment`` names the versions of interpreter and packages. Times are UTC.
    """

    _for_others = frozenset({"record"})

    def __init__(self, identity: str, log: Log, record: Record | None = None) -> None:
        self.id = identity
        """The id of this node run."""
        self._log = log
        if record is not None:
            self.__dict__["record"] = record

    @functools.cached_property
    def record(self) -> Record:
        """The record itself, read when it is first needed.

        Raises :class:`~daggr_nb.errors.DamagedError` when it cannot be read any more.
        """
        return self._log.record(self.id)

    @property
    def node(self) -> str:
        """The name of the node."""
        return self.record.node

    @property
    def key(self) -> str:
        """The digest of code, inputs and scatter that the result belongs to."""
        return self.record.key

    @property
    def status(self) -> str:
        """``succeeded``, ``failed`` or ``cancelled``."""
        return self.record.status

    @property
    def started_at(self) -> datetime.datetime:
        """When it started (UTC)."""
        return datetime.datetime.fromtimestamp(
            shown_time(self.record.started_at), datetime.timezone.utc
        )

    @property
    def ended_at(self) -> datetime.datetime:
        """When it ended (UTC)."""
        return datetime.datetime.fromtimestamp(
            shown_time(self.record.ended_at), datetime.timezone.utc
        )

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What it was given, by port, the drawn values of callables included."""
        return Values({p: ref.value for p, ref in self.record.inputs.items()}, self._value)

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What it produced, by port; empty unless it succeeded."""
        return Values(self.record.outputs, self._value)

    def _value(self, port: str, ref: ValueRef) -> Any:
        return self._log.value_of(self.record, port, ref)

    @property
    def parents(self) -> dict[str, str]:
        """The id of the node run behind each input that came from one."""
        records = {port: ref.record for port, ref in self.record.inputs.items()}
        return {port: record for port, record in records.items() if record is not None}

    @property
    def code(self) -> dict[str, str]:
        """The source of the function and of everything of yours that it used, by path."""
        return {path: d.source for path, d in self._log.code(self.record.code).items()}

    @property
    def error(self) -> str | None:
        """The traceback, if it failed."""
        return self.record.error.traceback if self.record.error else None

    @property
    def logs(self) -> str:
        """What it printed and logged."""
        return self.record.logs

    @property
    def environment(self) -> dict[str, str]:
        """Versions of the interpreter and of packages."""
        return self._log.environment(self.record)

    @property
    def edited(self) -> str | None:
        """The id of the node run of which a person has changed an output, if this is an edit."""
        return self.record.edited

    @property
    def label(self) -> str:
        """What somebody has called it, with ``graph.store.label`` or on the canvas; else empty."""
        return labels(self._log).get(self.id, "")

    @property
    def items(self) -> list[NodeRun]:
        """The runs of a scattered node's items, in index order."""
        return [NodeRun(identity, self._log) for identity in self.record.items]

    def compare(self, other: NodeRun) -> Comparison:
        """Return how this node run differs from ``other``: inputs, code, outputs, environment.

        The older one counts as the former.
        """
        former, _ = in_order(self.record, other.record)
        runs = (self, other) if former is self.record else (other, self)
        return compare_runs(*runs, self._log)

    def __repr__(self) -> str:
        when = self.started_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        lasted = f"{self.record.duration:.2f} s"
        return f"<NodeRun {self.node}{self.record.scope} {self.status} {when} {lasted} {self.id}>"


@dataclass(frozen=True)
class Comparison:
    """How two node runs differ; only what differs is listed.

    ``inputs``, ``outputs`` and ``environment`` map names to (former, latter), ``None`` where there
    was nothing; ``code`` names each change in plain words, with a diff.
    """

    former: NodeRun
    latter: NodeRun
    inputs: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    code: tuple[CodeChange, ...] = ()
    outputs: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    environment: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.inputs or self.code or self.outputs or self.environment)

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return what differs as (what, name, former, latter)."""
        rows = [
            (what, name, brief(old), brief(new))
            for what, pairs in (("input", self.inputs), ("output", self.outputs))
            for name, (old, new) in pairs.items()
        ]
        rows += [("code", change.subject, change.text, change.diff or "") for change in self.code]
        rows += [
            ("package", name, old or "–", new or "–")
            for name, (old, new) in self.environment.items()
        ]
        return rows

    def __str__(self) -> str:
        if self.same:
            return "nothing differs"
        return "\n".join(
            f"{what} {name}: {old} → {new}" if what != "code" else f"code: {old}\n{new}".rstrip()
            for what, name, old, new in self.rows()
        )

    def _repr_html_(self) -> str:
        if self.same:
            return "<p>Nothing differs.</p>"
        return table(("", "", "former", "latter"), [cells(*row) for row in self.rows()])


def compare_runs(former: NodeRun, latter: NodeRun, log: Log) -> Comparison:
    """Return how ``latter`` differs from ``former``."""
    diff = compare_records(former.record, latter.record, log)
    return Comparison(
        former,
        latter,
        _values(diff.inputs, log),
        diff.code,
        _values(diff.outputs, log),
        diff.environment,
    )


def _values(pairs: Mapping[str, RefPair], log: Log) -> dict[str, tuple[Any, Any]]:
    return {
        name: (value_or_reason(log, former), value_or_reason(log, latter))
        for name, (former, latter) in pairs.items()
    }


def history_html(runs: Iterable[NodeRun]) -> str:
    """Return node runs as a table: when, how it ended, how long, from what, to what."""
    rows = []
    for run in runs:
        try:
            record = run.record
        except DaggrError as error:
            rows.append(cells("", "", "damaged", "", "", str(error)))
            continue
        inputs = ", ".join(f"{port}={_short(ref.value)}" for port, ref in record.inputs.items())
        outputs = ", ".join(f"{port}={_short(ref)}" for port, ref in record.outputs.items())
        when = run.started_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        ended = "edited" if record.edited else record.status
        result = record.error.message if record.error else outputs
        rows.append(
            cells(str(record.index), when, ended, f"{record.duration:.2f} s", inputs, result)
        )
    return table(("", "started", "status", "took", "inputs", "result"), rows)


def _told(ref: ValueRef) -> str:
    """Return a value as far as the record itself says it: what is large is not read for this."""
    if ref.inline is None:
        return "…"
    return brief(repr(ref.inline) if ref.encoding == "text" else ref.inline)


def _short(ref: ValueRef) -> str:
    if ref.inline is not None:
        return brief(ref.inline)
    return f"<{ref.encoding.partition(':')[0]} {ref.digest[:8]}>"
