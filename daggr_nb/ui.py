"""Component descriptors: which control edits an input, which display shows an output.

A descriptor is plain data. It holds no state, so one object may serve several nodes, and nothing
here needs a browser. ``value`` is the value an input starts with. Names, order of arguments and
meaning follow Gradio's components.

    >>> Slider(1, 10, value=3).value
    3
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from daggr_nb.errors import InputError

Choice: TypeAlias = Any
_UNSET: Any = object()


@dataclass(frozen=True, eq=False)
class Component:
    """A control or a display. ``props`` is what the canvas needs to draw it, all JSON."""

    label: str | None = field(default=None, kw_only=True)

    @property
    def type(self) -> str:
        """The name the canvas knows the component by."""
        return type(self).__name__

    @property
    def props(self) -> dict[str, Any]:
        """What the canvas needs to draw the component, beside its label and value."""
        return {}

    @property
    def initial(self) -> Any:
        """The value an input starts with."""
        return getattr(self, "value", None)

    @property
    def value_type(self) -> Any:
        """The type of the values that :meth:`accept` returns, as far as it is known."""
        return Any

    def accept(self, value: Any) -> Any:
        """Return ``value`` as the node will get it; raise :class:`InputError` if it cannot be."""
        return value

    def edited(self, shown: Any, value: Any) -> Any:
        """Return what a person made of ``shown``; raise :class:`InputError` if it cannot be."""
        return self.accept(value)

    def example_value(self) -> Any:
        """Return a value to try a node with."""
        return self.initial


@dataclass(frozen=True, eq=False)
class Textbox(Component):
    """A line of text, or several with ``lines`` above 1."""

    value: str = ""
    lines: int = 1
    placeholder: str = ""

    @property
    def props(self) -> dict[str, Any]:
        return {"lines": self.lines, "placeholder": self.placeholder}

    @property
    def value_type(self) -> Any:
        return str

    def accept(self, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            raise InputError(_expected(self, "text", value))
        return value

    def example_value(self) -> str:
        return self.value or "example"


@dataclass(frozen=True, eq=False)
class TextArea(Textbox):
    """Several lines of text."""

    lines: int = 5


@dataclass(frozen=True, eq=False)
class Number(Component):
    """A number; ``precision=0`` makes it an ``int``, ``None`` keeps what was typed."""

    value: float | None = 0
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    precision: int | None = None

    @property
    def props(self) -> dict[str, Any]:
        return {
            "minimum": self.minimum,
            "maximum": self.maximum,
            "step": self.step,
            "precision": self.precision,
        }

    @property
    def value_type(self) -> Any:
        return int if self.precision == 0 else float | int

    def accept(self, value: Any) -> float | int | None:
        if value is None:
            return None
        number = _number(self, value)
        _within(self, number, self.minimum, self.maximum)
        if self.precision is None:
            return number
        if math.isinf(number):
            raise InputError(_expected(self, "a finite number", value))
        return round(number) if self.precision == 0 else round(number, self.precision)


@dataclass(frozen=True, eq=False)
class Slider(Component):
    """A number between ``minimum`` and ``maximum``, in steps of ``step``.

    The step is 1 by default between whole numbers, and about a hundredth of a short range.
    """

    minimum: float = 0
    maximum: float = 100
    value: float = _UNSET
    step: float | None = None

    def __post_init__(self) -> None:
        for bound in (self.minimum, self.maximum):
            _number(self, bound)
        if not self.minimum <= self.maximum:
            raise InputError(
                f"Slider expected minimum <= maximum, got {self.minimum!r} and {self.maximum!r}."
            )
        if self.value is _UNSET:
            object.__setattr__(self, "value", self.minimum)
        object.__setattr__(self, "value", self.accept(self.value))

    @property
    def props(self) -> dict[str, Any]:
        return {"minimum": self.minimum, "maximum": self.maximum, "step": self._step}

    @property
    def _step(self) -> float | None:
        span = self.maximum - self.minimum
        if self.step is not None or span <= 0:
            return self.step
        if span >= 2 and all(map(_integral, (self.minimum, self.maximum, self.value))):
            return 1
        return float(10 ** math.floor(math.log10(span / 100)))

    @property
    def value_type(self) -> Any:
        return float | int

    def accept(self, value: Any) -> float | int:
        number = _number(self, value)
        _within(self, number, self.minimum, self.maximum)
        whole = self.step is None or _integral(self.step)
        whole = whole and _integral(self.minimum) and _integral(self.maximum)
        return int(number) if whole and float(number).is_integer() else number


@dataclass(frozen=True, eq=False)
class Checkbox(Component):
    """Yes or no."""

    value: bool = False

    @property
    def value_type(self) -> Any:
        return bool

    def accept(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise InputError(_expected(self, "True or False", value))
        return value


@dataclass(frozen=True, eq=False)
class _Choices(Component):
    choices: Sequence[Choice] = ()

    @property
    def pairs(self) -> list[tuple[str, Any]]:
        """The choices as (label, value)."""
        return [c if isinstance(c, tuple) and len(c) == 2 else (str(c), c) for c in self.choices]

    def _choose(self, value: Any) -> Any:
        for _, known in self.pairs:
            if known == value and type(known) is type(value):
                return known
        for _, known in self.pairs:
            if known == value:
                return known
        shown = ", ".join(repr(v) for _, v in self.pairs[:12])
        raise InputError(_expected(self, f"one of {shown}", value))

    @property
    def props(self) -> dict[str, Any]:
        return {"choices": [list(pair) for pair in self.pairs]}


@dataclass(frozen=True, eq=False)
class Dropdown(_Choices):
    """One of several choices, or a list of them with ``multiselect``."""

    value: Any = _UNSET
    multiselect: bool = False

    def __post_init__(self) -> None:
        if self.value is _UNSET:
            first = self.pairs[0][1] if self.pairs else None
            object.__setattr__(self, "value", [] if self.multiselect else first)

    @property
    def props(self) -> dict[str, Any]:
        return super().props | {"multiselect": self.multiselect}

    def accept(self, value: Any) -> Any:
        if not self.multiselect:
            return None if value is None else self._choose(value)
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            raise InputError(_expected(self, "a list of choices", value))
        return [self._choose(v) for v in value]


@dataclass(frozen=True, eq=False)
class Radio(_Choices):
    """One of several choices, all in sight."""

    value: Any = None

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
            raise InputError(_expected(self, "a colour such as '#e06c00'", value))
        return "#" + digits.lower()


@dataclass(frozen=True, eq=False)
class Image(Component):
    """A picture: a PIL image, an array, a path."""

    value: Any = None


@dataclass(frozen=True, eq=False)
class Gallery(Component):
    """A list of pictures."""

    value: Any = None


@dataclass(frozen=True, eq=False)
class Palette(Component):
    """A strip of colours, ``['#rrggbb', …]``."""

    value: Any = None


@dataclass(frozen=True, eq=False)
class JSON(Component):
    """Plain data as an indented tree."""

    value: Any = None


PLACE = "#"
"""The key under which a view says which row it has edited."""


class ItemList(Component):
    """A list of items, each a dict with one component a field; people can edit it on the card.

    >>> lines = ItemList(speaker=Dropdown(["Host", "Guest"]), text=Textbox(lines=2))
    >>> lines.accept([{"speaker": "Host", "text": "Hello"}])
    [{'speaker': 'Host', 'text': 'Hello'}]

    A port with an item list scatters a field by its name: ``node.port.text`` is short for
    ``node.port.each["text"]``. An edit is kept as another version of the result; it is there in the
    history, and the original stays beside it.
    """

    schema: Mapping[str, Component]

    def __init__(self, **schema: Component) -> None:
        if not schema:
            raise InputError("ItemList expected a component for at least one field, got none.")
        for name, component in schema.items():
            if not isinstance(component, Component):
                raise InputError(
                    f"ItemList field {name!r} expected a component such as ui.Textbox(), got "
                    f"{type(component).__name__} {component!r}."
                )
        super().__init__()
        object.__setattr__(self, "schema", schema)

    @property
    def initial(self) -> list[Any]:
        return []

    def accept(self, value: Any) -> list[dict[str, Any]]:
        return self.edited((), value)

    def edited(self, shown: Any, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, (list, tuple)):
            raise InputError(_expected(self, "a list of items", value))
        return [self._row(shown, row, place) for place, row in enumerate(value)]

    def _row(self, shown: Any, row: Any, place: int) -> dict[str, Any]:
        if not isinstance(row, Mapping):
            raise InputError(_expected(self, f"a dict as item {place}", row))
        before = row.get(PLACE)
        known = isinstance(before, int) and 0 <= before < len(shown)
        made: dict[str, Any] = dict(shown[before]) if known else {}
        for name, component in self.schema.items():
            if name in row:
                try:
                    made[name] = component.accept(row[name])
                except InputError as error:
                    raise InputError(f"Item {place}, {name}: {error}") from error
            elif name not in made:
                made[name] = component.initial
        return made if known else made | {k: row[k] for k in row.keys() - {PLACE} - made.keys()}


@dataclass(frozen=True, eq=False)
class Markdown(Component):
    """Text as Markdown."""

    value: Any = None


@dataclass(frozen=True, eq=False)
class HTML(Component):
    """Text as HTML, in a sandboxed frame without scripts."""

    value: Any = None


def _integral(number: float) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _expected(component: Component, what: str, seen: Any) -> str:
    name = f" {component.label!r}" if component.label else ""
    return f"{component.type}{name} expected {what}, got {type(seen).__name__} {str(seen)[:60]!r}."


def _number(component: Component, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or value != value:
        raise InputError(_expected(component, "a number", value))
    if isinstance(value, (int, float)):
        return value
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def _within(
    component: Component, value: float, minimum: float | None, maximum: float | None
) -> None:
    low = minimum is not None and value < minimum
    high = maximum is not None and value > maximum
    if low or high:
        limits = f"a number from {minimum} to {maximum}"
        raise InputError(_expected(component, limits, value))


def for_annotation(annotation: Any, default: Any) -> Component | None:
    """Return the control an annotated parameter gets by default, or ``None`` if it has none.

    ``Literal`` gives a :class:`Dropdown`, ``bool`` a :class:`Checkbox`, ``int`` and ``float`` a
    :class:`Number`, ``str`` a :class:`Textbox`; ``default`` (``None`` if there is none) is the
    value it starts with.
    """
    literal = getattr(annotation, "__origin__", None)
    if getattr(literal, "_name", None) == "Literal" or str(annotation).startswith("typing.Literal"):
        values = annotation.__args__
        return Dropdown(values, value=values[0] if default is None else default)
    return _BY_TYPE[annotation](default) if annotation in _BY_TYPE else None


_BY_TYPE: Mapping[Any, Any] = {
    str: lambda value: Textbox(value="" if value is None else value),
    bool: lambda value: Checkbox(value=bool(value)),
    int: lambda value: Number(precision=0, value=0 if value is None else value),
    float: lambda value: Number(value=0.0 if value is None else value),
}
