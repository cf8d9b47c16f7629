"""How an author wants a canvas to be."""

from __future__ import annotations

from typing import Any, NamedTuple

from daggr_nb.errors import GraphError


class Look(NamedTuple):
    """How an author wants the canvas to be; 0 is what its cards need."""

    height: int = 0
    zoom: float = 0.0

    @classmethod
    def of(cls, height: Any, zoom: Any) -> Look:
        """Return what was given; raises :class:`~daggr_nb.errors.GraphError` for what cannot be."""
        return cls(
            int(_bounded("height", height, 240, 2000, "CSS pixels")),
            _bounded("zoom", zoom, 0.04, 2.5, "1 for 100 %"),
        )


def _bounded(name: str, given: Any, least: float, most: float, unit: str) -> float:
    if given is None:
        return 0.0
    is_number = isinstance(given, (int, float)) and not isinstance(given, bool)
    if not is_number or not least <= given <= most:
        raise GraphError(
            f"{name}= expected a number from {least:g} to {most:g} ({unit}), got {given!r}."
        )
    return float(given)


DEFAULT = Look()
