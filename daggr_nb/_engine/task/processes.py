"""Bodies in processes of our own: one each, kept warm, ended by Stop if they do not end.

Only what a node does goes there. A thread of the kernel waits for it, and does all the rest:
digests, records, what is known already, limits and retries are the same as on threads.
"""

from __future__ import annotations

import collections
import contextlib
import contextvars
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from daggr_nb._engine.task.faults import error_of
from daggr_nb._engine.task.sending import packed_body, packed_inputs, unpacked
from daggr_nb._engine.task.task import Outcome, Task
from daggr_nb._engine.task.wire import Wire
from daggr_nb._engine.task.worker import KEPT
from daggr_nb._ids import RunId
from daggr_nb._model.node import Node
from daggr_nb._model.reports import DeltaReport
from daggr_nb._threads import DaemonThreads
from daggr_nb.errors import ExecutorError, OutputMismatch, RunCancelled, text_of

GRACE = 0.2
"""Seconds that a body has to end after Stop, before its process is ended."""
_BOOT = pathlib.Path(__file__).with_name("boot.py")
_SENDINGS = 64  # bodies whose bytes are kept, each for one run

Run = Callable[[], None]
Done = Callable[[Outcome], None]
NotRun = Callable[[Task, str, BaseException, str], Outcome]


def cores() -> int:
    """Return how many processes can work at once."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


class Processes:
    """A backend that evaluates bodies in processes, ``most`` of them; at first there are none."""

    def __init__(self, not_run: NotRun, most: int | None = None) -> None:
        self._most = cores() if most is None else most
        self._not_run = not_run
        # While some wait for their bodies, others digest what came of theirs.
        self._threads = DaemonThreads(2 * self._most, "daggr-nb-process")
        self._idle: list[WorkerProcess] = []
        self._all: weakref.WeakSet[WorkerProcess] = weakref.WeakSet()
        self._count = 0
        self._changed = threading.Condition()
        self._sendings: collections.OrderedDict[tuple[str, str], _Sending]
        self._sendings = collections.OrderedDict()
        self._closed = False

    def start(self, task: Task, run: Run, done: Done) -> None:
        try:
            self._threads.start(run)
        except RuntimeError as error:  # the system has not one thread left
            done(self._not_run(task, "The system", error, "End what else runs."))

    def check(self, node: Node) -> None:
        """Raise :class:`~daggr_nb.errors.ExecutorError` for a node whose body cannot be sent."""
        body = node.body()
        if body is not None:
            packed_body(body)

    def evaluate(self, task: Task) -> dict[str, Any]:
        """Evaluate the body of a task in a process, and return what it made, by port."""
        sending = self._sending(task)
        digest, body = sending.bytes(task.node)
        inputs = packed_inputs(task.name, task.arguments())
        worker = self._worker_for(task)
        try:
            return worker.evaluate(task, digest, body, inputs)
        finally:
            self._give_back(worker)

    def stop(self) -> None:
        """End all processes, with what they are at."""
        with self._changed:
            self._closed = True
            workers, idle, self._idle = [*self._all], self._idle, []
            self._changed.notify_all()
        self._threads.stop()
        for worker in workers:
            worker.kill()
        for worker in idle:
            worker.close()

    def _sending(self, task: Task) -> _Sending:
        """Return a node's body for a run: the same for all of its items."""
        key = task.run_id, task.name
        with self._changed:
            sending = self._sendings.setdefault(key, _Sending())
            self._sendings.move_to_end(key)
            while len(self._sendings) > _SENDINGS:
                self._sendings.popitem(last=False)
        return sending

    def _worker_for(self, task: Task) -> WorkerProcess:
        """Return an idle process, a new one if there may be more; waits for one otherwise."""
        task.context.when_stopped(self._wake)
        with self._changed:
            while True:
                if task.context.stop_asked or self._closed:
                    raise RunCancelled("The run was cancelled before a process was free.")
                if self._idle:
                    return self._idle.pop()
                if self._count < self._most:
                    self._count += 1
                    break
                self._changed.wait()
        try:
            worker = WorkerProcess()
        except BaseException:
            with self._changed:
                self._count -= 1
                self._changed.notify()
            raise
        with self._changed:
            self._all.add(worker)
            if self._closed:
                worker.kill()
        return worker

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _give_back(self, worker: WorkerProcess) -> None:
        with self._changed:
            is_kept = worker.usable and not self._closed
            if is_kept:
                self._idle.append(worker)
            else:
                self._count -= 1
            self._changed.notify()
        if not is_kept:
            worker.close()


class _Sending:
    """The bytes of a body as it was when its node began to run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._packed: tuple[str, bytes] | None = None

    def bytes(self, node: Node) -> tuple[str, bytes]:
        """Return the digest of the bytes, and the bytes."""
        with self._lock:
            if self._packed is None:
                body = node.body()
                assert body is not None
                data = packed_body(body)
                self._packed = hashlib.blake2b(data, digest_size=16).hexdigest(), data
            return self._packed


class WorkerProcess:
    """A process that evaluates one body at a time, as the kernel sees it."""

    def __init__(self) -> None:
        options: dict[str, Any] = {} if os.name == "nt" else {"start_new_session": True}
        if not sys.executable:
            raise ExecutorError(
                "A process of its own was to be started, and this Python does not know its "
                'executable (sys.executable). Run the node with executor="threads".'
            )
        # Without the context of a node: what a process prints by itself is nobody's.
        self._process = contextvars.Context().run(
            lambda: subprocess.Popen(
                [sys.executable, str(_BOOT), json.dumps(_import_path())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(),
                **options,
            )
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._wire = Wire(cast("BinaryIO", self._process.stdout), self._process.stdin.fileno())
        self._surroundings: Any = None
        self._bodies: collections.OrderedDict[str, None] = collections.OrderedDict()
        self._lock = threading.Lock()
        self._killed = False
        self._is_ready = False
        self.usable = True

    def evaluate(self, task: Task, digest: str, body: bytes, inputs: bytes) -> dict[str, Any]:
        """Send a body, if it is not there, and its inputs; return what it made."""
        call = _Call(task.id, task.attempt)
        task.context.when_stopped(lambda: self._stop(call))
        try:
            self._begin(task)
            self._send(call, digest, body, inputs)
            return self._follow(task, call)
        except OSError:  # nobody reads what is sent
            raise self._lost(task) from None
        except BaseException:
            self.usable = self.usable and call.over.is_set()
            raise
        finally:
            call.over.set()

    def _begin(self, task: Task) -> None:
        if not self._is_ready:
            if self._wire.receive() is None:
                raise self._lost(task)
            self._is_ready = True

    def _send(self, call: _Call, digest: str, body: bytes, inputs: bytes) -> None:
        surroundings = dict(getattr(os.environ, "_data", os.environ)), _folder(), [*sys.path]
        changed = None
        if surroundings != self._surroundings:  # decoding all of it takes longer than a small body
            self._surroundings = surroundings
            changed = _environment(), _folder(), _import_path()
        values = [inputs] if digest in self._bodies else [body, inputs]
        self._bodies[digest] = None
        self._bodies.move_to_end(digest)
        while len(self._bodies) > KEPT:  # as the process does
            self._bodies.popitem(last=False)
        self._wire.send(("call", call.id, call.attempt, digest, changed), *values)

    def _follow(self, task: Task, call: _Call) -> dict[str, Any]:
        """Take what an evaluation says, to its end."""
        expected = 0
        while (received := self._wire.receive()) is not None:
            (kind, identity, attempt, index, *more), values = received
            if (identity, attempt) != (call.id, call.attempt) or index != expected:
                continue  # of one that is over
            expected += 1
            if kind == "text":
                task.context.write(more[0])
            elif kind == "grown":
                task.context.report(DeltaReport(more[1], more[0]))
            elif kind == "report":
                task.context.report(unpacked(values[0]))
            elif kind == "made":
                call.over.set()
                task.node.discontinuity = more[0]
                return self._made(task, values[0])
            else:
                call.over.set()
                raise error_of(unpacked(values[0]), unpacked)
        raise self._lost(task)

    def _made(self, task: Task, data: bytes) -> dict[str, Any]:
        try:
            made: dict[str, Any] = unpacked(data)
        except BaseException as error:
            raise OutputMismatch(
                f"{task.name!r} made a value in a process of its own that cannot be read here: "
                f"{text_of(error)}. Expected one that can be pickled: return what it is made of, "
                'or run the node with executor="threads".',
                node=task.name,
            ) from error
        return made

    def _lost(self, task: Task) -> Exception:
        """Return what is raised as the process is gone."""
        self.usable = False
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        if self._killed or task.context.stop_asked:
            return RunCancelled("The run was stopped, and its process ended.")
        return ExecutorError(
            f"The process that ran {task.name!r} {_end_of(self._process.poll())}. Expected it to "
            "go on: look for what ends a process in the function or a library that it calls, or "
            "for want of memory.",
            node=task.name,
            lost=True,
        )

    def _stop(self, call: _Call) -> None:
        """Ask an evaluation to end, and end its process if it does not. Returns at once."""
        if not call.over.is_set():
            thread = threading.Thread(
                target=self._end, args=(call,), name="daggr-nb-stop", daemon=True
            )
            contextvars.Context().run(thread.start)

    def _end(self, call: _Call) -> None:
        asking = threading.Thread(target=self._ask, args=(call,), daemon=True)
        asking.start()  # a process that does not read holds up who writes to it
        if not call.over.wait(GRACE):
            self.usable = False
            self.kill()

    def _ask(self, call: _Call) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._wire.send(("stop", call.id, call.attempt))

    def kill(self) -> None:
        """End the process, and those that its bodies have started, at once."""
        with self._lock:
            first, self._killed = not self._killed, True
            if not first:
                return
            if self._process.poll() is None:
                with contextlib.suppress(OSError):
                    if hasattr(os, "killpg"):
                        os.killpg(self._process.pid, signal.SIGKILL)
                    else:
                        self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5.0)

    def close(self) -> None:
        """End the process and let go of its pipes, when nobody waits for it any more."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


class _Call:
    """One evaluation, as who may stop it knows it."""

    def __init__(self, identity: RunId, attempt: int) -> None:
        self.id, self.attempt = identity, attempt
        self.over = threading.Event()


def _environment() -> dict[str, str]:
    """Return the environment of bodies; what they draw is drawn without a screen or a notebook."""
    return {**os.environ, "MPLBACKEND": "agg"}


def _import_path() -> list[str]:
    return [os.path.abspath(each) for each in sys.path]


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return ""


def _end_of(code: int | None) -> str:
    if code is None:
        return "does not answer any more"
    if code >= 0:
        return f"ended by itself, with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was ended by {name}"
