"""Running one node alone, to try it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

from daggr_nb._model.evaluation import RunContext
from daggr_nb._model.feed import Control, Drawn, Fixed
from daggr_nb._model.node import Feed, Node
from daggr_nb._model.reports import LogReport, Report
from daggr_nb.errors import InvalidInputError, UnknownPortError, did_you_mean


def run_standalone(node: Node, values: Mapping[str, Any], answer: Any = None) -> dict[str, Any]:
    """Run ``node`` in this thread with inputs of ``values`` and examples for the others.

    ``answer`` is what a person answered, for nodes that ask.
    """
    for port in values:
        if port not in node.inputs:
            raise UnknownPortError(
                f"{node.name!r} has no input {port!r}.{did_you_mean(port, node.inputs)}",
                node=node.name,
                port=port,
            )
    inputs = {
        port: values[port] if port in values else _example(feed, node, port)
        for port, feed in node.inputs.items()
        if port in values or port not in node.optional or not _comes_from_elsewhere(feed)
    }
    return node.run(inputs, StandaloneContext(answer))


def _comes_from_elsewhere(feed: Feed) -> bool:
    return not isinstance(feed, (Control, Fixed, Drawn))


@singledispatch
def _example(feed: Any, node: Node, port: str) -> Any:
    raise InvalidInputError(
        f"{node.name}.{port} comes from another node, so test() needs a value for it: "
        f"{node.name}.test({port}=...).",
        node=node.name,
        port=port,
    )


@_example.register
def _(feed: Control, node: Node, port: str) -> Any:
    return feed.component.example_value()


@_example.register
def _(feed: Fixed, node: Node, port: str) -> Any:
    return feed.value


@_example.register
def _(feed: Drawn, node: Node, port: str) -> Any:
    return feed.draw()


class StandaloneContext(RunContext):
    """The context of a run that nobody watches, nor stops: logs go to stderr."""

    cancelled = False

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer

    def report(self, report: Report) -> None:
        if isinstance(report, LogReport):
            sys.stderr.write(report.text)

    def when_stopped(self, callback: Callable[[], object]) -> None:
        """Nobody stops it."""
