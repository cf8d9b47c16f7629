"""Why a node run made another value than the one before: what a person changed above it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.code.fingerprint import CodeChange, compare
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import InputRef, Record
from daggr_nb.errors import DaggrError

_MOST = 400  # pairs of records that are looked at: a wide graph is not read whole for one row


class Side(NamedTuple):
    """A value that a record was given: the record, its port, and what it was."""

    record: Record
    port: str
    ref: ValueRef


class Cause(NamedTuple):
    """What somebody has set or written otherwise: an input, some code, or a result by hand.

    ``node`` and ``name`` say where a person finds it: the control's own place, for one that feeds
    several nodes. One of ``former`` and ``latter`` is ``None`` where there was, or is, no such
    input; both are for ``code``, and for what was ``edited`` by hand.
    """

    node: str
    name: str
    former: Side | None = None
    latter: Side | None = None
    code: CodeChange | None = None
    edited: bool = False


def causes(
    former: Record,
    latter: Record,
    log: Log,
    depth: int = _MOST,
    read: Callable[[str], Record] | None = None,
) -> list[Cause]:
    """Return what was changed between two runs of a node, that of the nodes above it included.

    An input that another node made is not named if something above it is: it followed from that.
    With ``depth=1`` nothing above is looked at, and every other input counts. ``read`` returns
    records by id, for who knows some of them.
    """
    read = read or log.record
    found: dict[tuple[str, str], Cause] = {}
    followed: list[Cause] = []
    pairs = [(former, latter)]
    seen = {(former.id, latter.id)}
    for old, new in pairs:  # it grows meanwhile
        for cause in _own_causes(old, new, log):
            above = _above(cause, read) if depth > 1 else None
            if above is None:
                found.setdefault((cause.node, cause.name), cause)
                continue
            followed.append(cause)
            ids = above[0].id, above[1].id
            if ids not in seen and len(pairs) < depth:
                seen.add(ids)
                pairs.append(above)
    if not found and followed:  # made anew from the same, such as at random
        cause = followed[0]
        found[cause.node, cause.name] = cause
    return list(found.values())


def _own_causes(former: Record, latter: Record, log: Log) -> Iterator[Cause]:
    """Yield how two runs of one node differ, as far as these records say it."""
    if latter.edited is not None and latter.edited != former.id != former.edited:
        yield Cause(latter.node, "", edited=True)
        return
    if former.code != latter.code:
        for change in compare(log.code(former.code), log.code(latter.code)):
            yield Cause(latter.node, change.subject, code=change)
    for port, ref in latter.inputs.items():
        old = former.inputs.get(port)
        if old is None or old.value.digest != ref.value.digest:
            node, name = _place(latter, port, ref)
            side = None if old is None else Side(former, port, old.value)
            yield Cause(node, name, side, Side(latter, port, ref.value))
    for port, old in former.inputs.items():
        if port not in latter.inputs:
            yield Cause(latter.node, port, Side(former, port, old.value))


def _place(record: Record, port: str, ref: InputRef) -> tuple[str, str]:
    """Return where the control is: that of an input node is not where it is used."""
    return ref.origin if ref.record is None and ref.origin else (record.node, port)


def _above(cause: Cause, read: Callable[[str], Record]) -> tuple[Record, Record] | None:
    """Return the runs that made the values of an input, if runs of one node did."""
    if cause.former is None or cause.latter is None:
        return None
    refs = [side.record.inputs[side.port] for side in (cause.former, cause.latter)]
    identities = [ref.record for ref in refs]
    if None in identities or refs[0].origin != refs[1].origin:
        return None
    try:
        old, new = (read(str(identity)) for identity in identities)
    except DaggrError:  # it is gone, or damaged
        return None
    return old, new
