"""A node run as people see it: a record with its values at hand."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from daggr_nb._provenance.artifacts import ValueRef
from daggr_nb._provenance.log import Log
from daggr_nb._provenance.records import Record


class Values(Mapping[str, Any]):
    """Recorded values by port, each read when it is first asked for."""

    def __init__(self, refs: Mapping[str, ValueRef], load: Callable[[ValueRef], Any]) -> None:
        self._refs = refs
        self._load = load

    def __getitem__(self, port: str) -> Any:
        return self._load(self._refs[port])

    def __iter__(self) -> Iterator[str]:
        return iter(self._refs)

    def __len__(self) -> int:
        return len(self._refs)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{port!r}: …" for port in self._refs) + "}"


class NodeRun:
    """One evaluation of one node, as it was recorded; immutable.

    ``inputs`` and ``outputs`` map ports to values, ``parents`` maps ports to the id of the node
    run that made their value, ``code`` maps what the code was made of to its source, and
    ``environment`` names the versions of interpreter and packages. Times are UTC.
    """

    def __init__(self, record: Record, log: Log) -> None:
        self.record = record
        self._log = log

    @property
    def id(self) -> str:
        """The id of this node run."""
        return self.record.id

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
        return datetime.datetime.fromtimestamp(self.record.started_at, datetime.timezone.utc)

    @property
    def ended_at(self) -> datetime.datetime:
        """When it ended (UTC)."""
        return datetime.datetime.fromtimestamp(self.record.ended_at, datetime.timezone.utc)

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What it was given, by port, the drawn values of callables included."""
        return Values({p: ref.value for p, ref in self.record.inputs.items()}, self._log.value)

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What it produced, by port; empty unless it succeeded."""
        return Values(self.record.outputs, self._log.value)

    @property
    def parents(self) -> dict[str, str]:
        """The id of the node run behind each input that came from one."""
        found = {port: ref.record for port, ref in self.record.inputs.items()}
        return {port: record for port, record in found.items() if record is not None}

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
        ref = ValueRef(self.record.environment, "json")
        found: dict[str, str] = self._log.value(ref)
        return found

    @property
    def edited(self) -> str | None:
        """The id of the node run of which a person has changed an output, if this is an edit."""
        return self.record.edited

    @property
    def items(self) -> list[NodeRun]:
        """The runs of a scattered node's items, in index order."""
        return [NodeRun(self._log.record(identity), self._log) for identity in self.record.items]

    def __repr__(self) -> str:
        when = self.started_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        lasted = f"{self.record.duration:.2f} s"
        return f"<NodeRun {self.node}{self.record.scope} {self.status} {when} {lasted} {self.id}>"
