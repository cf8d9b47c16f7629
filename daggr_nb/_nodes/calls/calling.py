"""Calling user functions of every kind: plain, generator, async, async generator."""

from __future__ import annotations

import contextlib
import types
from collections.abc import AsyncGenerator, Generator
from typing import Any

from daggr_nb._model.evaluation import RunContext
from daggr_nb._nodes.calls.streaming import Sink
from daggr_nb._services.loop import wait_for
from daggr_nb.errors import RunCancelled


def resolve(result: Any, context: RunContext, sink: Sink) -> Any:
    """Return the value behind what a function returned.

    A generator's values go to ``sink`` as they come, and its result counts; a coroutine is awaited.
    Both end soon after the run was asked to stop. A generator expression is data: the list of its
    items.
    """
    # What a result says of its class is foreign code; none of these has subclasses.
    kind = type(result)
    if kind is types.GeneratorType:
        if result.gi_code.co_name == "<genexpr>":  # data, not a stream
            return list(result)
        return _exhaust(result, context, sink)
    if kind is types.AsyncGeneratorType:
        return wait_for(_exhaust_async(result, context, sink), context.when_stopped)
    if kind is types.CoroutineType:
        return wait_for(result, context.when_stopped)
    return result


def _exhaust(values: Generator[Any, Any, Any], context: RunContext, sink: Sink) -> Any:
    with contextlib.closing(values):
        for value in values:
            sink.take(value)
            if context.cancelled:
                raise RunCancelled("The run was cancelled between two yields.")
    return sink.result


async def _exhaust_async(values: AsyncGenerator[Any, Any], context: RunContext, sink: Sink) -> Any:
    async with contextlib.aclosing(values):
        async for value in values:
            sink.take(value)
            if context.cancelled:
                raise RunCancelled("The run was cancelled between two yields.")
    return sink.result
