"""Calls as resources: started, looked at, watched, answered and cancelled by their id."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import Executor
from typing import Any, TypeVar

from daggr_nb._canvas.uploads import Uploads
from daggr_nb._engine.session.run import Run
from daggr_nb._serve.artifacts import Artifacts
from daggr_nb._serve.calls import Call, begin_call
from daggr_nb._serve.events import Feed, RunEvents
from daggr_nb._serve.ids import Part
from daggr_nb._serve.problem import Problem, busy
from daggr_nb._serve.served import Served
from daggr_nb.errors import RunError

T = TypeVar("T")
_LAST_PROGRESS = 1.0  # seconds that a result waits for the progress before it


class Runs:
    """The calls of a server, used on its loop; what takes time is done on ``threads``.

    So many go on at once as the limits say; calls wait for their turn in order, and runs are
    refused while there is no room. Those that are over are remembered up to a bound.
    """

    def __init__(
        self, served: Served, uploads: Uploads, artifacts: Artifacts, threads: Executor
    ) -> None:
        self._served = served
        self._uploads = uploads
        self._artifacts = artifacts
        self._threads = threads
        self._turns = asyncio.Semaphore(served.limits.calls)
        self._waiting = 0
        self._calls: dict[str, Call] = {}
        self._events: dict[str, RunEvents] = {}
        self._keeping: dict[str, asyncio.Task[None]] = {}
        self.feed = Feed(served.session)

    async def _elsewhere(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        bound = functools.partial(work, *arguments, **named)
        return await asyncio.get_running_loop().run_in_executor(self._threads, bound)

    # -- calls that somebody waits for

    async def call(self, part: Part, inputs: Mapping[str, Any], gone: asyncio.Event) -> Any:
        """Run a part and return what its targets show, as JSON.

        It is cancelled when ``gone`` says that nobody waits for it. Raises :class:`Problem`.
        """
        if not part.targets and not inputs:
            return {}
        await self._take_turn()
        try:
            if gone.is_set():
                raise Problem(499, "Nobody waits for the call any more.")
            call = await self._elsewhere(
                begin_call, self._served, part, inputs, self._uploads, borrows=True
            )
            await self._until_over(call, gone)
            return await self._elsewhere(self._result, call)
        finally:
            self._turns.release()

    async def _take_turn(self) -> None:
        if self._turns.locked() and self._waiting >= self._served.limits.waiting:
            raise busy(f"{self._waiting} calls wait for their turn already.")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1

    async def _until_over(self, call: Call, gone: asyncio.Event) -> None:
        over = asyncio.ensure_future(call.wait())
        left = asyncio.ensure_future(gone.wait())
        longest = self._end_in_time(call)
        try:
            await asyncio.wait({over, left}, return_when=asyncio.FIRST_COMPLETED)
            if not over.done():
                call.cancel()
        except asyncio.CancelledError:
            call.cancel()
            raise
        finally:
            longest.cancel()
            over.cancel()
            left.cancel()

    def _end_in_time(self, call: Call) -> asyncio.TimerHandle:
        """Cancel a call that takes longer than any may."""
        seconds = self._served.limits.call_seconds
        return asyncio.get_running_loop().call_later(seconds, call.end_overdue)

    def _result(self, call: Call) -> Any:
        problem = call.problem()
        if problem is None:
            outputs = call.outputs(self._artifacts)
            call.give_back()
            return outputs
        if problem.status == 409:
            problem.content["questions"] = call.questions(self._artifacts)
        raise problem

    # -- runs

    async def start(
        self,
        part: Part,
        inputs: Mapping[str, Any],
        force: bool,
        timeout: float | None,
        waits: bool = False,
    ) -> Call:
        """Start a run and return at once; one that ``waits`` stands in line with calls first."""
        if self._turns.locked() and not waits:
            raise busy(f"{self._served.limits.calls} runs go on already.")
        await self._take_turn()
        try:
            call = await self._elsewhere(
                begin_call, self._served, part, inputs, self._uploads, force, timeout
            )
        except BaseException:
            self._turns.release()
            raise
        self._calls[call.id] = call
        self._events[call.id] = RunEvents()
        self._keep(call, call.from_seq)
        self._forget_old()
        return call

    def _keep(self, call: Call, from_seq: int) -> None:
        """Follow the run that goes on, and end its turn when it is over or asks."""
        self.feed.follow(call.run.id, self._events[call.id], from_seq)
        self._keeping[call.run.id] = asyncio.ensure_future(self._until_done(call, call.run.id))

    async def _until_done(self, call: Call, run_id: str) -> None:
        longest = self._end_in_time(call)
        try:
            await call.wait()
        finally:
            longest.cancel()
            self._turns.release()
            self._keeping.pop(run_id, None)
        if call.over:
            await self.shown(call)  # and let go of what it worked with

    def _forget_old(self) -> None:
        over = [identity for identity, call in self._calls.items() if call.over]
        for identity in over[: max(0, len(self._calls) - self._served.limits.runs)]:
            call = self._calls.pop(identity)
            self._events.pop(identity).end()
            for run_id in call.run_ids:
                self.feed.forget(run_id)

    def find(self, identity: str) -> Call:
        """Return the call of that id."""
        call = self._calls.get(identity)
        if call is None:
            raise Problem(
                404,
                f"No run is called {identity!r}. Start one with POST /api/runs; runs are "
                "remembered until the server ends.",
            )
        return call

    async def shown(self, call: Call) -> dict[str, Any]:
        """Return how a run stands, as JSON."""
        return await self._elsewhere(call.shown, self._artifacts)

    async def answer(self, call: Call, body: Mapping[str, Any]) -> None:
        """Answer a question of a run, which goes on then."""
        if self._turns.locked():
            raise busy(f"{self._served.limits.calls} runs go on already.")
        await self._turns.acquire()
        from_seq = self._served.session.events.next_expected()
        try:
            await self._elsewhere(call.answer, body, self._uploads)
        except BaseException:
            self._turns.release()
            raise
        self._keep(call, from_seq)

    async def follow(self, call: Call, tell: Callable[[int, int], Awaitable[None]]) -> None:
        """Wait until a run is over or asks, and tell how many of its nodes are done, of how many.

        It is cancelled with the one who waits.
        """
        try:
            run = call.run
        except RunError:  # over already, and let go of
            return
        telling = asyncio.ensure_future(self._tell_progress(call, run, tell))
        try:
            await call.wait()
            if call.over:  # what is on its way is told before the result
                await asyncio.wait({telling}, timeout=_LAST_PROGRESS)
        except asyncio.CancelledError:
            call.cancel()
            raise
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell_progress(
        self, call: Call, run: Run, tell: Callable[[int, int], Awaitable[None]]
    ) -> None:
        last = 0
        async for _ in self.events(call, call.from_seq - 1):
            done, total = run.progress
            if done > last:
                last = done
                await tell(done, total)

    def events(self, call: Call, after: int) -> AsyncIterator[bytes]:
        """Yield the events of a run behind number ``after``, to its end."""
        return self._events[call.id].after(after)

    async def close(self) -> None:
        """Stop what goes on, and end the streams."""
        for call in self._calls.values():
            if not call.over:
                call.cancel()
        for task in list(self._keeping.values()):
            task.cancel()
        for events in self._events.values():
            events.end()
        await self._elsewhere(self.feed.close)
