"""What happens when a node fails or takes too long, and how its runs share the machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Limits:
    """How node runs share the machine: at most ``slots`` at a time in ``group``; no group, no
    bound but the executor's."""

    group: str | None = None
    slots: int | None = None


OnError = Literal["raise", "fail_fast", "route"]
OnItemError = Literal["raise", "drop", "keep_none", "keep_error"]
Pairing = Literal["zip", "product"]
ERROR_PORT = "error"


@dataclass(frozen=True)
class Policy:
    """What happens when a node fails or takes too long. Times are seconds.

    A failure that is an instance of ``retry_on`` is tried again ``retries`` times, ``retry_delay``
    apart. Then ``default`` (a tuple of one) stands in, or ``on_error`` decides: ``raise`` blocks
    the descendants, ``fail_fast`` stops the whole run, ``route`` hands the error to the port
    ``error``. ``timeout`` bounds one attempt, ``idle_timeout`` the time without a chunk.
    """

    retries: int = 0
    retry_delay: float = 0.0
    retry_on: tuple[type[BaseException], ...] = (Exception,)
    timeout: float | None = None
    idle_timeout: float | None = None
    on_error: OnError = "raise"
    default: tuple[Any, ...] = ()
    on_item_error: OnItemError = "raise"
