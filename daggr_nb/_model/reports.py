"""What a node may report while it runs, written once for every context over one ``report``."""

from __future__ import annotations

import abc
import math
from dataclasses import dataclass
from typing import Any, ClassVar

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


class Reporter(abc.ABC):
    """What a function may report. Contexts differ in what becomes of a report."""

    @abc.abstractmethod
    def report(self, report: Report) -> None:
        """Pass a report on."""

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """Report that ``done`` of ``total`` steps are over; ``total`` may be unknown.

        So it is with what is no number, or not a finite one.
        """
        self.report(ProgressReport(_finite(done) or 0, _finite(total), str(text)))

    def note(self, text: str) -> None:
        """Show a short line on the card, in place of the last one, until the run is over."""
        self.report(NoteReport(cut(" ".join(text.split()), 200)))

    def log(self, text: str) -> None:
        """Add a line to the log of this run."""
        self.report(LogReport(text if text.endswith("\n") else text + "\n"))

    def stream(self, delta: Any, port: str | None = None) -> None:
        """Append ``delta`` to what an output port shows so far, the first one by default."""
        self.report(DeltaReport(delta, port))


def _finite(value: Any) -> float | None:
    """Return a number that JSON can say, ``None`` for anything else."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return value if type(value) in (int, float) else number
