"""The thread that takes results in and writes them down, many fast ones in one transaction."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable

logger = logging.getLogger("daggr_nb")

Message = Callable[[], None]
_PATIENCE = 0.002  # seconds to wait for more before writing


class Dispatcher:
    """Runs messages one at a time under ``lock``; calls ``settle`` when none come at once.

    ``crowded`` says after each message whether to settle now all the same. The thread starts with
    the first message.
    """

    def __init__(
        self, lock: threading.RLock, settle: Callable[[], None], crowded: Callable[[], bool]
    ) -> None:
        self._lock = lock
        self._settle = settle
        self._crowded = crowded
        self._inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def post(self, message: Message) -> None:
        """Queue a message; returns at once."""
        self._inbox.put(message)

    def start(self) -> None:
        """Start the thread if it does not run."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="daggr-nb-dispatcher", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Finish what is queued, 5 seconds at most."""
        self._inbox.put(None)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)

    def _run(self) -> None:
        settled = True
        while True:
            message = self._next(settled)
            if message is None:
                return
            with self._lock:
                settled = False
                try:
                    message()
                except Exception:
                    logger.exception("daggr_nb's dispatcher met an error")
                if self._crowded():
                    self._settle()
                    settled = True

    def _next(self, settled: bool) -> Message | None:
        if not settled:
            with contextlib.suppress(queue.Empty):
                return self._inbox.get(timeout=_PATIENCE)
            with self._lock:
                self._settle()
        return self._inbox.get()
