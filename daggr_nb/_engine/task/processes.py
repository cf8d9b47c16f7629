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
import time
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from daggr_nb._engine.task.faults import error_of
from daggr_nb._engine.task.sending import packed_body, packed_inputs, unpacked
from daggr_nb._engine.task.task import Outcome, Task
from daggr_nb._engine.task.wire import Wire
from daggr_nb._engine.task.worker import KEPT
from daggr_nb._model.node import Node
from daggr_nb._model.reports import DeltaReport
from daggr_nb._threads import DaemonThreads
from daggr_nb.errors import ExecutorError, OutputMismatch, RunCancelled, text_of

GRACE = 0.2
"""Seconds that a body has to end after Stop, before its process is ended."""
_BOOT = pathlib.Path(__file__).with_name("boot.py")
_BRIEF = 0.1
"""Seconds: behind a body that takes so long at most, another may wait in its process."""
_MOST_TYPICAL = 1_000
_SENDINGS = 16  # bodies whose bytes are kept, each for one run

Run = Callable[[], None]
Done = Callable[[Outcome], None]
NotRun = Callable[[Task, str, BaseException, str], Outcome]


def cores() -> int:
    """Return how many processes can work at once."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


class Processes:
    """A backend that evaluates bodies in processes, ``most`` of them; at first there are none.

    A call may be sent to a process that is still at a brief one, so that it need not wait for the
    kernel in between. It is called back when another process is free earlier.
    """

    def __init__(self, not_run: NotRun, most: int | None = None) -> None:
        self._most = cores() if most is None else most
        self._not_run = not_run
        # Some wait for their bodies, some for those before, others digest what came of theirs.
        self._threads = DaemonThreads(3 * self._most, "daggr-nb-process")
        self._workers: list[WorkerProcess] = []
        self._count = 0
        self._changed = threading.Condition()
        self._typical: dict[str, float] = {}
        """How long bodies take, by their digests, in seconds."""
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
        digest, body = self._sending(task).bytes(task.node)
        inputs = packed_inputs(task.name, task.arguments())
        call = _Call(task, digest)
        task.context.when_stopped(lambda: self._stop_call(call))
        while True:
            worker = self._join(call)
            try:
                made = self._on(worker, call, body, inputs)
            finally:
                self._leave(worker, call)
            if made is not None:
                return made

    def stop(self) -> None:
        """End all processes, with what they are at."""
        with self._changed:
            self._closed = True
            workers = [*self._workers]
            self._changed.notify_all()
        self._threads.stop()
        for worker in workers:
            worker.kill()
            with self._changed:
                is_idle = not worker.calls
            if is_idle:
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

    def _on(
        self, worker: WorkerProcess, call: _Call, body: bytes, inputs: bytes
    ) -> dict[str, Any] | None:
        """Return what a call makes on a process; ``None`` if it has to go to another one."""
        try:
            worker.send(call, body, inputs)
        except OSError:  # nobody reads what is sent
            with self._changed:
                if worker.calls[:1] != [call]:
                    return None
            raise self._lost(worker, call) from None
        with self._changed:
            call.sent = True
            self._changed.notify_all()
        if not self._comes_first(worker, call):
            return None
        if call.task.context.stop_asked:
            self._stop_call(call)
        began = time.monotonic()
        made = self._follow(worker, call)
        if made is not None:
            self._note_time(call.digest, time.monotonic() - began)
        return made

    def _note_time(self, digest: str, taken: float) -> None:
        with self._changed:
            if len(self._typical) > _MOST_TYPICAL:
                self._typical.clear()
            self._typical[digest] = (self._typical.get(digest, taken) + taken) / 2

    # -- which process

    def _join(self, call: _Call) -> WorkerProcess:
        """Return the process that a call is for; waits until there is one."""
        with self._changed:
            while True:
                self._check_wanted(call)
                worker = self._idle() or (None if self._may_grow() else self._brief())
                if worker is not None:
                    call.sent = call.returned = False
                    worker.calls.append(call)
                    return worker
                if self._may_grow():
                    self._count += 1
                    break
                self._changed.wait()
        try:
            worker = WorkerProcess()
        except BaseException:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()
            raise
        with self._changed:
            call.sent = call.returned = False
            worker.calls.append(call)
            self._workers.append(worker)
            if self._closed:
                worker.kill()
        return worker

    def _check_wanted(self, call: _Call) -> None:
        if call.task.context.stop_asked or self._closed:
            raise RunCancelled("The run was cancelled before a process was free.")

    def _idle(self) -> WorkerProcess | None:
        return next((w for w in self._workers if w.usable and not w.calls), None)

    def _may_grow(self) -> bool:
        return self._count < self._most

    def _brief(self) -> WorkerProcess | None:
        """Return a process whose one call is about to be over."""
        for worker in self._workers:
            is_open = worker.usable and len(worker.calls) == 1 and worker.calls[0].sent
            if is_open and self._typical.get(worker.calls[0].digest, _BRIEF + 1) <= _BRIEF:
                return worker
        return None

    def _comes_first(self, worker: WorkerProcess, call: _Call) -> bool:
        """Wait until a process is at a call; says whether it is, as it may be called back."""
        asked = False
        while True:
            with self._changed:
                if call.returned:
                    return False
                if worker.calls[:1] == [call]:
                    return True
                unwanted = call.task.context.stop_asked or self._closed
                ask = not asked and (unwanted or self._idle() is not None or self._may_grow())
                if not ask:
                    self._changed.wait()
            if ask:
                asked = True
                worker.tell("recall", call)

    def _leave(self, worker: WorkerProcess, call: _Call) -> None:
        """Let the next call of a process have it; one that is of no more use is ended."""
        if not worker.usable:
            worker.kill()
        with self._changed:
            if call in worker.calls:
                worker.calls.remove(call)
            if not worker.usable:
                for other in worker.calls:
                    other.returned = True
                worker.calls.clear()
            ends = not worker.calls and (self._closed or not worker.usable)
            ends = ends and worker in self._workers
            if ends:
                self._workers.remove(worker)
                self._count -= 1
            self._changed.notify_all()
        if ends:
            worker.close()

    # -- one call

    def _follow(self, worker: WorkerProcess, call: _Call) -> dict[str, Any] | None:
        """Take what an evaluation says, to its end; ``None`` if it has not begun."""
        task, expected = call.task, 0
        try:
            while (received := worker.receive()) is not None:
                (kind, *about, index), more, values = received
                if kind == "recalled":
                    if about == call.about:
                        worker.forget_surroundings()
                        return None
                    self._returned(worker, about)
                elif about != call.about or index != expected:
                    continue  # of one that is over
                elif kind == "made":
                    call.over.set()
                    task.node.discontinuity = more[0]
                    return _made(task, values[0])
                elif kind == "failed":
                    call.over.set()
                    raise error_of(unpacked(values[0]), unpacked)
                else:
                    _report(task, kind, more, values)
                    expected += 1
        except BaseException:
            worker.usable = worker.usable and call.over.is_set()
            raise
        raise self._lost(worker, call)

    def _returned(self, worker: WorkerProcess, about: list[Any]) -> None:
        worker.forget_surroundings()
        with self._changed:
            for other in [each for each in worker.calls if each.about == about]:
                other.returned = True
                worker.calls.remove(other)
            self._changed.notify_all()

    def _lost(self, worker: WorkerProcess, call: _Call) -> Exception:
        """Return what is raised as the process of a call is gone."""
        worker.usable = False
        if call.task.context.stop_asked or self._closed:
            return RunCancelled("The run was stopped, and its process ended.")
        return ExecutorError(
            f"The process that ran {call.task.name!r} {worker.ending()}. Expected it to go on: "
            "look for what ends a process in the function or a library that it calls, or for "
            "want of memory.",
            node=call.task.name,
            lost=True,
        )

    def _stop_call(self, call: _Call) -> None:
        """Ask an evaluation to end, and end its process if it does not. Returns at once."""
        with self._changed:
            self._changed.notify_all()
            first = (w for w in self._workers if w.calls[:1] == [call] and not call.over.is_set())
            worker = next(first, None)
        if worker is not None:
            ending = threading.Thread(
                target=self._end, args=(worker, call), name="daggr-nb-stop", daemon=True
            )
            contextvars.Context().run(ending.start)

    def _end(self, worker: WorkerProcess, call: _Call) -> None:
        # A process that does not read holds up who writes to it.
        threading.Thread(target=worker.tell, args=("stop", call), daemon=True).start()
        if call.over.wait(GRACE):
            return
        with self._changed:
            is_at_it = worker.calls[:1] == [call] and not call.over.is_set()
            if is_at_it:
                worker.usable = False
        if is_at_it:
            worker.kill()


def _report(task: Task, kind: str, more: list[Any], values: list[bytes]) -> None:
    if kind == "text":
        task.context.write(more[0])
    elif kind == "grown":
        task.context.report(DeltaReport(more[1], more[0]))
    else:
        task.context.report(unpacked(values[0]))


def _made(task: Task, data: bytes) -> dict[str, Any]:
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
    """A process that evaluates one body at a time, as the kernel sees it.

    ``calls`` are what was sent to it and is not over, the first of which it is at: those who hold
    the lock of :class:`Processes` read and change it.
    """

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
        self.calls: list[_Call] = []
        self.usable = True

    def send(self, call: _Call, body: bytes, inputs: bytes) -> None:
        """Send a call, with its body if that is not there; raises ``OSError`` if it is gone."""
        surroundings = dict(getattr(os.environ, "_data", os.environ)), _folder(), [*sys.path]
        changed = None
        if surroundings != self._surroundings:  # decoding all of it takes longer than a small body
            self._surroundings = surroundings
            changed = _environment(), _folder(), _import_path()
        values = [inputs] if call.digest in self._bodies else [body, inputs]
        self._bodies[call.digest] = None
        self._bodies.move_to_end(call.digest)
        while len(self._bodies) > KEPT:  # as the process does
            self._bodies.popitem(last=False)
        self._wire.send(("call", *call.about, call.digest, changed), *values)

    def forget_surroundings(self) -> None:
        """Send them again with the next call: the last one may not have taken them in."""
        self._surroundings = None

    def tell(self, what: str, call: _Call) -> None:
        """Say ``stop`` or ``recall`` of a call; nothing happens if the process is gone."""
        with contextlib.suppress(OSError, ValueError):
            self._wire.send((what, *call.about))

    def receive(self) -> tuple[list[Any], list[Any], list[bytes]] | None:
        """Return the next message: kind, evaluation and number; more of it; its values."""
        while (received := self._wire.receive()) is not None:
            message, values = received
            if message[0] != "ready":
                return [*message[:4]], [*message[4:]], values
        return None

    def ending(self) -> str:
        """Return how the process came to its end, as the end of a sentence."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        code = self._process.poll()
        if code is None:
            return "does not answer any more"
        if code >= 0:
            return f"ended by itself, with exit code {code}"
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"

    def kill(self) -> None:
        """End the process, and those that its bodies have started, at once."""
        with self._lock:
            if self._killed:
                return
            self._killed = True
            with contextlib.suppress(OSError):  # it is over
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
    """One evaluation on its way; ``returned`` says that its process has not begun it."""

    def __init__(self, task: Task, digest: str) -> None:
        self.task, self.digest = task, digest
        self.about = [task.id, task.attempt]
        self.over = threading.Event()
        self.sent = self.returned = False


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
