"""Connections to a database that threads take turns with."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable

from daggr_nb._provenance.log.forks import PATIENCE


class ConnectionPool:
    """At most ``capacity`` connections, each opened when all others are in use.

    For threads that get no signals: Ctrl-C between taking and giving back would lose one.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], capacity: int) -> None:
        self._connect = connect
        self._slots = threading.BoundedSemaphore(capacity)
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._capacity, self._held = capacity, 0
        self._closed = False

    def pause(self) -> None:
        """Let nobody take a connection; waits until all are back, or for a while."""
        deadline = time.monotonic() + PATIENCE
        for _ in range(self._capacity):
            self._held += self._slots.acquire(timeout=max(0.0, deadline - time.monotonic()))

    def resume(self) -> None:
        """Let them be taken again."""
        held, self._held = self._held, 0
        for _ in range(held):
            self._slots.release()

    def take(self) -> sqlite3.Connection:
        """Return a connection that nobody else uses; waits for one if all are in use."""
        self._slots.acquire()
        try:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            return connection or self._connect()
        except BaseException:
            self._slots.release()
            raise

    def give(self, connection: sqlite3.Connection) -> None:
        """Take a connection back."""
        with self._lock:
            is_idle = not self._closed
            if is_idle:
                self._idle.append(connection)
        if not is_idle:
            connection.close()
        self._slots.release()

    def close(self) -> None:
        """Close every connection, those in use as soon as they are given back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
