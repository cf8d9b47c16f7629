"""Tables in a cell: small ones as HTML, and lists and mappings that show themselves as one."""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from daggr_nb._engine.freshness.freshness import Reason
from daggr_nb._engine.run.plan import PlannedStep
from daggr_nb._model.words import Freshness, Status
from daggr_nb._text import clean

_LINES = 40  # of a text about nodes
_CELL = "text-align:left;vertical-align:top;white-space:pre-wrap"


def cells(*texts: str) -> list[str]:
    """Return texts as cells of a row, escaped."""
    return [f'<td style="{_CELL}">{html.escape(clean(text))}</td>' for text in texts]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of escaped cells."""
    head = "".join(f'<th style="{_CELL}">{html.escape(clean(text))}</th>' for text in heads)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


@dataclass(frozen=True)
class NodeStatus:
    """How a node stands: its last or present status, whether it is fresh, and why not."""

    status: Status
    freshness: Freshness
    reasons: tuple[Reason, ...] = ()


class Plan(list[PlannedStep]):
    """What a run would do, in order; a table as the last expression of a cell."""

    def __str__(self) -> str:
        if not self:
            return "nothing to run: all is fresh"
        return "\n".join(f"{step.node}: {_why(step)}" for step in self)

    def _repr_html_(self) -> str:
        if not self:
            return "<p>Nothing to run: all is fresh.</p>"
        rows = (cells(str(n), str(s.node), _why(s)) for n, s in enumerate(self, 1))
        return table(("", "node", "because"), rows)


class Statuses(dict[str, NodeStatus]):
    """How every node stands, by name; a table as the last expression of a cell, and in print."""

    def __str__(self) -> str:
        width = max(map(len, self), default=0)
        lines = [
            f"{name:<{width}}  {_standing(status):<9} {_texts(status.reasons)}".rstrip()
            for name, status in itertools.islice(self.items(), _LINES)
        ]
        left = len(self) - len(lines)
        return clean("\n".join([*lines, *([f"… and {left} more"] if left else [])]))

    def _repr_html_(self) -> str:
        rows = (
            cells(name, status.status, status.freshness, _texts(status.reasons))
            for name, status in self.items()
        )
        return table(("node", "status", "freshness", "because"), rows)


def _standing(status: NodeStatus) -> str:
    """Return the one word that says most; what is on a card is fresh or not."""
    is_settled = status.status in ("succeeded", "cached", "missing")
    return status.freshness if is_settled else status.status


def _why(step: PlannedStep) -> str:
    why = _texts(step.reasons) or ("asked for" if step.explicit else "not run")
    why = "forced" if step.force else why
    return f"{why} ({step.note})" if step.note else why


def _texts(reasons: Iterable[Reason]) -> str:
    return "; ".join(reason.text for reason in reasons)
