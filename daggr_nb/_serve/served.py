"""What is served, and how much of it at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from daggr_nb._engine.session.session import Session
from daggr_nb._model.structure import Structure


@dataclass(frozen=True)
class Limits:
    """Bounds of a server: bytes, levels, seconds and counts."""

    body: int = 4_000_000
    """Bytes of a body of JSON."""
    depth: int = 64
    """Levels of lists and objects in it."""
    upload: int = 1_000_000_000
    """Bytes of a file."""
    body_seconds: float = 30.0
    """From the headers of a request to the end of its body; of an upload, between two pieces."""
    call_seconds: float = 3600.0
    """Of one call or run, questions to people left out."""
    calls: int = 32
    """Runs that go on at once; others wait their turn."""
    waiting: int = 512
    """Calls that may wait for theirs; beyond that it is 503."""
    runs: int = 1_000
    """Runs that are remembered after their end."""
    requests: int = 2_000
    """Requests under way at once, streams of events among them."""
    visits: int = 200
    """People on the page at once."""
    visit_seconds: float = 15 * 60.0
    """How long a visit waits for its page to come back."""


@dataclass(frozen=True)
class Served:
    """A graph that is served.

    ``recorded`` says whether anything is on record beyond this process; ``session`` is that of
    whoever owns it.
    """

    name: str
    session: Session
    key: str | None
    root: str = ""
    """The path below which a proxy shows the server, such as ``/user/ada/proxy/8000``."""
    limits: Limits = field(default_factory=Limits)
    shared: bool = False
    """Whether all who look at the page share one visit: what one edits, all see."""

    @property
    def recorded(self) -> bool:
        """Whether sheets and results outlive the process."""
        return self.key is not None

    @property
    def structure(self) -> Structure:
        """The graph as it is now: in a notebook it may be defined again."""
        return self.session.current.structure
