"""One of several, several of many, yes or no; colours and moments."""

from __future__ import annotations

import collections
import datetime
import json
import math
import operator
import pickle
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from daggr_nb._text import clean, cut, repr_of
from daggr_nb.errors import InputError, is_interrupt
from daggr_nb.ui._component import DATA, UNSET, Component, Formed, expected

Choice: TypeAlias = Any
_listed: weakref.WeakKeyDictionary[Choices, tuple[Any, ...]] = weakref.WeakKeyDictionary()

CHOICE = "$choice"
"""The key of a choice that the canvas knows by its place in the list; ``None`` is one that is
gone."""


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

    def __post_init__(self, type: str | None) -> None:  # noqa: A002 - Gradio's name
        super().__post_init__(type)
        if not isinstance(self.choices, (list, tuple)):  # an enumeration, an array, a series
            object.__setattr__(self, "choices", list(self.choices))

    @property
    def pairs(self) -> list[tuple[str, Any]]:
        """The choices as (label, value); a pair begins with a text."""
        return [
            (c[0], c[1])
            if isinstance(c, tuple) and len(c) == 2 and isinstance(c[0], str)
            else (str(c), c)
            for c in self.choices
        ]

    @property
    def initial(self) -> Any:
        value = getattr(self, "value", None)
        place = None if self.several else self.index_of(value)
        return value if place is None else self.pairs[place][1]

    @property
    def blank(self) -> Any:
        return self.pairs[0][1] if self.pairs else None

    def index_of(self, value: Any) -> int | None:
        """Return the index of a value among the choices: of the very object, else of its equal."""
        return place_of(value, [choice for _, choice in self.pairs])

    def _choose(self, value: Any) -> Any:
        place = self.index_of(value)
        if place is not None:
            return self.pairs[place][1]
        choices = ", ".join(label_of(choice) for _, choice in self.pairs[:12])
        raise InputError(expected(self, f"one of {choices}", value))

    def _listed(self) -> tuple[Sequence[tuple[str, Any]], Sequence[Any]]:
        """Return the choices as pairs, and what the canvas knows them by: a cache of both."""
        former, *known = _listed.get(self, ((),))
        same = len(former) == len(self.choices) and all(map(operator.is_, former, self.choices))
        if known and same:
            return known[0], known[1]
        pairs = self.pairs
        keys = self._keys(pairs)
        _listed[self] = (tuple(self.choices), pairs, keys)
        return pairs, keys

    @property
    def props(self) -> dict[str, Any]:
        pairs, keys = self._listed()
        return {"choices": [[label, key] for (label, _), key in zip(pairs, keys, strict=True)]}

    def _keys(self, pairs: Sequence[tuple[str, Any]]) -> list[Any]:
        """Return what the canvas knows each choice by.

        That is a text or a number itself, unless another choice has the same look. All else it
        knows by its place, with the label that tells when the choices are others by now.
        """
        looks = [_look(value) for _, value in pairs]
        alone = {look for look, count in collections.Counter(looks).items() if count == 1} - {None}
        return [
            value if look in alone else {CHOICE: place, "label": clean(label)}
            for place, ((label, value), look) in enumerate(zip(pairs, looks, strict=True))
        ]

    @property
    def several(self) -> bool:
        """Whether the value is a list of choices."""
        return False

    def plain(self, value: Any) -> Any:
        pairs, keys = self._listed()
        if self.several and isinstance(value, (list, tuple)):
            return [self._plain(each, pairs, keys) for each in value]
        return self._plain(value, pairs, keys)

    def _plain(self, value: Any, pairs: Sequence[tuple[str, Any]], keys: Sequence[Any]) -> Any:
        place = place_of(value, [choice for _, choice in pairs])
        if place is not None:
            return keys[place]
        if value is None or _look(value) is not None:
            return value
        return {CHOICE: None, "label": label_of(value)}  # none any more

    def edited(self, previous: Any, value: Any) -> Any:
        if self.several and isinstance(value, (list, tuple)):
            former = previous if isinstance(previous, (list, tuple)) else ()
            return self.accept([self._chosen(former, each) for each in value])
        return self.accept(self._chosen((previous,), value))

    def _chosen(self, previous: Sequence[Any], key: Any) -> Any:
        """Return the choice that the canvas names; ``previous`` are those that were chosen."""
        if not isinstance(key, Mapping) or CHOICE not in key:
            return key
        place, label, pairs = key[CHOICE], key.get("label"), self.pairs
        if place is None:
            return next((each for each in previous if label_of(each) == label), key)
        there = type(place) is int and 0 <= place < len(pairs)
        if not there or (label is not None and label != clean(pairs[place][0])):
            choices = ", ".join(repr(each) for each, _ in pairs[:12])
            raise InputError(expected(self, f"one of {choices}", label or place))
        return pairs[place][1]

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

    @property
    def several(self) -> bool:
        return bool(self.multiselect)

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
    def several(self) -> bool:
        return True

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

    def edited(self, previous: Any, value: Any) -> Any:
        """Return what was typed, in the zone of what it is edited from: fields have none."""
        moment = self.accept(value)
        if not isinstance(moment, datetime.datetime):
            return moment
        former = previous if isinstance(previous, datetime.datetime) else self.initial
        if not isinstance(former, datetime.datetime):
            return moment
        if moment.tzinfo is None:
            wall = former.replace(tzinfo=None, fold=0)
            if moment in (wall, wall.replace(microsecond=0)):  # nobody saw its microseconds
                return former
            return moment.replace(tzinfo=former.tzinfo)
        if former.tzinfo is None:
            return moment
        # In UTC: what clocks show twice is never equal to a moment in another zone.
        same = moment.astimezone(datetime.timezone.utc) == former.astimezone(datetime.timezone.utc)
        return former if same else moment

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


# ---------------------------------------------------------------- which choice a value is


def place_of(value: Any, choices: Sequence[Any]) -> int | None:
    """Return the place of the choice that a value is: the very object, else its equal.

    Of equal ones (``1``, ``True`` and ``1.0``) that of its type. What has no equality, and was read
    from the store, is found by its content.
    """
    equal: int | None = None
    for place, choice in enumerate(choices):
        if choice is value:
            return place
    for place, choice in enumerate(choices):
        if _equal(choice, value):
            if type(choice) is type(value):
                return place
            equal = place if equal is None else equal
    return _same_content(value, choices) if equal is None else equal


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except BaseException as error:  # arrays, frames, anybody's objects
        if is_interrupt(error):
            raise
        return False


def _same_content(value: Any, choices: Sequence[Any]) -> int | None:
    if value is None or isinstance(value, (str, bytes, bool, int)):
        return None  # equality says it all
    content = _content(value)
    if content is None:
        return None
    alike = (i for i, choice in enumerate(choices) if type(choice) is type(value))
    return next((i for i in alike if _content(choices[i]) == content), None)


def _content(value: Any) -> Any:
    code = getattr(value, "__code__", None)
    if code is not None:  # a function: pickles know no more than its name
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        return code.co_code, code.co_consts, code.co_names, repr_of((value.__defaults__, cells))
    try:
        return pickle.dumps(value)
    except BaseException as error:  # a foreign __reduce__ may raise anything
        if is_interrupt(error):
            raise
        return None


_PLAIN = (str, bool, int, float)


def _look(value: Any) -> str | None:
    """Return how a browser reads a plain value; ``None`` of what it cannot give back as it was."""
    if type(value) not in _PLAIN:
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        value = int(value) if value.is_integer() else value
    if isinstance(value, int) and abs(value) > 2**53:
        return None
    return json.dumps(value)


def choice_label(value: Any) -> str | None:
    """Return the words for what comes to the canvas as a key, ``None`` for all that comes as it is.

    That is the label of a choice that is known by its place, and data as its text.
    """
    if not isinstance(value, Mapping):
        return None
    if value.keys() == {DATA}:
        return str(value[DATA])
    return str(value.get("label")) if CHOICE in value else None


def label_of(value: Any) -> str:
    """Return what a choice without a label is called."""
    return clean(cut(repr_of(value), 200))
