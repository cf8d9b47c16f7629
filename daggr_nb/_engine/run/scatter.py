"""Running once per item: which items there are, what each gets, and the lists they make."""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from daggr_nb._ids import NodeId
from daggr_nb._model.edge import Edge
from daggr_nb._model.structure import Structure
from daggr_nb.errors import ScatterError

Path = tuple[int, ...]


@dataclass(frozen=True)
class Levels:
    """How many levels of an item's path pick the value of each input, in the order of the inputs.

    ``crossed`` are the inputs with an ``.each`` of their own that make every combination. All
    others are zipped: at a level that its source has made, an input cannot be combined freely.
    """

    depth: int
    by_port: Mapping[str, int]
    keys: Mapping[str, str]
    crossed: frozenset[str] = frozenset()

    def axes(self, level: int, ports: Container[str]) -> list[list[str]]:
        """Return those of ``ports`` that a level indexes; those of one axis are zipped."""
        together: list[str] = []
        axes: list[list[str]] = []
        for port, depth in self.by_port.items():
            if depth <= level or port not in ports:
                continue
            if port in self.crossed and depth == level + 1:
                axes.append([port])
                continue
            if not together:
                axes.append(together)
            together.append(port)
        return axes


def levels(structure: Structure, node: NodeId, edges: Iterable[Edge]) -> Levels:
    """Return how the inputs at the end of ``edges`` are indexed when a node runs once per item."""
    by_port: dict[str, int] = {}
    keys: dict[str, str] = {}
    own: list[str] = []
    for edge in edges:
        wire = structure.wires[node, edge.target_port]
        by_port[edge.target_port] = structure.depth[edge.source] + wire.levels
        if wire.key is not None:
            keys[edge.target_port] = wire.key
        if wire.scatter:
            own.append(edge.target_port)
    crossed = own if structure.nodes[node].worker(by_port).pairing == "product" else []
    return Levels(structure.depth[node], by_port, keys, frozenset(crossed))


@dataclass
class Items:
    """The items of a scattered node: their paths in order, and the lists they stand in.

    ``tree`` nests as deep as the scatter; its leaves are places in ``paths``. ``given`` are the
    values of the scattered inputs, by index.
    """

    paths: list[Path]
    tree: list[Any]
    given: list[Mapping[str, Any]] = field(default_factory=list)

    def gathered(self, values: Mapping[int, Any]) -> Any:
        """Return ``values`` by index, nested as the items are; places without one are left out.

        >>> Items([(0, 0), (1, 0)], [[0], [1], []]).gathered({0: "a", 1: "b"})
        [['a'], ['b'], []]
        """
        return _filled(self.tree, values)


def _filled(tree: Any, values: Mapping[int, Any]) -> Any:
    if isinstance(tree, int):
        return values[tree]
    return [
        _filled(inner, values) for inner in tree if not isinstance(inner, int) or inner in values
    ]


def items_of(node: NodeId, spec: Levels, values: Mapping[str, Any]) -> Items:
    """Return the items of a scattered node: at every level its inputs zipped, or combined.

    Combinations stand in one list, the last input varying fastest.
    Raises :class:`~daggr_nb.errors.ScatterError` for what cannot be iterated or differs in length.
    """
    items = Items([], [])

    def expand(values: Mapping[str, Any], path: Path) -> Any:
        if len(path) == spec.depth:
            items.paths.append(path)
            items.given.append(values)
            return len(items.paths) - 1
        axes = [_zipped(node, axis, values) for axis in spec.axes(len(path), values)]
        rows = itertools.product(*axes) if axes else ()
        return [expand(_with(values, row), (*path, index)) for index, row in enumerate(rows)]

    items.tree = expand({p: v for p, v in values.items() if spec.by_port.get(p)}, ())
    return items


def _with(values: Mapping[str, Any], row: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    found = dict(values)
    for picked in row:
        found.update(picked)
    return found


def _zipped(node: NodeId, ports: Iterable[str], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    sequences = {port: as_sequence(node, port, values[port]) for port in ports}
    lengths = {port: len(items) for port, items in sequences.items()}
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{port} has {count}" for port, count in lengths.items())
        raise ScatterError(
            f"{node!r} runs once per item and its scattered inputs are zipped, so they must be "
            f'of one length, but {counts}. FnNode(..., scatter="product") runs every combination.',
            node=node,
        )
    return [dict(zip(sequences, row, strict=True)) for row in zip(*sequences.values(), strict=True)]


def as_sequence(node: NodeId, port: str, value: Any) -> Sequence[Any]:
    """Return what ``value`` scatters into; text, bytes and mappings do not."""
    if hasattr(value, "columns") and hasattr(value, "iloc"):
        raise ScatterError(
            f"{node}.{port} is scattered with .each and got a table, whose items would be its "
            'column names. For its rows hand on frame.to_dict("records").',
            node=node,
            port=port,
        )
    if isinstance(value, (str, bytes, bytearray, Mapping)) or not hasattr(value, "__iter__"):
        raise ScatterError(
            f"{node}.{port} is scattered with .each and expects a list or another iterable, "
            f"got {type(value).__name__}.",
            node=node,
            port=port,
        )
    return value if isinstance(value, (list, tuple)) else list(value)


def item_value(node: NodeId, port: str, spec: Levels, items: Items, index: int) -> Any:
    """Return the value of one scattered input for the item at ``index``."""
    value = items.given[index][port]
    key = spec.keys.get(port)
    if key is None:
        return value
    try:
        return value[key]
    except (KeyError, IndexError, TypeError) as error:
        raise ScatterError(
            f"{node}.{port} takes .each[{key!r}], but item {list(items.paths[index])} has no "
            f"{key!r}: {type(value).__name__}.",
            node=node,
            port=port,
        ) from error


def scope_of(path: Path) -> str:
    """Return how a record names an item: ``[3]``, or ``[3][0]`` when nested."""
    return "".join(f"[{index}]" for index in path)


def path_of(scope: str) -> str:
    """Return the path of an item as people write it, ``3`` or ``3.0``, from its scope.

    >>> path_of("[3][0]")
    '3.0'
    """
    return scope.strip("[]").replace("][", ".")


def number_of(scope: str) -> str:
    """Return an item's number as people count, from 1.

    >>> number_of("[3][0]")
    '4.1'
    """
    return ".".join(str(int(index) + 1) for index in path_of(scope).split("."))
