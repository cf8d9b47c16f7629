"""Which control an annotated parameter gets by default."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from daggr_nb.ui._choices import Checkbox, DateTime, Dropdown
from daggr_nb.ui._component import Component
from daggr_nb.ui._files import File, Image
from daggr_nb.ui._numbers import Number, Slider
from daggr_nb.ui._tables import Dataframe
from daggr_nb.ui._text import Textbox


def for_annotation(annotation: Any, default: Any) -> Component | None:
    """Return the control an annotated parameter gets by default, or ``None`` if it has none.

    ``Literal`` and an ``Enum`` give a :class:`Dropdown`, ``bool`` a :class:`Checkbox`, ``int`` and
    ``float`` a :class:`Number`, with bounds (``Annotated[int, Ge(1), Le(9)]``) a :class:`Slider`,
    ``str`` a :class:`Textbox`, ``datetime`` and ``date`` a :class:`DateTime`, ``Path`` a
    :class:`File`, ``PIL.Image.Image`` an :class:`Image`, ``pandas.DataFrame`` a
    :class:`Dataframe`. ``default`` (``None`` if there is none) is the value it starts with.
    """
    kind, optional = _without_none(annotation)
    if typing.get_origin(kind) is typing.Annotated:
        inner, *marks = typing.get_args(kind)
        low, high = _bounds(marks)
        if inner in (int, float) and low is not None and high is not None:
            return _slider(inner, low, high, default, optional)
        kind = inner
    if typing.get_origin(kind) is typing.Literal:
        return _literal(typing.get_args(kind), default, optional)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _members(kind, default, optional)
    make = _BY_NAME.get(_name(kind))
    return None if make is None else make(default, optional)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """Return what ``X | None`` is beside ``None``, and whether it may be ``None``."""
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return annotation, False
    kinds = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
    optional = len(kinds) < len(typing.get_args(annotation))
    return (kinds[0], optional) if len(kinds) == 1 and optional else (annotation, False)


def _bounds(marks: list[Any]) -> tuple[Any, Any]:
    """Return the bounds that ``Ge``, ``Le`` or ``Interval`` of annotated_types name."""
    low = next((m.ge for m in marks if getattr(m, "ge", None) is not None), None)
    high = next((m.le for m in marks if getattr(m, "le", None) is not None), None)
    return low, high


def _slider(kind: type, low: Any, high: Any, default: Any, optional: bool) -> Component | None:
    if default is None and optional:
        return Number(None, low, high, precision=0 if kind is int else None)
    value = low if default is None else default
    if not isinstance(value, (int, float)) or not low <= value <= high:
        return None
    return Slider(low, high, kind(value), 1 if kind is int else None)


def _literal(values: tuple[Any, ...], default: Any, optional: bool) -> Component:
    values = tuple(value for value in values if value is not None)
    start = default if default is not None or optional else values[0]
    return Dropdown(values, value=start)


def _members(kind: Any, default: Any, optional: bool) -> Component:
    members = list(kind)
    start = default if default is not None or optional else members[0]
    return EnumDropdown([(each.name, each) for each in members], value=start)


class EnumDropdown(Dropdown):
    """A dropdown of an enumeration's members, which the canvas knows by their names."""

    @property
    def type(self) -> str:
        return "Dropdown"

    def _keys(self, pairs: Sequence[tuple[str, Any]]) -> list[Any]:
        return [label for label, _ in pairs]

    def _choose(self, value: Any) -> Any:
        members = dict(self.pairs)
        by_name = type(value) is str and value in members  # a member may be a text, too
        return members[value] if by_name else super()._choose(value)


def _name(kind: Any) -> str:
    """Return by which name a type is known here, also where its module is not loaded."""
    kind = typing.get_origin(kind) or kind
    if not isinstance(kind, type):
        return ""
    library = kind.__module__.partition(".")[0]
    return kind.__name__ if library == "builtins" else f"{library}.{kind.__name__}"


def _text(default: Any, optional: bool) -> Component:
    return Textbox("" if default is None and not optional else default)


def _truth(default: Any, optional: bool) -> Component:
    if default is None and optional:
        return Dropdown([("yes", True), ("no", False)], value=None)
    return Checkbox(bool(default))


def _number(precision: int | None) -> Callable[[Any, bool], Component]:
    zero = 0 if precision == 0 else 0.0

    def make(default: Any, optional: bool) -> Component:
        start = zero if default is None and not optional else default
        return Number(precision=precision, value=start)

    return make


_BY_NAME: Mapping[str, Callable[[Any, bool], Component | None]] = {
    "str": _text,
    "bool": _truth,
    "int": _number(0),
    "float": _number(None),
    "datetime.datetime": lambda default, optional: DateTime(default),
    "datetime.date": lambda default, optional: DateTime(default, include_time=False),
    "pathlib.Path": lambda default, optional: File(default),
    "PIL.Image": lambda default, optional: Image(default),
    "pandas.DataFrame": lambda default, optional: Dataframe(default),
}
