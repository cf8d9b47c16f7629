"""The graph as an SVG picture: cards, edges and thumbnails, for where no canvas can live."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from pydantic import TypeAdapter, ValidationError

from daggr_nb._canvas import views
from daggr_nb._canvas.displays.each import shown_by
from daggr_nb._canvas.export import blocks
from daggr_nb._canvas.export.blocks import LINE, Block, Value, escaped
from daggr_nb._canvas.export.lettering import fitted, width_of, wrapped
from daggr_nb._canvas.export.thumbnails import Thumbnails
from daggr_nb._canvas.layout.edge_path import Box, edge_path
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._ids import NodeId
from daggr_nb._protocol.displays import Preview
from daggr_nb._protocol.views import EdgeView, InputView, NodeView
from daggr_nb._text import clean, encoded, plural

_WIDTH, _MARGIN = 268.0, 30.0
_HEADER, _INSET, _STRIP = 38.0, 12.0, 28.0
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
_FRESHNESS = {"fresh": ("fresh", "quiet"), "missing": ("not run", "quiet")}
_FONT = (
    "font-family='system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif' "
    "font-size='11.5'"
)
_LIGHT = (
    ".ground{fill:#fafafa}.card{fill:#fff;stroke:#dfe1e4}.hair{stroke:#dfe1e4}.ink{fill:#1b1d20}"
    ".quiet{fill:#5f6368}.sunken{fill:#f3f4f5}.data{fill:#8aa3c4}.fresh{fill:#b58058}"
    ".running{fill:#2563c9}.failed{fill:#b3261e}.edge-fresh{stroke:#b58058}"
    ".edge-stale{stroke:#8b9198}"
)
_DARK = (
    ".ground{fill:#161719}.card{fill:#1f2124;stroke:#34373c}.hair{stroke:#34373c}"
    ".ink{fill:#ececee}.quiet{fill:#a9adb3}.sunken{fill:#292c30}.data{fill:#6d88ad}"
    ".fresh{fill:#b98c66}.running{fill:#6ea8ff}.failed{fill:#ff8a80}.edge-fresh{stroke:#b98c66}"
    ".edge-stale{stroke:#7c838b}"
)
DARK = "@media (prefers-color-scheme:dark)"
"""Where the dark colours begin: whoever draws a picture in one theme puts another one here."""
# Once for all cards: a notebook keeps the picture of every canvas. What stands around an exported
# picture has other colours by longer selectors.
_STYLE = (
    f"{_LIGHT}.name{{font-size:13px;font-weight:600}}.end{{text-anchor:end}}"
    ".mono{font:11px ui-monospace,Menlo,Consolas,monospace}.hair{fill:none;stroke-linecap:round}"
    ".edge-fresh,.edge-stale{fill:none;stroke-width:1.6;stroke-linecap:round}"
    f".edge-stale{{stroke-dasharray:5 4}}.prongs{{stroke-width:1.4;stroke-dasharray:none}}"
    f"{DARK}{{{_DARK}}}"
)
_MOST = 300  # cards; a larger graph is a sentence
_READABLE = 6000  # pixels; a wider picture is shown so small that nobody reads its rows,
_FEW = 36  # and so is one of more cards
_BRIEF = 600_000  # bytes of thumbnails that a notebook keeps beside a canvas
_PREVIEWS: TypeAdapter[Preview] = TypeAdapter(Preview)


def picture_html(session: Session, name: str) -> str:
    """Return an ``<img>`` of the graph as it stands, with its name as alternative text."""
    count = len(session.current.structure.nodes)
    if count > _MOST:
        return f"<p>{escape(name)}: a graph of {count:,} nodes.</p>"
    data = base64.b64encode(encoded(picture(session, name, brief=True))).decode()
    alt = escape(clean(f"The graph {name}, {plural(count, 'node')}"), quote=True)
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" style="max-width:100%">'


def picture(session: Session, name: str, brief: bool = False) -> str:
    """Return the graph as an SVG document, in the colours that its reader's system asks for.

    A ``brief`` one, for a page, has no ground, and no rows where they are too small.
    """
    with session.reading() as current:
        sights = {n: _Sight.of(current, n) for n in current.structure.nodes}
    # Values are foreign code that may take its time: nobody needs the lock meanwhile.
    thumbnails = Thumbnails(_BRIEF) if brief else Thumbnails()
    cards = {n: _Card(sight, thumbnails) for n, sight in sights.items()}
    with session.reading() as current:
        heights = {str(n): card.height for n, card in cards.items()}
        positions = views.arrange(current, heights)
        edges = [views.edge_view(current, edge) for edge in current.structure.edges]
    boxes = {
        n: Box(*positions.get(str(n), (0.0, 0.0)), card.width, card.height)
        for n, card in cards.items()
    }
    edges = [e for e in edges if e.source in boxes and e.target in boxes and _counts(e, sights)]
    return _svg(name, boxes, cards, edges, brief)


def _svg(
    name: str,
    boxes: dict[NodeId, Box],
    cards: dict[NodeId, _Card],
    edges: list[EdgeView],
    brief: bool,
) -> str:
    left = min((box.x for box in boxes.values()), default=0.0) - _MARGIN
    top = min((box.y for box in boxes.values()), default=0.0) - _MARGIN
    right = max((box.x + box.width for box in boxes.values()), default=_WIDTH) + _MARGIN
    bottom = max((box.y + box.height for box in boxes.values()), default=0.0) + _MARGIN
    rows = not brief or (right - left < _READABLE and len(cards) <= _FEW)
    body = "".join(
        [
            *(_edge(edge, boxes, cards, lane) for edge, lane in _lanes(edges)),
            *(cards[n].draw(box, rows) for n, box in boxes.items()),
        ]
    )
    # In a page, what is around the cards is the page: its theme may not be that of the picture.
    corner = f"x='{left:.0f}' y='{top:.0f}'"
    ground = "" if brief else f"<rect class='ground' {corner} width='100%' height='100%'/>"
    width, height = right - left, bottom - top
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:.0f}' height='{height:.0f}' "
        f"viewBox='{left:.0f} {top:.0f} {width:.0f} {height:.0f}' {_FONT}>"
        f"<title>{escaped(name)}</title><style>{_STYLE}</style>"
        f"{ground}{body}</svg>"
    )


# ---------------------------------------------------------------- cards


@dataclass(frozen=True)
class _Sight:
    """What a card is drawn from: its view, and the values that have pictures."""

    view: NodeView
    values: dict[str, Value] = field(default_factory=dict)

    @staticmethod
    def of(current: SheetSession, name: NodeId) -> _Sight:
        view = views.node_view(current, name, {})
        values: dict[str, Value] = {}
        if view.collapsed:
            return _Sight(view)
        shown = shown_by(current.structure, name)
        for port, seen in view.values.items():
            if not view.runnable:
                held = _held(seen.data)
                if held is not None:
                    component = current.structure.nodes[name].outputs.get(port)
                    values[port] = Value(held, _control(current, name, port, held), component)
                continue
            value = current.inputs.value(name, port) if blocks.pictured(seen) else None
            values[port] = Value(seen, value, shown.get(port))
        for row in view.inputs:
            held = _held(row.value) if row.source == "component" else None
            if held is not None:
                component = current.control(name, row.name).component
                value = _control(current, name, row.name, held)
                values[f"in:{row.name}"] = Value(held, value, component)
        return _Sight(view, values)


def _held(value: Any) -> Preview | None:
    """Return the preview that the canvas gets for a control of files, tables and the like."""
    if isinstance(value, dict) and {"kind", "summary", "mime"} <= value.keys():
        with contextlib.suppress(ValidationError):
            return _PREVIEWS.validate_python(value)
    return None


def _control(current: SheetSession, name: NodeId, port: str, seen: Preview) -> Any:
    return current.inputs.control(name, port).value if blocks.pictured(seen) else None


class _Card:
    """One card: its blocks, and where its ports stand below its top."""

    def __init__(self, sight: _Sight, thumbnails: Thumbnails) -> None:
        self.view = sight.view
        self.width = self.view.width
        self.at: dict[tuple[str, str], float] = {}
        self._room = self.width - 2 * _INSET
        self._sight = sight
        self._thumbnails = thumbnails
        self._body: list[tuple[float, Block]] = []
        y = _HEADER + 7
        if not self.view.collapsed:
            for key, parts in self._parts():
                if key is not None:
                    self.at[key] = y + LINE / 2 - 0.5
                for part in parts:
                    self._body.append((y, part))
                    y += part.height
        self.height = y + 7 if self._body else _HEADER + 2

    def _parts(self) -> Iterator[tuple[tuple[str, str] | None, list[Block]]]:
        view, room = self.view, self._room
        yield from ((None, [part]) for part in self._news())
        rows = [row for row in view.inputs if not row.variant or row.variant == _chosen(view)]
        for row in rows:
            yield ("in", row.name), self._input(row)
        outputs = [port for port in view.outputs if view.runnable or port.name in view.values]
        if rows and outputs:
            rule = f"<path class='hair' d='M0 4.5h{room:.0f}'/>"
            yield None, [Block(9.0, rule)]
        for port in outputs:
            shown = self._sight.values.get(port.name)
            if shown is not None:
                part = blocks.output(port.label, shown, room, self._thumbnails)
            elif view.runnable:
                part = [blocks.line(port.label, "", room)]
            else:
                part = blocks.control(port.label, view.values[port.name].data, room)
            yield ("out", port.name), part

    def _input(self, row: InputView) -> list[Block]:
        held = self._sight.values.get(f"in:{row.name}")
        if held is not None:
            return blocks.output(row.label, held, self._room, self._thumbnails)
        if row.source == "component":
            is_chat = row.component is not None and row.component.type == "Chatbot"
            if is_chat and isinstance(row.value, list):
                return [blocks.line(row.label, plural(len(row.value), "message"), self._room)]
            return blocks.control(row.label, row.value, self._room)
        # What feeds it is told by its edge.
        said = "" if row.source == "port" else row.text
        return [blocks.line(row.label, said, self._room)]

    def _news(self) -> Iterator[Block]:
        """Yield what a card says before all else: why it failed, is stale, or waits."""
        state, room = self.view.state, self._room
        if state.error is not None:
            said = f"{state.error.type}: {state.error.message}"
            yield blocks.paragraph(wrapped(said, room, 3), "failed")
        elif state.question is not None:
            yield blocks.paragraph(wrapped(state.question.text, room, 2), "ink")
        elif state.reasons and state.freshness != "missing":
            more = len(state.reasons) - 1
            said = state.reasons[0].text + (f" (+{more})" if more else "")
            yield Block(_STRIP - 4, blocks.text(0, 13, fitted(said, room), "quiet"))

    def draw(self, box: Box, rows: bool) -> str:
        view, right = self.view, self.width - _INSET
        word, look = _state(view)
        space = width_of(word) + 24 if word else 0
        name = fitted(view.id, self.width - 2 * _INSET - space, 13, bold=True)
        border = " style='stroke:#c4635c'" if view.state.status == "failed" else ""
        parts = [
            f"<svg x='{box.x:.0f}' y='{box.y:.0f}' width='{self.width + 2:.0f}' "
            f"height='{self.height + 2:.0f}'>"
            f"<rect class='card' x='.5' y='.5' width='{self.width:.0f}' "
            f"height='{self.height:.0f}' rx='10'{border}/>",
            blocks.text(_INSET, 24, name, "ink name"),
            blocks.text(right, 24, word, f"{look} end"),
        ]
        if word in ("fresh", "failed", "running"):
            dot = right - width_of(word) - 9
            parts.append(f"<circle class='{word}' cx='{dot:.1f}' cy='20' r='2.8'/>")
        if self._body:
            parts.append(f"<path class='hair' d='M1 {_HEADER:.1f}h{self.width - 1:.0f}'/>")
        for y, part in self._body if rows else ():
            parts.append(f"<g transform='translate({_INSET:.0f} {y:.1f})'>{part.svg}</g>")
        return "".join([*parts, "</svg>"])


def _chosen(view: NodeView) -> str:
    return next((str(row.value) for row in view.inputs if row.name == view.selector), "")


def _state(view: NodeView) -> tuple[str, str]:
    """Return what a card says about itself: the word, and its class."""
    if not view.runnable:
        return "", "quiet"
    state = view.state
    plain = (state.freshness, "quiet")
    return _WORDS.get(state.status) or _FRESHNESS.get(state.freshness, plain)


# ---------------------------------------------------------------- edges


def _counts(edge: EdgeView, sights: dict[NodeId, _Sight]) -> bool:
    """Whether an edge leads to what its target does: not to a variant that is not chosen."""
    view = sights[NodeId(edge.target)].view
    row = next((row for row in view.inputs if row.name == edge.target_port), None)
    return row is None or not row.variant or row.variant == _chosen(view)


def _lanes(edges: Sequence[EdgeView]) -> Iterator[tuple[EdgeView, int]]:
    """Yield edges with a lane each, as ``js/src/canvas/stage/Edges.tsx`` has them."""
    used: dict[str, int] = {}
    for index, edge in enumerate(edges):
        lane = used.get(edge.source, index)
        used[edge.source] = lane + 1
        yield edge, lane


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
    ahead = end[0] >= start[0]
    ends = (source, target) if ahead else ()
    near = ahead and end[0] - start[0] <= _WIDTH
    others = [] if near else [box for name, box in boxes.items() if name not in ends]
    line, prongs = edge_path(start, end, others, edge.scatter, edge.gather, lane if others else 0)
    look = "edge-fresh" if edge.fresh else "edge-stale"
    marks = f"<path class='{look} prongs' d='{prongs}'/>" if prongs else ""
    return f"<path class='{look}' d='{line}'/>{marks}"
