"""Values that grow on their way to a canvas: only what is new of them travels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from daggr_nb._ids import NodeId
from daggr_nb._protocol.displays import Preview
from daggr_nb._protocol.notifications import NodeValuesUpdate, Splice, Update, ValueGrowthUpdate

Path = list[str | int]
_HIGH = re.compile("[\ud800-\udbff]")  # the first half of a surrogate pair


class ToldValues:
    """What views were told last of nodes at work, from which they hear what is new.

    A view that begins with a snapshot may have more than that: then all is told once more.
    """

    def __init__(self) -> None:
        self._by_node: dict[NodeId, dict[str, Any]] = {}

    def __contains__(self, node: object) -> bool:
        return node in self._by_node

    def clear(self) -> None:
        """Tell everything as a whole the next time."""
        self._by_node.clear()

    def updates(self, node: NodeId, values: Mapping[str, Preview], grows: bool) -> list[Update]:
        """Return what to tell of the values of a node, which may go on growing."""
        former = self._by_node.pop(node, None)
        if former is None and not grows:
            return [NodeValuesUpdate(node=node, values=dict(values))]
        now = {port: preview.model_dump(mode="json") for port, preview in values.items()}
        if grows:
            self._by_node[node] = now
        if former is None or not _alike(former, now):
            return [NodeValuesUpdate(node=node, values=dict(values))]
        changes = {port: list(splices(former[port], now[port])) for port in now}
        return [
            ValueGrowthUpdate(node=node, port=port, splices=change)
            for port, change in changes.items()
            if change
        ]


def _alike(former: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether there are previews of the same ports, each of the same kind."""
    return former.keys() == now.keys() and all(
        former[port]["kind"] == preview["kind"] for port, preview in now.items()
    )


def splices(former: Any, now: Any, path: Sequence[str | int] = ()) -> Iterator[Splice]:
    """Yield what turns one piece of JSON into another, the shortest way where something grew.

    >>> [(s.path, s.at, s.more) for s in splices({"n": 1, "t": "ab"}, {"n": 1, "t": "abc"})]
    [(['t'], 2, 'c')]
    """
    here = list(path)
    if type(former) is type(now) is str:
        if former != now:
            at = _common_text(former, now)
            if at and _HIGH.match(now, at - 1):
                at -= 1  # the half after it may have come: both go together
            yield Splice(path=here, at=units(now[:at]), more=now[at:])
    elif type(former) is type(now) is list:
        yield from _list_splices(former, now, here)
    elif type(former) is type(now) is dict and former.keys() == now.keys():
        for key, part in now.items():
            if not _same(former[key], part):
                yield from splices(former[key], part, [*here, key])
    elif type(former) is not type(now) or former != now:
        yield Splice(path=here, more=now)


def _list_splices(former: list[Any], now: list[Any], path: Path) -> Iterator[Splice]:
    at = _common(former, now)
    if at == len(former) - 1 and at < len(now) and type(now[at]) in (str, dict, list):
        yield from splices(former[at], now[at], [*path, at])  # the last one grew
        at += 1
    if at < max(len(former), len(now)):
        yield Splice(path=path, at=at, more=now[at:])


def _common(former: Sequence[Any], now: Sequence[Any]) -> int:
    """Return how many entries both begin with."""
    pairs = enumerate(zip(former, now, strict=False))
    shorter = min(len(former), len(now))
    return next((i for i, (a, b) in pairs if not _same(a, b)), shorter)


def _same(former: Any, now: Any) -> bool:
    """Whether two pieces of JSON are equal: 1 and true are, and yet are not the same."""
    if former != now or type(former) is not type(now):
        return False
    return type(now) not in (list, dict) or repr(former) == repr(now)


def _common_text(former: str, now: str) -> int:
    """Return how many characters both begin with."""
    if now.startswith(former):
        return len(former)
    low, high = 0, min(len(former), len(now))
    while low < high:
        middle = (low + high + 1) // 2
        if former[low:middle] == now[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def units(text: str) -> int:
    """Return the length of a text as browsers count it.

    >>> units("otter 🦦")
    8
    """
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
