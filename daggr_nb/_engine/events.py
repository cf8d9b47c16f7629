"""Events: facts of a session, numbered without gaps, kept, and handed to whoever asks."""

from __future__ import annotations

import collections
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger("daggr_nb")

_IN_MEMORY = 20_000
_QUEUE = 1_000


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
            known = ", ".join(self.fields) or "none"
            raise AttributeError(
                f"A {self.type} event has no field {name!r}; its fields are: {known}."
            ) from None

    def as_dict(self) -> dict[str, Any]:
        """Return the event in its JSON form; empty parts of the envelope are left out."""
        envelope = {
            "seq": self.seq,
            "run_id": self.run_id,
            "at": self.at,
            "type": self.type,
            "node": self.node,
            "exec_id": self.exec_id,
        }
        found = {name: part for name, part in envelope.items() if part is not None}
        if self.attempt != 1:
            found["attempt"] = self.attempt
        if self.scope:
            found["scope"] = self.scope
        return found | self.fields

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


class EventLog:
    """The events of a session: staged by the dispatcher, published once they are on record.

    ``older`` reads events from before what is kept in memory.
    """

    def __init__(self, last_seq: int, older: Callable[[int], list[dict[str, Any]]]) -> None:
        self._seq = last_seq
        self._older = older
        self._recent: collections.deque[Event] = collections.deque(maxlen=_IN_MEMORY)
        self._news = threading.Condition()
        self._listeners: list[Callable[[Event], None]] = []

    def next_seq(self) -> int:
        """Number the next event; called by the one writer only."""
        self._seq += 1
        return self._seq

    def next_expected(self) -> int:
        """Return the number that the next event will carry."""
        return self._seq + 1

    def publish(self, events: list[Event]) -> None:
        """Make events visible, in order. A listener that raises is logged and kept out of it."""
        with self._news:
            self._recent.extend(events)
            self._news.notify_all()
        for listener in self._listeners:
            for event in events:
                try:
                    listener(event)
                except Exception:
                    logger.exception("A listener of daggr_nb events raised")

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``listener`` on the dispatcher's thread; it must return at once. Returns an end."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def follow(self, from_seq: int, ended: Callable[[], bool]) -> Iterator[Event]:
        """Yield events from ``from_seq`` on, then live ones, until ``ended`` says so."""
        seq = from_seq
        while True:
            with self._news:
                over = ended()
                batch = self._since(seq)
                if not batch and not over:
                    self._news.wait(0.5)
                    continue
            for event in batch:
                yield event
                seq = event.seq + 1
            if over and not batch:
                return

    def wake(self) -> None:
        """Make followers look again whether they have ended."""
        with self._news:
            self._news.notify_all()

    def _since(self, seq: int) -> list[Event]:
        first = self._recent[0].seq if self._recent else self._seq + 1
        if seq >= first:
            # walk from the new end: followers are usually close behind
            found: list[Event] = []
            for event in reversed(self._recent):
                if event.seq < seq:
                    break
                found.append(event)
            return found[::-1]
        older = [Event.from_dict(data) for data in self._older(seq)]
        return [event for event in older if event.seq < first] + list(self._recent)


class Subscription:
    """A callback fed from its own thread through a bounded queue, so that it can be slow."""

    def __init__(
        self, log: EventLog, callback: Callable[[Event], object], from_seq: int
    ) -> None:
        self._closed = threading.Event()
        self._log = log
        self._callback = callback
        self._from = from_seq
        self._thread = threading.Thread(
            target=self._deliver, name="daggr-nb-subscriber", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop the deliveries. Returns at once."""
        self._closed.set()
        self._log.wake()

    def _deliver(self) -> None:
        for event in self._log.follow(self._from, self._closed.is_set):
            if self._closed.is_set():
                return
            try:
                self._callback(event)
            except Exception:
                logger.exception("A subscriber of daggr_nb events raised")
