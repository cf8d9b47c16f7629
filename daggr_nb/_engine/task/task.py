"""One evaluation of one node, done on a thread of an executor: the only place that runs user code.

Everything that takes long and needs no order happens here too: digests and encodings.
"""

from __future__ import annotations

import collections
import io
import itertools
import os
import pathlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol

from daggr_nb._engine.sheet.identity import by_identity, watched_digest
from daggr_nb._engine.sheet.sheet import TrackedValue, is_content, track_output
from daggr_nb._engine.task.capture import captured_by, released
from daggr_nb._engine.task.given_files import GivenFiles, check_path_inputs, file_time
from daggr_nb._engine.task.streamed_output import OutputLog, Partial
from daggr_nb._engine.task.tracebacks import describe
from daggr_nb._ids import Digest, NodeId, RunId
from daggr_nb._model.evaluation import RunContext, leave_forked
from daggr_nb._model.node import Node
from daggr_nb._model.reports import DeltaReport, LogReport, Report, ValueReport
from daggr_nb._provenance.artifacts.codec import Parts, ValueRef, encode
from daggr_nb._provenance.code.fingerprint import Fingerprint
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.log.records import ErrorInfo, InputRef, Record
from daggr_nb._provenance.secrecy import scrubbed
from daggr_nb._provenance.values.matplotlib import take_from_pyplot
from daggr_nb.errors import (
    DigestError,
    ExecutorError,
    InputMutated,
    OutputMismatch,
    RunCancelled,
    is_interrupt,
)
from daggr_nb.ui import Component

_IMMUTABLE = (str, int, float, bool, bytes, type(None), complex, range)
_MUTATION_LIMIT = 64_000_000
_IN_MEMORY = (io.BytesIO, io.StringIO)
_ENDLESS = (itertools.count, itertools.cycle)


class TaskContext(RunContext):
    """The run context of one evaluation. ``tell`` hands news to whoever keeps the state.

    ``last_sign`` is when it last showed a sign of life; ``partial`` holds what a port has produced
    so far, ``news`` what nobody has been told yet.
    """

    def __init__(
        self,
        first_port: str,
        tell: Callable[[str, dict[str, Any]], None],
        clock: Callable[[], float],
    ) -> None:
        self.stop_asked = False
        self.news: collections.deque[tuple[str, dict[str, Any]]] = collections.deque()
        self.last_sign = 0.0
        self._clock = clock
        self.partial = Partial()
        self.streams: dict[str, int] = {}
        self._first_port = first_port
        self._tell = tell
        self._log = OutputLog()
        self._log_told = False
        self._on_stop: list[Callable[[], object]] = []

    @property
    def cancelled(self) -> bool:
        return self.stop_asked

    def stop(self) -> None:
        """Ask the evaluation to end; what it still reports is dropped."""
        self.stop_asked = True
        for callback in self._on_stop:
            self._tell_of_stop(callback)

    def when_stopped(self, callback: Callable[[], object]) -> None:
        self._on_stop.append(callback)
        if self.stop_asked:
            self._tell_of_stop(callback)

    def _tell_of_stop(self, callback: Callable[[], object]) -> None:
        try:
            callback()
        except BaseException as error:  # whoever stops it is somebody else
            if is_interrupt(error):
                raise
            self.write(describe(error).traceback)

    def report(self, report: Report) -> None:
        self._by_report.get(type(report), TaskContext._event)(self, report)

    def _event(self, report: Report) -> None:
        self.last_sign = self._clock()
        fields = vars(report).items()
        self._tell(report.event, {n: scrubbed(v) if type(v) is str else v for n, v in fields})

    def _line(self, report: Any) -> None:
        self.write(report.text)

    def _delta(self, report: Any) -> None:
        port = self._first_port if report.port is None else report.port
        self.partial.append(port, report.delta)
        self._chunk(port, {"delta": report.delta})

    def _value(self, report: Any) -> None:
        """Take a value so far; what extends text travels as its end only."""
        port, value = report.port, report.value
        previous = self.partial.get(port)
        self.partial.set(port, value)
        if isinstance(value, str) and isinstance(previous, str) and value.startswith(previous):
            if len(value) > len(previous):
                self._chunk(port, {"delta": value[len(previous) :]})
        elif isinstance(value, str):
            self._chunk(port, {"delta": value, **({} if previous is None else {"reset": True})})
        else:
            self._chunk(port, {"delta": None, "reset": True})

    _by_report: ClassVar[Mapping[type[Report], Callable[..., None]]] = {
        LogReport: _line,
        DeltaReport: _delta,
        ValueReport: _value,
    }

    def _chunk(self, port: str, fields: dict[str, Any]) -> None:
        self.last_sign = self._clock()
        if self.stop_asked:
            return
        index = self.streams.get(port, 0)
        self.streams[port] = index + 1
        if type(fields["delta"]) is str:
            fields["delta"] = scrubbed(fields["delta"])
        self._tell("node.chunk", {"port": port, "i": index, **fields})

    def write(self, text: str) -> None:
        """Add to the log of the run."""
        self._log.add(text)
        if not self._log_told:
            self._log_told = True
            self._tell("log", {})

    @property
    def text(self) -> str:
        """What was logged and printed so far; what comes after somebody has read it is news."""
        self._log_told = False
        return scrubbed(str(self._log))


class Listener(Protocol):
    """Who follows what an evaluation streams: chunk by chunk, then once for those of a turn."""

    def chunk(self, task: Task, port: str, fields: Mapping[str, Any]) -> None: ...
    def flush(self, task: Task) -> None: ...


def evaluated_here(task: Task) -> dict[str, Any]:
    """Return what a task's node makes, by port, on this thread."""
    return task.node.run(task.arguments(), task.context)


@dataclass(eq=False, slots=True)
class Task:
    """One evaluation: what to call, with what, and who it is. The record's id begins with ``id``.

    ``node`` does the work, for the node called ``name``; ``own_ports`` maps input ports of the
    latter to its own. ``ahead`` writes large outputs to disk before anybody waits for it, but for
    what ``bounded`` has taken out as too large to be stored unasked. ``scope``
    and ``index`` say which item it is, empty and 0 when it is the node itself. The context is made
    when it is first needed: of many items, few are at work. ``shared`` are the output ports that
    several inputs are fed from, ``shared_inputs`` the inputs that are fed from such a port.
    ``unwritten`` are inputs that are to be written with what comes of them.
    ``alone`` says that nobody else has its inputs, as it got copies. ``entered`` are the inputs
    that a visitor's entries have led to: they choose no file. ``hears`` is who follows what it
    streams, if anybody does. ``evaluate`` calls the node's body, wherever that is; ``losses``
    counts the processes that ended with it.
    """

    id: RunId
    node: Node
    own_ports: Mapping[str, str]
    name: NodeId
    code: Fingerprint
    key: Digest
    inputs: Mapping[str, TrackedValue]
    refs: Mapping[str, InputRef]
    made: Callable[[Task], TaskContext]
    ahead: Callable[[Parts], None]
    scope: str = ""
    index: int = 0
    attempt: int = 1
    started_at: float = 0.0
    run_id: str = ""
    over: bool = False
    alone: bool = False
    hears: Listener | None = None
    entered: frozenset[str] = frozenset()
    unwritten: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    shared_inputs: frozenset[str] = frozenset()
    bounded: Callable[[ValueRef, Parts], ValueRef] = lambda ref, parts: ref
    evaluate: Callable[[Task], dict[str, Any]] = evaluated_here
    losses: int = 0
    _context: TaskContext | None = None

    @property
    def context(self) -> TaskContext:
        """The run context of the evaluation."""
        if self._context is None:
            self._context = self.made(self)
        return self._context

    def forget_context(self) -> None:
        """Let go of the context: what it said is on record, and there may be many tasks."""
        self._context = None

    def arguments(self) -> dict[str, Any]:
        """Return the values by the input ports of the node that does the work."""
        inputs = self.inputs
        ports = self.own_ports.items()
        return {own: _own_copy(inputs[port].value) for port, own in ports if port in inputs}


@dataclass
class Outcome:
    """How an evaluation went. ``exception`` is the original error, ``error`` what is recorded.

    ``recovered`` is the failure that ``outputs`` stand in for, ``mutated`` the input ports whose
    values were changed in place. It is ``contested`` if another task may have done that.
    """

    started_at: float
    ended_at: float
    outputs: Mapping[str, TrackedValue] = field(default_factory=dict)
    parts: Parts = field(default_factory=dict)
    error: ErrorInfo | None = None
    exception: BaseException | None = None
    recovered: ErrorInfo | None = None
    mutated: tuple[str, ...] = ()
    contested: bool = False

    @property
    def lost(self) -> bool:
        """Whether the process that evaluated it came to an end."""
        kind = type(self.exception)  # what its class property says is foreign code
        return issubclass(kind, ExecutorError) and bool(getattr(self.exception, "lost", False))

    @classmethod
    def of(cls, record: Record) -> Outcome:
        """Return how an evaluation on record went wrong; its exception is gone with its kernel."""
        return cls(record.started_at, record.ended_at, error=record.error)

    def recovered_with(
        self, values: Mapping[str, Any], components: Mapping[str, Component | None]
    ) -> Outcome:
        """Return the outcome in which ``values`` stand in for the failure."""
        parts: Parts = {}
        tracked = {p: track_output(v, components.get(p), parts, p) for p, v in values.items()}
        times = self.started_at, self.ended_at
        return Outcome(*times, tracked, parts, exception=self.exception, recovered=self.error)


def perform(task: Task, clock: Callable[[], float] = time.time) -> Outcome:
    """Evaluate ``task``; whatever user code raises is in the outcome.

    This is the boundary of bodies, and of all that is done with their inputs and results.
    """
    started, process = clock(), os.getpid()
    captured_by(task.context.write)
    given: Parts = {}
    try:
        write_inputs(task, given)
        outputs, parts = _evaluated(task)
        return Outcome(started, clock(), outputs, {**given, **parts})
    except BaseException as error:  # noqa: BLE001 - see above
        return _failure(task, started, clock(), given, error)
    finally:
        leave_forked(process)
        released()


def _evaluated(task: Task) -> tuple[dict[str, TrackedValue], Parts]:
    watched, begun = _watched_digests(task), file_time() if task.entered else 0
    _check_path_inputs(task)
    made = task.evaluate(task)
    values = {port: _settled(task, port, value) for port, value in made.items()}
    take_from_pyplot(values.values())
    for port in _mutated_inputs(task, watched):
        raise _mutation_error(task, port)
    parts: Parts = {}
    ports = task.node.outputs
    if task.entered:
        given = {port: tracked.value for port, tracked in task.inputs.items()}
        files = GivenFiles(given, task.entered, task.code, begun)
        for port, value in values.items():
            files.check(task.name, port, value, ports.get(port))
    outputs = {}
    for port, value in values.items():
        own_parts: Parts = {}
        tracked = track_output(_read_only(value), ports.get(port), own_parts, port)
        outputs[port] = replace(tracked, ref=task.bounded(tracked.ref, own_parts))
        parts.update(own_parts)
    task.ahead(parts)
    return outputs, parts


def _failure(
    task: Task, started: float, ended: float, given: Parts, error: BaseException
) -> Outcome:
    try:
        mutated = tuple(_mutated_inputs(task, {}))
    except BaseException:  # noqa: BLE001 - inputs are foreign code, too
        mutated = ()
    return Outcome(started, ended, {}, given, describe(error), error, mutated=mutated)


def _check_path_inputs(task: Task) -> None:
    entered = {
        own: (port, task.inputs[port].value)
        for port, own in task.own_ports.items()
        if port in task.entered and port in task.inputs
    }
    check_path_inputs(task.name, task.node, entered)


def write_inputs(task: Task, parts: Parts) -> None:
    """Put the inputs into ``parts`` that are not on record; large ones are written at once."""
    for port in task.unwritten:
        tracked = task.inputs[port]
        if tracked.ref.encoding != "none":
            encode(tracked.value, tracked.ref.digest, parts)
    task.ahead(parts)


def _settled(task: Task, port: str, value: Any) -> Any:
    """Return a value that can be read more than once: of an iterator the list of its items."""
    if not _is_one_shot(value):
        return value
    if _reads(value):
        if port in task.shared:
            if callable(close := getattr(value, "close", None)):
                close()  # nobody gets it
            raise OutputMismatch(
                f"{task.name}.{port} is a {type(value).__name__}, which can be read once, and "
                "several inputs are fed from it. Expected a value that stays: return what is read "
                "from it, or its path (pathlib.Path).",
                node=task.name,
                port=port,
            )
        return value
    if isinstance(value, _ENDLESS):
        raise OutputMismatch(
            f"{task.name}.{port} is a {type(value).__name__}, which has no end, so that it cannot "
            "become a list. Expected an iterator that ends: itertools.islice takes a part of it.",
            node=task.name,
            port=port,
        )
    items = []
    for item in value:
        items.append(item)
        if task.context.cancelled:
            raise RunCancelled("The run was cancelled while an output was read.")
    return items


def _is_one_shot(value: Any) -> bool:
    kind = type(value)
    try:
        return not isinstance(value, _IN_MEMORY) and (
            isinstance(value, io.IOBase) or (hasattr(kind, "__next__") and iter(value) is value)
        )
    except BaseException as error:  # what a value says of itself is foreign code
        if is_interrupt(error):
            raise
        return False


def _reads(value: Any) -> bool:
    """Whether a value stands for a file or the like, rather than for items."""
    return isinstance(value, io.IOBase) or callable(getattr(value, "read", None))


def _own_copy(value: Any) -> Any:
    """Return a buffer that nobody else reads from; everything else as it is."""
    if type(value) is io.BytesIO and not value.closed:
        copy: Any = io.BytesIO(value.getvalue())
    elif type(value) is io.StringIO and not value.closed:
        copy = io.StringIO(newline="")  # what is in it has its line ends
        copy.write(value.getvalue())
    else:
        return value
    copy.seek(value.tell())
    return copy


def _watched_digests(task: Task) -> dict[str, Digest | None]:
    """Return digests of what can be digested of inputs that cannot as a whole, and are shared."""
    return {
        port: watched_digest(task.inputs[port].value)
        for port in task.shared_inputs
        if port in task.inputs and by_identity(task.inputs[port].ref)
    }


def _mutated_inputs(task: Task, watched: Mapping[str, Digest | None]) -> Iterator[str]:
    """Yield the inputs that were changed in place: everybody else would see the change."""
    for port, before in watched.items():
        if before is not None and watched_digest(task.inputs[port].value) != before:
            yield port
    for port, tracked in task.inputs.items():
        if (
            isinstance(tracked.value, _IMMUTABLE)
            or by_identity(tracked.ref)
            or _size(tracked.value) > _MUTATION_LIMIT
            or _destination(tracked, task.refs[port])
        ):
            continue
        try:
            content = digest(tracked.value)
            same = is_content(tracked, content) or content != digest(tracked.value)
        except DigestError:  # it had a digest before
            same = False
        if not same:
            yield port


def _destination(tracked: TrackedValue, ref: InputRef) -> bool:
    """Whether an input may be a path to write to: it names a file, and is no other node's."""
    return ref.source != "port" and isinstance(tracked.value, pathlib.Path)


def _mutation_error(task: Task, port: str) -> InputMutated:
    return InputMutated(
        f"{task.name!r} changed its input {port!r} in place. Other nodes use the same "
        "object, so work on a copy.",
        node=task.name,
        port=port,
    )


def _size(value: Any) -> int:
    if isinstance(value, (list, dict)):
        return 0
    try:
        return int(getattr(value, "nbytes", 0) or 0)
    except BaseException as error:  # an answer like any other
        if is_interrupt(error):
            raise
        return 0


def _read_only(value: Any) -> Any:
    """Return an array as a read-only view, so that no consumer can change it for the others."""
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray:
        return value
    view = value.view()
    view.flags.writeable = False
    return view
