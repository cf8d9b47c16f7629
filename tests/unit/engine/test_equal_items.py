"""Equal items of a list keep results of their own (K11)."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InteractionNode, ui
from daggr_nb.errors import RunPaused

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


class Votes:
    """A graph that asks a person about every item."""

    def __init__(self, kind: Any = "generic", **options: Any) -> None:
        prompts = FnNode(lambda text: text, "prompts", inputs={"text": ui.JSON([])}, version="1")
        port = "options" if kind == "choose_one" else "input"
        self.asks = InteractionNode("vote", kind, inputs={port: prompts.output.each})
        self.graph = Graph("Votes", nodes=[self.asks], **options)

    def ask(self, *prompts: Any) -> list[str]:
        """Run, and return the items that are asked about."""
        with contextlib.suppress(RunPaused):
            self.graph.run(inputs={"prompts__text": list(prompts)})
        return [question.item for question in self.graph.questions()]

    def answer(self, *answers: str) -> None:
        for answer in answers:
            item = self.graph.questions()[0].item
            with contextlib.suppress(RunPaused):
                self.graph.answer(self.asks, answer, item=item).result()

    @property
    def values(self) -> list[str]:
        (values,) = self.graph.run()["vote"].values()
        return list(values)


def test_equal_items_are_asked_about_one_by_one() -> None:
    votes = Votes()
    assert votes.ask(A, A, B) == ["0", "1", "2"]
    votes.answer("first")
    assert votes.ask(A, A, B) == ["1", "2"]
    votes.answer("second", "third")
    assert votes.values == ["first", "second", "third"]


def test_of_equal_choices_each_is_made() -> None:
    votes = Votes("choose_one")
    assert votes.ask([A, B], [A, B], [A, B]) == ["0", "1", "2"]
    votes.answer(A, B, A)
    assert votes.values == [A, B, A]


@pytest.mark.parametrize(
    ("first", "second", "open_items", "values"),
    [
        ([A, A], [A, A, B], ["2"], ["0", "1", "new"]),
        ([A, A], [A], [], ["0"]),
        ([A, A, B], [B, A], [], ["2", "1"]),
        ([A, A, B], [A, A, A, B], ["2"], ["0", "1", "new", "2"]),
        ([A, B], [A, A], ["1"], ["0", "new"]),
        ([A, A, B, B], [B, B, A, A], [], ["2", "3", "0", "1"]),
    ],
    ids=str,
)
def test_answers_stay_with_their_items(
    first: list[Any], second: list[Any], open_items: list[str], values: list[str]
) -> None:
    votes = Votes()
    votes.ask(*first)
    votes.answer(*map(str, range(len(first))))
    assert votes.ask(*second) == open_items
    votes.answer(*["new"] * len(open_items))
    assert votes.values == values


def test_answers_given_to_some_move_with_equal_items() -> None:
    votes = Votes()
    votes.ask(A, A)
    votes.answer("first")  # no run of all has shown it yet
    assert votes.ask(B, A, A) == ["0", "2"]
    votes.answer("of b", "second")
    assert votes.values == ["of b", "first", "second"]


def test_equal_items_are_asked_anew_one_by_one(tmp_path: Path) -> None:
    votes = Votes(store=tmp_path)
    votes.ask(A, A)
    votes.answer("first", "second")
    votes.graph.submit("vote").wait(10)
    assert [question.item for question in votes.graph.questions()] == ["0", "1"]
    votes.answer("third")
    assert [question.item for question in votes.graph.questions()] == ["1"]
    votes.graph.close()
    again = Votes(store=tmp_path)
    assert again.ask(A, A) == ["1"]
    again.answer("fourth")
    assert again.values == ["third", "fourth"]
