"""One event loop on a thread of its own, for everything in the kernel that awaits.

Clients which belong to a loop can so be shared between nodes, and one thread waits for any number
of calls. What may block its loop has one of its own: :func:`wait_alone`.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from daggr_nb._model.evaluation import leave_forked
from daggr_nb.errors import RunCancelled, RunError, log_error

if TYPE_CHECKING:
    import asyncio

WhenStopped = Callable[[Callable[[], object]], object]
"""Takes a callback for when the caller is asked to end, as ``RunContext.when_stopped``."""

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None
_waiting: set[Future[Any]] = set()
"""What threads wait for of the loop; it fails when the loop is no more."""


def wait_for(coroutine: Coroutine[Any, Any, Any], when_stopped: WhenStopped | None = None) -> Any:
    """Run a coroutine on the shared loop, in the caller's context, and wait for it.

    Raises what it raises, and :class:`~daggr_nb.errors.RunCancelled` when it was cancelled.
    """
    done: Future[_Ended] = Future()

    def start() -> None:
        task = loop.create_task(_to_its_end(coroutine))
        task.add_done_callback(lambda task: _pass_on(task, done))
        if when_stopped is not None:
            when_stopped(lambda: loop.call_soon_threadsafe(task.cancel))

    with _lock:
        loop = _shared_loop()
        waiting = _waiting
        waiting.add(done)
        loop.call_soon_threadsafe(start, context=contextvars.copy_context())
    try:
        return _result(done)
    finally:
        waiting.discard(done)


def wait_alone(coroutine: Coroutine[Any, Any, Any], when_stopped: WhenStopped | None = None) -> Any:
    """Run a coroutine as :func:`wait_for` does, on a loop and a thread of its own.

    For libraries that block the loop they are on. None of its threads keeps the kernel alive.
    """
    done: Future[_Ended] = Future()
    serve = contextvars.copy_context().run
    args = (_serve_one, coroutine, done, when_stopped)
    threading.Thread(target=serve, args=args, name="daggr-nb-own-loop", daemon=True).start()
    return _result(done)


def _serve_one(
    coroutine: Coroutine[Any, Any, Any], done: Future[_Ended], when_stopped: WhenStopped | None
) -> None:
    import asyncio  # noqa: PLC0415 - slow to load

    ended: _Ended = (None, RunError("The event loop that it ran on came to an end."))
    loop = asyncio.new_event_loop()
    try:
        loop.set_default_executor(_Daemons())
        task = loop.create_task(_to_its_end(coroutine))

        def stop() -> None:
            with contextlib.suppress(RuntimeError):  # it is over, and its loop closed
                loop.call_soon_threadsafe(task.cancel)

        if when_stopped is not None:
            when_stopped(stop)
        loop.run_until_complete(asyncio.wait([task]))
        ended = (None, asyncio.CancelledError()) if task.cancelled() else task.result()
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
        done.set_result(ended)


class _Daemons(ThreadPoolExecutor):
    """A thread for each call, which the end of the kernel does not wait for."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def work() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as error:  # noqa: BLE001 - whoever waits raises it
                    future.set_exception(error)

        threading.Thread(target=work, name="daggr-nb-own-loop", daemon=True).start()
        return future


def _result(done: Future[_Ended]) -> Any:
    try:
        result, error = done.result()
    except CancelledError:
        raise RunCancelled("The run was cancelled while it was awaited.") from None
    if error is None:
        return result
    if type(error).__name__ == "CancelledError" and not str(error):
        raise RunCancelled("What it awaited was cancelled, and it did not catch that.") from error
    raise error


_Ended = tuple[Any, BaseException | None]


async def _to_its_end(coroutine: Coroutine[Any, Any, Any]) -> _Ended:
    """Return how a coroutine ends. Were it to raise ``SystemExit``, asyncio would end the loop."""
    process = os.getpid()
    try:
        return await coroutine, None
    except BaseException as error:  # noqa: BLE001 - whoever waits raises it
        return None, error
    finally:
        leave_forked(process)


def _pass_on(task: asyncio.Task[_Ended], done: Future[_Ended]) -> None:
    if task.cancelled():  # before it began
        done.cancel()
    else:
        done.set_result(task.result())


def _shared_loop() -> asyncio.AbstractEventLoop:
    """Return the loop, another one if its thread is gone. For holders of the lock."""
    import asyncio  # noqa: PLC0415 - slow to load, and only async functions need it

    global _loop, _thread, _waiting
    if _loop is None or _loop.is_closed() or _thread is None or not _thread.is_alive():
        _loop = asyncio.new_event_loop()
        _waiting = set()
        args = (_loop, _waiting)
        _thread = threading.Thread(target=_serve, args=args, name="daggr-nb-loop", daemon=True)
        contextvars.Context().run(_thread.start)  # it belongs to no node
    return _loop


def _serve(loop: asyncio.AbstractEventLoop, waiting: set[Future[_Ended]]) -> None:
    """Run a loop for good: that a callback exits, or stops it, is one body's doing."""
    global _loop
    try:
        while not loop.is_closed():
            try:
                loop.run_forever()
            except (SystemExit, KeyboardInterrupt) as error:
                log_error("A callback in daggr_nb's event loop would have ended it", error)
    except BaseException as error:  # noqa: BLE001 - the loop is broken: the next call gets another
        log_error("daggr_nb's event loop came to an end", error)
    finally:
        with contextlib.suppress(Exception):  # foreign code may have left it running
            loop.close()
        closed = RunError("The event loop that it ran on came to an end.")
        with _lock:
            _loop = None if _loop is loop else _loop
            left = [done for done in waiting if not done.done()]
        for done in left:
            done.set_result((None, closed))
