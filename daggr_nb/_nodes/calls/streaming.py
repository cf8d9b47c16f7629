"""What a generator yields: the value so far each time, or piece after piece."""

from __future__ import annotations

import functools
import operator
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Protocol

from daggr_nb._model.evaluation import RunContext
from daggr_nb._model.reports import DeltaReport
from daggr_nb._text import brief
from daggr_nb.errors import GraphError, OutputMismatch, is_interrupt

Streaming = Literal["append", "replace"]
Delta = Annotated[str, "append"]
"""A piece of a text, for the annotation of a generator: ``-> Iterator[Delta]``."""

_COMPARED = 1_000  # pieces show among the first; comparing long texts takes time

ByPort = Callable[[Any], Mapping[str, Any]]
"""What takes a value apart by output port."""


class Sink(Protocol):
    """Takes what a generator yields; ``result`` is what counts in the end."""

    def take(self, value: Any) -> None: ...
    @property
    def result(self) -> Any: ...


def checked(node: str, stream: str | None) -> Streaming | None:
    """Return ``stream`` or raise ``GraphError``."""
    if stream not in (None, "append", "replace"):
        raise GraphError(
            f"stream= expected 'append' or 'replace', got {stream!r}: 'append' for a generator "
            "that yields pieces, 'replace' for one that yields the value so far.",
            node=node,
        )
    return typing.cast("Streaming | None", stream)


def says_append(annotation: Any) -> bool:
    """Whether what is yielded is annotated as a piece (see :data:`Delta`)."""
    return "append" in getattr(annotation, "__metadata__", ())


def whole_type(annotation: Any) -> Any:
    """Return the type of all that is yielded together."""
    return annotation.__origin__ if says_append(annotation) else annotation


class Values:
    """Values so far: the last one is the result.

    ``differs`` hears once, with both, of a text that does not continue the one before.
    """

    def __init__(
        self, context: RunContext, by_port: ByPort, differs: Callable[[str, str], object] | None
    ) -> None:
        self._context, self._by_port, self._differs = context, by_port, differs
        self.result: Any = None
        self._count = 0

    def take(self, value: Any) -> None:
        former, self.result = self.result, value
        self._count += 1
        if self._differs is not None and type(value) is type(former) is str:
            is_other = not value.startswith(former)
            if is_other:
                self._differs(former, value)
            if is_other or self._count > _COMPARED:
                self._differs = None
        for port, part in self._by_port(value).items():
            self._context.produce(port, part)


class Pieces:
    """Pieces of a value, one after the other; ``None`` is no piece."""

    def __init__(self, node: str, context: RunContext, by_port: ByPort) -> None:
        self._node, self._context, self._by_port = node, context, by_port
        self._pieces: dict[str, list[Any]] = {}

    def take(self, value: Any) -> None:
        for port, piece in self._by_port(value).items():
            pieces = self._pieces.setdefault(port, [])
            if piece is not None:
                pieces.append(piece)
                self._context.report(DeltaReport(piece, port))

    @property
    def result(self) -> Any:
        wholes = tuple(self._joined(port, pieces) for port, pieces in self._pieces.items())
        return wholes[0] if len(wholes) == 1 else (wholes or None)

    def _joined(self, port: str, pieces: list[Any]) -> Any:
        if all(isinstance(piece, str) for piece in pieces):
            return "".join(pieces)
        try:
            return functools.reduce(operator.add, pieces)
        except BaseException as error:
            if is_interrupt(error):
                raise
            raise OutputMismatch(
                f'{self._node!r} has stream="append" and expected pieces that can be joined, such '
                f"as texts or lists, but yielded {brief(pieces[0])} and others for {port!r}. "
                "Yield what can be added up, or the value so far without stream=.",
                node=self._node,
                port=port,
            ) from error
