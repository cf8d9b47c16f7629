"""From the kernel to the canvas: changes, and answers to commands.

Changes travel in a :class:`Batch`, whose ``rev`` grows by one; a view that sees a gap sends
:class:`~daggr_nb._protocol.commands.Sync` and gets what it missed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from daggr_nb._model.words import Status
from daggr_nb._protocol.base import Json, Message, NodeId, PortName, RunId, Told
from daggr_nb._protocol.displays import Cell, Preview
from daggr_nb._protocol.views import (
    CardState,
    ComponentView,
    ErrorView,
    ItemView,
    ReasonView,
    RunView,
    Snapshot,
)


class NodeStateUpdate(Message):
    kind: Literal["node_state"] = "node_state"
    node: NodeId
    state: CardState


class NodeValuesUpdate(Message):
    """The values a card shows, all of them; sent when the shown record changes."""

    kind: Literal["node_values"] = "node_values"
    node: NodeId
    values: dict[PortName, Preview]


class Splice(Message):
    """What is another one in a preview, at the end of ``path``.

    Of a text or a list the first ``at`` stay, and ``more`` comes after them; without ``at``,
    ``more`` is all there is. A text is counted as browsers do, in units of UTF-16.
    """

    path: list[str | int]
    at: int | None = None
    more: Json


class ValueGrowthUpdate(Message):
    """A value of a card that has grown: what is new of its preview, one splice after the other.

    It goes from what the batch before said to what is now.
    """

    kind: Literal["value_growth"] = "value_growth"
    node: NodeId
    port: PortName
    splices: list[Splice]


class InputUpdate(Message):
    kind: Literal["input"] = "input"
    node: NodeId
    port: PortName
    value: Json


class EdgesUpdate(Message):
    """Freshness of the edges that changed, by edge id."""

    kind: Literal["edges"] = "edges"
    fresh: dict[str, bool]


class RunUpdate(Message):
    kind: Literal["run"] = "run"
    run: RunView | None


class LayoutUpdate(Message):
    """New top left corners of the cards that moved, and new widths."""

    kind: Literal["layout"] = "layout"
    positions: dict[NodeId, tuple[float, float]]
    widths: dict[NodeId, float] = {}


class CollapsedUpdate(Message):
    """Cards that show their header only from now on, or all of themselves again."""

    kind: Literal["collapsed"] = "collapsed"
    nodes: dict[NodeId, bool]


class NoticeUpdate(Message):
    """A message for the whole canvas, such as why an edited graph could not be built.

    ``remark`` is what is not wrong, but a person should know of.
    """

    kind: Literal["notice"] = "notice"
    text: Told
    remark: Told = ""


class ToolbarUpdate(Message):
    """Whether an edit or a restore can be taken back or made again, and whether edits run."""

    kind: Literal["toolbar"] = "toolbar"
    undoable: bool
    redoable: bool
    autorun: bool


Update = Annotated[
    NodeStateUpdate
    | NodeValuesUpdate
    | ValueGrowthUpdate
    | InputUpdate
    | EdgesUpdate
    | RunUpdate
    | LayoutUpdate
    | CollapsedUpdate
    | NoticeUpdate
    | ToolbarUpdate,
    Field(discriminator="kind"),
]


class Batch(Message):
    """All changes since the last one, in order. ``rev`` is the revision they lead to.

    An answer to :class:`Sync` may merge several: ``since`` is then the revision they start from
    (absent: ``rev - 1``).
    """

    kind: Literal["batch"] = "batch"
    rev: int
    since: int | None = None
    changes: list[Update]


class Pong(Message):
    """Answer to a :class:`Sync` that missed nothing."""

    kind: Literal["pong"] = "pong"
    rev: int


class Fetched(Message):
    """Answer to :class:`Fetch`; the bytes are the message's first buffer."""

    kind: Literal["fetched"] = "fetched"
    id: str
    mime: str


class Uploaded(Message):
    """Answer to :class:`Upload`: how many bytes there are.

    ``file`` is the place of a whole file; ``{"$file": place}`` stands for it in a value.
    """

    kind: Literal["uploaded"] = "uploaded"
    id: str
    received: int
    file: str = ""


class PlanStep(Message):
    """One node that a run would evaluate, and why."""

    node: NodeId
    reasons: list[ReasonView] = []


class Planned(Message):
    """Answer to :class:`PlanCommand`: what would run, in order."""

    kind: Literal["planned"] = "planned"
    id: str
    steps: list[PlanStep]


class ItemsListed(Message):
    """Answer to :class:`ListItems`: ``rows`` from ``offset`` on, of ``total`` asked for."""

    kind: Literal["items_listed"] = "items_listed"
    id: str
    offset: int
    total: int
    rows: list[ItemView]


class ChangeView(Message):
    """What was changed before a run: an input of ``node``, its code, or a result by hand.

    ``former`` and ``latter`` are empty where it takes more than a few characters to say them;
    ``text`` says it in any case.
    """

    node: NodeId
    name: Told
    text: Told
    former: Told = ""
    latter: Told = ""


class RunRow(Message):
    """A node run in a list: ``label`` says what was changed since the one before it, ``changes``
    the same one by one.

    ``name`` is what somebody calls it, ``sweep`` the id of what it was made for, ``shown`` tells
    whether the card shows it, ``error`` in one line why it failed.
    """

    record: RunId
    index: int
    status: Status
    started_at: float
    duration: float
    label: str = ""
    sweep: str = ""
    changes: list[ChangeView] = []
    name: Told = ""
    error: Told = ""
    starred: bool = False
    shown: bool = False
    edited: bool = False


class SweepCell(Message):
    """One combination of a sweep: its values, and the run that has its result."""

    values: list[Told]
    run: RunRow


class SweepView(Message):
    """The runs of a node that a sweep over some ``inputs`` made or found."""

    id: str
    inputs: list[Told]
    cells: list[SweepCell]


class RunsListed(Message):
    """Answer to :class:`ListRuns`, newest first; ``more`` tells whether there are older ones.

    ``sweeps`` are those that the rows belong to.
    """

    kind: Literal["runs_listed"] = "runs_listed"
    id: str
    rows: list[RunRow]
    more: bool = False
    sweeps: list[SweepView] = []


class RowPair(Message):
    """A row of two tables, one of them ``None`` where there is none; ``changed`` names columns by
    their place."""

    index: Told
    former: list[Cell] | None = None
    latter: list[Cell] | None = None
    changed: list[int] = []


class TableDiff(Message):
    """The rows in which two tables differ, the first ones of them, and how many ``more`` do."""

    columns: list[Told]
    rows: list[RowPair]
    more: int = 0


class Pair(Message):
    """A value of two node runs side by side; ``None`` where one has none.

    ``how`` says in few words how they differ, ``table`` in which cells. A cause is of another
    ``node``; ``records`` are those that have its values then, as inputs ``port``.
    """

    name: PortName
    former: Preview | None = None
    latter: Preview | None = None
    same: bool = False
    component: ComponentView | None = None
    how: Told = ""
    table: TableDiff | None = None
    node: Told = ""
    port: PortName = ""
    records: tuple[RunId | None, RunId | None] = (None, None)


class VersionPair(Message):
    """The version of a package in two node runs."""

    name: str
    former: str = ""
    latter: str = ""


class Compared(Message):
    """Answer to :class:`Compare`: inputs and outputs of two node runs, and what else differs.

    ``causes`` are the inputs that were changed, of this node and of those above it; ``code`` is
    that of all these nodes.
    """

    kind: Literal["compared"] = "compared"
    id: str
    former: RunRow
    latter: RunRow
    causes: list[Pair] = []
    inputs: list[Pair]
    code: list[ReasonView]
    outputs: list[Pair]
    environment: list[VersionPair]


class NamedValue(Message):
    """A recorded value."""

    name: PortName
    preview: Preview
    component: ComponentView | None = None


class RecordShown(Message):
    """Answer to :class:`ShowRecord`."""

    kind: Literal["record_shown"] = "record_shown"
    id: str
    run: RunRow
    inputs: list[NamedValue]
    outputs: list[NamedValue]
    error: ErrorView | None = None
    log: Told = ""


class VariantView(Message):
    """One way of a choice, with the latest run of it; ``running`` while a run of it goes on."""

    name: str
    chosen: bool = False
    running: bool = False
    run: RunRow | None = None
    outputs: list[NamedValue] = []


class VariantsListed(Message):
    """Answer to :class:`ListVariants`."""

    kind: Literal["variants_listed"] = "variants_listed"
    id: str
    variants: list[VariantView]


class Done(Message):
    """Answer to a command that was carried out and has nothing to tell."""

    kind: Literal["done"] = "done"
    id: str


class CommandRejected(Message):
    """Answer to a command that could not be carried out: what was expected, seen, what to do."""

    kind: Literal["command_rejected"] = "command_rejected"
    id: str
    error: Told


Notification = Annotated[
    Batch
    | Pong
    | Fetched
    | Uploaded
    | Planned
    | ItemsListed
    | RunsListed
    | Compared
    | RecordShown
    | VariantsListed
    | Done
    | CommandRejected
    | Snapshot,
    Field(discriminator="kind"),
]

notification_adapter: TypeAdapter[Notification] = TypeAdapter(Notification)
