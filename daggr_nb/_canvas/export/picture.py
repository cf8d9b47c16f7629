"""A still picture of the graph, for pages where no widget can live: SVG inside an ``<img>``."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from daggr_nb._canvas import views
from daggr_nb._canvas.displays.deadline import DEADLINE
from daggr_nb._canvas.displays.late import at_once
from daggr_nb._canvas.displays.previews import content
from daggr_nb._canvas.displays.rendering import plural
from daggr_nb._canvas.layout.edge_path import Box, edge_path
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._ids import NodeId
from daggr_nb._protocol.views import EdgeView, InputView, NodeView
from daggr_nb._text import clean, encoded
from daggr_nb.errors import DaggrError

_WIDTH, _MARGIN = 268.0, 24.0
_HEADER, _LINE, _PICTURE = 38.0, 20.0, 160.0
_WORDS = {  # what a card says before its freshness: word and class
    "queued": ("queued", "quiet"),
    "running": ("running", "running"),
    "stopping": ("stopping", "running"),
    "waiting": ("waiting for you", "ink"),
    "failed": ("failed", "failed"),
    "blocked": ("blocked", "quiet"),
    "skipped": ("skipped", "quiet"),
    "cancelled": ("stopped", "quiet"),
}
_FRESHNESS = {"fresh": ("fresh", "fresh"), "missing": ("not run", "quiet")}
_FONT = "font-family='system-ui,-apple-system,Segoe UI,Roboto,sans-serif' font-size='11.5'"
# Once for all cards: a notebook keeps the picture of every canvas. What stands around an exported
# picture has other colours by longer selectors.
_STYLE = (
    ".ground{fill:#fafafa}.card{fill:#fff;stroke:#dfe1e4}.hair{stroke:#dfe1e4}.ink{fill:#1f2328}"
    ".quiet{fill:#5b6168}.fresh{fill:#a84f00}.running{fill:#2563c9}.failed{fill:#b3261e}"
    ".name{font-size:13px;font-weight:600}.word{text-anchor:end}"
    ".edge-fresh,.edge-stale{fill:none;stroke:#e06c00;stroke-width:2;stroke-linecap:round}"
    ".edge-stale{stroke:#8b9198;stroke-dasharray:5 4}"
    ".prongs{stroke-width:1.6;stroke-dasharray:none}"
)
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PATIENCE = 2  # seconds that a thumbnail may take
_MOST = 300  # cards; a larger graph is a sentence
_READABLE = 6000  # pixels; a wider picture is shown so small that nobody reads its rows


def picture_html(session: Session, name: str) -> str:
    """Return an ``<img>`` of the graph as it stands, with its name as alternative text."""
    count = len(session.current.structure.nodes)
    if count > _MOST:
        return f"<p>{escape(name)}: a graph of {count:,} nodes.</p>"
    data = base64.b64encode(encoded(picture(session, name, brief=True))).decode()
    alt = escape(clean(f"The graph {name}, {count} nodes"), quote=True)
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" style="max-width:100%">'


def picture(session: Session, name: str, brief: bool = False) -> str:
    """Return the graph as an SVG document.

    A ``brief`` one, for a page, has no ground, and no rows where they are too small.
    """
    with session.reading() as current:
        cards = {n: _Card(current, n) for n in current.structure.nodes}
        heights = {str(n): card.height for n, card in cards.items()}
        positions = views.arrange(current, heights)
        nodes = {n: views.node_view(current, n, positions) for n in current.structure.nodes}
        edges = [views.edge_view(current, edge) for edge in current.structure.edges]
    x_min = min((x for x, _ in positions.values()), default=0.0) - _MARGIN
    top = min((y for _, y in positions.values()), default=0.0) - _MARGIN
    right = max((x + nodes[NodeId(n)].width for n, (x, _) in positions.items()), default=_WIDTH)
    right += _MARGIN
    bottom = max((y + heights[n] for n, (_, y) in positions.items()), default=0.0) + _MARGIN
    size = f"width='{right - x_min:.0f}' height='{bottom - top:.0f}'"
    rows = not brief or right - x_min < _READABLE
    # In a page, what is around the cards is the page: its theme may not be that of the picture.
    corner = f"x='{x_min:.0f}' y='{top:.0f}'"
    ground = "" if brief else f"<rect class='ground' {corner} width='100%' height='100%'/>"
    boxes = {n: Box(view.x, view.y, view.width, cards[n].height) for n, view in nodes.items()}
    body = "".join(
        [
            *(_edge(e, boxes, cards, i) for i, e in enumerate(edges) if _counts(e, nodes)),
            *(cards[n].draw(view, rows) for n, view in nodes.items()),
        ]
    )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' {size} "
        f"viewBox='{x_min:.0f} {top:.0f} {right - x_min:.0f} {bottom - top:.0f}' {_FONT}>"
        f"<title>{_escaped(name)}</title><style>{_STYLE}</style>"
        f"{ground}{body}</svg>"
    )


class _Card:
    """One card: its rows, and where they stand below its top."""

    def __init__(self, current: SheetSession, name: NodeId) -> None:
        view = views.node_view(current, name, {})
        self.thumbs: dict[str, str] = {}
        self.rows: list[tuple[str, str, str]] = []  # side, port, text
        if not view.collapsed:
            self._take_rows(current, name, view)
        self.at = dict(self._positions())
        content = _LINE * len(self.rows) + _PICTURE * len(self.thumbs)
        self.height = _HEADER + (content + 16 if content else 2)

    def _take_rows(self, current: SheetSession, name: NodeId, view: NodeView) -> None:
        for row in view.inputs:
            if row.variant and row.variant != _chosen(view):
                continue
            text = row.text or _said(row)
            self.rows.append(("in", row.name, f"{row.label}: {text}"))
        for port in view.outputs:
            value = view.values.get(port.name)
            summary = value.summary if value else ""
            if value and value.inline and not isinstance(value.data, (list, dict)):
                summary = str(value.data)
            self.rows.append(("out", port.name, f"{port.label}  {summary}".strip()))
            if value and value.mime.startswith("image/"):
                thumbnail = _thumbnail(current.inputs.value(name, port.name))
                if thumbnail is not None:
                    self.thumbs[port.name] = thumbnail

    def _positions(self) -> Iterator[tuple[tuple[str, str], float]]:
        y = _HEADER + 8.0
        for side, port, _ in self.rows:
            yield (side, port), y + _LINE / 2
            y += _LINE + (_PICTURE if side == "out" and port in self.thumbs else 0)

    def draw(self, view: NodeView, rows: bool) -> str:
        word, look = _state(view)
        parts = [
            f"<g transform='translate({view.x:.0f} {view.y:.0f})'>"
            f"<rect class='card' width='{view.width:.0f}' height='{self.height:.0f}' rx='10'/>",
            _text(14, 24, view.id, "ink name", 26),
            _text(view.width - 14, 24, word, f"{look} word", 16) if word else "",
        ]
        if self.rows:
            parts.append(f"<path class='hair' d='M0 {_HEADER:.0f}h{view.width:.0f}'/>")
        for side, port, text in self.rows if rows else ():
            line = self.at[side, port]
            parts.append(_text(14, line + 4, text, "quiet", 40))
            if side == "out" and port in self.thumbs:
                parts.append(
                    f"<image x='14' y='{line + 12:.0f}' width='{_WIDTH - 28:.0f}' "
                    f"height='{_PICTURE - 10:.0f}' href='{self.thumbs[port]}'/>"
                )
        return "".join([*parts, "</g>"])


def _said(row: InputView) -> str:
    if row.value is None:
        return "–"
    is_chat = row.component is not None and row.component.type == "Chatbot"
    if is_chat and isinstance(row.value, list):
        return plural(len(row.value), "message")
    return str(row.value)


def _chosen(view: NodeView) -> str:
    return next((str(row.value) for row in view.inputs if row.name == view.selector), "")


def _state(view: NodeView) -> tuple[str, str]:
    """Return what a card says about itself: the word, and its class."""
    if not view.runnable:
        return "", "quiet"
    state = view.state
    plain = (state.freshness, "quiet")
    return _WORDS.get(state.status) or _FRESHNESS.get(state.freshness, plain)


def _thumbnail(value: Any) -> str | None:
    """Return a picture as a link, ``None`` if it cannot be shown or takes long to draw."""

    def draw() -> tuple[str, bytes]:
        return content(value, 2 * int(_WIDTH))

    with contextlib.suppress(DaggrError):  # it cannot be shown
        drawn = draw() if at_once(value) else DEADLINE.within(_PATIENCE, draw)
        if drawn is not None:
            return f"data:{drawn[0]};base64,{base64.b64encode(drawn[1]).decode()}"
    return None


def _text(x: float, y: float, text: str, look: str, most: int) -> str:
    line = " ".join(text.split())
    short = line if len(line) <= most else line[: most - 1] + "…"
    return f"<text class='{look}' x='{x:.0f}' y='{y:.0f}'>{_escaped(short)}</text>"


def _escaped(text: str) -> str:
    """Return a text as XML can have it: most control characters it cannot, not even escaped."""
    return escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", clean(text)))


def _counts(edge: EdgeView, nodes: dict[NodeId, NodeView]) -> bool:
    """Whether an edge leads to what its target does: not to a variant that is not chosen."""
    view = nodes[NodeId(edge.target)]
    row = next((row for row in view.inputs if row.name == edge.target_port), None)
    return row is None or not row.variant or row.variant == _chosen(view)


def _edge(edge: EdgeView, boxes: dict[NodeId, Box], cards: dict[NodeId, _Card], lane: int) -> str:
    source, target = NodeId(edge.source), NodeId(edge.target)
    middle = _HEADER / 2
    start = (
        boxes[source].x + boxes[source].width,
        boxes[source].y + cards[source].at.get(("out", edge.source_port), middle),
    )
    end = (
        boxes[target].x,
        boxes[target].y + cards[target].at.get(("in", edge.target_port), middle),
    )
    ends = (source, target) if end[0] >= start[0] else ()
    others = [box for name, box in boxes.items() if name not in ends]
    line, prongs = edge_path(start, end, others, edge.scatter, edge.gather, lane)
    look = "edge-fresh" if edge.fresh else "edge-stale"
    marks = f"<path class='{look} prongs' d='{prongs}'/>" if prongs else ""
    return f"<path class='{look}' d='{line}'/>{marks}"
