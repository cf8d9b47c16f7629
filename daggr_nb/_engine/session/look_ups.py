"""What only services can tell of nodes, asked beside everything else, once for each node."""

from __future__ import annotations

import queue
import threading
import weakref
from collections.abc import Callable, Iterable

from daggr_nb._interrupts import held_back
from daggr_nb._model.node import Node
from daggr_nb.errors import log_error

_THREADS = 8
LONGEST = 10.0
"""Seconds that anybody waits for what services tell."""


class LookUps:
    """Looks nodes up on threads of its own. ``told`` is called when something has come of it."""

    def __init__(self, told: Callable[[], None]) -> None:
        self._told = told
        self._lock = threading.Lock()
        self._under_way: weakref.WeakSet[Node] = weakref.WeakSet()
        self._waiting: list[tuple[set[Node], Callable[[], None]]] = []

    def start(self, nodes: Iterable[Node]) -> set[Node]:
        """Begin to look up those of ``nodes`` that nobody has; return those that take time."""
        pending = {worker for node in nodes for worker in node.workers() if not worker.looked_up}
        if not pending:
            return pending
        with held_back():  # Ctrl-C between taking a lock and what frees it would keep it for ever
            with self._lock:
                new = pending - set(self._under_way)
                self._under_way.update(new)
            for node in new:
                _on_a_thread(lambda node=node: self._look_up(node))  # type: ignore[misc]
        return pending

    def after(self, nodes: Iterable[Node], call: Callable[[], None]) -> bool:
        """Call back once all of ``nodes`` have been looked up; says whether that takes time.

        If it does not, ``call`` is not called.
        """
        pending = self.start(nodes)
        if not pending:
            return False
        with held_back(), self._lock:
            left = {node for node in pending if node in self._under_way}
            if left:
                self._waiting.append((left, call))
        return bool(left)

    def wait(self, nodes: Iterable[Node]) -> None:
        """Wait until ``nodes`` have been looked up, for some seconds at most."""
        done = threading.Event()
        if self.after(nodes, done.set):
            done.wait(LONGEST)

    def _look_up(self, node: Node) -> None:
        try:
            node.look_up()
        except BaseException as error:  # noqa: BLE001 - a kind of somebody else's
            log_error(f"daggr_nb could not look up {node.name!r}", error)
        try:
            self._told()
        finally:
            with self._lock:
                self._under_way.discard(node)
                for left, _ in self._waiting:
                    left.discard(node)
                over = [call for left, call in self._waiting if not left]
                self._waiting = [each for each in self._waiting if each[0]]
            for call in over:
                call()


_requests: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
_threads_lock = threading.Lock()
_threads = _busy = 0


def _on_a_thread(request: Callable[[], None]) -> None:
    """Have a request served by a daemon thread, which never keeps the kernel alive."""
    global _threads, _busy
    with _threads_lock:
        _busy += 1
        if _busy > _threads < _THREADS:
            _threads += 1
            threading.Thread(target=_serve, name="daggr-nb-look-up", daemon=True).start()
    _requests.put(request)


def _serve() -> None:
    global _busy
    while True:
        request = _requests.get()
        try:
            request()
        except BaseException as error:  # noqa: BLE001 - a thread serves many
            log_error("daggr_nb met an error beside a look-up", error)
        del request
        with _threads_lock:
            _busy -= 1
