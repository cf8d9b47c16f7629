"""What a node may report while it runs, written once for every context over one ``report``."""

from __future__ import annotations

import abc
import math
from dataclasses import dataclass
from typing import Any, ClassVar

from daggr_nb._terminal import settled
from daggr_nb._text import cut


@dataclass(frozen=True)
class Report:
    """News of a run. What has an ``event`` becomes that event, with its fields."""

    event: ClassVar[str] = ""


@dataclass(frozen=True)
class ProgressReport(Report):
    """How far the run is; ``total`` is absent when nobody knows."""

    done: float
    total: float | None = None
    text: str = ""

    event: ClassVar[str] = "node.progress"


@dataclass(frozen=True)
class NoteReport(Report):
    """A short line about what the node is at."""

    text: str

    event: ClassVar[str] = "node.note"


@dataclass(frozen=True)
class LogReport(Report):
    """A line, or several, for the log."""

    text: str


@dataclass(frozen=True)
class DeltaReport(Report):
    """What comes after the value that a port has so far; without ``port`` the first one."""

    delta: Any
    port: str | None = None


@dataclass(frozen=True)
class ValueReport(Report):
    """The value that a port has so far."""

    port: str
    value: Any


def _finite(number: float) -> float | None:
    """Return a number that JSON can say, ``None`` for one that it cannot.

    Raises ``TypeError`` for what is no number.
    """
    try:
        plain = number if type(number) in (int, float) else float(number)
        return plain if math.isfinite(plain) else None
    except OverflowError:
        return None
    except (TypeError, ValueError):
        raise TypeError(f"progress expected numbers, got {type(number).__name__}.") from None


class Reporter(abc.ABC):
    """What a function may report. Contexts differ in what becomes of a report."""

    @abc.abstractmethod
    def report(self, report: Report) -> None:
        """Pass a report on."""

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """Report that ``done`` of ``total`` steps are over; ``total`` may be unknown.

        What is no finite number counts as unknown.
        """
        whole = None if total is None else _finite(total)
        self.report(ProgressReport(_finite(done) or 0.0, whole, settled(str(text))))

    def note(self, text: str) -> None:
        """Show a short line on the card, in place of the last one, until the run is over."""
        self.report(NoteReport(cut(" ".join(settled(text).split()), 200)))

    def log(self, text: str) -> None:
        """Add a line to the log of this run."""
        self.report(LogReport(text if text.endswith("\n") else text + "\n"))

    def stream(self, delta: Any, port: str | None = None) -> None:
        """Append ``delta`` to what an output port shows so far, the first one by default."""
        self.report(DeltaReport(delta, port))
