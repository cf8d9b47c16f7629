"""Which node runs belong together, as a sweep made them: kept by node, beside the records."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.rows import encode_row, shaped
from daggr_nb._provenance.log.store import read_json
from daggr_nb.errors import DamagedError

logger = logging.getLogger("daggr_nb")

_PREFIX = "sweeps:"
_KEPT = 50  # sweeps of a node
_ROWS = 400  # of a sweep

FORM = [([str], str, [([str], str, bool)])]
"""Sweeps of a node: the inputs, the id, and by combination its values, a record, and whether that
was made for it."""


@dataclass(frozen=True)
class SweepPlace:
    """One combination: its values as texts, the record that came of it, and whether it was made
    then, or known before."""

    values: tuple[str, ...]
    record: str
    made: bool


@dataclass(frozen=True)
class NodeSweep:
    """The runs of one node in a sweep over some inputs."""

    id: str
    inputs: tuple[str, ...]
    places: tuple[SweepPlace, ...]

    def to_json(self) -> list[Any]:
        """Return it as a row has it."""
        places = [[list(p.values), p.record, p.made] for p in self.places[:_ROWS]]
        return [list(self.inputs), self.id, places]


def sweeps_of(log: Log, node: str) -> list[NodeSweep]:
    """Return the sweeps of a node, newest first; none where they cannot be read."""
    try:
        content: list[Any] = read_json(log.store, _PREFIX + node, FORM) or []
    except DamagedError as error:
        logger.warning("%s", error)
        return []
    return [
        NodeSweep(
            identity,
            tuple(inputs),
            tuple(SweepPlace(tuple(values), record, made) for values, record, made in places),
        )
        for inputs, identity, places in reversed(content)
    ]


def note(log: Log, sweeps: Mapping[str, NodeSweep]) -> None:
    """Keep what a sweep made of nodes."""

    def write() -> None:
        for node, sweep in sweeps.items():
            others = [each for each in sweeps_of(log, node) if each.id != sweep.id]
            _write(log, node, [sweep, *others][:_KEPT])

    log.store.write(write)


def keep_only(log: Log, identities: set[str]) -> None:
    """Let go of what belonged to other records, within a transaction."""
    for node in _nodes(log):
        before = sweeps_of(log, node)
        after = [
            NodeSweep(each.id, each.inputs, tuple(p for p in each.places if p.record in identities))
            for each in before
        ]
        if after != before:
            _write(log, node, [each for each in after if each.places])


def exported(log: Log) -> dict[str, Any]:
    """Return all of it as JSON."""
    return {
        node: [sweep.to_json() for sweep in reversed(sweeps_of(log, node))] for node in _nodes(log)
    }


def load(log: Log, content: Mapping[str, Any]) -> None:
    """Write what was exported, within a transaction."""
    for node, sweeps in content.items():
        log.store.set(_PREFIX + node, encode_row(shaped(sweeps, FORM)))


def replace(log: Log, node: str, sweeps: Sequence[NodeSweep]) -> None:
    """Keep these sweeps as those of a node, the newest first, within a transaction."""
    if sweeps:
        _write(log, node, sweeps[:_KEPT])
    else:
        log.store.delete(_PREFIX + node)


def _nodes(log: Log) -> list[str]:
    return [key.removeprefix(_PREFIX) for key in log.store.keys(_PREFIX)]


def _write(log: Log, node: str, sweeps: Sequence[NodeSweep]) -> None:
    rows: Iterable[NodeSweep] = reversed(sweeps)
    log.store.set(_PREFIX + node, encode_row([sweep.to_json() for sweep in rows]))
