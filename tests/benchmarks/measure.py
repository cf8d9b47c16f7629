"""What every benchmark returns, and how it is shown.

Absolute figures differ between machines and hours. Compare what was measured in turns in one run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One line of the table. ``value`` and ``goal`` share a unit; lower is better.

    ``first`` is the goal of the first version, where it is less strict.
    """

    what: str
    value: float | None
    unit: str
    goal: float
    first: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "not measured"
        if self.value <= self.goal:
            return "reached"
        if self.first is not None and self.value <= self.first:
            return f"first goal reached (≤ {self.first:g})"
        return "missed"

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": self.verdict}


def in_turns(rounds: int, *measurements: Callable[[], float]) -> list[list[float]]:
    """Measure one after the other, round after round, so that a slow moment hits all of them."""
    taken = [[measure() for measure in measurements] for _ in range(rounds)]
    return [list(series) for series in zip(*taken, strict=True)]


def median_ratio(values: Sequence[float], floors: Sequence[float]) -> float:
    """The median over rounds of the ratio within a round."""
    return median(value / floor for value, floor in zip(values, floors, strict=True))


def table(findings: Sequence[Finding]) -> str:
    rows = [("", "measured", "goal", "", "")]
    for f in findings:
        measured = "–" if f.value is None else f"{f.value:.3g} {f.unit}"
        rows.append((f.what, measured, f"≤ {f.goal:.3g} {f.unit}", f.verdict, f.note))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = ("  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows)
    return "\n".join(lines)
