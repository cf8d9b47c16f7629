"""A session as the canvas sees it: cards, edges, the snapshot. Reads only, under the lock."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.chats import chat_view, hidden_turns, is_turns
from daggr_nb._canvas.displays import display
from daggr_nb._canvas.displays.components import component_view, first_answer
from daggr_nb._canvas.displays.each import Shown, shown_by
from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.late import at_once, in_time
from daggr_nb._canvas.displays.previews import control_preview, preview
from daggr_nb._canvas.excerpts import WHOLE, Excerpt
from daggr_nb._canvas.items import items_view
from daggr_nb._canvas.items_so_far import fills
from daggr_nb._canvas.layout.layout import layout, reflow
from daggr_nb._canvas.layout.packing import Room
from daggr_nb._canvas.remarks import remarks
from daggr_nb._canvas.so_far import SoFar, speaks
from daggr_nb._engine.freshness.reasons import Judgement, Reason
from daggr_nb._engine.run.scatter import path_of
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._engine.state.live import Live
from daggr_nb._engine.task.streamed_output import end_of, logs_of_items
from daggr_nb._ids import NodeId
from daggr_nb._model.conversing import ConversingNode
from daggr_nb._model.edge import Edge
from daggr_nb._model.feed import Control, Drawn, Fixed, Wire
from daggr_nb._model.node import Feed, Node
from daggr_nb._model.policy import ONE_AT_A_TIME
from daggr_nb._protocol.displays import LostPreview, Preview
from daggr_nb._protocol.views import (
    CardState,
    EdgeView,
    ErrorView,
    HistoryView,
    InputView,
    NodeView,
    OutputView,
    QuestionView,
    ReasonView,
    RunView,
    ServiceView,
    Snapshot,
)
from daggr_nb._provenance.log.records import ErrorInfo, Record, shown_time
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import hidden, tells
from daggr_nb._text import cut
from daggr_nb.errors import DaggrError, is_interrupt, log_error, text_of, unreadable

_OPTIONS = 200
_ENDED = {"failed": "failed", "blocked": "is blocked", "cancelled": "was stopped"}
_LOG_TAIL = 4_000
_HEADER, _FOOTER, _STRIP, _ROW = 46, 38, 34, 26
_TALK = 300  # pixels: a conversation that has gone on for a while
_NOWHERE: Mapping[str, tuple[float, float]] = MappingProxyType({})
COLLAPSED = 40.0  # pixels that the header alone is high
ROOM = Room(1100, 620)  # what a notebook on a usual screen has for cards, in pixels
_USUAL, _WIDE = 268.0, 430.0  # how wide cards are, in pixels

Positions = dict[str, tuple[float, float]]


def snapshot(
    session: Session,
    name: str,
    rev: int,
    positions: Positions,
    excerpt: Excerpt = WHOLE,
    so_far: SoFar | None = None,
) -> Snapshot:
    """Return everything a new view needs of what it shows."""
    current = session.current
    structure = current.structure
    names = session.sheets.index.names
    part = Snapshot(
        rev=rev,
        name=name,
        sheet=names[session.sheets.index.current],
        sheets=[],
        nodes=[
            excerpt.card(structure, node_view(current, n, positions, so_far))
            for n in structure.nodes
            if excerpt.shows(structure, n)
        ],
        edges=[],
        run=run_view(session),
        visited=session.visit is not None,
    )
    if not excerpt.whole:
        return part
    about = {
        "sheets": list(names.values()),
        "edges": [edge_view(current, edge) for edge in structure.edges],
        "notice": session.notice,
        "remark": session.remark,
        "fixed_sheets": session.sheets.fixed,
        "undoable": current.can_undo,
        "redoable": current.can_redo,
        "autorun": session.autorun is not None,
    }
    return part.model_copy(update=about)


def run_view(session: Session) -> RunView | None:
    """Return the runs in progress as one, or ``None``."""
    runs = session.runs.in_sight()
    if not runs:
        return None
    done = sum(len(run.endings) for run in runs)
    stopping = all(run.stopping for run in runs)
    return RunView(id=runs[0].id, done=done, total=sum(r.total for r in runs), stopping=stopping)


def edge_view(current: SheetSession, edge: Edge) -> EdgeView:
    """Return an edge with its freshness."""
    return EdgeView(
        id=edge.id,
        source=edge.source,
        source_port=edge.source_port,
        target=edge.target,
        target_port=edge.target_port,
        scatter=edge.scatter,
        gather=edge.gather,
        fresh=current.freshness.edges()[edge.id],
    )


def node_view(
    current: SheetSession, name: NodeId, positions: Positions, so_far: SoFar | None = None
) -> NodeView:
    """Return a card; one that cannot be drawn says so, and takes no other along."""
    try:
        return _node_view(current, name, positions, so_far)
    except BaseException as error:  # node kinds, functions and components may be anybody's
        if is_interrupt(error):
            raise
        log_error(f"daggr_nb cannot show the card of {name!r}", error)
        x, y = positions.get(name, (0.0, 0.0))
        kind, state = current.structure.nodes[name].kind, CardState()
        with contextlib.suppress(Exception):
            state = node_state(current, name)
        state = state.model_copy(update={"remarks": [_why_lost(error), *state.remarks]})
        return NodeView(id=name, kind=kind, inputs=[], outputs=[], x=x, y=y, state=state)


def _node_view(
    current: SheetSession, name: NodeId, positions: Positions, so_far: SoFar | None
) -> NodeView:
    node = current.structure.nodes[name]
    x, y = positions.get(name, (0.0, 0.0))
    scattered = current.structure.depth[name] > 0
    inputs = node.inputs.items() if node.runnable else ()
    wired = {edge.source_port for edge in current.structure.out_of[name]}
    variants = {
        port: (key, own)
        for key, variant in (node.by_variant if node.selector else {}).items()
        for port, own in variant.ports.items()
    }
    return NodeView(
        id=name,
        kind=node.kind,
        icon=node.icon,
        doc=node.doc,
        runnable=node.runnable,
        selector=node.selector,
        inputs=[
            input_view(current, name, port, feed, *variants.get(port, ("", port)))
            for port, feed in inputs
            if not isinstance(feed, Control) or feed.component.visible
        ],
        outputs=[
            OutputView(
                name=port,
                label=(component.label if component else None) or port,
                component=component_view(component),
                scattered=scattered,
            )
            for port, component in node.outputs.items()
            if component is None or component.visible or port in wired
        ],
        x=x,
        y=y,
        width=card_width(current, name),
        collapsed=name in current.sheet.collapsed,
        state=node_state(current, name),
        values=node_values(current, name, so_far),
    )


# ---------------------------------------------------------------- inputs


def input_view(
    current: SheetSession, name: NodeId, port: str, feed: Feed, variant: str, label: str
) -> InputView:
    """Return an input row: a control, or where the value comes from."""
    fields: dict[str, Any] = {"source": feed.source, "variant": variant}
    if isinstance(feed, Control):
        label = feed.component.label or label
        fields["component"] = component_view(feed.component)
        fields["value"] = control_value(current, name, port)
    elif isinstance(feed, Wire):
        marks = (".all()" if feed.gather else "") + ".each" * feed.scatter
        key = f"[{feed.key!r}]" if feed.key is not None else ""
        fields["text"] = f"{feed.port!r}{marks}{key}"
    elif isinstance(feed, Drawn):
        fields["text"] = _drawn_text(current, name, port, feed)
    elif isinstance(feed, Fixed):
        fields["text"] = _fixed_text(port, feed.value)
    else:
        fields["text"] = "nothing connected"
    return InputView(name=port, label=label, **fields)


def _fixed_text(port: str, value: Any) -> str:
    """Return a constant in a line; of one that takes long to tell what it is."""

    def text() -> str:
        return HIDDEN if hidden(port, None, value) else shown(value, 60)

    said = text() if at_once(value) else in_time(value, None, ("constant", port), text)
    return type(value).__name__ if said is None else said


def control_value(current: SheetSession, name: NodeId, port: str) -> Any:
    """Return the value of a control, as the canvas edits it."""
    tracked = current.inputs.control(name, port)
    component = current.control(name, port).component
    value = display.control_value(tracked.value, component, tracked.ref.digest)
    return hidden_turns() if value == display.SET and is_turns(current, name, port) else value


def _drawn_text(current: SheetSession, name: NodeId, port: str, feed: Drawn) -> str:
    title = getattr(feed.draw, "__name__", type(feed.draw).__name__)
    ref = current.inputs.resolve(name, port, current.sheet.shown.get(name)).ref
    value = ref.value.inline if ref is not None and ref.value.inline else None
    return f"{title}()" if value is None else f"{title}() → {value[:40]}"


# ---------------------------------------------------------------- state and values


def node_state(current: SheetSession, name: NodeId) -> CardState:
    """Return everything of a card that changes while people work, but for its values."""
    live = current.live.get(name, Live())
    record = current.sheet.shown.get(name)
    judged = current.freshness.judged.get(name, Judgement("missing"))
    status = current.status_of(name)
    working = status in ("queued", "running", "stopping")
    return CardState(
        status=status,
        freshness=judged.freshness,
        reasons=_blocked(current, name)
        if status == "blocked" and not judged.reasons
        else [reason_view(r) for r in (*current.held_up(name), *judged.reasons)],
        error=_error(record.error) if record and record.error and not working else None,
        started_at=live.started_at
        if working
        else (shown_time(record.started_at) if record else None),
        ended_at=shown_time(record.ended_at) if record and not working else None,
        typical=current.typical.get(name),
        history=_history(current, name, record),
        items=items_view(current, name, live, record, working),
        log=_log(live, record, working),
        remarks=remarks(current, name),
        service=_service(current, name),
        question=(question_view if status == "waiting" else _rename_view)(current, name),
        chat=chat_view(current, name),
        **(_reported(current, name, live) if status == "running" else {}),
    )


def _reported(current: SheetSession, name: NodeId, live: Live) -> dict[str, Any]:
    """Return what a running node reports; of items that wait for each other, that they do."""
    reported = dict(vars(live.reported))
    if live.items_total > 1 and current.inputs.is_sequential(name):
        reported["note"] = reported["note"] or ONE_AT_A_TIME
    return reported


def _service(current: SheetSession, name: NodeId) -> ServiceView | None:
    """Return who does a node's work elsewhere; of a choice the one that is chosen."""
    node = current.structure.nodes[name]
    if node.selector is not None:
        node = node.by_variant[current.inputs.chosen(name)].node
    service = node.service
    if service is None:
        return None
    url = service.url if service.url.startswith(("https://", "http://")) else ""
    return ServiceView(label=service.label, url=url, commit=service.commit[:7])


def reason_view(reason: Reason) -> ReasonView:
    """Return a reason as a card shows it."""
    return ReasonView(kind=reason.kind, subject=reason.subject, text=reason.text, diff=reason.diff)


def _log(live: Live, record: Record | None, working: bool) -> str:
    """Return the end of what a node prints, or has printed."""
    if working:
        if live.printing:
            log = logs_of_items((number, read()) for number, read in [*live.printing.items()])
        else:
            log = live.log() if live.log is not None else ""
        return end_of(log, _LOG_TAIL)
    return end_of(record.logs, _LOG_TAIL) if record is not None else ""


def _blocked(current: SheetSession, name: NodeId) -> list[ReasonView]:
    """Say which parents a node waits for, and what became of them."""
    bad = current.blockers(name)
    texts = (f"waits for {p}, which " + _ENDED[current.status_of(p)] for p in bad)
    return [
        ReasonView(kind="UPSTREAM", subject=str(p), text=t) for p, t in zip(bad, texts, strict=True)
    ]


def question_view(current: SheetSession, name: NodeId) -> QuestionView | None:
    """Return the first open question of a node, if it has one."""
    questions = current.asked(name)
    if not questions:
        return None
    task, ask = questions[0]
    options = enumerate(ask.options[:_OPTIONS])
    return QuestionView(
        kind=ask.kind,
        key=task.key,
        text=ask.text,
        port=ask.port,
        item=path_of(task.scope),
        waiting=len(questions),
        options=[
            preview(HIDDEN if tells(option) else option, digest=f"{task.key}-{place}")
            for place, option in options
        ],
        count=len(ask.options),
        component=component_view(ask.component),
        value=first_answer(ask.component) if ask.component else None,
    )


def _rename_view(current: SheetSession, name: NodeId) -> QuestionView | None:
    """Return the question whether a node is what was called otherwise, if nobody has answered it.

    One who visits is not asked.
    """
    question = current.renaming.questions.get(name)
    if question is None or current.sheet.visit is not None:
        return None
    return QuestionView(kind="rename", key=question.key, text=question.text)


def node_values(
    current: SheetSession, name: NodeId, so_far: SoFar | None = None
) -> dict[str, Preview]:
    """Return previews of what a card shows; ``so_far`` knows those of nodes at work."""
    so_far = SoFar() if so_far is None else so_far
    node = current.structure.nodes[name]
    if not node.runnable:
        controls = {p: current.inputs.control(name, p) for p in node.outputs}
        return {
            p: control_preview(h.value, node.outputs[p], h.ref.digest) for p, h in controls.items()
        }
    live = current.live.get(name)
    if live is not None and speaks(live):
        return so_far.previews(current, name, live)
    so_far.forget(name)
    if live is not None and fills(current, name, live):
        return so_far.items.previews(current, name, live)
    record = current.sheet.shown.get(name)
    if record is None or name in current.inputs.skips:
        return {}
    return {
        port: _recorded(current, record, port, component)
        for port, component in shown_by(current.structure, name).items()
        if port in record.outputs
    }


def _recorded(current: SheetSession, record: Record, port: str, component: Shown) -> Preview:
    try:
        value = current.sheet.glance(current.log, record, port)
    except BaseException as error:  # reading it back may be anybody's code, too
        if is_interrupt(error):
            raise
        return LostPreview(summary="not readable", data=unreadable(error), inline=True)
    return preview(value, component, record.outputs[port].digest)


def lost_state(current: SheetSession, name: NodeId, error: BaseException) -> CardState:
    """Return the state of a card that cannot tell it, with the reason."""
    log_error(f"daggr_nb cannot show the card of {name!r}", error)
    why = _why_lost(error)
    with contextlib.suppress(Exception):
        return CardState(status=current.status_of(name), remarks=[why])
    return CardState(remarks=[why])


def lost_values(current: SheetSession, name: NodeId, error: BaseException) -> dict[str, Preview]:
    """Return what a card shows whose values cannot be told: the reason."""
    log_error(f"daggr_nb cannot show the values of {name!r}", error)
    why = LostPreview(summary="cannot be shown", data=_why_lost(error), inline=True)
    return dict.fromkeys(current.structure.nodes[name].outputs, why)


def _why_lost(error: BaseException) -> str:
    return cut(f"cannot be shown: {type(error).__name__}: {text_of(error)}", 200)


def _error(error: ErrorInfo) -> ErrorView:
    return ErrorView(type=error.type, message=error.message, traceback=error.traceback)


def _history(current: SheetSession, name: NodeId, record: Record | None) -> HistoryView:
    index = record.index if record is not None else 0
    visit = current.sheet.visit
    try:
        if visit is not None:  # who sees a part of them sees them numbered by themselves
            index, around = visit.around(name, record.id if record is not None else None)
            return HistoryView(
                index=index, total=around.total, older=around.older, newer=around.newer
            )
        total, older, newer = current.log.around(name, index)
    except DaggrError:  # what cannot be read must not hide the rest
        return HistoryView()
    if record is None:
        return HistoryView(total=total)
    return HistoryView(index=index, total=total, older=older, newer=newer)


# ---------------------------------------------------------------- layout


def arrange(
    current: SheetSession,
    heights: dict[str, float],
    before: Mapping[str, tuple[float, float]] = _NOWHERE,
    room: Room = ROOM,
) -> Positions:
    """Return where the cards stand: where a person put them, else where the layout does.

    It keeps to where they stood ``before`` as well as it can, and to the shape of the ``room``.
    """
    structure, pinned = current.structure, _pinned(current)
    edges = [(str(edge.source), str(edge.target)) for edge in structure.edges]
    free = {name: position for name, position in before.items() if name not in pinned}
    return layout(
        _heights(current, heights),
        edges,
        widths=card_widths(current),
        room=room,
        pinned=pinned,
        before=free,
    )


def make_room(current: SheetSession, heights: dict[str, float], positions: Positions) -> Positions:
    """Return where the cards stand when some have grown: only cards below them move."""
    pinned = _pinned(current)
    new_positions = reflow(
        positions | pinned, _heights(current, heights), widths=card_widths(current), pinned=pinned
    )
    return positions | pinned | new_positions


def card_widths(current: SheetSession) -> dict[str, float]:
    """Return how wide the cards are, in pixels: as a person made them, else as they need it."""
    return {str(n): card_width(current, n) for n in current.structure.nodes}


def card_width(current: SheetSession, name: NodeId) -> float:
    """Return how wide a card is, in pixels."""
    return current.sheet.widths.get(name) or _usual_width(current.structure.nodes[name])


def _usual_width(node: Node) -> float:
    wide = node.runnable and any(component.wide for component in _components(node))
    return _WIDE if wide or isinstance(node, ConversingNode) else _USUAL


def _heights(current: SheetSession, heights: dict[str, float]) -> dict[str, float]:
    names, collapsed = current.structure.nodes, current.sheet.collapsed
    return {
        str(name): COLLAPSED
        if name in collapsed
        else heights.get(name) or estimated_height(current, name)
        for name in names
    }


def _pinned(current: SheetSession) -> Positions:
    return {
        str(name): position
        for name, position in current.sheet.positions.items()
        if name in current.structure.nodes and all(map(math.isfinite, position))
    }


def estimated_height(current: SheetSession, name: NodeId) -> float:
    """Return about how high a card will be, in pixels, before the browser has said so."""
    node = current.structure.nodes[name]
    if not node.runnable:
        return _HEADER + sum(54.0 for _ in node.outputs) + 12
    rows = sum(54 if isinstance(feed, Control) else _ROW for feed in node.inputs.values())
    outputs = _ROW * len(node.outputs) + (_ROW if node.service is not None else 0)
    values = sum(component.typical_height or 40 for component in _components(node))
    talk = _TALK if isinstance(node, ConversingNode) else 0
    failure = _failure_height(current, name)
    return float(_HEADER + rows + outputs + values + talk + failure + _FOOTER + _STRIP)


def _failure_height(current: SheetSession, name: NodeId) -> int:
    """Return what a card is higher by whose node has failed: its traceback, and its items."""
    record = current.sheet.shown.get(name)
    if record is None or record.error is None:
        return 0
    return 230 + (0 if not record.items else 64 + 27 * min(8, len(record.items)))


def _components(node: Node) -> Iterable[ui.Component]:
    return filter(None, node.outputs.values())
