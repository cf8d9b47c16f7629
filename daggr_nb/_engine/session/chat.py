"""A conversation at work: what people say, and how the answer to it stands.

Nothing leads back from the answer. It is what its port shows; the next message goes behind it, in
one step with it. So the conversation is an input like any other, and freshness, history, sheets and
undo hold for it by themselves.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from daggr_nb import ui
from daggr_nb._engine.session.run import Run
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._ids import Digest, NodeId, PortRef, RunId
from daggr_nb._model.conversing import ConversingNode, answer_of, makers
from daggr_nb._model.words import AnswerPhase
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.secrecy import is_hidden
from daggr_nb.errors import DaggrError, InputError

_VERSIONS = 200  # of an answer that are looked for among the last records of its node
_THERE = frozenset({"succeeded", "recovered"})


@dataclass(frozen=True)
class Answer:
    """How the answer to a person's last message stands.

    ``text`` is what it says, once it is there or was stopped; ``problem`` why there is none.
    ``record`` is the node run that it comes from, ``versions`` all that answer the same, oldest
    first.
    """

    port: PortRef
    phase: AnswerPhase = "none"
    text: str = ""
    problem: str = ""
    record: RunId | None = None
    versions: tuple[RunId, ...] = ()


class Chat:
    """The conversation that a node of a session's graph keeps."""

    def __init__(self, session: Session, node: NodeId) -> None:
        self._session = session
        self.node = node

    # -- what people do

    def say(
        self,
        text: str,
        at: int | None = None,
        after: int | None = None,
        reason: str = "python",
        timeout: float | None = None,
    ) -> Run:
        """Say ``text`` and have it answered, as one step to undo; returns the run.

        The answer shown now becomes part of what was said. With ``at``, the person's message of
        that index is replaced, and what came after it goes. ``after`` is how many messages whoever
        says it has seen. Raises ``InputError`` for no text, while an answer is being made, for an
        index of no message of the person, and when others were said since.
        """
        if not isinstance(text, str) or not text.strip():
            raise InputError(f"{self.node!r} expected a text to say, got {text!r}.", node=self.node)
        with self._session.reading() as current:
            self._check_seen(current, after)
            self._check_silent(current)
            turns = self._said(current) if at is None else self._before(current, at)
            self._set(current, [*turns, {"role": "user", "content": text}])
            port = answer_of(current.structure, self.node)
            return self._session.submit([port.node], reason=reason, timeout=timeout)

    def regenerate(self, reason: str = "python") -> Run:
        """Have the last message answered once more; earlier answers stay in the history."""
        with self._session.reading() as current:
            self._check_silent(current)
            answer_of(current.structure, self.node)
            if not _is_question(_turns(current, self.node)):
                raise InputError(
                    f"{self.node!r} has nothing to answer: say something first.", node=self.node
                )
            targets = makers(current.structure, self.node)
            return self._session.submit(targets, "to_here", True, reason=reason)

    def choose(self, record: RunId) -> None:
        """Show another answer to the same message; the next message goes behind that one."""
        with self._session.reading() as current:
            self._check_silent(current)
            if record not in answer(current, self.node).versions:
                raise InputError(
                    f"{self.node!r} expected an answer to its last message, got {record!r}.",
                    node=self.node,
                )
            chosen = _records(current)(record)
            between = current.structure.topology.descendants([self.node])
            current.show_with(chosen, among={*between})

    def clear(self) -> None:
        """Begin anew, with what the conversation began with."""
        with self._session.reading() as current:
            self._check_silent(current)
            self._set(
                current,
                current.control(self.node, _turns_port(current, self.node)).component.initial,
            )

    def stop(self) -> None:
        """Stop the runs that make the answer; what it has said so far counts."""
        with self._session.reading() as current:
            port = answer_of(current.structure, self.node)
            for run in current.runs_for(port.node):
                self._session.runs.cancel(run)

    # -- inside

    def _set(self, current: SheetSession, turns: list[dict[str, Any]]) -> None:
        ref = PortRef(self.node, _turns_port(current, self.node))
        if current.sheet.visit is not None:
            current.sheet.visit.entered.add(ref)
        current.set_inputs({ref: turns})

    def _check_silent(self, current: SheetSession) -> None:
        """Raise while an answer is being made: what is said then would not know of it."""
        port = answer_of(current.structure, self.node)
        if current.runs_for(port.node):
            raise InputError(
                f"{self.node!r} is being answered. Wait for the answer, or stop it; what it has "
                "said by then counts.",
                node=self.node,
            )

    def _check_seen(self, current: SheetSession, after: int | None) -> None:
        """Raise if more was said than somebody has seen (optimistic locking)."""
        if turns_of(current, self.node) is None:  # which nobody sees
            return
        count = len(_turns(current, self.node))
        if after is not None and after != count:
            raise InputError(
                f"{self.node!r} was expected to have {after} messages, and has {count}: more was "
                "said meanwhile. Look at it, and say it again.",
                node=self.node,
            )

    def _said(self, current: SheetSession) -> list[dict[str, Any]]:
        """Return all that was said, with the answer to the last message if there is one."""
        turns = _turns(current, self.node)
        text = answer(current, self.node).text
        return [*turns, {"role": "assistant", "content": text}] if text else turns

    def _before(self, current: SheetSession, at: int) -> list[dict[str, Any]]:
        turns = _turns(current, self.node)
        if not 0 <= at < len(turns) or turns[at]["role"] != "user":
            mine = [str(i) for i, turn in enumerate(turns) if turn["role"] == "user"]
            raise InputError(
                f"{self.node!r} expected the index of a message of the person "
                f"({', '.join(mine) or 'there is none'}), got {at!r}.",
                node=self.node,
            )
        return turns[:at]


def turns_of(current: SheetSession, name: NodeId) -> list[dict[str, Any]] | None:
    """Return what was said in a conversation; ``None`` if that is a secret."""
    tracked = current.inputs.control(name, _turns_port(current, name))
    return None if is_hidden(tracked.ref.digest) else list(tracked.value)


def _turns(current: SheetSession, name: NodeId) -> list[dict[str, Any]]:
    return list(current.inputs.control(name, _turns_port(current, name)).value)


def _turns_port(current: SheetSession, name: NodeId) -> str:
    node = current.structure.nodes[name]
    assert isinstance(node, ConversingNode)
    return node.turns


def _is_question(turns: list[dict[str, Any]]) -> bool:
    return bool(turns) and turns[-1]["role"] == "user"


def answer(current: SheetSession, name: NodeId) -> Answer:
    """Return how the answer to the last message of a conversation stands, on a sheet."""
    port = answer_of(current.structure, name)
    if not _is_question(_turns(current, name)):
        return Answer(port)
    if current.runs_for(port.node):
        return Answer(port, "speaking" if _speaks(current, port) else "waiting")
    if current.waits(port.node) or any(map(current.waits, _above(current, name, port.node))):
        return Answer(port, "waiting", problem="It waits for a person: see the graph.")
    versions = _versions(current, name, port)
    identities = tuple(record.id for record in reversed(versions))
    return replace(_standing(current, name, port, versions), versions=identities)


def _speaks(current: SheetSession, port: PortRef) -> bool:
    """Whether a port has said something in the run that is going on."""
    live = current.live.get(port.node)
    return live is not None and port.port in live.partial and live.partial is not live.former


def _standing(current: SheetSession, name: NodeId, port: PortRef, versions: list[Record]) -> Answer:
    """Return how an answer stands that nobody is making; ``versions`` come newest first."""
    shown, live = current.sheet.shown.get(port.node), current.live.get(port.node)
    stopping = live is not None and live.status in ("stopping", "cancelled")
    there = _text_of(current, name, port, shown) if shown is not None else None
    problem = _problem(current, name, port.node)
    newest = versions[0] if versions else None
    if newest is not None and newest.status == "cancelled":
        apart = stopping or there is None  # its port does not show it
    else:
        apart = there is None and not problem  # its port shows what answers something else
    if newest is not None and apart:
        there = _text_of(current, name, port, newest)
    if there is not None:
        return replace(there, problem=there.problem or problem)
    return Answer(port, "failed" if problem else "missing", problem=problem)


def _text_of(current: SheetSession, name: NodeId, port: PortRef, record: Record) -> Answer | None:
    """Return what a record answers, if it does."""
    if port.port not in record.outputs or not _answers(current, name, record):
        return None
    phase: AnswerPhase = "said" if record.status in _THERE else "stopped"
    try:
        text = ui.answer_in(current.sheet.value(current.log, record, port.port))
    except DaggrError as error:  # its value is lost
        return Answer(port, "failed", problem=str(error), record=record.id)
    return Answer(port, phase, text, record=record.id)


def _problem(current: SheetSession, name: NodeId, node: NodeId) -> str:
    """Return why there is no answer: the error of the step that failed, its node first."""
    for step in (node, *reversed(current.structure.topology.ancestors([node]))):
        record = current.sheet.shown.get(step)
        if record is None or record.error is None or current.status_of(step) != "failed":
            continue
        if _answers(current, name, record) is not False:
            message = record.error.message.strip() or record.error.type
            return message if step == node else f"{step}: {message}"
    return ""


def _above(current: SheetSession, name: NodeId, node: NodeId) -> list[NodeId]:
    """Return what feeds a node, but for what feeds the conversation."""
    topology = current.structure.topology
    aside = {name, *topology.ancestors([name])}
    return [each for each in topology.ancestors([node]) if each not in aside]


def _history(current: SheetSession, node: NodeId) -> list[RunId]:
    """Return the last records of a node, newest first; a visitor's are those of the visit."""
    visit = current.sheet.visit
    if visit is None:
        return [*current.log.history(node, _VERSIONS)]
    return visit.records(node)[::-1][:_VERSIONS]


def _companions(current: SheetSession, name: NodeId, record: Record) -> Iterator[Record]:
    """Yield what the same run made for a text that was stopped before it had its inputs."""
    if record.inputs or record.status != "cancelled":
        return
    read = _records(current)
    for node in _above(current, name, record.node):
        for identity in _history(current, node):
            with contextlib.suppress(DaggrError):
                companion = read(identity)
                if companion.run == record.run:
                    yield companion
                    break


def _versions(current: SheetSession, name: NodeId, port: PortRef) -> list[Record]:
    """Return what is on record as an answer to what was said, newest first.

    Views ask again and again: what was found holds as long as nothing was said or made (a cache).
    """
    visit, spoken = current.sheet.visit, current.sheet.shown.get(name)
    made = current.log.total(port.node) if visit is None else len(visit.records(port.node))
    said = current.inputs.control(name, _turns_port(current, name)).ref.digest
    ids = [record.id for record in (spoken, current.sheet.shown.get(port.node)) if record]
    state = (port, made, said, ids, _is_fresh(current, port.node))
    known = current.versions.get(name)
    if known is None or known[0] != state:
        known = current.versions[name] = (state, [*_find_versions(current, name, port)])
    return known[1]


def _find_versions(current: SheetSession, name: NodeId, port: PortRef) -> Iterator[Record]:
    read = _records(current)
    for identity in _history(current, port.node):
        with contextlib.suppress(DaggrError):  # one that is damaged hides no other
            record = read(identity)
            if port.port in record.outputs and _answers(current, name, record):
                yield record


def _records(current: SheetSession) -> Any:
    """Return what reads a record by its id, one that is not written yet too."""
    shown = {record.id: record for record in current.sheet.shown.values()}
    return lambda identity: shown.get(identity) or current.log.record(identity)


@dataclass(frozen=True)
class Source:
    """What a record took of a conversation, through however many steps.

    ``turns`` are the conversations themselves, ``ports`` what was taken of their outputs.
    """

    turns: frozenset[Digest]
    ports: frozenset[tuple[str, Digest]]


def _answers(current: SheetSession, name: NodeId, record: Record) -> bool | None:
    """Whether a record comes of what was said up to now; ``None`` if nobody knows of what.

    It was made of it, or of another conversation that says the same to those that listen; so was
    whatever is shown and fresh, though it may have been made for other words.
    """
    shown = current.sheet.shown.get(record.node)
    if shown is not None and shown.id == record.id and _is_fresh(current, record.node):
        return True
    port = _turns_port(current, name)
    turns = current.inputs.control(name, port).ref.digest
    source = _source(current, name, port, record)
    if not (source.turns or source.ports):
        return None
    if turns in source.turns:
        return True
    spoken = current.sheet.shown.get(name)
    given = spoken.inputs.get(port) if spoken is not None else None
    if spoken is None or given is None or given.value.digest != turns or not source.ports:
        return False
    outputs = {(output, ref.digest) for output, ref in spoken.outputs.items()}
    return source.ports <= outputs


def _is_fresh(current: SheetSession, node: NodeId) -> bool:
    judged = current.freshness.judged.get(node)
    return judged is not None and judged.freshness == "fresh"


def _source(current: SheetSession, name: NodeId, turns: str, record: Record) -> Source:
    cache, key = current.sources, (name, record.id)
    if key not in cache:
        if len(cache) > 20 * _VERSIONS:
            cache.clear()
        cache[key] = _read_source(current, name, turns, record)
    source: Source = cache[key]
    return source


def _read_source(current: SheetSession, name: NodeId, turns: str, record: Record) -> Source:
    read = _records(current)
    stack, met = [record, *_companions(current, name, record)], {record.id}
    said: set[Digest] = set()
    ports: set[tuple[str, Digest]] = set()
    while stack:
        here = stack.pop()
        if here.node == name:
            if turns in here.inputs:
                said.add(here.inputs[turns].value.digest)
            continue
        for ref in here.inputs.values():
            if ref.origin is not None and ref.origin[0] == name:
                ports.add((ref.origin[1], ref.value.digest))
            if ref.record is not None and ref.record not in met:
                met.add(ref.record)
                with contextlib.suppress(DaggrError):
                    stack.append(read(ref.record))
    return Source(frozenset(said), frozenset(ports))
