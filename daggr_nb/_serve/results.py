"""Values that go out: as JSON where they are few and plain, else as an address on this server.

Nothing is a path of this machine, and nothing is a pickle.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import fractions
import math
import pathlib
import uuid
from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.data.table import is_frame, is_polars
from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._text import clean, digits
from daggr_nb.errors import is_interrupt

CELLS = 10_000
"""Cells of a table, or numbers of an array, that are sent as JSON; of more there is an address."""
_DEPTH = 48
_MEDIA = (ui.Image, ui.Audio, ui.Video, ui.Model3D, ui.File, ui.Gallery, ui.ImageSlider)

Step = int | str
Address = Callable[[Any, tuple[Step, ...], ui.Component | None], Any]
"""Returns where a value can be had, by the steps that lead to it within the value of its port."""


def as_answer(value: Any, component: ui.Component | None, address: Address) -> Any:
    """Return a value as JSON, with addresses in the place of files and what else has no JSON form.

    NaN and infinities are null, moments ISO 8601, small tables ``{"headers", "data"}``.
    """
    return _Answer(address).of(value, component, ())


class _Answer:
    """Makes JSON of one value."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._open: set[int] = set()

    def of(self, value: Any, component: ui.Component | None, steps: tuple[Step, ...]) -> Any:
        try:
            return self._of(value, component, steps)
        except BaseException as error:  # a value is foreign code
            if is_interrupt(error):
                raise
            return clean(shown(value))

    def _of(self, value: Any, component: ui.Component | None, steps: tuple[Step, ...]) -> Any:
        if isinstance(component, _MEDIA) and self._is_one_file(value, component):
            return self._address(value, steps, component)
        if type(value) in (list, tuple, dict, set, frozenset):
            return self._container(value, component, steps)
        plain = _plain(value)
        if plain is not _NOTHING:
            return plain
        if is_frame(value) or is_polars(value):
            return self._table(value, steps, component)
        if hasattr(value, "dtype") and hasattr(value, "tolist"):
            return self._array(value, steps, component)
        fields = _fields(value)
        if fields is not None:
            return {
                name: self.of(part, None, (*steps, name)) if not _is_large(part) else shown(part)
                for name, part in fields.items()
            }
        return self._address(value, steps, component)

    @staticmethod
    def _is_one_file(value: Any, component: ui.Component) -> bool:
        """Whether a value is what its component shows as one file; texts of outputs are not."""
        if value is None or isinstance(value, (dict, list)):
            return False
        if isinstance(component, ui.Audio):
            return not isinstance(value, str)
        return not isinstance(value, (str, tuple))

    def _container(
        self, value: Any, component: ui.Component | None, steps: tuple[Step, ...]
    ) -> Any:
        if id(value) in self._open or len(steps) > _DEPTH:
            return "…"
        self._open.add(id(value))
        try:
            if isinstance(value, dict):
                return {
                    clean(_key(key)): self.of(part, None, (*steps, key))
                    if isinstance(key, (str, int))
                    else self.of(part, None, steps)
                    for key, part in value.items()
                }
            inner = component if isinstance(component, _MEDIA) else None
            items = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
            return [self.of(item, inner, (*steps, index)) for index, item in enumerate(items)]
        finally:
            self._open.discard(id(value))

    def _table(self, value: Any, steps: tuple[Step, ...], component: ui.Component | None) -> Any:
        rows, columns = value.shape
        if rows * columns > CELLS:
            return self._address(value, steps, component)
        headers = [clean(str(name)) for name in value.columns]
        data = value.values.tolist() if is_frame(value) else [list(row) for row in value.rows()]
        return {"headers": headers, "data": self._container(data, None, steps)}

    def _array(self, value: Any, steps: tuple[Step, ...], component: ui.Component | None) -> Any:
        if not getattr(value, "shape", ()):
            return self.of(value.item() if hasattr(value, "item") else value.tolist(), None, steps)
        if math.prod(value.shape) > CELLS:
            return self._address(value, steps, component)
        return self.of(value.tolist(), None, steps)


def _key(key: Any) -> str:
    return key if isinstance(key, str) else shown(key) if not isinstance(key, int) else str(key)


def _is_large(part: Any) -> bool:
    """Whether a part of an object would need an address, to which no steps lead."""
    return isinstance(part, (bytes, pathlib.PurePath)) or hasattr(part, "dtype")


def _fields(value: Any) -> Mapping[str, Any] | None:
    """Return the fields of an object that is a record of them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if callable(getattr(type(value), "model_dump", None)):  # pydantic's
        dumped = value.model_dump(mode="json")
        return dumped if isinstance(dumped, dict) else None
    if isinstance(value, dict):
        return dict(value)
    return None


_NOTHING = object()


@singledispatch
def _plain(value: Any) -> Any:
    """Return a value that JSON knows, or has a text for; ``_NOTHING`` for all others."""
    return _NOTHING


@_plain.register
def _(value: None) -> None:
    return value


@_plain.register
def _(value: bool) -> bool:
    return bool(value)


@_plain.register
def _(value: int) -> Any:
    text = digits(value)
    return int(value) if text.lstrip("-").isdigit() else text


@_plain.register
def _(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


@_plain.register
def _(value: complex) -> str:
    return str(value)


@_plain.register
def _(value: str) -> str:
    return clean(str.__str__(value))


@_plain.register
def _(value: enum.Enum) -> Any:
    plain = _plain(value.value)
    return value.name if plain is _NOTHING else plain


@_plain.register(datetime.date)
@_plain.register(datetime.time)
def _(value: Any) -> str | None:
    text = value.isoformat()
    return text if isinstance(text, str) and text != "NaT" else None


@_plain.register
def _(value: datetime.timedelta) -> float:
    return value.total_seconds()


@_plain.register(decimal.Decimal)
@_plain.register(fractions.Fraction)
@_plain.register(uuid.UUID)
def _(value: Any) -> str:
    return str(value)
