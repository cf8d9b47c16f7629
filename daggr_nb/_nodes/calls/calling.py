"""Calling user functions of every kind: plain, generator, async, async generator.

Async functions of all nodes share one event loop on a thread of its own, so that clients which
belong to a loop can be shared between them.
"""

from __future__ import annotations

import contextlib
import contextvars
import inspect
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any

from daggr_nb._model.evaluation import RunContext
from daggr_nb.errors import RunCancelled

if TYPE_CHECKING:
    import asyncio

Produce = Callable[[Any], None]

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def resolve(result: Any, context: RunContext, produce: Produce) -> Any:
    """Return the value behind what a function returned.

    A generator's values are handed to ``produce`` as they come, and the last one counts; a
    coroutine is awaited. Both end soon after the run was asked to stop. A generator expression is
    data: the list of its items.
    """
    if inspect.isgenerator(result):
        if result.gi_code.co_name == "<genexpr>":  # data, not a stream
            return list(result)
        return _exhaust(result, context, produce)
    if inspect.isasyncgen(result):
        return _wait_for(_exhaust_async(result, context, produce), context)
    if inspect.iscoroutine(result):
        return _wait_for(result, context)
    return result


def _exhaust(values: Generator[Any, Any, Any], context: RunContext, produce: Produce) -> Any:
    value = None
    with contextlib.closing(values):
        for value in values:
            produce(value)
            if context.cancelled:
                raise RunCancelled("The run was cancelled between two yields.")
    return value


async def _exhaust_async(
    values: AsyncGenerator[Any, Any], context: RunContext, produce: Produce
) -> Any:
    value = None
    async with contextlib.aclosing(values):
        async for value in values:
            produce(value)
            if context.cancelled:
                raise RunCancelled("The run was cancelled between two yields.")
    return value


def _wait_for(coroutine: Coroutine[Any, Any, Any], context: RunContext) -> Any:
    """Run a coroutine on the shared loop, in the caller's context, and wait for it."""
    done: Future[Any] = Future()
    loop = _shared_loop()

    def start() -> None:
        task = loop.create_task(coroutine)
        task.add_done_callback(lambda task: _pass_on(task, done))
        context.when_stopped(lambda: loop.call_soon_threadsafe(task.cancel))

    loop.call_soon_threadsafe(start, context=contextvars.copy_context())
    try:
        return done.result()
    except CancelledError:
        raise RunCancelled("The run was cancelled while it was awaited.") from None


def _pass_on(task: asyncio.Task[Any], done: Future[Any]) -> None:
    if task.cancelled():
        done.cancel()
    elif (error := task.exception()) is not None:
        done.set_exception(error)
    else:
        done.set_result(task.result())


def _shared_loop() -> asyncio.AbstractEventLoop:
    import asyncio  # noqa: PLC0415 - slow to load, and only async functions need it

    global _loop
    with _lock:
        if _loop is None or _loop.is_closed():
            _loop = asyncio.new_event_loop()
            threading.Thread(
                target=_serve, args=(_loop,), name="daggr-nb-loop", daemon=True
            ).start()
        return _loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    with contextlib.suppress(RuntimeError):
        loop.run_forever()
