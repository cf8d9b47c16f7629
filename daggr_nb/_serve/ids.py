"""Which part of a graph, and which of its inputs, a request means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from daggr_nb import ui
from daggr_nb._handles.schema import leaves, plain_id, schema, subgraphs
from daggr_nb._ids import NodeId, PortRef
from daggr_nb._model.feed import Control
from daggr_nb._model.structure import Structure
from daggr_nb._serve.problem import Problem
from daggr_nb.errors import did_you_mean

MAIN = "main"
SELECTED = "_selected_variant"
"""What daggr calls the input that chooses among variants: its value is an index."""
_NUMBERED = re.compile(r"subgraph_(-?\d.*)")


@dataclass(frozen=True)
class Part:
    """Nodes that hang together: ``targets`` are those of them that feed no other."""

    id: str
    nodes: Sequence[NodeId]
    targets: Sequence[NodeId]


def parts_of(structure: Structure) -> list[Part]:
    """Return the parts of a graph, with the ids that ``/api/schema`` lists."""
    groups, last = subgraphs(structure), set(leaves(structure))
    several = len(groups) > 1
    return [
        Part(
            f"subgraph_{number}" if several else MAIN,
            nodes,
            [name for name in nodes if name in last and structure.nodes[name].runnable],
        )
        for number, nodes in enumerate(groups)
    ]


def part_named(structure: Structure, identity: str | None) -> Part:
    """Return the part that is meant, the only one without an ``identity``."""
    parts = parts_of(structure)
    if identity is None:
        if len(parts) > 1:
            ids = [part.id for part in parts]
            raise Problem(
                400,
                f"The graph has {len(parts)} parts that do not hang together, so that a call says "
                f"which: POST /api/call/{ids[0]}.",
                available_subgraphs=ids,
            )
        return parts[0] if parts else Part(MAIN, (), ())
    by_id = {part.id: part for part in parts} | {
        f"subgraph_{number}": part for number, part in enumerate(parts)
    }
    if identity in by_id:
        return by_id[identity]
    if identity.startswith("subgraph_") and not _NUMBERED.fullmatch(identity):
        raise Problem(400, f"{identity!r} was expected to be subgraph_ and a number.")
    raise Problem(
        404,
        f"The graph has no part {identity!r}.{did_you_mean(identity, [part.id for part in parts])}",
    )


def node_part(structure: Structure, name: str) -> Part:
    """Return a node with all that feeds it, as a part of which it is the target."""
    if name not in structure.nodes:
        raise Problem(404, f"No node is called {name!r}.{did_you_mean(name, structure.nodes)}")
    node = NodeId(name)
    reach = {node, *structure.topology.ancestors([node])}
    return Part(name, [each for each in structure.nodes if each in reach], [node])


def targets_part(structure: Structure, names: Sequence[str]) -> Part:
    """Return the nodes that are asked for with all that feeds them."""
    parts = [node_part(structure, name) for name in names]
    nodes = {node: None for part in parts for node in part.nodes}
    return Part("", list(nodes), list(dict.fromkeys(t for part in parts for t in part.targets)))


def whole_part(structure: Structure) -> Part:
    """Return the whole graph."""
    parts = parts_of(structure)
    return Part(
        "",
        [name for part in parts for name in part.nodes],
        [name for part in parts for name in part.targets],
    )


def settable(structure: Structure) -> Iterator[tuple[PortRef, ui.Component]]:
    """Yield the inputs that a caller may set: all controls that people may."""
    for ref in structure.controls.values():
        feed = structure.nodes[ref.node].inputs[ref.port]
        if isinstance(feed, Control) and feed.component.interactive is not False:
            yield ref, feed.component


def shown_schema(structure: Structure) -> dict[str, Any]:
    """Return what each part takes and gives in daggr's form, as ``/api/schema`` answers it."""
    refs = {ref for ref, _ in settable(structure)}
    data = schema(structure)
    for part in data["subgraphs"]:
        part["inputs"] = [
            each for each in part["inputs"] if PortRef(each["node"], each["port"]) in refs
        ]
    return data


class InputIds:
    """The inputs of a graph by every id that a caller may write.

    Those are the ids of ``graph.inputs``; the same without blanks and hyphens; and as daggr writes
    those of a choice, ``{choice}___selected_variant`` (an index, or a name) and
    ``{variant}__{port}``. An id that would mean several inputs means none.
    """

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._settable = dict(settable(structure))
        self._refs: dict[str, PortRef] = {f"{ref.node}__{ref.port}": ref for ref in self._settable}
        self.canonical = list(self._refs)
        for level in (self._plain, self._selectors, self._of_variants):
            self._add(level())

    def _add(self, more: Iterator[tuple[str, PortRef]]) -> None:
        by_id: dict[str, set[PortRef]] = {}
        for identity, ref in more:
            by_id.setdefault(identity, set()).add(ref)
        for identity, refs in by_id.items():
            if identity not in self._refs and len(refs) == 1:
                self._refs[identity] = refs.pop()

    def _plain(self) -> Iterator[tuple[str, PortRef]]:
        for identity in self.canonical:
            yield plain_id(identity), self._refs[identity]

    def _selectors(self) -> Iterator[tuple[str, PortRef]]:
        for name, node in self._structure.nodes.items():
            if node.selector is not None:
                ref = PortRef(name, node.selector)
                yield f"{name}__{SELECTED}", ref
                yield plain_id(f"{name}__{SELECTED}"), ref

    def _of_variants(self) -> Iterator[tuple[str, PortRef]]:
        for name, node in self._structure.nodes.items():
            by_variant = {} if node.selector is None else node.by_variant
            for title, variant in by_variant.items():
                for port, own in variant.ports.items():
                    ref = PortRef(name, port)
                    if ref in self._settable:
                        yield f"{title}__{own}", ref
                        yield plain_id(f"{title}__{own}"), ref

    def find(self, identity: str) -> PortRef | None:
        """Return the input that an id means, if there is one."""
        return self._refs.get(identity)

    def refusal(self, identity: str, part: Part) -> Problem:
        """Return why an id is that of no input of ``part``."""
        nodes = set(part.nodes)
        known = [name for name in self.canonical if self._refs[name].node in nodes]
        where = "an input of another part" if identity in self._refs else "no input"
        # Of a run, it is what the request says itself that does not go together.
        status = 409 if identity in self._refs and not part.id else 400
        return Problem(status, f"{identity!r} is {where}.{did_you_mean(identity, known)}")

    def component(self, ref: PortRef) -> ui.Component:
        """Return the component of an input."""
        return self._settable[ref]

    def variant(self, ref: PortRef, value: Any) -> Any:
        """Return the name of the variant that daggr's index of one means; others as they are."""
        node = self._structure.nodes[ref.node]
        if node.selector != ref.port or isinstance(value, bool) or not isinstance(value, int):
            return value
        names = list(node.by_variant)
        if not 0 <= value < len(names):
            raise Problem(
                400,
                f"{ref.node}.{ref.port} expected the index of a variant, 0 to {len(names) - 1}, or "
                f"its name, got {value}.",
            )
        return names[value]
