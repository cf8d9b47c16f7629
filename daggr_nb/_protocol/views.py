"""What a view shows: cards, edges, runs, and the snapshot with which it begins.

State a late view needs is in the :class:`Snapshot`. Times are seconds since the epoch, durations
seconds.
"""

from __future__ import annotations

from typing import Literal

from daggr_nb._model.words import (
    AnswerPhase,
    Freshness,
    InputSource,
    NodeIcon,
    ReasonKind,
    Status,
)
from daggr_nb._protocol.base import Digest, Json, Message, NodeId, PortName, RunId, Told, Withheld
from daggr_nb._protocol.displays import Preview


class ReasonView(Message):
    """Why a node is not fresh, in plain words; ``subject`` is the part of ``text`` to stress."""

    kind: ReasonKind
    subject: Told
    text: Told
    diff: Withheld | None = None


class ErrorView(Message):
    """What a failed run shows: one line, and the traceback as Python prints it."""

    type: str
    message: Told
    traceback: Withheld


class Progress(Message):
    """How far a running node is; ``total`` is absent when nobody knows."""

    done: float
    total: float | None = None
    text: Told = ""


class HistoryView(Message):
    """Where the shown record stands among a node's records: ``index`` of ``total``, oldest is 1."""

    index: int = 0
    total: int = 0
    older: RunId | None = None
    newer: RunId | None = None


class ItemView(Message):
    """One item of a scattered node; ``path`` is its index, nested levels joined by a dot.

    ``label`` says in a few words what the item is; without one the card shows its number.
    ``said`` is the end of what it has produced so far, ``record`` its node run once it is over.
    ``gave`` is the beginning of what that gave, ``picture`` the port of a picture that it gave, or
    else ``taken`` that of one it got.
    """

    path: str
    label: str = ""
    status: Status
    said: str = ""
    duration: float | None = None
    error: ErrorView | None = None
    record: RunId | None = None
    gave: str = ""
    picture: str = ""
    taken: str = ""


class ItemsView(Message):
    """The items of a scattered node: counts for all of them, rows for the first ones.

    ``key`` is another one whenever any of the items is; the view asks for rows with
    :class:`ListItems`.
    """

    total: int
    done: int
    failed: int
    rows: list[ItemView] = []
    key: str = ""


class ComponentView(Message):
    """A control or a display: its ``type`` (``Slider``) and its properties.

    The label stands in a line above it unless it ``labels_itself``; where there are few fields in a
    row, what is ``obvious`` needs no such line either. A question about a ``single_file`` is
    answered by choosing one. ``fields`` are those of a list of items. ``height`` is about how high
    a result is, in pixels, where that is more than a line or two.
    """

    type: str
    label: str | None = None
    props: dict[str, Json] = {}
    labels_itself: bool = False
    obvious: bool = False
    single_file: bool = False
    height: int = 0
    fields: list[FieldView] = []


class FieldView(ComponentView):
    """A field of a list of items; ``value`` is what it starts with in a new item."""

    name: str
    value: Json = None


class QuestionView(Message):
    """What a person is asked.

    ``approve`` is answered with true or false, and so is ``rename``: whether the node is what was
    called otherwise before. ``choose`` is with the index of one of ``options``, ``value`` with a
    value for ``component`` (``{"$file": place}`` for a file), which starts as ``value``.
    ``options`` are what there is to choose from, or the one thing to approve; the view
    fetches what is large with ``Fetch(node, port, path=[index], question=True)``. ``key`` says
    which question it is: an answer carries it, so that a view which is behind cannot answer another
    one. ``item`` is the path of a scattered node's item, ``waiting`` counts the questions that the
    node still has, and ``count`` the options, of which ``options`` may hold the first ones only.
    """

    kind: Literal["approve", "choose", "value", "rename"]
    key: Digest
    text: str
    port: PortName | None = None
    item: str = ""
    waiting: int = 1
    options: list[Preview] = []
    count: int = 0
    component: ComponentView | None = None
    value: Json = None


class ServiceView(Message):
    """Who does a node's work elsewhere: ``url`` is its page, ``commit`` its revision if known."""

    label: str
    url: str = ""
    commit: str = ""


class ChatView(Message):
    """How a conversation stands, beside what was said, which the control ``turns`` holds.

    ``port`` of ``node`` is where the answer to the last message is, unless that is ``text``: what
    was stopped is not shown there. ``problem`` is why there is none, or
    what it waits for. ``versions`` says which of the answers to that message is shown.
    """

    turns: PortName
    node: NodeId | None = None
    port: PortName | None = None
    phase: AnswerPhase = "none"
    text: str = ""
    problem: Told = ""
    versions: HistoryView = HistoryView()


class CardState(Message):
    """Everything of a card that changes while people work, but for the values it shows.

    ``progress`` and ``note`` are what a running node has reported last.
    """

    status: Status = "missing"
    freshness: Freshness = "missing"
    reasons: list[ReasonView] = []
    error: ErrorView | None = None
    progress: Progress | None = None
    note: Told = ""
    started_at: float | None = None
    ended_at: float | None = None
    typical: float | None = None
    history: HistoryView = HistoryView()
    items: ItemsView | None = None
    log: Told = ""
    remarks: list[Told] = []
    service: ServiceView | None = None
    question: QuestionView | None = None
    chat: ChatView | None = None


class InputView(Message):
    """An input port: a control, or where its value comes from.

    The ``value`` of a control for files, tables and the like is a :class:`Preview`.

    An input with a ``variant`` counts, and is shown, only while that variant is chosen.
    """

    name: PortName
    label: str
    source: InputSource
    component: ComponentView | None = None
    value: Json = None
    text: Told = ""
    type: str = ""
    variant: str = ""


class OutputView(Message):
    """An output port. ``control`` ports belong to an input node: people edit them."""

    name: PortName
    label: str
    component: ComponentView | None = None
    scattered: bool = False
    type: str = ""


class NodeView(Message):
    """A card. ``x`` and ``y`` are its top left corner in canvas units (CSS pixels at zoom 1).

    ``selector`` names the control that says which variant does the work, if there are several.
    """

    id: NodeId
    kind: str
    icon: NodeIcon = "node"
    doc: str = ""
    inputs: list[InputView]
    outputs: list[OutputView]
    runnable: bool = True
    selector: PortName | None = None
    x: float
    y: float
    width: float = 268
    collapsed: bool = False
    state: CardState
    values: dict[PortName, Preview] = {}


class EdgeView(Message):
    """An edge; ``id`` is ``SOURCE.PORT->TARGET.PORT``."""

    id: str
    source: NodeId
    source_port: PortName
    target: NodeId
    target_port: PortName
    scatter: bool = False
    gather: bool = False
    fresh: bool = False


class RunView(Message):
    """The run in progress: how many node runs are over, of how many planned."""

    id: RunId
    done: int
    total: int
    stopping: bool = False


class Snapshot(Message):
    """Everything a new view needs.

    ``visited`` says that a visitor looks at it, who is offered less; ``fixed_sheets`` are those
    that keep their names and stay.
    """

    kind: Literal["snapshot"] = "snapshot"
    rev: int
    name: str
    sheet: str
    sheets: list[str]
    nodes: list[NodeView]
    edges: list[EdgeView]
    run: RunView | None = None
    notice: Told = ""
    remark: Told = ""
    visited: bool = False
    undoable: bool = False
    redoable: bool = False
    autorun: bool = False
    fixed_sheets: list[str] = []
