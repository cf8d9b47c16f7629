"""What the canvas shows, as a mapping for the next cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from daggr_nb._engine.session.session import Session
from daggr_nb._handles.tables import cells, table
from daggr_nb._ids import NodeId
from daggr_nb._model.structure import Structure
from daggr_nb._text import brief
from daggr_nb.errors import NotRunYet, UnknownPortError, did_you_mean


class Results(Mapping[str, "Result"]):
    """The values shown now by node: those of nodes that show any, in the order of the graph.

    It looks anew each time, so it follows runs, restores and sheets. A node that shows nothing is
    an error that says so.

    >>> def double(x: int = 2) -> int:
    ...     return 2 * x
    >>> graph = Graph("Shown", nodes=[FnNode(double, outputs=["y"])], persist_key=False)
    >>> list(graph.results)
    []
    >>> _ = graph.run()
    >>> graph.results["double"]["y"]
    4
    """

    def __init__(self, session: Session, structure: Structure) -> None:
        self._session = session
        self._structure = structure

    def __getitem__(self, name: str) -> Result:
        node = NodeId(name)
        self._structure.node(name)
        result = Result(self._session, node, list(self._structure.nodes[node].outputs))
        if not result:
            raise NotRunYet(
                f"{name!r} shows no result. Run it first, with graph.run({name!r}) or on its card; "
                f"graph.history({name!r}) has what was recorded before.",
                node=name,
            )
        return result

    def __iter__(self) -> Iterator[str]:
        with self._session.reading() as state:
            names = [
                str(name)
                for name, node in self._structure.nodes.items()
                if any(state.inputs.shown(name, port) for port in node.outputs)
            ]
        return iter(names)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{name!r}: {self[name]!r}" for name in self) + "}"

    def _repr_html_(self) -> str:
        values = ((name, port, value) for name in self for port, value in self[name].items())
        rows = [cells(name, port, brief(value)) for name, port, value in values]
        return table(("node", "port", "value"), rows)


class Result(Mapping[str, Any]):
    """The values that a node shows now, by port; each is read when it is asked for."""

    def __init__(self, session: Session, node: NodeId, ports: list[str]) -> None:
        self._session = session
        self._node = node
        self._known = ports

    def __getitem__(self, port: str) -> Any:
        if port not in self._known:
            raise UnknownPortError(
                f"{self._node!r} has no output {port!r}.{did_you_mean(port, self._known)}",
                node=self._node,
                port=port,
            )
        with self._session.reading() as state:
            return state.inputs.value(self._node, port)

    def __iter__(self) -> Iterator[str]:
        with self._session.reading() as state:
            ports = [port for port in self._known if state.inputs.shown(self._node, port)]
        return iter(ports)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{port!r}: {brief(self[port])}" for port in self) + "}"
