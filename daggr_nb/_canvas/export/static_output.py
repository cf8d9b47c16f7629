"""A graph as an output that needs no kernel, no script and no trust."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from daggr_nb._canvas.export.document import gathered
from daggr_nb._canvas.export.picture import picture_html
from daggr_nb._engine.session.session import Session
from daggr_nb._text import clean


@dataclass(frozen=True, repr=False)
class Still:
    """How a graph stood at one time. It displays itself, and never changes.

    ``html`` is plain enough for a notebook that nobody has trusted yet: no style sheet, no script.
    """

    name: str
    about: str
    html: str

    def __repr__(self) -> str:
        return f"<{self.name}: {self.about}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.html}


def still_of(session: Session, name: str) -> Still:
    """Return how a session's graph stands now: its picture, and every result."""
    with session.reading():
        about, makers = gathered(session, level=4)
        drawn = picture_html(session, name)
    cards = [make() for make in makers]
    html = (
        f"<p><strong>{escape(name)}</strong><br><small>{about}</small></p><p>{drawn}</p>"
        f"<details open><summary>Results</summary>{'<hr>'.join(cards)}</details>"
    )
    return Still(clean(name), about, clean(html))
