"""Values as the JSON that a browser can read back: no NaN, no bare objects."""

from __future__ import annotations

import math
from typing import Any


def as_json(value: Any, depth: int = 0) -> Any:
    """Return ``value`` as JSON; what JSON does not know becomes its ``repr``, cut when long.

    Numbers that JSON cannot say (NaN, infinities, integers above 2**53) become text.

    >>> as_json({"a": (1, float("nan"))})
    {'a': [1, 'nan']}
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) <= 2**53 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth > 20:
        return "…"
    if isinstance(value, dict):
        return {str(key): as_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item, depth + 1) for item in value]
    return shown(value)


def shown(value: Any, limit: int = 400) -> str:
    """Return the ``repr`` of a value, ``limit`` characters at most, whatever it does."""
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a foreign __repr__ may raise anything
        text = f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"
    return text if len(text) <= limit else text[: limit - 1] + "…"
