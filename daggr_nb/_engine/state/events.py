"""Events: facts of a session, numbered without gaps, kept, and handed to whoever asks."""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daggr_nb._engine.freshness.reasons import Row, waits_for

_IN_MEMORY = 20_000


@dataclass(frozen=True, slots=True)
class Event:
    """A fact, past tense. ``type`` is ``group.name``; its fields are attributes of the event.

    ``at`` is seconds since the epoch; ``scope`` names an item (``[3]``), ``exec_id`` one
    evaluation of a node.
    """

    seq: int
    run_id: str | None
    at: float
    type: str
    node: str | None
    exec_id: str | None
    attempt: int
    scope: str
    fields: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self.fields[name]
        except KeyError:
            fields = ", ".join(self.fields) or "none"
            raise AttributeError(
                f"A {self.type} event has no field {name!r}; its fields are: {fields}."
            ) from None

    def as_dict(self) -> dict[str, Any]:
        """Return the event in its JSON form; empty parts of the envelope are left out."""
        envelope: dict[str, Any] = {"seq": self.seq, "at": self.at, "type": self.type}
        optional = {"run_id": self.run_id, "node": self.node, "exec_id": self.exec_id}
        envelope |= {name: part for name, part in optional.items() if part is not None}
        if self.attempt != 1:
            envelope["attempt"] = self.attempt
        if self.scope:
            envelope["scope"] = self.scope
        return envelope | self.fields

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Event:
        """Return the event that :meth:`as_dict` wrote."""
        rest = dict(data)
        return Event(
            rest.pop("seq"),
            rest.pop("run_id", None),
            rest.pop("at"),
            rest.pop("type"),
            rest.pop("node", None),
            rest.pop("exec_id", None),
            rest.pop("attempt", 1),
            rest.pop("scope", ""),
            rest,
        )


def many(seq: int, at: float, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what stands for an event of every row, ``(node, freshness, own reasons, waits)``.

    ``seq`` is the number of the last. One edit can change thousands of nodes: they are written
    together, and made into events when somebody reads them.
    """
    return {"seq": seq, "at": at, "type": "state.freshness", "nodes": rows}


def one_by_one(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield ``events`` with those that stand for many taken apart.

    >>> told = many(8, 0.0, [("a", "stale", [{"kind": "CODE"}], []), ("b", "stale", [], ["a"])])
    >>> [(e["seq"], e["node"], len(e["reasons"])) for e in one_by_one([told])]
    [(7, 'a', 1), (8, 'b', 1)]
    """
    for event in events:
        if not _stands_for_many(event):
            yield event
            continue
        common = {"at": event["at"], "type": event["type"]}
        for seq, (node, freshness, own, waits) in enumerate(event["nodes"], _first(event)):
            reasons = [*own, *(waits_for(parent).as_dict() for parent in waits)]
            yield {"seq": seq, **common, "node": node, "freshness": freshness, "reasons": reasons}


def _first(event: Mapping[str, Any]) -> int:
    """Return the number of an event, of one that stands for many that of the first."""
    last = int(event["seq"])
    return last - len(event["nodes"]) + 1 if _stands_for_many(event) else last


def _stands_for_many(event: Mapping[str, Any]) -> bool:
    return event["type"] == "state.freshness" and "nodes" in event


class EventLog:
    """The events of a session, in their JSON form: published once they are on record.

    ``older`` reads events from before what is kept in memory.
    """

    def __init__(self, last_seq: int, older: Callable[[int], list[dict[str, Any]]]) -> None:
        self.seq = self._newest = last_seq
        """The number of the newest event; the one writer counts it up."""
        self._older = older
        self._recent: collections.deque[dict[str, Any]] = collections.deque()
        self._news = threading.Condition()
        self._closed = False

    def next_expected(self) -> int:
        """Return the number that the next event will carry."""
        return self.seq + 1

    def publish(self, events: list[dict[str, Any]]) -> None:
        """Make events visible, in order."""
        if events:
            with self._news:
                self._recent.extend(events)
                self._newest = events[-1]["seq"]
                while self._newest - self._recent[0]["seq"] >= _IN_MEMORY:
                    self._recent.popleft()
                self._news.notify_all()

    def follow(self, from_seq: int, ended: Callable[[], bool]) -> Iterator[Event]:
        """Yield events from ``from_seq`` on, then live ones, until ``ended`` says so."""
        while batch := self.wait(from_seq, ended):
            for data in batch:
                yield Event.from_dict(data)
            from_seq = batch[-1]["seq"] + 1

    def wait(self, seq: int, ended: Callable[[], bool]) -> list[dict[str, Any]]:
        """Return the events from ``seq`` on as soon as there are any; none once ``ended``.

        Nor are there any when the log is closed and all have been read.
        """
        while True:
            newest, over = self._newest, ended() or self._closed
            if (batch := self.since(seq)) or over:
                return batch
            with self._news:
                if self._newest == newest and not (ended() or self._closed):
                    self._news.wait(0.5)

    def close(self) -> None:
        """Let followers read what there is, and end."""
        with self._news:
            self._closed = True
            self._news.notify_all()

    def wake(self) -> None:
        """Make followers look again whether they have ended."""
        with self._news:
            self._news.notify_all()

    def since(self, seq: int) -> list[dict[str, Any]]:
        """Return the published events from ``seq`` on."""
        events: list[dict[str, Any]] = []
        with self._news:
            first = _first(self._recent[0]) if self._recent else self.seq + 1
            for data in reversed(self._recent):  # followers are usually close behind
                if data["seq"] < seq:
                    break
                events.append(data)
        older = []
        if seq < first:  # read without the lock, which whoever publishes needs
            older = [data for data in self._older(seq) if data["seq"] < first]
        return [data for data in one_by_one(older + events[::-1]) if data["seq"] >= seq]
