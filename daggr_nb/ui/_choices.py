"""One of several, several of many, yes or no; colours and moments."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from daggr_nb.errors import InputError
from daggr_nb.ui._component import UNSET, Component, Formed, expected

Choice: TypeAlias = Any


@dataclass(frozen=True, eq=False)
class Checkbox(Component):
    """Yes or no."""

    value: bool = False

    labels_itself: ClassVar[bool] = True

    @property
    def blank(self) -> bool:
        return False

    @property
    def value_type(self) -> Any:
        return bool

    def accept(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise InputError(expected(self, "True or False", value))
        return value


@dataclass(frozen=True, eq=False)
class Choices(Formed):
    """What a person chooses from: values, or pairs of (label, value).

    With ``type="index"`` a function that does not annotate its parameter gets indices of the list.
    """

    choices: Sequence[Choice] = ()

    forms: ClassVar[tuple[str, ...]] = ("value", "index")

    @property
    def pairs(self) -> list[tuple[str, Any]]:
        """The choices as (label, value)."""
        return [c if isinstance(c, tuple) and len(c) == 2 else (str(c), c) for c in self.choices]

    @property
    def blank(self) -> Any:
        return self.pairs[0][1] if self.pairs else None

    def index_of(self, value: Any) -> int | None:
        """Return the index of a value among the choices."""
        values = [choice for _, choice in self.pairs]
        return values.index(value) if value in values else None

    def _choose(self, value: Any) -> Any:
        for _, choice in self.pairs:
            if choice == value and type(choice) is type(value):
                return choice
        for _, choice in self.pairs:
            if choice == value:
                return choice
        choices = ", ".join(repr(choice) for _, choice in self.pairs[:12])
        raise InputError(expected(self, f"one of {choices}", value))

    @property
    def props(self) -> dict[str, Any]:
        return {"choices": [[label, self.plain(value)] for label, value in self.pairs]}

    def _choose_all(self, value: Any) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            raise InputError(expected(self, "a list of choices", value))
        return [self._choose(v) for v in value]


@dataclass(frozen=True, eq=False)
class Dropdown(Choices):
    """One of several choices, or a list of them with ``multiselect``.

    ``allow_custom_value`` takes any other text as well; ``max_choices`` limits a list.

    >>> Dropdown(["dry", "warm"]).initial
    'dry'
    """

    value: Any = UNSET
    multiselect: bool | None = False
    allow_custom_value: bool = False
    max_choices: int | None = None

    obvious: ClassVar[bool] = True
    shows_nothing: ClassVar[bool] = True

    def __post_init__(self, type: str | None) -> None:  # noqa: A002 - Gradio's name
        super().__post_init__(type)
        if self.value is UNSET:
            default = self.pairs[0][1] if self.pairs else None
            object.__setattr__(self, "value", [] if self.multiselect else default)

    @property
    def blank(self) -> Any:
        return [] if self.multiselect else super().blank

    @property
    def props(self) -> dict[str, Any]:
        return super().props | {
            "multiselect": bool(self.multiselect),
            "allow_custom_value": self.allow_custom_value,
            "max_choices": self.max_choices,
        }

    def accept(self, value: Any) -> Any:
        if not self.multiselect:
            return None if value is None else self._choose(value)
        values = self._choose_all(value)
        if self.max_choices is not None and len(values) > self.max_choices:
            bound = f"at most {self.max_choices} choices"
            raise InputError(expected(self, bound, values))
        return values

    def _choose(self, value: Any) -> Any:
        try:
            return super()._choose(value)
        except InputError:
            if self.allow_custom_value and isinstance(value, (str, int, float)):
                return value
            raise


@dataclass(frozen=True, eq=False)
class CheckboxGroup(Choices):
    """Any of several choices, all in sight, as a list in their order."""

    value: Any = None

    @property
    def initial(self) -> Any:
        return self.accept(self.value)

    @property
    def blank(self) -> list[Any]:
        return []

    def accept(self, value: Any) -> Any:
        return self._choose_all(value)


@dataclass(frozen=True, eq=False)
class Radio(Choices):
    """One of several choices, all in sight."""

    value: Any = None

    shows_nothing: ClassVar[bool] = True

    def accept(self, value: Any) -> Any:
        return None if value is None else self._choose(value)


@dataclass(frozen=True, eq=False)
class ColorPicker(Component):
    """A colour as ``#rrggbb``."""

    value: str = "#000000"

    @property
    def value_type(self) -> Any:
        return str

    def accept(self, value: Any) -> str:
        digits = str(value).removeprefix("#")
        if len(digits) != 6 or not all(c in "0123456789abcdefABCDEF" for c in digits):
            raise InputError(expected(self, "a colour such as '#e06c00'", value))
        return "#" + digits.lower()


@dataclass(frozen=True, eq=False)
class DateTime(Formed):
    """A moment as a ``datetime``; without ``include_time`` a day as a ``date``.

    A parameter annotated ``float`` gets seconds since the epoch, ``str`` the ISO text; so do
    ``type="timestamp"`` and ``type="string"``. Text and timestamps are taken as values, too.

    >>> DateTime("2026-01-31 09:14").initial
    datetime.datetime(2026, 1, 31, 9, 14)
    """

    value: Any = None
    include_time: bool = True

    forms: ClassVar[tuple[str, ...]] = ("timestamp", "datetime", "string")

    @property
    def props(self) -> dict[str, Any]:
        return {"include_time": self.include_time}

    @property
    def initial(self) -> Any:
        return self.accept(self.value)

    def accept(self, value: Any) -> Any:
        if value is None or value == "":
            return None
        moment = self._moment(value)
        return moment if self.include_time else moment.date()

    def _moment(self, value: Any) -> datetime.datetime:
        if isinstance(value, datetime.datetime):
            return value
        if isinstance(value, datetime.date):
            return datetime.datetime(value.year, value.month, value.day)
        try:
            if isinstance(value, str):
                return datetime.datetime.fromisoformat(value.strip())
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                return datetime.datetime.fromtimestamp(value)
        except (ValueError, OverflowError, OSError):
            pass
        raise InputError(expected(self, "a moment such as '2026-01-31 09:14'", value))

    def plain(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime.date) else value
