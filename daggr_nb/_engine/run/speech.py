"""What one output has said, and one template of it so far. Knows no run, and tells nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from daggr_nb._engine.task.streamed_output import Partial
from daggr_nb._ids import NodeId
from daggr_nb._model.utterance import Segment, Utterance


@dataclass
class Stream:
    """What one output has said in its latest attempt, and its value once that is known.

    ``pieces`` begin anew with every ``epoch``. ``reason`` says why there will be no value. It is
    ``is_hidden`` when what it is called says that it is a secret, and ``is_early`` when no node of
    the run makes it.
    """

    node: NodeId
    port: str
    exec_id: str | None = None
    attempt: int = 1
    pieces: list[str] = field(default_factory=list)
    epoch: int = 0
    is_text: bool = True
    is_hidden: bool = False
    is_early: bool = False
    text: str | None = None
    reason: str = ""

    @property
    def source(self) -> dict[str, Any]:
        """Who says it, as events have it."""
        identity = {"exec_id": self.exec_id, "attempt": self.attempt}
        return {"node": self.node, "port": self.port, **identity}

    @property
    def counts(self) -> bool:
        """Whether what it has said in pieces is what there is of it: it may be the value by now."""
        is_known = self.text is not None or self.reason not in ("", "cancelled")
        return self.is_text and not is_known

    def take(self, delta: Any, is_reset: bool) -> None:
        """Take in a chunk."""
        if is_reset:
            self.begin_anew()
        if type(delta) is str:
            self.pieces += [delta] if delta else []
        else:  # its value is not a text that grows
            self.is_text = False

    def begin_anew(self) -> None:
        """Forget what was said."""
        self.pieces, self.is_text = [], True
        self.epoch += 1


class Speech:
    """One template at work: which segment it is at, and what it has said of each."""

    def __init__(
        self, name: NodeId, utterance: Utterance, streams: Sequence[Stream | None]
    ) -> None:
        self.name = name
        self.utterance = utterance
        self.streams = streams
        """What each segment reads; ``None`` for literal text."""
        self.active = self.over = False
        self.at = self.read = self.epoch = 0
        self.before = 0
        """How many characters stand before the segment it is at."""
        self.said: list[list[str]] = [[] for _ in utterance.segments]
        self.partial = Partial()
        self.told = True

    @property
    def text(self) -> str:
        """What it has said so far."""
        return "".join(piece for pieces in self.said for piece in pieces)

    @property
    def segment(self) -> Segment:
        """The segment it is at."""
        return self.utterance.segments[self.at]

    @property
    def stream(self) -> Stream:
        """What that segment reads."""
        stream = self.streams[self.at]
        assert stream is not None
        return stream

    @property
    def is_through(self) -> bool:
        """Whether everything is said."""
        return self.at == len(self.said)

    @property
    def is_outdated(self) -> bool:
        """Whether it has said something else than what there was when the run began is by now."""
        over = zip(self.streams[: self.at], self.said, strict=False)
        return any(
            stream is not None and stream.is_early and "".join(said) != (stream.text or "")
            for stream, said in over
        )

    def go_on(self) -> None:
        """Come to the next segment."""
        self.before += sum(map(len, self.said[self.at]))
        self.at, self.read = self.at + 1, 0
        if not self.is_through and (stream := self.streams[self.at]) is not None:
            self.epoch = stream.epoch

    def take_back(self) -> int:
        """Go back to the beginning of the segment; returns how many characters stand before it."""
        self.said[self.at].clear()
        self.read = 0
        self.partial.cut(self.utterance.output, self.before)
        return self.before

    def take_back_all(self) -> int:
        """Go back to the beginning."""
        for pieces in self.said:
            pieces.clear()
        self.at = self.read = self.before = 0
        self.partial.cut(self.utterance.output, 0)
        return 0
