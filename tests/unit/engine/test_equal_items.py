"""Equal items of a list keep results of their own (K11)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, ui

A, B, C = "a cat", "a dog", "a fox"


class Tries:
    """A graph that gives every item another answer each time it runs."""

    def __init__(self) -> None:
        self.answers = itertools.count()
        self.asked: list[str] = []

        def sample(prompt: Any) -> int:
            self.asked.append(prompt)
            return next(self.answers)

        prompts = FnNode(lambda text: text, "prompts", inputs={"text": ui.JSON([])}, version="1")
        node = FnNode(sample, "sample", inputs={"prompt": prompts.output.each}, version="1")
        self.graph = Graph("Tries", nodes=[node])

    def run(self, *prompts: Any) -> list[int]:
        self.asked.clear()
        values: list[int] = self.graph.run(inputs={"prompts__text": list(prompts)})["sample"][
            "output"
        ]
        return values


@pytest.mark.parametrize(
    ("first", "second", "kept", "asked"),
    [
        ([A, A, A], [A, A, A, B], [0, 1, 2], [B]),
        ([A, A, A], [A, A], [0, 1], []),
        ([A, A, A], [A], [0], []),
        ([A, A, B], [A, B], [0, 2], []),
        ([A, A, B], [B, A], [2, 1], []),
        ([B, A, A], [A, C], [1, None], [C]),
        ([A, A], [A, A, A], [0, 1], [A]),
        ([A, A, B], [B, A, A], [2, 1, 0], []),
        ([A, B, A], [A, C, A], [0, None, 2], [C]),
        ([A, A, B, B], [B, B, A, A], [2, 3, 0, 1], []),
        ([[1], [1], [2]], [[1], [1], [3]], [0, 1], [[3]]),
        ([None, None], [None, None, 0], [0, 1], [0]),
    ],
    ids=str,
)
def test_an_edit_of_one_item_leaves_the_others_their_own(
    first: list[Any], second: list[Any], kept: list[int | None], asked: list[Any]
) -> None:
    tries = Tries()
    assert tries.run(*first) == list(range(len(first)))
    values = tries.run(*second)
    assert tries.asked == asked
    assert [v for v, k in zip(values, kept, strict=False) if k is not None] == [
        k for k in kept if k is not None
    ]
    assert len(set(values)) == len(values)


def test_items_that_were_removed_come_back_with_their_own() -> None:
    tries = Tries()
    tries.run(A, A, A)
    tries.run(A)
    assert tries.run(A, A, A) == [0, 1, 2]
    assert tries.asked == []


def test_a_new_kernel_knows_them_apart() -> None:
    tries = Tries()
    tries.run(A, A)
    tries.graph.close()
    again = Tries()
    assert again.run(A, A) == [0, 1]
    assert again.asked == []


def test_each_try_can_be_run_anew() -> None:
    tries = Tries()
    tries.run(A, A, A)
    tries.graph.run("sample", item=1)
    assert tries.graph.run()["sample"]["output"] == [0, 3, 2]
