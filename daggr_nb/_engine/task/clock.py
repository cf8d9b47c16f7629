"""The time of day, which never goes back while a session lives."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class SteadyClock:
    """Seconds since the epoch. Where the wall clock is set back, time goes on as before.

    It is the monotonic time and what the wall clock was ahead of that at most: after a sleep, or
    when the clock is set forward, it is with the wall clock again.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._ahead = wall() - monotonic()
        self._lock = threading.Lock()

    def __call__(self) -> float:
        monotonic = self._monotonic()
        ahead = self._wall() - monotonic
        if ahead > self._ahead:  # rarely: threads that ask all the time do not wait for each other
            with self._lock:
                self._ahead = max(self._ahead, ahead)
        return monotonic + self._ahead
