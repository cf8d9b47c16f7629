"""How two records differ: inputs, code, outputs and environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.code.fingerprint import CodeChange, compare
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import Record
from daggr_nb.errors import DaggrError

RefPair = tuple[ValueRef | None, ValueRef | None]
VersionChange = tuple[str | None, str | None]


class UnreadableValue(str):
    """Stands in for a recorded value that cannot be read; its text says why."""

    __slots__ = ()


@dataclass(frozen=True)
class RecordDiff:
    """What differs between two records by name: (former, latter), ``None`` where one has none."""

    inputs: Mapping[str, RefPair]
    code: tuple[CodeChange, ...]
    outputs: Mapping[str, RefPair]
    environment: Mapping[str, VersionChange]


def in_order(one: Record, other: Record) -> tuple[Record, Record]:
    """Return two records, the older one first: by their place in one history, else by time."""
    if (one.node, one.scope) == (other.node, other.scope) and one.index and other.index:
        is_older = one.index <= other.index
    else:
        is_older = one.started_at <= other.started_at
    return (one, other) if is_older else (other, one)


def compare_records(former: Record, latter: Record, log: Log) -> RecordDiff:
    """Return how ``latter`` differs from ``former``."""
    same_code = former.code == latter.code
    code = () if same_code else compare(log.code(former.code), log.code(latter.code))
    same_machine = former.environment == latter.environment
    versions = [{} if same_machine else log.environment(each) for each in (former, latter)]
    return RecordDiff(
        _diff(*({p: ref.value for p, ref in r.inputs.items()} for r in (former, latter))),
        tuple(code),
        _diff(former.outputs, latter.outputs),
        _diff(*versions),
    )


def _diff(former: Mapping[str, Any], latter: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (former.get(name), latter.get(name))
        for name in dict.fromkeys([*former, *latter])
        if former.get(name) != latter.get(name)
    }


def value_or_reason(log: Log, ref: ValueRef | None) -> Any:
    """Return a recorded value, or a text that says why it is not to be had."""
    if ref is None:
        return None
    try:
        return log.value(ref)
    except DaggrError as error:
        return UnreadableValue(str(error))
