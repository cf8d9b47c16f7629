"""A run, as the person who asked for it holds it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Protocol

from daggr_nb._engine.run.scheduler import RunState
from daggr_nb._engine.state.events import Event, EventLog
from daggr_nb._engine.state.state import SheetState
from daggr_nb._model.policy import ONE_AT_A_TIME
from daggr_nb._model.words import RunStatus
from daggr_nb._names import Held
from daggr_nb._text import clean
from daggr_nb.errors import NodeFailed, RunCancelled, RunPaused, StoreError, log_error


class RunKeeper(Protocol):
    """What a run asks of its session."""

    @property
    def events(self) -> EventLog: ...
    def cancel(self, run: RunState) -> None: ...
    def pause(self, run: RunState) -> None: ...
    def resume(self, run: RunState) -> None: ...
    def results(
        self, run: RunState, sheet: SheetState, partial: bool = False
    ) -> dict[str, dict[str, Any]]: ...


class Run(Held):
    """One request to run nodes. Await it, or ask for its :meth:`result`."""

    _for_others = frozenset({"finish", "store_error", "when_over"})

    def __init__(self, keeper: RunKeeper, run: RunState, sheet: SheetState, from_seq: int) -> None:
        self._keeper = keeper
        self._run = run
        self._sheet = sheet
        self._from_seq = from_seq
        self._done = threading.Event()
        self._when_over: list[Callable[[], object]] = []
        self._lock = threading.Lock()
        self.store_error: StoreError | None = None

    @property
    def id(self) -> str:
        """The id of the run, as events and records carry it."""
        return self._run.id

    @property
    def status(self) -> RunStatus:
        """``running``, or how it ended: ``succeeded``, ``partial``, ``failed``, ``aborted``,
        ``paused`` when it waits for an answer.
        """
        if not self._done.is_set() or self._run.ended is None:
            return "running"
        harmed = self.store_error is not None and self._run.ended in ("succeeded", "partial")
        return "failed" if harmed else self._run.ended

    @property
    def steps(self) -> dict[str, str]:
        """How each planned node ended so far: ``succeeded``, ``cached``, ``failed`` and so on."""
        return {str(name): how for name, how in self._run.endings.items()}

    @property
    def progress(self) -> tuple[int, int]:
        """How many of the planned node runs are over, and how many there are."""
        return len(self._run.endings), self._run.total

    @property
    def bottleneck(self) -> str:
        """Which node keeps others waiting, and what would help; empty for none that is known.

        Items of a function run one at a time unless it is declared ``concurrent``.
        """
        for name in [*self._run.steps]:
            live = self._sheet.live.get(name)
            waits = live is not None and live.status == "running" and live.items_total > 1
            if waits and self._sheet.inputs.is_sequential(name):
                return f"items of {name} run {ONE_AT_A_TIME}"
        return ""

    def cancel(self) -> None:
        """Ask the run to stop. Nothing new starts; what will not stop is waited for by nobody."""
        self._keeper.cancel(self._run)

    def pause(self) -> None:
        """Let nothing new start; what runs goes on until it ends. Returns at once."""
        self._keeper.pause(self._run)

    def resume(self) -> None:
        """Start what the pause held back. Returns at once."""
        self._keeper.resume(self._run)

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the run is over, ``timeout`` seconds at most; says whether it is."""
        return self._done.wait(timeout)

    def result(self, timeout: float | None = None) -> Mapping[str, Mapping[str, Any]]:
        """Return ``{node: {port: value}}`` of the targets (of the leaves when there are none).

        Raises :class:`~daggr_nb.errors.NodeFailed` from the original error when a target failed
        or is blocked, :class:`~daggr_nb.errors.RunCancelled` when the run was cancelled,
        :class:`~daggr_nb.errors.RunPaused` when it waits for a person,
        :class:`~daggr_nb.errors.StoreError` when something of it could not be recorded (its values
        are there as long as the kernel lives), and ``TimeoutError`` when it is not over in time.
        """
        if not self.wait(timeout):
            raise TimeoutError(f"The run is not over after {timeout} s; it goes on.")
        self.check()
        return self._keeper.results(self._run, self._sheet)

    def values(self) -> Mapping[str, Mapping[str, Any]]:
        """Return what :meth:`result` would, without the nodes that have no result."""
        return self._keeper.results(self._run, self._sheet, partial=True)

    def check(self) -> None:
        """Raise what :meth:`result` would raise."""
        if self.store_error is not None:
            raise self.store_error
        if self._run.crashed is not None:
            raise self._run.crashed
        if self._run.ended == "aborted":
            raise RunCancelled(
                f"The run was aborted ({self._run.abort_reason}). What it finished before is "
                "on record."
            )
        for name, (error, cause) in self._run.errors.items():
            if self._run.endings.get(name) == "recovered":
                continue
            raise NodeFailed(
                clean(f"Node {str(name)!r} failed: {error.type}: {error.message}"),
                node=name,
                traceback=error.traceback,
            ) from cause
        if self._run.ended == "paused":
            waiting = [str(name) for name in self._run.asked]
            raise RunPaused(
                f"The run waits for an answer to {', '.join(map(repr, waiting))}. Answer on the "
                f"card, or with graph.answer({waiting[0]!r}, ...); it goes on then.",
                node=waiting[0],
                waiting=waiting,
            )

    def events(self) -> Iterator[Event]:
        """Yield the events of the run from its start, live ones as they happen, to its end."""
        for event in self._keeper.events.follow(self._from_seq, self._done.is_set):
            if event.run_id == self.id:
                yield event

    def when_over(self, callback: Callable[[], object]) -> None:
        """Call back once the run is over, at once if it is: for who waits for many without threads.

        It is called on a thread of the session, which it must not hold up.
        """
        with self._lock:
            if not self._done.is_set():
                self._when_over.append(callback)
                return
        callback()

    def finish(self) -> None:
        """Let everybody know that the run is over; called by the session."""
        with self._lock:
            self._done.set()
            callbacks, self._when_over = self._when_over, []
        for callback in callbacks:
            try:
                callback()
            except BaseException as error:  # noqa: BLE001 - who listens is none of the run
                log_error("daggr_nb could not tell of the end of a run", error)

    def __await__(self) -> Generator[Any, None, Mapping[str, Mapping[str, Any]]]:
        import asyncio  # noqa: PLC0415 - whoever awaits has loaded it

        yield from asyncio.to_thread(self._done.wait).__await__()
        return self.result()

    def __repr__(self) -> str:
        return f"<Run {self.id} {self.status}>"
