"""Texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from daggr_nb.errors import InputError
from daggr_nb.ui._component import Component, Formed, expected


@dataclass(frozen=True, eq=False)
class Textbox(Formed):
    """A line of text, or several with ``lines`` above 1.

    ``type`` is ``"text"``, ``"email"`` or ``"password"``, whose text nobody sees. An empty field is
    ``""``; with ``value=None`` it is ``None`` until somebody types.

    >>> Textbox("otters", placeholder="a topic").initial
    'otters'
    """

    value: str | None = ""
    lines: int = 1
    placeholder: str = ""
    max_length: int | None = None

    obvious: ClassVar[bool] = True
    forms: ClassVar[tuple[str, ...]] = ("text", "password", "email")

    @property
    def form(self) -> None:
        return None

    @property
    def props(self) -> dict[str, Any]:
        kind = super().form
        return {
            "lines": self.lines,
            "placeholder": self.placeholder,
            **({"type": kind} if kind else {}),
            **({"max_length": self.max_length} if self.max_length else {}),
        }

    @property
    def secret(self) -> bool:
        return super().form == "password"

    @property
    def blank(self) -> str:
        return ""

    @property
    def value_type(self) -> Any:
        return str if self.value is not None else Any

    def accept(self, value: Any) -> str | None:
        if value is None:
            return None if self.value is None else ""
        if not isinstance(value, str):
            raise InputError(expected(self, "text", value))
        if self.max_length is not None and len(value) > self.max_length:
            most = f"at most {self.max_length} characters"
            raise InputError(expected(self, most, f"{len(value)} characters"))
        return value

    def example_value(self) -> str:
        return self.value or "example"


@dataclass(frozen=True, eq=False)
class TextArea(Textbox):
    """Several lines of text."""

    lines: int = 5


@dataclass(frozen=True, eq=False)
class Code(Component):
    """A text in a fixed-width font, with line numbers; ``language`` names what it is."""

    typical_height: ClassVar[int] = 80
    wide: ClassVar[bool] = True

    value: str | None = None
    language: str | None = None
    lines: int = 5

    shows: ClassVar[str] = "a text"

    @property
    def props(self) -> dict[str, Any]:
        return {"language": self.language, "lines": self.lines}

    def accept(self, value: Any) -> Any:
        if value is not None and not isinstance(value, str):
            raise InputError(expected(self, "code as text", value))
        return value


@dataclass(frozen=True, eq=False)
class Markdown(Component):
    """Text as Markdown."""

    value: Any = None

    shows: ClassVar[str] = "a text"
    previewed: ClassVar[bool] = True


@dataclass(frozen=True, eq=False)
class HTML(Component):
    """Text as HTML, in a sandboxed frame: its scripts do not run and nothing is fetched."""

    typical_height: ClassVar[int] = 120
    wide: ClassVar[bool] = True

    value: Any = None

    shows: ClassVar[str] = "a text"
    previewed: ClassVar[bool] = True
