"""What the inputs of a node are now: values and references, gathered from a sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import xxhash

from daggr_nb._engine.sheet import Held, Sheet, hold
from daggr_nb._ids import Digest, NodeId
from daggr_nb._model.node import Code, Node
from daggr_nb._model.port import Control, Drawn, Fixed, Unfed, Wire
from daggr_nb._model.structure import Structure
from daggr_nb._provenance.artifacts import Parts, ValueRef
from daggr_nb._provenance.digest import digest
from daggr_nb._provenance.fingerprint import Fingerprint
from daggr_nb._provenance.log import Log
from daggr_nb._provenance.records import InputRef, Record
from daggr_nb.errors import InputError, InvalidInputError, NotRunYet, ScatterError

Spec = tuple[tuple[str, int, int, str], ...]


@dataclass(frozen=True)
class Known:
    """What feeds an input now, or why nothing does.

    ``missing`` names the node to run first, ``skipped`` the node that decided against it.
    """

    ref: InputRef | None
    missing: NodeId | None = None
    skipped: NodeId | None = None


class Inputs:
    """Reads the inputs of nodes as a sheet has them now."""

    def __init__(self, structure: Structure, sheet: Sheet, log: Log) -> None:
        self.structure = structure
        self.sheet = sheet
        self.log = log
        self._name_of = {node: name for name, node in structure.nodes.items()}
        self.parts: Parts = {}
        self.skips: dict[NodeId, NodeId] = {}
        self._specs: dict[NodeId, Spec] = {}
        self._initial: dict[tuple[NodeId, str], Held] = {}

    # -- controls and ports

    def control(self, node: NodeId, port: str) -> Held:
        """Return the value of a control: what was set, else what its component starts with."""
        return self.sheet.inputs.get((node, port)) or self.initial(node, port)

    def initial(self, node: NodeId, port: str) -> Held:
        """Return the value that a control's component starts with."""
        held = self._initial.get((node, port))
        if held is None:
            found = self.structure.nodes[node].inputs[port]
            assert isinstance(found, Control)
            parts: Parts = {}
            held = hold(found.component.initial, parts, port)
            self._initial[node, port] = held
            self.parts.update(parts)
        return held

    def drop_refused(self) -> None:
        """Let controls start anew that do not take the value set in them, since they changed."""
        for (node, port), held in list(self.sheet.inputs.items()):
            found = self.structure.nodes.get(node)
            feed = found.inputs.get(port) if found is not None else None
            if isinstance(feed, Control):
                try:
                    feed.component.accept(held.value)
                except InputError:
                    del self.sheet.inputs[node, port]

    def shown(self, node: NodeId, port: str) -> ValueRef | None:
        """Return a reference to what an output port shows now."""
        if not self.structure.nodes[node].runnable:
            return self.control(node, port).ref
        record = self.sheet.shown.get(node)
        return None if record is None or node in self.skips else record.outputs.get(port)

    # -- what a route decided against

    def edge_skipped(self, source: NodeId, port: str) -> bool:
        """Whether an output carries nothing because a route went elsewhere."""
        if source in self.skips:
            return True
        record = self.sheet.shown.get(source)
        there = record is not None and record.status in ("succeeded", "recovered")
        return there and record is not None and port not in record.outputs

    def skip_of(self, name: NodeId) -> NodeId | None:
        """Return the node because of which ``name`` is not needed now, if there is one.

        That is so when a required input, or every edge that it has, is skipped.
        """
        edges = self.structure.into[name]
        skipped = [e for e in edges if self.edge_skipped(e.source, e.source_port)]
        optional = self.structure.nodes[name].optional
        for edge in skipped:
            if edge.target_port not in optional or len(skipped) == len(edges):
                return edge.source
        return None

    def refs_now(self, name: NodeId, record: Record | None) -> dict[str, Known]:
        """Return what feeds each input now; optional ones that are skipped are left out."""
        ports = self.structure.nodes[name].inputs
        found = {port: self.known(name, port, record) for port in ports}
        return {port: known for port, known in found.items() if known.skipped is None}

    def value(self, node: NodeId, port: str) -> Any:
        """Return what an output port shows now; raises NotRunYet when it shows nothing."""
        if not self.structure.nodes[node].runnable:
            return self.control(node, port).value
        if node in self.skips:
            raise NotRunYet(
                f"{node}.{port} has no value: {self.skips[node]!r} took another route.",
                node=node,
                port=port,
            )
        record = self.sheet.shown.get(node)
        if record is None:
            raise NotRunYet(
                f"{node!r} has not run yet, so {node}.{port} has no value. Run it with "
                f"graph.run({node!r}).",
                node=node,
                port=port,
            )
        if port not in record.outputs:
            went_on = record.status in ("succeeded", "recovered")
            what = record.error.message if record.error else f"it was {record.status}"
            why = "took another route" if went_on else f"did not succeed: {what}"
            raise NotRunYet(
                f"{node}.{port} has no value, because the last run of {node!r} {why}",
                node=node,
                port=port,
            )
        return self.sheet.value(self.log, record, port)

    # -- references, for keys

    def spec(self, name: NodeId) -> Spec:
        """Return how a node's inputs are scattered and gathered: part of its key."""
        found = self._specs.get(name)
        if found is None:
            found = self._specs[name] = scatter_spec(self.structure.nodes[name])
        return found

    def known(self, node: NodeId, port: str, record: Record | None) -> Known:
        """Return what feeds an input; a drawn value is taken from ``record``, if it has one."""
        feed = self.structure.nodes[node].inputs[port]
        return self._by_feed[type(feed)](self, feed, node, port, record)

    def _known_control(self, feed: Any, node: NodeId, port: str, record: Record | None) -> Known:
        return Known(InputRef(self.control(node, port).ref, "component"))

    def _known_fixed(self, feed: Any, node: NodeId, port: str, record: Record | None) -> Known:
        return Known(InputRef(hold(feed.value, self.parts, port).ref, "constant"))

    def _known_drawn(self, feed: Any, node: NodeId, port: str, record: Record | None) -> Known:
        drawn = record.inputs.get(port) if record is not None else None
        replayable = drawn is not None and drawn.source == "callable"
        return Known(drawn if replayable else None)

    def _known_wire(self, feed: Any, node: NodeId, port: str, record: Record | None) -> Known:
        source = self._name_of[feed.port.node]
        if self.edge_skipped(source, feed.port.name):
            return Known(None, skipped=source)
        ref = self.shown(source, feed.port.name)
        if ref is None:
            return Known(None, missing=source)
        shown = self.sheet.shown.get(source)
        made_by = shown.id if shown is not None else None
        return Known(InputRef(ref, "port", (source, feed.port.name), made_by))

    def _unfed(self, feed: Any, node: NodeId, port: str, record: Record | None) -> Known:
        raise InvalidInputError(
            f"{node}.{port} has no value. Connect it with an edge, or give it one in inputs=.",
            node=node,
            port=port,
        )

    _by_feed: ClassVar[Mapping[type, Callable[..., Known]]] = {
        Control: _known_control,
        Fixed: _known_fixed,
        Drawn: _known_drawn,
        Wire: _known_wire,
        Unfed: _unfed,
    }

    # -- values, for runs

    def take(self, node: NodeId, port: str, ref: InputRef | None) -> Held:
        """Return the value an input gets in a run; draws one if ``ref`` has none to replay."""
        feed = self.structure.nodes[node].inputs[port]
        if isinstance(feed, Control):
            return self.control(node, port)
        if isinstance(feed, Fixed):
            return hold(feed.value, self.parts, port)
        if isinstance(feed, Wire):
            source = self._name_of[feed.port.node]
            assert ref is not None
            return Held(self.value(source, feed.port.name), ref.value)
        assert isinstance(feed, Drawn)
        if ref is not None and ref.value.encoding != "none":
            return Held(self.log.value(ref.value), ref.value)
        return hold(feed.draw(), self.parts, port)


# ---------------------------------------------------------------- keys


def node_code(node: Node) -> Code:
    """Return a node's code with the callables that draw its inputs."""
    draws = {
        f"{port}()": feed.draw for port, feed in node.inputs.items() if isinstance(feed, Drawn)
    }
    code = node.code()
    return replace(code, functions={**code.functions, **draws}) if draws else code


def scatter_spec(node: Node) -> Spec:
    """Return (port, scatter, gather, key) of the inputs that are scattered or gathered."""
    wires = ((port, feed) for port, feed in node.inputs.items() if isinstance(feed, Wire))
    return tuple(
        sorted(
            (port, int(w.scatter), int(w.gather), w.key or "")
            for port, w in wires
            if w.scatter or w.gather
        )
    )


def node_key(
    code: Fingerprint, refs: Mapping[str, ValueRef], spec: tuple[Any, ...] = (), scope: str = ""
) -> Digest:
    """Return the key of a node run: its code, its input digests by port, how it scatters."""
    parts = [code.digest, scope]
    for port in sorted(refs):
        parts.append(f"{len(port)}:{port}={refs[port].digest}")
    if spec:
        parts.append(digest(spec))
    return Digest(xxhash.xxh3_128_hexdigest("\0".join(parts).encode()))


# ---------------------------------------------------------------- scatter

Path = tuple[int, ...]


@dataclass(frozen=True)
class Levels:
    """How many indices of an item's path pick the value of each input."""

    depth: int
    by_port: Mapping[str, int]
    keys: Mapping[str, str]


def levels(structure: Structure, node: NodeId) -> Levels:
    """Return how the inputs of a node are indexed when it runs once per item."""
    by_port: dict[str, int] = {}
    keys: dict[str, str] = {}
    for edge in structure.into[node]:
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
