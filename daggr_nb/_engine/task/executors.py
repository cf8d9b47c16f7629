"""Where a node's body runs: threads or processes of our own, or any executor that is given."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Protocol

from daggr_nb._engine.task.processes import Processes
from daggr_nb._engine.task.task import Outcome, Task
from daggr_nb._engine.task.tracebacks import describe
from daggr_nb._model.node import Node
from daggr_nb._model.policy import ExecutorOption, checked_executor
from daggr_nb._threads import DaemonThreads
from daggr_nb.errors import ExecutorError, is_interrupt, text_of

Run = Callable[[], None]
Done = Callable[[Outcome], None]


class Backend(Protocol):
    """Where tasks are evaluated.

    ``run()`` evaluates the task wherever it is called, and reports back by itself. A backend that
    evaluates tasks in its own way calls ``done(outcome)`` instead.
    """

    def start(self, task: Task, run: Run, done: Done) -> None: ...
    def stop(self) -> None: ...


class Threads:
    """Daemon threads, made when needed and re-used; a hung one never keeps the kernel alive."""

    def __init__(self, most: int = 64) -> None:
        self._threads = DaemonThreads(most)

    def start(self, task: Task, run: Run, done: Done) -> None:
        try:
            self._threads.start(run)
        except RuntimeError as error:  # the system has not one thread left
            done(_not_run(task, "The system", error, "End what else runs."))

    def stop(self) -> None:
        """Let the threads end, each when it is idle. Returns at once."""
        self._threads.stop()


class Pool:
    """Any ``concurrent.futures.Executor`` that shares memory with the kernel.

    What the executor does not take in fails the task, and so does what it loses.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def start(self, task: Task, run: Run, done: Done) -> None:
        claim = threading.Lock()  # who has it tells how the task went

        def begin() -> None:
            if claim.acquire(blocking=False):
                run()

        def ended(future: Future[None]) -> None:
            error = None if future.cancelled() else future.exception()
            fail(error or RuntimeError("its executor was shut down before it began"))

        def fail(error: BaseException) -> None:
            if claim.acquire(blocking=False):
                kind = type(self._executor).__name__
                done(_not_run(task, kind, error, "Give the graph another executor=, or none."))

        try:
            self._executor.submit(begin).add_done_callback(ended)
        except BaseException as error:  # of whatever library
            if is_interrupt(error):
                raise
            fail(error)

    def stop(self) -> None:
        """Whoever made the executor shuts it down."""


def _not_run(task: Task, executor: str, error: BaseException, remedy: str) -> Outcome:
    """Return the outcome of a task that nobody has begun."""
    now = time.time()
    failure = ExecutorError(
        f"{executor} could not run {task.name!r}: {text_of(error)}. {remedy}", node=task.name
    )
    failure.__cause__ = error
    return Outcome(now, now, error=describe(failure), exception=failure)


class Executors:
    """All backends of a session: that of the graph, and those that nodes ask for.

    Ours are made when they are first needed. Nodes that ask for none run on ``backend``, if there
    is one, until the graph takes another.
    """

    def __init__(self, backend: Backend | None = None) -> None:
        self._backend = backend
        self._option: ExecutorOption = None
        self._threads: Threads | None = None
        self._processes: Processes | None = None
        self._pools: dict[int, Pool] = {}
        self._lock = threading.Lock()

    def take(self, executor: ExecutorOption) -> None:
        """Let nodes that ask for none run on an executor from now on; ``None`` is threads."""
        self._option, self._backend = checked_executor(executor), None

    def place(self, task: Task) -> Backend:
        """Return where a task is to be evaluated, and let it be evaluated so."""
        option = task.node.limits.executor
        if option is None:
            if self._backend is not None:
                return self._backend
            option = self._option
        if option is None:
            return self._our_threads()
        if not isinstance(option, str):
            with self._lock:
                return self._pools.setdefault(id(option), Pool(option))
        if option == "threads" or task.node.body() is None:
            return self._our_threads()
        processes = self._our_processes()
        task.evaluate = processes.evaluate
        return processes

    def in_processes(self, node: Node) -> bool:
        """Whether a node's body runs in a process of its own."""
        option = node.limits.executor
        if option is None and self._backend is None:
            option = self._option
        return isinstance(option, str) and option == "processes" and node.body() is not None

    def check(self, node: Node) -> None:
        """Raise :class:`~daggr_nb.errors.ExecutorError` for a node that cannot be sent."""
        if self.in_processes(node):
            self._our_processes().check(node)

    def stop(self) -> None:
        """End what is ours. An executor that was given is shut down by who made it."""
        with self._lock:
            backends = [self._threads, self._processes, self._backend]
        for backend in backends:
            if backend is not None:
                backend.stop()

    def _our_threads(self) -> Threads:
        if self._threads is None:
            with self._lock:
                self._threads = self._threads or Threads()
        return self._threads

    def _our_processes(self) -> Processes:
        with self._lock:
            self._processes = self._processes or Processes(_not_run)
        return self._processes
