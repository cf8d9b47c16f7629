"""Numbers, and the button, whose value is one."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any, ClassVar

from daggr_nb.errors import InputError
from daggr_nb.ui._cells import number_in
from daggr_nb.ui._component import UNSET, Component, expected


@dataclass(frozen=True, eq=False)
class Number(Component):
    """A number; ``precision=0`` makes it an ``int``, ``None`` keeps what was typed.

    It is always a ``float`` if the default, a bound or the step is one, or with a ``precision`` of
    digits.

    >>> Number(0.5).accept(1), Number(5).accept(1)
    (1.0, 1)
    """

    value: float | None = 0
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    precision: int | None = None
    placeholder: str = ""

    @property
    def props(self) -> dict[str, Any]:
        return {
            "minimum": self.minimum,
            "maximum": self.maximum,
            "step": self.step,
            "precision": self.precision,
            "placeholder": self.placeholder,
        }

    @property
    def blank(self) -> float:
        return 0 if self.minimum is None else self.minimum

    @property
    def value_type(self) -> Any:
        return int if self.precision == 0 else float | int

    def accept(self, value: Any) -> float | int | None:
        if value is None:
            return None
        number = _number(self, value)
        _within(self, number, self.minimum, self.maximum)
        if self.precision is None:
            return _as_float(number) if self._is_float else number
        if math.isinf(number):
            raise InputError(expected(self, "a finite number", value))
        return round(number) if self.precision == 0 else _as_float(round(number, self.precision))

    @property
    def _is_float(self) -> bool:
        parts = (self.value, self.minimum, self.maximum, self.step)
        return any(isinstance(part, float) for part in parts)

    def edited(self, previous: Any, value: Any) -> Any:
        return self.accept(_typed(self, previous, value))


@dataclass(frozen=True, eq=False)
class Slider(Component):
    """A number between ``minimum`` and ``maximum``, in steps of ``step``.

    The step is 1 by default between whole numbers, and about a hundredth of a short range.

    >>> Slider(1, 10, value=3).value
    3
    """

    minimum: float = 0
    maximum: float = 100
    value: float = UNSET
    step: float | None = None

    def __post_init__(self) -> None:
        for bound in (self.minimum, self.maximum):
            _number(self, bound)
        if not self.minimum <= self.maximum:
            raise InputError(
                f"Slider expected minimum <= maximum, got {self.minimum!r} and {self.maximum!r}."
            )
        if self.value is UNSET:
            object.__setattr__(self, "value", self.minimum)
        value = self.accept(self.value)
        object.__setattr__(self, "value", value if self._is_whole else _as_float(value))

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
    def blank(self) -> float:
        return self.minimum

    @property
    def value_type(self) -> Any:
        return float | int

    def accept(self, value: Any) -> float | int:
        number = _number(self, value)
        _within(self, number, self.minimum, self.maximum)
        whole = self._is_whole and float(number).is_integer()
        return int(number) if whole else number

    @property
    def _is_whole(self) -> bool:
        """Whether it goes in whole steps, so that a whole number is an ``int``."""
        return all(map(_integral, (self.minimum, self.maximum, self._step)))

    def edited(self, previous: Any, value: Any) -> Any:
        number = self.accept(_typed(self, previous, value))
        return number if self._is_whole or number is previous else _as_float(number)


@dataclass(frozen=True, eq=False)
class Button(Component):
    """A button. The function gets how often it was pressed; every press runs the steps behind it.

    ``value`` is what stands on the button, as in Gradio; ``variant`` is ``"primary"`` or
    ``"secondary"``. A press counts one up, so that what hangs on it is stale, and runs that.

    >>> Button("Draw again").initial
    0
    """

    value: str = "Run"
    variant: str = "secondary"

    labels_itself: ClassVar[bool] = True

    @property
    def props(self) -> dict[str, Any]:
        return {"caption": self.value, "variant": self.variant}

    @property
    def initial(self) -> int:
        return 0

    @property
    def value_type(self) -> Any:
        return int

    def accept(self, value: Any) -> int:
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 0:
            raise InputError(expected(self, "how often it was pressed, from 0", value))
        return int(value)


def _integral(number: float | None) -> bool:
    return isinstance(number, numbers.Integral) and not isinstance(number, bool)


def _as_float(number: float | int) -> float | int:
    """Return a number as a float; a whole one with more digits than that has stays as it is."""
    return float(number) if abs(number) <= 2**53 or float(number) == number else number


def _typed(component: Component, previous: Any, value: Any) -> Any:
    """Return what came from a canvas: JSON has one kind of number, and few digits.

    What is equal to what was there is that; more digits come as a text.
    """
    if isinstance(value, str):
        try:
            return float(value) if value.strip().startswith("-0") else number_in(value)
        except ValueError as error:
            raise InputError(expected(component, "a number", value)) from error
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    known = isinstance(previous, (int, float)) and not isinstance(previous, bool)
    return previous if is_number and known and previous == value else value


def _number(component: Component, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or value != value:
        raise InputError(expected(component, "a number", value))
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
        raise InputError(expected(component, limits, value))
