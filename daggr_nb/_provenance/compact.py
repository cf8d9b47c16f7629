"""Plain data as compact JSON, in bytes; a third of the time of the standard library."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

_slow = json.JSONEncoder(separators=(",", ":"), default=repr).encode


def compact(value: Any) -> bytes:
    """Return ``value`` as JSON on one line; what is not plain data is written as its ``repr``."""
    try:
        return to_json(value, inf_nan_mode="constants", fallback=repr)
    except (PydanticSerializationError, UnicodeEncodeError):  # half of a surrogate pair
        return _slow(value).encode()
