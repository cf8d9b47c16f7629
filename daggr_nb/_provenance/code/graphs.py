"""What code depends on that captures another graph: what its nodes do, and what people gave them.

What it shows counts only where code reads that without running it: a run would change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from daggr_nb._ids import Digest
from daggr_nb._model.feed import Control, Drawn, Fixed, Wire
from daggr_nb._model.node import Feed, Port
from daggr_nb._model.wiring import Wired
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.redaction import redacted_repr
from daggr_nb.errors import DigestError

_RUNS = frozenset({"run", "submit", "stream", "sweep", "answer", "autorun"})


@dataclass(frozen=True)
class Definition:
    """Something that counts by what was written: its digest, and a text for people."""

    content: Digest
    text: str


@dataclass(frozen=True)
class Shown:
    """A port, which counts by what it shows; ``initial`` is that before there is a session."""

    port: Port
    initial: tuple[str, str] = ("", "nothing yet")


Part = tuple[str, Any]  # the path from the graph, and what is there: one of these two, or a thing


def parts_of(graph: Wired) -> Iterator[Part]:
    """Yield what running a graph depends on."""
    structure = graph.wiring.structure
    text = f"{graph.name}: {', '.join(structure.nodes)}"
    yield "", Definition(digest([graph.name, list(structure.nodes)]), text)
    for name, node in structure.nodes.items():
        code = node.code()
        content = digest([code.kind, dict(code.config), code.version])
        yield f".{name}", Definition(content, code.kind)
        for role, function in code.functions.items() if code.version is None else ():
            yield f".{name}({role})", function
        for index, thing in enumerate(code.depends):
            yield f".{name}.depends[{index}]", thing
        for port, feed in node.inputs.items():
            yield from _fed(f".{name}.{port}", feed, Port(node, port))


def _fed(path: str, feed: Feed, port: Port) -> Iterator[Part]:
    if isinstance(feed, Fixed):
        yield path, feed.value
    elif isinstance(feed, Drawn):
        yield path, feed.draw
    elif isinstance(feed, Wire):
        how = [repr(feed.port), feed.scatter, int(feed.gather), feed.key]
        yield path, Definition(digest(how), repr(feed.port))
    elif isinstance(feed, Control):
        yield path, Shown(port, _initial(port.name, feed.component.initial))


def _initial(name: str, value: Any) -> tuple[str, str]:
    try:
        return digest(value), redacted_repr(name, value)
    except DigestError:
        return "", "as it is defined"


def results_of(graph: Wired) -> Iterator[Part]:
    """Yield what a graph shows."""
    for name, node in graph.wiring.structure.nodes.items():
        for port in node.outputs:
            yield f".{name}.{port}", Shown(Port(node, port))


def only_reads(chains: Iterable[tuple[str, ...]]) -> bool:
    """Whether code takes things from a graph, and nothing that runs it."""
    return all(chain and chain[0] not in _RUNS for chain in chains)
