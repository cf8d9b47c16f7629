"""Order, closures, components and cycles, with networkx as the judge."""

from __future__ import annotations

import itertools
import re
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb._model.topology import topology
from daggr_nb.errors import CycleError

names = [f"n{i}" for i in range(12)]
pairs = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30)


def parents_of(edges: list[tuple[int, int]], acyclic: bool) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {name: [] for name in names}
    for a, b in edges:
        source, target = (min(a, b), max(a, b)) if acyclic else (a, b)
        if not acyclic or source != target:
            found[names[target]].append(names[source])
    return found


def judge(parents: dict[Any, list[Any]]) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(parents)
    graph.add_edges_from((p, name) for name, above in parents.items() for p in above)
    return graph


@given(pairs, st.randoms(), st.sets(st.sampled_from(names)))
def test_order_and_closures_agree(edges: Any, rng: Any, roots: Any) -> None:
    parents = parents_of(edges, acyclic=True)
    shuffled = list(parents)
    rng.shuffle(shuffled)
    found, graph = topology({name: parents[name] for name in shuffled}), judge(parents)
    assert set(found.order) == set(names)
    assert all(found.rank[a] < found.rank[b] for a, b in graph.edges)
    assert [found.rank[name] for name in found.order] == list(range(12))
    for name in found.order:
        assert set(found.parents[name]) == set(graph.predecessors(name))
        assert set(found.children[name]) == set(graph.successors(name))
    below = set().union(*(nx.descendants(graph, r) for r in roots)) - roots
    above = set().union(*(nx.ancestors(graph, r) for r in roots)) - roots
    assert found.descendants(roots) == sorted(below, key=found.rank.__getitem__)
    assert found.ancestors(roots) == sorted(above, key=found.rank.__getitem__)
    parts = {frozenset(part) for part in found.components()}
    assert parts == set(map(frozenset, nx.weakly_connected_components(graph)))


@given(pairs)
def test_a_cycle_is_reported_just_if_there_is_one_and_is_real(edges: Any) -> None:
    parents = parents_of(edges, acyclic=False)
    graph = judge(parents)
    if nx.is_directed_acyclic_graph(graph):
        assert len(topology(parents).order) == 12
        return
    with pytest.raises(CycleError) as caught:
        topology(parents)
    path = re.findall(r"n\d+", str(caught.value))
    assert path[0] == path[-1] == caught.value.node
    assert all(graph.has_edge(a, b) for a, b in itertools.pairwise(path))
    assert len(set(path)) == len(path) - 1


def test_equals_keep_the_order_in_which_they_were_given() -> None:
    assert topology({n: [] for n in "cab"}).order == ("c", "a", "b")  # type: ignore[misc]
