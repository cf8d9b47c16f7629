"""Running once per item: which items there are, what each gets, and the lists they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daggr_nb._ids import NodeId
from daggr_nb._model.edge import Edge
from daggr_nb._model.port import Wire
from daggr_nb._model.structure import Structure
from daggr_nb.errors import ScatterError

Path = tuple[int, ...]


@dataclass(frozen=True)
class Levels:
    """How many indices of an item's path pick the value of each input."""

    depth: int
    by_port: Mapping[str, int]
    keys: Mapping[str, str]


def levels(structure: Structure, node: NodeId, edges: Iterable[Edge]) -> Levels:
    """Return how the inputs at the end of ``edges`` are indexed when a node runs once per item."""
    by_port: dict[str, int] = {}
    keys: dict[str, str] = {}
    for edge in edges:
        wire = structure.nodes[node].inputs[edge.target_port]
        assert isinstance(wire, Wire)
        by_port[edge.target_port] = structure.depth[edge.source] + wire.levels
        if wire.key is not None:
            keys[edge.target_port] = wire.key
    return Levels(structure.depth[node], by_port, keys)


@dataclass
class Items:
    """The items of a scattered node: their paths in order, and the lists they stand in.

    ``tree`` nests as deep as the scatter; its leaves are places in ``paths``.
    """

    paths: list[Path]
    tree: list[Any]

    def gathered(self, values: Mapping[int, Any]) -> Any:
        """Return ``values`` by place, nested as the items are; places without one are left out.

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
    """Return the items of a scattered node; scattered inputs are zipped at every level.

    Raises :class:`~daggr_nb.errors.ScatterError` for what cannot be iterated or differs in length.
    """
    paths: list[Path] = []

    def expand(values: Mapping[str, Any], path: Path) -> Any:
        if len(path) == spec.depth:
            paths.append(path)
            return len(paths) - 1
        here = {p: v for p, v in values.items() if spec.by_port.get(p, 0) > len(path)}
        rows = _zipped(node, {p: as_sequence(node, p, v) for p, v in here.items()})
        return [expand(row, (*path, index)) for index, row in enumerate(rows)]

    return Items(paths, tree=expand(values, ()))


def _zipped(node: NodeId, sequences: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    lengths = {port: len(items) for port, items in sequences.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{port} has {count}" for port, count in lengths.items())
        raise ScatterError(
            f"{node!r} runs once per item and its scattered inputs are zipped, so they must be "
            f"of one length, but {shown}.",
            node=node,
        )
    count = next(iter(lengths.values()), 0)
    return [{port: items[i] for port, items in sequences.items()} for i in range(count)]


def as_sequence(node: NodeId, port: str, value: Any) -> Sequence[Any]:
    """Return what ``value`` scatters into; text, bytes and mappings do not."""
    if isinstance(value, (str, bytes, bytearray, Mapping)) or not hasattr(value, "__iter__"):
        raise ScatterError(
            f"{node}.{port} is scattered with .each and expects a list or another iterable, "
            f"got {type(value).__name__}.",
            node=node,
            port=port,
        )
    return value if isinstance(value, (list, tuple)) else list(value)


def item_value(node: NodeId, port: str, spec: Levels, value: Any, path: Path) -> Any:
    """Return the value of one input for the item at ``path``."""
    for index in path[: spec.by_port.get(port, 0)]:
        value = as_sequence(node, port, value)[index]
    key = spec.keys.get(port)
    if key is None or not spec.by_port.get(port):
        return value
    try:
        return value[key]
    except (KeyError, IndexError, TypeError) as error:
        raise ScatterError(
            f"{node}.{port} takes .each[{key!r}], but item {list(path)} has no {key!r}: "
            f"{type(value).__name__}.",
            node=node,
            port=port,
        ) from error


def scope_of(path: Path) -> str:
    """Return how a record names an item: ``[3]``, or ``[3][0]`` when nested."""
    return "".join(f"[{index}]" for index in path)
