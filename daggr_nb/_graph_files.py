"""The graph of a script or a notebook, which a command is about."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from daggr_nb._graph import Graph
from daggr_nb._notebook.scripts import run_file
from daggr_nb.errors import InputError


def graph_of(path: pathlib.Path, name: str | None = None) -> Graph:
    """Run a file and return the graph in it, that of a ``name`` if there are several.

    Raises :class:`~daggr_nb.errors.InputError` where there is none, and whatever the file raises.
    """
    variables, launched = run_file(path)
    return graph_in(variables, launched, name)


def graph_in(variables: Mapping[str, Any], launched: Sequence[Any], name: str | None) -> Graph:
    """Return the graph that is meant: of a name, else the launched one, else the only one."""
    bound = [value for value in variables.values() if isinstance(value, Graph)]
    graphs = list(dict.fromkeys([*launched, *bound]))
    if name is not None:
        graphs = [graph for graph in graphs if name in (graph.name, graph.persist_key)]
    elif launched:
        graphs = list(dict.fromkeys(launched))[-1:]
    elif isinstance(variables.get("graph"), Graph):
        graphs = [variables["graph"]]
    if len(graphs) == 1:
        chosen: Graph = graphs[0]
        return chosen
    names = ", ".join(repr(graph.name) for graph in dict.fromkeys([*launched, *bound]))
    raise InputError(
        f"One graph was expected, got {names or 'none'}. "
        + ("Say which with --graph NAME." if names else "Define one: graph = Graph(…).")
    )
