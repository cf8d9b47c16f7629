"""Results to look at, and plain data."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from daggr_nb.errors import InputError
from daggr_nb.ui._component import DATA, Component, Formed, expected


def _is_exact(value: Any) -> bool:
    """Whether a browser that reads data gives back the same."""
    if isinstance(value, dict):
        return all(type(key) is str and _is_exact(part) for key, part in value.items())
    if isinstance(value, list):
        return all(map(_is_exact, value))
    if type(value) is float:
        return math.isfinite(value) and not value.is_integer()
    if type(value) is int:
        return abs(value) <= 2**53
    return value is None or type(value) in (str, bool)


@dataclass(frozen=True, eq=False)
class JSON(Component):
    """Plain data as a tree that opens and closes; as an input, its text."""

    value: Any = None
    open: bool = False

    @property
    def props(self) -> dict[str, Any]:
        return {"open": self.open}

    def plain(self, value: Any) -> Any:
        if _is_exact(value):
            return value
        try:
            return {DATA: json.dumps(value, indent=2, ensure_ascii=False)}
        except (TypeError, ValueError, RecursionError):  # it is no plain data
            return value

    def edited(self, previous: Any, value: Any) -> Any:
        if not isinstance(value, Mapping) or value.keys() != {DATA}:
            return self.accept(value)
        if self.plain(previous) == value:
            return previous
        try:
            return self.accept(json.loads(value[DATA]))
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(f"{expected(self, 'JSON', value[DATA])} {error}") from error


@dataclass(frozen=True, eq=False)
class Palette(Component):
    """A strip of colours, ``['#rrggbb', …]``."""

    value: Any = None

    shows: ClassVar[str] = "colours as '#rrggbb'"
    previewed: ClassVar[bool] = True


@dataclass(frozen=True, eq=False)
class Label(Component):
    """A class, or classes with confidences ``{"otter": 0.9, "seal": 0.1}`` as bars, best first."""

    typical_height: ClassVar[int] = 60

    value: Any = None
    num_top_classes: int | None = None

    shows: ClassVar[str] = "a class, or confidences by class"
    previewed: ClassVar[bool] = True


@dataclass(frozen=True, eq=False)
class HighlightedText(Component):
    """Text with marked parts: ``[("Ann", "person"), (" sleeps", None)]``, or scores in -1 … 1.

    Also Gradio's ``{"text": ..., "entities": [{"entity", "start", "end"}]}``.
    """

    value: Any = None
    color_map: Mapping[str, str] | None = None
    show_legend: bool = False
    combine_adjacent: bool = False
    adjacent_separator: str = ""

    shows: ClassVar[str] = "pairs of text and mark"
    previewed: ClassVar[bool] = True


@dataclass(frozen=True, eq=False)
class Plot(Component):
    """A figure of Matplotlib or Plotly, or of any library that shows itself in a notebook."""

    typical_height: ClassVar[int] = 220
    wide: ClassVar[bool] = True

    value: Any = None

    shows: ClassVar[str] = "a figure"
    previewed: ClassVar[bool] = True


@dataclass(frozen=True, eq=False)
class Dialogue(Formed):
    """Who says what: ``[{"speaker": "Ann", "text": "Hello"}]``.

    A text of lines ``Ann: Hello`` is taken as well. A parameter annotated ``str``, or
    ``type="text"``, gets such a text.

    >>> Dialogue(speakers=["Ann", "Bo"]).accept("Bo: Hi")
    [{'speaker': 'Bo', 'text': 'Hi'}]
    """

    value: Any = None
    speakers: Sequence[str] | None = field(default=None)

    shows: ClassVar[str] = "lines, each with speaker and text"
    forms: ClassVar[tuple[str, ...]] = ("list", "text")

    @property
    def props(self) -> dict[str, Any]:
        return {"speakers": list(self.speakers or ())}

    @property
    def initial(self) -> Any:
        return self.accept(self.value)

    def accept(self, value: Any) -> list[dict[str, str]]:
        if value is None:
            return []
        lines = value.splitlines() if isinstance(value, str) else value
        if not isinstance(lines, (list, tuple)):
            raise InputError(expected(self, "a list of lines, each with speaker and text", value))
        return [self._line(line) for line in lines if line != ""]

    def _line(self, line: Any) -> dict[str, str]:
        if isinstance(line, str):
            speaker, colon, text = line.partition(":")
            line = {"speaker": speaker.strip(), "text": text.strip()} if colon else {"text": line}
        if not isinstance(line, Mapping) or not isinstance(line.get("text", ""), str):
            raise InputError(expected(self, "a line as {'speaker': ..., 'text': ...}", line))
        speaker = str(line.get("speaker") or "")
        if self.speakers and speaker and speaker not in self.speakers:
            raise InputError(expected(self, f"a speaker of {', '.join(self.speakers)}", speaker))
        return {"speaker": speaker, "text": line.get("text", "")}
