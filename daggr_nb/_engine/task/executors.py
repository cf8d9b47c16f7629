"""Where a node's body runs: threads of our own, or any ``concurrent.futures.Executor``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Protocol

from daggr_nb._engine.task.task import Outcome, Task
from daggr_nb._engine.task.tracebacks import describe
from daggr_nb._threads import DaemonThreads
from daggr_nb.errors import ExecutorError, GraphError, is_interrupt, text_of

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


class Borrowed:
    """A backend that belongs to somebody else, who stops it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def start(self, task: Task, run: Run, done: Done) -> None:
        self._backend.start(task, run, done)

    def stop(self) -> None:
        """Whoever made the backend stops it."""


class Pool:
    """Any ``concurrent.futures.Executor`` that shares memory with the kernel.

    Raises :class:`~daggr_nb.errors.GraphError` for one that has processes of its own: a node's
    function, its inputs and what it streams are here. What the executor does not take in fails
    the task, and so does what it loses.
    """

    def __init__(self, executor: Executor) -> None:
        if not isinstance(executor, Executor) and not callable(getattr(executor, "submit", None)):
            raise GraphError(
                f"executor= expected a concurrent.futures.Executor, got {executor!r}. "
                "Try concurrent.futures.ThreadPoolExecutor()."
            )
        if _has_processes(executor):
            raise GraphError(
                f"executor= expected one that shares the kernel's memory, got {executor!r}, which "
                "has processes of its own. Try concurrent.futures.ThreadPoolExecutor()."
            )
        self._executor = executor

    def start(self, task: Task, run: Run, done: Done) -> None:
        begun = threading.Event()

        def begin() -> None:
            begun.set()
            run()

        def ended(future: Future[None]) -> None:
            if begun.is_set():
                return
            error = None if future.cancelled() else future.exception()
            fail(error or RuntimeError("its executor was shut down before it began"))

        def fail(error: BaseException) -> None:
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


def _has_processes(executor: object) -> bool:
    """Whether an executor works elsewhere, by the classes that it is made of."""
    names = {
        f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(executor).__mro__
    }
    return isinstance(executor, ProcessPoolExecutor) or not names.isdisjoint(_ELSEWHERE)


_ELSEWHERE = frozenset(
    {
        "concurrent.ProcessPoolExecutor",
        "concurrent.InterpreterPoolExecutor",
        "loky.ProcessPoolExecutor",
        "joblib.ProcessPoolExecutor",
        "distributed.ClientExecutor",
        "mpi4py.MPIPoolExecutor",
    }
)
