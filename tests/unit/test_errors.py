"""Errors say what was expected, can be caught by kind, and survive a trip between processes."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from daggr_nb import errors

KINDS = [
    kind
    for kind in vars(errors).values()
    if inspect.isclass(kind) and issubclass(kind, Exception) and not issubclass(kind, Warning)
]


def test_the_tree_drawn_is_the_tree() -> None:
    drawn = set(re.findall(r"(?<=── )[A-Z]\w+", errors.__doc__ or "")) | {"DaggrError"}
    missing = {kind.__name__ for kind in KINDS} - drawn
    assert not missing


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_ours_and_carries_its_subject(kind: type[errors.DaggrError]) -> None:
    assert issubclass(kind, errors.DaggrError)
    error = kind("text", node="a")
    assert (str(error), error.node, error.port) == ("text", "a", None)


@pytest.mark.parametrize("kind", [k for k in KINDS if k is not errors.NodeFailed])
def test_an_error_can_be_pickled(kind: type[errors.DaggrError]) -> None:
    back = pickle.loads(pickle.dumps(kind("text", node="a", port="p")))  # noqa: S301 - ours
    assert (type(back), str(back), back.node, back.port) == (kind, "text", "a", "p")


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.GraphError, ValueError),
        (errors.UnknownPortError, AttributeError),
        (errors.InputError, ValueError),
        (errors.DigestError, TypeError),
    ],
)
def test_errors_are_also_what_python_calls_them(kind: type, builtin: type) -> None:
    assert issubclass(kind, builtin)


@pytest.mark.parametrize(
    ("seen", "known", "said"),
    [
        ("titel", ["title", "n"], " Did you mean 'title'?"),
        ("x", ["title", "body"], " Known: 'body', 'title'."),
        ("x", [], ""),
        ("x", [f"long_{i:02}" for i in range(20)], ", …."),
        ("Title", ["title"], " Did you mean 'title'?"),
    ],
)
def test_did_you_mean(seen: str, known: list[str], said: str) -> None:
    assert errors.did_you_mean(seen, known).endswith(said)
