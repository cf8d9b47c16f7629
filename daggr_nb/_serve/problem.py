"""What a request is refused with: a status, and a text that says what to do."""

from __future__ import annotations

from typing import Any

from daggr_nb._protocol.visitors import without_paths
from daggr_nb._text import clean


class Problem(Exception):
    """A refusal, which becomes ``{"error": message, ...}`` with an HTTP status.

    ``more`` are further fields of the answer, ``headers`` those of HTTP. Paths of this machine are
    told by their last part.
    """

    def __init__(
        self, status: int, message: str, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.content = {"error": clean(without_paths(message)), **more}


def busy(what: str, seconds: int = 1) -> Problem:
    """Return that there is no room now, and when to come again."""
    return Problem(
        503,
        f"{what} Try again in {seconds} s.",
        {"Retry-After": str(seconds)},
    )
