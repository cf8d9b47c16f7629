"""A still picture of the graph, for pages where no widget can live: SVG inside an ``<img>``."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape

from daggr_nb._canvas import views
from daggr_nb._canvas.previews import content
from daggr_nb._engine.session import Session
from daggr_nb._ids import NodeId
from daggr_nb._protocol.messages import EdgeView, NodeView

_WIDTH, _MARGIN = 268.0, 24.0
_HEADER, _LINE, _PICTURE = 38.0, 20.0, 160.0
_FRESH, _STALE, _INK, _QUIET, _HAIRLINE = "#e06c00", "#8b9198", "#1f2328", "#5b6168", "#dfe1e4"
_FONT = "font-family='system-ui,-apple-system,Segoe UI,Roboto,sans-serif'"
_MOST = 300  # cards; a larger graph is a sentence


def picture_html(session: Session, name: str) -> str:
    """Return an ``<img>`` of the graph as it stands, with its name as alternative text."""
    count = len(session.structure.nodes)
    if count > _MOST:
        return f"<p>{escape(name)}: a graph of {count:,} nodes.</p>"
    data = base64.b64encode(picture(session, name).encode()).decode()
    alt = escape(f"The graph {name}, {count} nodes", quote=True)
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" style="max-width:100%">'


def picture(session: Session, name: str) -> str:
    """Return the graph as an SVG document."""
    with session.reading():
        cards = {n: _Card(session, n) for n in session.structure.nodes}
        heights = {str(n): card.height for n, card in cards.items()}
        places = views.place(session, heights)
        nodes = {n: views.node_view(session, n, places) for n in session.structure.nodes}
        edges = [views.edge_view(session, edge) for edge in session.structure.edges]
    left = min((x for x, _ in places.values()), default=0.0) - _MARGIN
    top = min((y for _, y in places.values()), default=0.0) - _MARGIN
    right = max((x for x, _ in places.values()), default=0.0) + _WIDTH + _MARGIN
    bottom = max((y + heights[n] for n, (_, y) in places.items()), default=0.0) + _MARGIN
    size = f"width='{right - left:.0f}' height='{bottom - top:.0f}'"
    body = "".join(
        [
            *(_edge(edge, nodes, cards) for edge in edges),
            *(cards[n].draw(view) for n, view in nodes.items()),
        ]
    )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' {size} "
        f"viewBox='{left:.0f} {top:.0f} {right - left:.0f} {bottom - top:.0f}' {_FONT}>"
        f"<title>{escape(name)}</title>"
        f"<rect x='{left}' y='{top}' width='100%' height='100%' fill='#fafafa'/>{body}</svg>"
    )


class _Card:
    """One card: its rows, and where they stand below its top."""

    def __init__(self, session: Session, name: NodeId) -> None:
        view = views.node_view(session, name, {})
        self.rows: list[tuple[str, str, str]] = []  # side, port, text
        for row in view.inputs:
            text = row.text or str(row.value)
            self.rows.append(("in", row.name, f"{row.label}: {text}"))
        self.thumbs: dict[str, str] = {}
        for port in view.outputs:
            value = view.values.get(port.name)
            summary = value.summary if value else ""
            if value and value.inline and not isinstance(value.data, (list, dict)):
                summary = str(value.data)
            self.rows.append(("out", port.name, f"{port.label}  {summary}".strip()))
            if value and value.mime.startswith("image/"):
                self.thumbs[port.name] = _thumbnail(session, name, port.name)
        self.at = dict(self._positions())
        self.height = _HEADER + _LINE * len(self.rows) + _PICTURE * len(self.thumbs) + 16

    def _positions(self) -> Iterator[tuple[tuple[str, str], float]]:
        y = _HEADER + 8.0
        for side, port, _ in self.rows:
            yield (side, port), y + _LINE / 2
            y += _LINE + (_PICTURE if side == "out" and port in self.thumbs else 0)

    def draw(self, view: NodeView) -> str:
        x, y = view.x, view.y
        color = _FRESH if view.state.freshness == "fresh" else _STALE
        parts = [
            f"<rect x='{x}' y='{y}' width='{_WIDTH}' height='{self.height}' rx='10' fill='#fff' "
            f"stroke='{_HAIRLINE}'/>",
            _text(x + 14, y + 24, view.id, _INK, "600", 26),
            _text(x + _WIDTH - 14, y + 24, _state(view), color, "400", 14, anchor="end", size=11.5),
            f"<line x1='{x}' x2='{x + _WIDTH}' y1='{y + _HEADER}' y2='{y + _HEADER}' "
            f"stroke='{_HAIRLINE}'/>",
        ]
        for side, port, text in self.rows:
            line = y + self.at[side, port]
            parts.append(_text(x + 14, line + 4, text, _QUIET, "400", 40, size=11.5))
            if side == "out" and port in self.thumbs:
                parts.append(
                    f"<image x='{x + 14}' y='{line + 12}' width='{_WIDTH - 28}' "
                    f"height='{_PICTURE - 10}' href='{self.thumbs[port]}'/>"
                )
        return "".join(parts)


def _state(view: NodeView) -> str:
    return "" if not view.runnable else view.state.freshness.replace("missing", "not run")


def _thumbnail(session: Session, name: NodeId, port: str) -> str:
    mime, data = content(session.inputs.value(name, port), 2 * int(_WIDTH))
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def _text(
    x: float,
    y: float,
    text: str,
    fill: str,
    weight: str,
    most: int,
    anchor: str = "start",
    size: float = 13,
) -> str:
    line = " ".join(text.split())
    short = line if len(line) <= most else line[: most - 1] + "…"
    return (
        f"<text x='{x}' y='{y}' fill='{fill}' font-weight='{weight}' font-size='{size}' "
        f"text-anchor='{anchor}'>{escape(short)}</text>"
    )


def _edge(edge: EdgeView, nodes: dict[NodeId, NodeView], cards: dict[NodeId, _Card]) -> str:
    source, target = NodeId(edge.source), NodeId(edge.target)
    x1 = nodes[source].x + _WIDTH
    y1 = nodes[source].y + cards[source].at.get(("out", edge.source_port), _HEADER)
    x2 = nodes[target].x
    y2 = nodes[target].y + cards[target].at.get(("in", edge.target_port), _HEADER)
    bend = max(40.0, (x2 - x1) / 2)
    stroke = f"stroke='{_FRESH}'" if edge.fresh else f"stroke='{_STALE}' stroke-dasharray='5 4'"
    return (
        f"<path d='M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}' fill='none' "
        f"stroke-width='2' {stroke}/>"
    )
