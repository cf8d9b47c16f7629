"""What can be read once only, and what several nodes share without a digest."""

from __future__ import annotations

import io
import itertools
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from daggr_nb import FnNode, Graph
from daggr_nb.errors import NodeFailed


def graph(make: Callable[[], Any], *consumers: Callable[[Any], Any]) -> Graph:
    source = FnNode(make, name="source")
    nodes = [
        FnNode(each, name=f"n{n}", inputs={"x": source.output}) for n, each in enumerate(consumers)
    ]
    return Graph("one shot", nodes=nodes)


def values(graph: Graph) -> list[Any]:
    return [outputs["output"] for outputs in graph.run().values()]


ITERATORS: dict[str, Callable[[], Any]] = {
    "map": lambda: map(int, "12"),
    "filter": lambda: filter(None, [1, 0, 2]),
    "list iterator": lambda: iter([1, 2]),
    "generator": lambda: (int(c) for c in "12"),
    "part of an endless one": lambda: itertools.islice(itertools.count(1), 2),
    "chain": lambda: itertools.chain([1], [2]),
    "reversed": lambda: reversed([2, 1]),
}


@pytest.mark.parametrize("what", ITERATORS)
def test_an_iterator_becomes_a_list_that_all_consumers_get(what: str) -> None:
    assert values(graph(ITERATORS[what], lambda x: [*x], lambda x: [*x, 3])) == [[1, 2], [1, 2, 3]]


def test_an_iterator_without_an_end_is_an_error() -> None:
    with pytest.raises(NodeFailed, match="islice"):
        graph(itertools.count, lambda x: next(x)).run()


def test_an_iterator_among_several_outputs_becomes_a_list() -> None:
    node = FnNode(lambda: (zip("a", "b", strict=True), 1), name="pair", outputs=["left", "right"])
    assert Graph("pairs", nodes=[node]).run()["pair"] == {"left": [("a", "b")], "right": 1}


def test_a_shared_reader_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(NodeFailed, match="several inputs are fed"):
        graph(lambda: open(os.devnull), lambda x: 1, lambda x: 2).run()  # noqa: SIM115 - nobody reads it


def read(x: Any) -> Any:
    with x:
        return x.read()


def test_a_reader_with_one_consumer_is_read() -> None:
    assert values(graph(lambda: open(os.devnull), read)) == [""]  # noqa: SIM115 - read() does


@pytest.mark.parametrize("make", [lambda: io.BytesIO(b"ab"), lambda: io.StringIO("a\r\nb")])
def test_every_consumer_reads_a_buffer_from_its_place(make: Callable[[], Any]) -> None:
    expected = make().read()
    found = graph(make, lambda x: x.read(), lambda x: x.read())
    assert values(found) == [expected, expected]
    assert {state.freshness for state in found.status().values()} == {"fresh"}


class Counter:
    """Has no digest, but attributes."""

    def __init__(self) -> None:
        self.n, self.lock = 0, threading.Lock()


def count(x: Counter) -> int:
    x.n += 1
    return x.n


def test_what_can_be_digested_of_a_shared_value_is_watched() -> None:
    with pytest.raises(NodeFailed, match="changed its input 'x' in place"):
        graph(Counter, count, lambda x: 1).run()


def test_a_value_with_one_consumer_may_be_changed_by_it() -> None:
    assert values(graph(Counter, count)) == [1]
