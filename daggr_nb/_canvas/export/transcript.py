"""A conversation as HTML that needs no script: who said what, and the answer as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from daggr_nb import ui
from daggr_nb._canvas.export.markdown import markdown_html
from daggr_nb._engine.session.chat import answer, turns_of
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._ids import NodeId
from daggr_nb._protocol.visitors import without_paths
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import scrubbed
from daggr_nb._text import clean
from daggr_nb.errors import GraphError

_SPEAKERS = {"user": "You", "assistant": "Answer"}


def transcript_html(session: Session, name: NodeId) -> str:
    """Return a conversation that stands alone, for where no widget can live."""
    with session.reading() as current:
        if name not in current.structure.nodes:
            return ""
        return clean(transcript(current, name))


def transcript(current: SheetSession, name: NodeId) -> str:
    """Return what was said, as HTML; of one that tells a secret nothing."""
    lines = [*_lines(current, name)]
    if not lines:
        return '<p class="about">Nothing has been said.</p>'
    return "".join(
        f"<dt><strong>{escape(_SPEAKERS.get(who, who))}</strong></dt><dd>{text}</dd>"
        for who, text in lines
    ).join(("<dl>", "</dl>"))


def _lines(current: SheetSession, name: NodeId) -> Iterator[tuple[str, str]]:
    turns = turns_of(current, name)
    if turns is None:
        yield "user", HIDDEN
        return
    for turn in turns:
        yield turn["role"], _shown(turn["role"], ui.said_in(turn["content"]))
    try:
        told = answer(current, name)
    except GraphError:  # nothing answers
        return
    if told.text:
        yield "assistant", _shown("assistant", scrubbed(told.text))
    elif told.problem:
        visited = current.sheet.visit is not None
        problem = without_paths(told.problem) if visited else told.problem
        yield "assistant", f"<em>{escape(problem)}</em>"


def _shown(role: str, text: str) -> str:
    prose = markdown_html(text) if role == "assistant" else None
    if prose is not None:
        return f'<div class="prose" dir="auto">{prose}</div>'
    return f'<div class="text" style="white-space:pre-wrap" dir="auto">{escape(text)}</div>'
