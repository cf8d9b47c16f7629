"""A call on a loop of its own: its result, its error, its end when nobody waits any more."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import pytest

from daggr_nb._services.loop import wait_alone
from daggr_nb.errors import RunCancelled

WHO = contextvars.ContextVar("WHO", default="nobody")


async def answer(value: Any) -> Any:
    return await asyncio.to_thread(lambda: (value, WHO.get()))


def test_it_returns_what_it_returns_in_the_context_of_the_caller() -> None:
    token = WHO.set("me")
    try:
        assert wait_alone(answer(1)) == (1, "me")
    finally:
        WHO.reset(token)


def test_it_raises_what_it_raises() -> None:
    async def fail() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        wait_alone(fail())


def test_it_may_wait_within_a_loop_that_runs() -> None:
    async def outer() -> Any:
        return wait_alone(answer(2))

    assert asyncio.run(outer()) == (2, "nobody")


def test_a_stop_ends_it_and_what_blocks_keeps_nobody() -> None:
    begun, gate = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def block() -> None:
        threads.append(threading.current_thread())
        begun.set()
        gate.wait(20)

    def when_stopped(stop: Any) -> None:
        threading.Thread(target=lambda: (begun.wait(20), stop())).start()

    with pytest.raises(RunCancelled):
        wait_alone(asyncio.to_thread(block), when_stopped)
    assert threads[0].is_alive()
    assert threads[0].daemon  # the end of the kernel does not wait for it
    gate.set()


def test_a_stop_that_comes_late_is_no_error() -> None:
    stops: list[Any] = []
    assert wait_alone(answer(3), stops.append)[0] == 3
    stops[0]()
