"""The score of freshness over edits of real notebooks. `python -m tests.benchmarks.bench_freshness`

Every node of every graph is judged: said to be fresh and is not (false-fresh), said to be stale
and is not (false-stale), or stale for another reason than what was edited (wrong reason).
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.unit.notebook.edit_cases import EDITS, UNDECIDABLE
from tests.unit.notebook.edits import NODES, Edit, Verdict, judge


@dataclass(frozen=True)
class Score:
    """How many edits were judged, and nodes of which something wrong was said."""

    edits: int = 0
    false_fresh: int = 0
    false_stale: int = 0
    wrong_reason: int = 0

    def plus(self, verdict: Verdict) -> Score:
        return Score(
            self.edits + 1,
            self.false_fresh + len(verdict.false_fresh),
            self.false_stale + len(verdict.false_stale),
            self.wrong_reason + len(verdict.wrong_reason),
        )

    def __str__(self) -> str:
        return (
            f"{self.edits} edits, {self.edits * len(NODES)} nodes: false-fresh {self.false_fresh}, "
            f"false-stale {self.false_stale}, wrong reason {self.wrong_reason}"
        )


def score(verdicts: Iterable[Verdict]) -> Score:
    total = Score()
    for verdict in verdicts:
        total = total.plus(verdict)
    return total


def possible(edits: Mapping[str, Edit]) -> dict[str, Edit]:
    """Leave out what needs a package that is not installed."""
    return {
        what: edit
        for what, edit in edits.items()
        if not edit.needs or importlib.util.find_spec(edit.needs)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="what an edit's name contains")
    only = parser.parse_args().only
    verdicts = []
    for what, edit in possible(EDITS).items():
        if only in what:
            with tempfile.TemporaryDirectory() as folder:
                verdict, said = judge(edit, Path(folder))
            verdicts.append(verdict)
            if not verdict.right:
                print(f"WRONG {what}: {verdict}\n    expected {edit.stale}\n    said     {said}")
    print(score(verdicts))
    print("Nobody can decide these, so they are not counted:")
    for what, edit in UNDECIDABLE.items():
        with tempfile.TemporaryDirectory() as folder:
            verdict, _ = judge(edit, Path(folder))
        print(f"  {what}: {'noticed' if not verdict.false_fresh else 'not noticed'}")


if __name__ == "__main__":
    main()
