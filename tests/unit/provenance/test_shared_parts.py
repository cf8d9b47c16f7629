"""Values whose parts share parts: small in memory, without end as a tree."""

from __future__ import annotations

import dataclasses
import datetime
import pathlib
from collections.abc import Callable
from typing import Any

import pytest

from daggr_nb import FnNode, Graph
from daggr_nb._provenance.digest.content import digest


class Plain:
    def __init__(self, part: Any) -> None:
        self.first = self.second = part


class Slotted:
    __slots__ = ("first", "second")

    def __init__(self, part: Any) -> None:
        self.first = self.second = part


@dataclasses.dataclass
class Data:
    first: Any
    second: Any


class Stateful(Plain):
    def __getstate__(self) -> dict[str, Any]:
        return {"first": self.first, "second": self.second}


class Items(list[Any]):
    pass


LAYERS: dict[str, Callable[[Any], Any]] = {
    "list": lambda part: [part, part],
    "tuple": lambda part: (part, part),
    "dict": lambda part: {"a": part, "b": part},
    "dict by number": lambda part: {1: part, 2: part},
    "in turn": lambda part: [{"a": (part,)}, {"a": (part,)}],
    "object": Plain,
    "slots": Slotted,
    "data class": lambda part: Data(part, part),
    "state": Stateful,
    "subclass": lambda part: Items([part, part]),
}
LEAVES: dict[str, Callable[[], Any]] = {
    "a number": lambda: 1,
    "a moment": lambda: datetime.datetime(2026, 1, 31),
    "a path": lambda: pathlib.Path("nowhere/a.txt"),
    "a list": lambda: [1, "x"],
}


def layered(layer: Callable[[Any], Any], leaf: Any, layers: int = 60) -> Any:
    for _ in range(layers):
        leaf = layer(leaf)
    return leaf


def unfolded(layer: Callable[[Any], Any], leaf: Callable[[], Any], layers: int) -> Any:
    """The same content, with nothing shared."""
    if not layers:
        return leaf()
    value = layer(unfolded(layer, leaf, layers - 1))
    if isinstance(value, dict):
        for key in list(value)[1:]:
            value[key] = unfolded(layer, leaf, layers - 1)
    elif isinstance(value, list):
        value[1] = layer(unfolded(layer, leaf, layers - 1))[1]
    elif isinstance(value, tuple):
        value = (value[0], unfolded(layer, leaf, layers - 1))
    else:
        value.second = unfolded(layer, leaf, layers - 1)
    return value


@pytest.mark.parametrize("leaf", LEAVES)
@pytest.mark.parametrize("layer", LAYERS)
def test_what_is_shared_is_no_content(layer: str, leaf: str) -> None:
    make = LAYERS[layer]
    shared = digest(layered(make, LEAVES[leaf](), 7))
    assert shared == digest(unfolded(make, LEAVES[leaf], 7))
    assert shared != digest(layered(make, LEAVES[leaf](), 8))
    assert shared != digest(layered(make, "other", 7))


@pytest.mark.parametrize("leaf", LEAVES)
@pytest.mark.parametrize("layer", LAYERS)
def test_it_goes_through_a_graph_and_comes_back(
    layer: str, leaf: str, tmp_path: pathlib.Path
) -> None:
    value = layered(LAYERS[layer], LEAVES[leaf]())

    def make(flag: bool = True) -> Any:
        return value if flag else None

    def graph() -> Graph:
        node = FnNode(make)
        use = FnNode(lambda it, also: digest(it), "use", inputs={"it": node.output, "also": value})
        return Graph("Shared", [use], store=tmp_path)

    first = graph()
    assert first.run()["use"]["output"] == digest(value)
    first.close()
    again = graph()
    assert [status.freshness for status in again.status().values()] == ["fresh", "fresh"]
    assert digest(again.results["make"]["output"]) == digest(value)
    again.close()
