"""Nodes that follow a script, on a clock that costs no time.

>>> time = VirtualTime()
>>> node = ScriptNode("slow", script=[After(60, Return("done"))])
>>> session = time.session([node])
>>> run = session.submit(["slow"])
>>> time.run()
>>> run.result(), time.now
({'slow': {'output': 'done'}}, 60.0)
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daggr_nb._engine.session.session import Session
from daggr_nb._engine.sheet.sheet import track
from daggr_nb._engine.task.task import Outcome, Task, perform
from daggr_nb._engine.task.tracebacks import describe
from daggr_nb._handles.history import NodeRun
from daggr_nb._ids import NodeId, PortRef
from daggr_nb._interrupts import StateLock
from daggr_nb._model.evaluation import Code, RunContext
from daggr_nb._model.feed import feed
from daggr_nb._model.node import Host, Node
from daggr_nb._model.policy import Limits, Policy
from daggr_nb._model.structure import build
from daggr_nb._provenance.log.store import MemoryStore, Store
from daggr_nb.errors import GraphError

__all__ = ["After", "Chunk", "Raise", "Return", "ScriptNode", "VirtualTime"]


@dataclass(frozen=True)
class Chunk:
    """The node streams ``delta`` on ``port`` (the first one by default)."""

    delta: str
    port: str | None = None


@dataclass(frozen=True)
class Return:
    """The node succeeds. ``value`` may be a function of the inputs; a dict is values by port."""

    value: Any = None


@dataclass(frozen=True)
class Raise:
    """The node fails."""

    error: Exception


@dataclass(frozen=True)
class After:
    """``act`` happens ``seconds`` after what came before it."""

    seconds: float
    act: Chunk | Return | Raise


Act = Chunk | Return | Raise | After


class ScriptNode(Node):
    """A node that does what its script says, act by act.

    ``script`` is a list of acts, or a function from (inputs, attempt) to one. A script without
    :class:`Return` or :class:`Raise` never ends. ``ports`` are the output ports; a port missing
    from a returned dict carries nothing, as with a route.
    """

    kind = "script"

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, Any] | None = None,
        script: Sequence[Act] | Callable[[Mapping[str, Any], int], Sequence[Act]] = (Return(),),
        ports: Iterable[str] = ("output",),
        *,
        optional: Iterable[str] = (),
        policy: Policy = Policy(),  # noqa: B008 - frozen
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        feeds = {port: feed(value) for port, value in (inputs or {}).items()}
        super().__init__(name, feeds, dict.fromkeys(ports), policy=policy, limits=limits)
        self.script = script if callable(script) else lambda inputs, attempt: script
        self._optional = frozenset(optional)

    @property
    def optional(self) -> frozenset[str]:
        return self._optional

    @property
    def may_leave_out(self) -> bool:
        return len(self.outputs) > 1

    def code(self) -> Code:
        return Code(self.kind, config={"name": self.name}, version="script")

    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        """Follow the script on a real thread and the real clock."""
        for act in self.script(inputs, 1):
            if isinstance(act, After):
                threading.Event().wait(act.seconds)
                act = act.act
            if isinstance(act, Chunk):
                context.stream(act.delta, act.port)
            elif isinstance(act, Raise):
                raise act.error
            else:
                return self.returned(act, inputs)
        threading.Event().wait()
        raise AssertionError("unreachable")

    def returned(self, act: Return | After, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a :class:`Return` means, by port."""
        assert isinstance(act, Return)
        value = act.value(inputs) if callable(act.value) else act.value
        if isinstance(value, dict) and value and value.keys() <= self.outputs.keys():
            return value
        return {next(iter(self.outputs)): value}


class VirtualTime:
    """A clock that jumps from event to event; no threads.

    A :class:`ScriptNode` takes the time that its script says, any other node takes none.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()

    def session(self, nodes: Iterable[Node], store: Store | None = None) -> Session:
        """Return a session of a graph of ``nodes`` that lives on this clock."""
        session = Session(
            store or MemoryStore(),
            backend=self,
            clock=lambda: self.now,
            dispatching=lambda lock, settle, crowded: _Turns(self, lock, settle),
        )
        structure = build(nodes)
        for name, node in structure.nodes.items():
            node.join(_Nowhere(session), name)
        session.attach(structure)
        return session

    def later(self, delay: float, call: Callable[[], None]) -> None:
        """Call back ``delay`` seconds from now."""
        heapq.heappush(self._queue, (self.now + delay, next(self._count), call))

    def run(self, until: float | None = None) -> None:
        """Let everything happen that is due, up to ``until`` if it is given."""
        while self._queue and (until is None or self._queue[0][0] <= until):
            self.now, _, call = heapq.heappop(self._queue)
            call()
        if until is not None:
            self.now = max(self.now, until)

    def start(self, task: Task, run: Callable[[], None], done: Callable[[Outcome], None]) -> None:
        """Evaluate a task by its script (the backend's part)."""
        node = task.node
        if not isinstance(node, ScriptNode):  # takes no time
            self.later(0.0, lambda: done(perform(task, lambda: self.now)))
            return
        self._follow(_Script(task, node, done, self.now))

    def stop(self) -> None:
        """There is no thread to stop."""

    def _follow(self, script: _Script) -> None:
        act = next(script.acts, None)
        if act is None:
            return

        def happen() -> None:
            inner = act.act if isinstance(act, After) else act
            if isinstance(inner, Chunk):
                script.task.context.stream(inner.delta, inner.port)
                self._follow(script)
            else:
                script.done(self._outcome(script, inner))

        self.later(act.seconds if isinstance(act, After) else 0.0, happen)

    def _outcome(self, script: _Script, act: Return | Raise) -> Outcome:
        if isinstance(act, Raise):
            error = act.error
            return Outcome(script.started_at, self.now, error=describe(error), exception=error)
        parts: dict[Any, Any] = {}
        values = script.node.returned(act, script.inputs)
        tracked = {port: track(value, parts) for port, value in values.items()}
        return Outcome(script.started_at, self.now, tracked, parts)


class _Script:
    """A node's script at work: what is left of it, and who waits for its end."""

    def __init__(
        self, task: Task, node: ScriptNode, done: Callable[[Outcome], None], started_at: float
    ) -> None:
        self.task, self.node, self.done, self.started_at = task, node, done, started_at
        self.inputs = task.arguments()
        self.acts: Iterator[Act] = iter(node.script(self.inputs, task.attempt))


class _Turns:
    """The dispatcher of a session on virtual time: every turn is settled at once.

    Nothing happens beside it, but a canvas may look.
    """

    def __init__(self, time: VirtualTime, lock: StateLock, settle: Callable[[], None]) -> None:
        self._time = time
        self._lock = lock
        self._settle = settle
        self._depth = 0

    def post(self, message: Callable[[], None]) -> None:
        self._time.later(0.0, lambda: self.turn(message))

    def later(self, delay: float, message: Callable[[], None]) -> None:
        self._time.later(delay, lambda: self.turn(message))

    def turn(self, message: Callable[[], None]) -> None:
        with self._lock:
            self._depth += 1
            try:
                message()
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._settle()

    def start(self) -> None:
        """There is no thread to start."""

    def stop(self) -> None:
        """There is no thread to stop."""


class _Nowhere:
    """The host of nodes that no ``Graph`` holds."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def port_value(self, port: Any) -> Any:
        return self._session.current.inputs.value(port.node.name, port.name)

    def port_content(self, port: Any) -> tuple[str, str] | None:
        ref = self._session.current.inputs.shown(port.node.name, port.name)
        return None if ref is None else (ref.digest, "")

    def observe(self, port: Any, handler: Callable[[Any], object]) -> None:
        raise GraphError("A session without a Graph has nobody who observes.")

    unobserve = observe

    def last_run(self, node: Node) -> Any:
        log = self._session.log
        return NodeRun(next(iter(log.history(NodeId(node.name), 1))), log)

    def replace_nodes(self, successors: Mapping[Node, Node]) -> None:
        raise GraphError("A session without a Graph keeps its nodes.")

    def set_input(self, port: Any, value: Any) -> None:
        self._session.current.set_inputs({PortRef(NodeId(port.node.name), port.name): value})

    def release(self, node: Node, host: Host) -> None:
        """Hear that a graph has taken a node: nothing follows from it."""
