"""Trying again where nothing has been done yet: a service that is not reached, or has no room."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from daggr_nb.errors import Busy, RemoteError, Unreachable

T = TypeVar("T")
_AFTER_SILENCE = (0.5, 2.0)  # seconds before the second and the third try
_FIRST_WAIT = 2.0  # seconds that a busy service gets if it names none; doubled each time


async def patiently(
    call: Callable[[], Awaitable[T]],
    patience: float,
    tell: Callable[[str], object],
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> T:
    """Return what ``call()`` returns, called again as long as it was not accepted.

    A service that cannot be reached is tried twice more. A busy one gets the time that it names, or
    2, 4, 8 seconds, as long as all of them are not more than ``patience`` seconds. ``tell`` hears
    what is waited for. What was accepted may have cost money, and is never tried again.
    """
    pauses = iter(_AFTER_SILENCE)
    waited, own_wait = 0.0, _FIRST_WAIT
    while True:
        try:
            return await call()
        except Unreachable as error:
            pause = next(pauses, None)
            if error.accepted or pause is None:
                raise
            failure: RemoteError = error
        except Busy as error:
            pause = error.retry_after
            if pause is None:
                pause, own_wait = own_wait, own_wait * 2
            if error.accepted or waited + pause > patience:
                raise
            waited += pause
            failure = error
        tell(f"{_happened(failure)}; again in {max(pause, 0.1):.2g} s")
        await sleep(pause)


def _happened(error: RemoteError) -> str:
    """Return who and what of an error's first line, without the advice."""
    return str(error).partition("\n")[0].partition(". ")[0].rstrip(".")
