"""A process of ours: it evaluates the bodies that a kernel sends, one at a time.

Bodies run on the main thread, as they would in a script. Another one hears of Stop, and of the end
of the kernel, with which the process ends, and all that its bodies have started.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import os
import pickle
import queue
import signal
import subprocess  # noqa: F401 - what is printed by processes is captured where it is loaded
import sys
import threading
from collections.abc import Callable
from typing import Any

from daggr_nb._engine.task.capture import captured_by, released
from daggr_nb._engine.task.faults import fault_of
from daggr_nb._engine.task.sending import is_own_module, leave_home, packed, unpacked
from daggr_nb._engine.task.wire import Wire
from daggr_nb._ids import RunId
from daggr_nb._model.body import Body
from daggr_nb._model.evaluation import RunContext, leave_forked
from daggr_nb._model.reports import LogReport, Report, ValueReport
from daggr_nb._provenance.values.matplotlib import take_from_pyplot

KEPT = 16
"""So many bodies stay in a process, as bytes: each evaluation has one of its own."""


class WorkerContext(RunContext):
    """The context of one evaluation here. What it reports goes to the kernel at once, in order."""

    def __init__(self, wire: Wire, identity: RunId, attempt: int) -> None:
        self.stop_asked = False
        self.over = False
        self._wire = wire
        self._about = identity, attempt
        self._count = itertools.count()
        self._lock = threading.RLock()
        self._texts: dict[str, str] = {}
        self._on_stop: list[Callable[[], object]] = []

    @property
    def cancelled(self) -> bool:
        return self.stop_asked

    def stop(self) -> None:
        """Ask the body to end."""
        with self._lock:
            self.stop_asked = True
            callbacks, self._on_stop = self._on_stop, []
        for callback in callbacks:
            with contextlib.suppress(Exception):  # whoever stops it is somebody else
                callback()

    def when_stopped(self, callback: Callable[[], object]) -> None:
        with self._lock:
            if not self.stop_asked:
                self._on_stop.append(callback)
                return
        callback()

    def report(self, report: Report) -> None:
        if isinstance(report, LogReport):
            self.write(report.text)
        elif isinstance(report, ValueReport) and type(report.value) is str:
            self._say_text(report.port, report.value)
        else:
            self.send("report", packed(report))

    def write(self, text: str) -> None:
        """Add to the log."""
        self.send("text", more=(str.__str__(text),))

    def _say_text(self, port: str, text: str) -> None:
        """Say a text so far; what extends the last one travels as its end only."""
        before, self._texts[port] = self._texts.get(port), text
        if before is not None and text.startswith(before):
            if len(text) > len(before):
                self.send("grown", more=(port, text[len(before) :]))
        else:
            self.send("report", packed(ValueReport(port, text)))

    def send(
        self, kind: str, *values: bytes, more: tuple[Any, ...] = (), last: bool = False
    ) -> None:
        """Tell the kernel something, unless the evaluation is over."""
        with self._lock:
            if self.over:
                return
            self.over = last
            self._wire.send((kind, *self._about, next(self._count), *more), *values)


class Worker:
    """Takes calls from a wire, and evaluates them one after the other."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._calls: queue.SimpleQueue[tuple[tuple[Any, ...], bytes, bytes]] = queue.SimpleQueue()
        self._bodies: collections.OrderedDict[str, bytes] = collections.OrderedDict()
        self._waiting: set[tuple[RunId, int]] = set()
        self._stopped: set[tuple[RunId, int]] = set()
        self._context: WorkerContext | None = None
        self._about: tuple[RunId, int] | None = None
        self._lock = threading.Lock()
        self._modules = 0

    def serve(self) -> None:
        """Evaluate what comes, for as long as there is a kernel."""
        threading.Thread(target=self._listen, name="daggr-nb-kernel", daemon=True).start()
        self._wire.send(("ready",))
        while True:
            message, body, inputs = self._calls.get()
            self._evaluate(message, body, inputs)
            del message, body, inputs

    def _listen(self) -> None:
        while (received := self._wire.receive()) is not None:
            message, values = received
            kind, identity, attempt, *_ = message
            if kind == "call":
                with self._lock:
                    self._waiting.add((identity, attempt))
                self._calls.put((message, self._body(message[3], values), values[-1]))
            elif kind == "stop":
                self._stop((identity, attempt))
            else:
                self._recall((identity, attempt))
            del received, message, values
        _end()

    def _stop(self, about: tuple[RunId, int]) -> None:
        with self._lock:
            context = self._context if self._about == about else None
            if context is None:
                self._stopped.add(about)  # it is on its way to the main thread, or over
        if context is not None:
            context.stop()

    def _recall(self, about: tuple[RunId, int]) -> None:
        """Let go of a call that has not begun, and say so."""
        with self._lock:
            waits = about in self._waiting
            self._waiting.discard(about)
        if waits:
            self._wire.send(("recalled", *about, 0))

    def _evaluate(self, message: tuple[Any, ...], data: bytes, inputs: bytes) -> None:
        _, identity, attempt, _, surroundings = message
        about = identity, attempt
        context = WorkerContext(self._wire, identity, attempt)
        with self._lock:
            if about not in self._waiting:
                return
            self._waiting.discard(about)
            self._context, self._about = context, about
            stopped = about in self._stopped
            self._stopped.clear()
        if stopped:
            context.stop()
        process = os.getpid()
        captured_by(context.write)
        try:
            if surroundings is not None:
                take_surroundings(surroundings)
            body: Body = unpacked(data)
            made = body.run(unpacked(inputs), context)
            made = {port: _sendable(value, context) for port, value in made.items()}
            take_from_pyplot(made.values())
            result = packed(made)
        except BaseException as error:  # noqa: BLE001 - the boundary of bodies, as in the kernel
            leave_forked(process)
            fault = pickle.dumps(fault_of(error, packed))
            released()
            context.send("failed", fault, last=True)
        else:
            leave_forked(process)
            released()
            context.send("made", result, more=(body.discontinuity,), last=True)
        finally:
            with self._lock:
                self._context = self._about = None
            self._forget_modules()

    def _body(self, digest: str, values: list[bytes]) -> bytes:
        """Return a body; the kernel keeps count of those that are here in the same way."""
        if len(values) > 1:
            self._bodies[digest] = values[0]
        self._bodies.move_to_end(digest)
        while len(self._bodies) > KEPT:
            self._bodies.popitem(last=False)
        return self._bodies[digest]

    def _forget_modules(self) -> None:
        """Let modules of the person's own be read again: they may be edited in between."""
        if len(sys.modules) == self._modules:
            return
        for name in [*sys.modules]:
            if name != "__main__" and is_own_module(name):
                del sys.modules[name]
        self._modules = len(sys.modules)


def _sendable(value: Any, context: WorkerContext) -> Any:
    """Return the items of an iterator, which cannot leave its process."""
    kind = type(value)
    if hasattr(kind, "__next__") and not hasattr(kind, "read"):
        items = []
        for item in value:
            items.append(item)
            if context.cancelled:
                break
        return items
    return value


def take_surroundings(surroundings: tuple[dict[str, str], str, list[str]]) -> None:
    """Have the environment, folder and import path that the kernel has now."""
    environment, folder, path = surroundings
    for name in [*os.environ]:
        if name not in environment:
            del os.environ[name]
    os.environ.update(environment)
    if folder:
        os.chdir(folder)
    sys.path[:] = path


def _end() -> None:
    """End this process, and those that its bodies have started."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(0)


def main() -> None:
    """Serve the kernel at the other end of standard input and output, which bodies do not get."""
    leave_home()
    reads, writes = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - only there

        msvcrt.setmode(writes, os.O_BINARY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    if hasattr(os, "register_at_fork"):  # not on Windows
        os.register_at_fork(after_in_child=lambda: [*map(os.close, (reads, writes))])
    Worker(Wire(os.fdopen(reads, "rb", closefd=False), writes)).serve()
