"""The wire: commands (canvas to kernel), notifications (kernel to canvas) and the snapshot.

The TypeScript types in ``js/src/protocol.gen.ts`` are generated from this module
(``make protocol``); the test run regenerates them and compares.

State a late view needs is in the :class:`Snapshot`. Changes travel in a :class:`Batch`, whose
``rev`` grows by one; a view that sees a gap sends :class:`Sync` and gets what it missed.
Times are seconds since the epoch, durations seconds.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, WithJsonSchema

NodeId = Annotated[str, WithJsonSchema({"type": "string", "tsType": "NodeId"})]
PortName = Annotated[str, WithJsonSchema({"type": "string", "tsType": "PortName"})]
RunId = Annotated[str, WithJsonSchema({"type": "string", "tsType": "RunId"})]
Digest = Annotated[str, WithJsonSchema({"type": "string", "tsType": "Digest"})]
Json = Annotated[JsonValue, WithJsonSchema({"tsType": "Json"})]

Status = Literal[
    "missing",
    "queued",
    "running",
    "stopping",
    "waiting",
    "succeeded",
    "cached",
    "recovered",
    "failed",
    "blocked",
    "skipped",
    "cancelled",
]
Freshness = Literal["fresh", "stale", "missing", "unverified"]
RunMode = Literal["stale", "to_here", "step", "downstream"]


class Message(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_serialization_defaults_required=True
    )


# ---------------------------------------------------------------- what a view shows


class Reason(Message):
    """Why a node is not fresh, in plain words; ``subject`` is the part of ``text`` to stress."""

    kind: Literal[
        "CODE", "INPUT", "UPSTREAM", "EDGE", "VARIANT", "ENV", "REVISION", "VOLATILE", "UNVERIFIED"
    ]
    subject: str
    text: str
    diff: str | None = None


class ErrorView(Message):
    """What a failed run shows: one line, and the traceback as Python prints it."""

    type: str
    message: str
    traceback: str


class Progress(Message):
    """How far a running node is; ``total`` is absent when nobody knows."""

    done: float
    total: float | None = None
    text: str = ""


class Preview(Message):
    """A value as a card shows it before anybody asks for the whole of it.

    ``summary`` is a short caption such as ``Image 640 × 427``. ``data`` is present when the value
    is small; otherwise the view sends :class:`Fetch` and gets ``mime`` bytes in a buffer.
    ``items`` holds the first few previews of a list, ``count`` its length.
    """

    summary: str
    mime: str
    digest: Digest | None = None
    data: Json = None
    inline: bool = False
    items: list[Preview] = []
    count: int | None = None


class HistoryView(Message):
    """Where the shown record stands among a node's records: ``index`` of ``total``, oldest is 1."""

    index: int = 0
    total: int = 0
    older: RunId | None = None
    newer: RunId | None = None


class ItemView(Message):
    """One item of a scattered node; ``path`` is its index, nested levels joined by a dot.

    ``label`` says in a few words what the item is; without one the card shows its index.
    ``record`` is its node run once it is over.
    """

    path: str
    label: str = ""
    status: Status
    duration: float | None = None
    error: ErrorView | None = None
    record: RunId | None = None


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
    """A control or a display: its ``type`` (``Slider``) and its properties."""

    type: str
    label: str | None = None
    props: dict[str, Json] = {}


class Question(Message):
    """What a person is asked.

    ``approve`` is answered with true or false, ``choose`` with the index of one of ``options``,
    ``value`` with a value for ``component`` (``{"$file": place}`` for a file). ``options`` are what
    there is to choose from, or the one thing to approve; the view fetches what is large with
    ``Fetch(node, port, path=[index], question=True)``. ``key`` says which question it is:
    an answer carries it, so that a view which is behind cannot answer another one. ``item`` is the
    path of a scattered node's item, ``waiting`` counts the questions that the node still has, and
    ``count`` the options, of which ``options`` may hold the first ones only.
    """

    kind: Literal["approve", "choose", "value"]
    key: Digest
    text: str
    port: PortName | None = None
    item: str = ""
    waiting: int = 1
    options: list[Preview] = []
    count: int = 0
    component: ComponentView | None = None
    value: Json = None


class NodeState(Message):
    """Everything of a card that changes while people work, but for the values it shows."""

    status: Status = "missing"
    freshness: Freshness = "missing"
    reasons: list[Reason] = []
    error: ErrorView | None = None
    progress: Progress | None = None
    started_at: float | None = None
    ended_at: float | None = None
    typical: float | None = None
    history: HistoryView = HistoryView()
    items: ItemsView | None = None
    log: str = ""
    notes: list[str] = []
    question: Question | None = None


class InputView(Message):
    """An input port: a control, or where its value comes from.

    The ``value`` of a control for files, tables and the like is a :class:`Preview`.

    An input with a ``variant`` counts, and is shown, only while that variant is chosen.
    """

    name: PortName
    label: str
    source: Literal["component", "port", "constant", "callable"]
    component: ComponentView | None = None
    value: Json = None
    text: str = ""
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
    doc: str = ""
    inputs: list[InputView]
    outputs: list[OutputView]
    runnable: bool = True
    selector: PortName | None = None
    x: float
    y: float
    collapsed: bool = False
    state: NodeState
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
    """Everything a new view needs."""

    kind: Literal["snapshot"] = "snapshot"
    rev: int
    name: str
    sheet: str
    sheets: list[str]
    nodes: list[NodeView]
    edges: list[EdgeView]
    run: RunView | None = None
    notice: str = ""


# ---------------------------------------------------------------- kernel to canvas


class NodeStateChanged(Message):
    kind: Literal["node_state"] = "node_state"
    node: NodeId
    state: NodeState


class NodeValuesChanged(Message):
    """The values a card shows, all of them; sent when the shown record changes."""

    kind: Literal["node_values"] = "node_values"
    node: NodeId
    values: dict[PortName, Preview]


class InputChanged(Message):
    kind: Literal["input"] = "input"
    node: NodeId
    port: PortName
    value: Json


class EdgesChanged(Message):
    """Freshness of the edges that changed, by edge id."""

    kind: Literal["edges"] = "edges"
    fresh: dict[str, bool]


class RunChanged(Message):
    kind: Literal["run"] = "run"
    run: RunView | None


class LayoutChanged(Message):
    """New top left corners of the cards that moved."""

    kind: Literal["layout"] = "layout"
    positions: dict[NodeId, tuple[float, float]]


class CollapsedChanged(Message):
    """Cards that show their header only from now on, or all of themselves again."""

    kind: Literal["collapsed"] = "collapsed"
    nodes: dict[NodeId, bool]


class NoticeChanged(Message):
    """A message for the whole canvas, such as why an edited graph could not be built."""

    kind: Literal["notice"] = "notice"
    text: str


Change = Annotated[
    NodeStateChanged
    | NodeValuesChanged
    | InputChanged
    | EdgesChanged
    | RunChanged
    | LayoutChanged
    | CollapsedChanged
    | NoticeChanged,
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
    changes: list[Change]


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
    reasons: list[Reason] = []


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


class RunRow(Message):
    """A node run in a list: ``label`` says what was different from the one before it.

    ``shown`` tells whether the card shows it, ``error`` in one line why it failed.
    """

    record: RunId
    index: int
    status: Status
    started_at: float
    duration: float
    label: str = ""
    error: str = ""
    starred: bool = False
    shown: bool = False
    edited: bool = False


class RunsListed(Message):
    """Answer to :class:`ListRuns`, newest first; ``more`` tells whether there are older ones."""

    kind: Literal["runs_listed"] = "runs_listed"
    id: str
    rows: list[RunRow]
    more: bool = False


class Pair(Message):
    """A value of two node runs side by side; ``None`` where one has none."""

    name: PortName
    former: Preview | None = None
    latter: Preview | None = None
    same: bool = False
    component: ComponentView | None = None


class VersionPair(Message):
    """The version of a package in two node runs."""

    name: str
    former: str = ""
    latter: str = ""


class Compared(Message):
    """Answer to :class:`Compare`: inputs and outputs of two node runs, and what else differs."""

    kind: Literal["compared"] = "compared"
    id: str
    former: RunRow
    latter: RunRow
    inputs: list[Pair]
    code: list[Reason]
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
    log: str = ""


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
    error: str


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


# ---------------------------------------------------------------- canvas to kernel


class Sync(Message):
    """Heartbeat and repair: "I have this revision, send what I miss"; -1 asks for a snapshot."""

    kind: Literal["sync"] = "sync"
    id: str
    rev: int


class RunCommand(Message):
    """Run nodes. ``stale`` brings ``targets`` (all, if empty) up to date; ``to_here`` runs the
    targets and those ancestors that are not fresh; ``step`` runs only the targets;
    ``downstream`` the targets and all their descendants. ``item`` runs one item of the one target,
    by its path, or all that failed (``failed``); the others stay as they are."""

    kind: Literal["run"] = "run"
    id: str
    targets: list[NodeId] = []
    mode: RunMode = "stale"
    force: bool = False
    item: str = ""


class PlanCommand(Message):
    """Ask what :class:`RunCommand` with the same fields would run now, and why."""

    kind: Literal["plan"] = "plan"
    id: str
    targets: list[NodeId] = []
    mode: RunMode = "stale"
    force: bool = False


class StopCommand(Message):
    """Stop one node's run, or everything."""

    kind: Literal["stop"] = "stop"
    id: str
    node: NodeId | None = None


class SetInput(Message):
    kind: Literal["set_input"] = "set_input"
    id: str
    node: NodeId
    port: PortName
    value: Json


class Select(Message):
    """Show an earlier (or later) record of a node, with its lineage."""

    kind: Literal["select"] = "select"
    id: str
    node: NodeId
    record: RunId


class Fetch(Message):
    """Ask for a shown value. ``path`` walks into lists; images come no wider than ``max_width``.

    With ``question`` the port is an input of a node that asks about its value, with ``control`` it
    is an input with a control. ``rows`` asks for a page of a table, as JSON; ``whole`` for what a
    person downloads: the file itself. With ``record`` it is the output of that node run, or, with
    ``control`` too, its input.
    """

    kind: Literal["fetch"] = "fetch"
    id: str
    node: NodeId
    port: PortName
    path: list[int | str] = []
    max_width: int | None = None
    question: bool = False
    control: bool = False
    rows: tuple[int, int] | None = None
    whole: bool = False
    record: RunId | None = None


class FetchModule(Message):
    """Ask for a part of the canvas itself, which does not travel with every widget.

    The answer is :class:`Fetched` with a module's text.
    """

    kind: Literal["fetch_module"] = "fetch_module"
    id: str
    module: Literal["more", "math", "plotly"]


class Upload(Message):
    """A piece of a file, the message's first buffer, which belongs ``at`` that byte.

    ``upload`` says which file of all that are on their way. Answered with :class:`Uploaded`.
    """

    kind: Literal["upload"] = "upload"
    id: str
    upload: str
    name: str
    size: int
    at: int


class CancelUpload(Message):
    """Give a file up that is on its way."""

    kind: Literal["cancel_upload"] = "cancel_upload"
    id: str
    upload: str


class Answer(Message):
    """Answer a node's question; ``key`` and the form of ``answer`` are as :class:`Question` says.

    A file goes up first, see :class:`Upload`.
    """

    kind: Literal["answer"] = "answer"
    id: str
    node: NodeId
    key: Digest
    answer: Json


class Override(Message):
    """Put ``value`` in the place of what an output shows: a new record, which can be undone."""

    kind: Literal["override"] = "override"
    id: str
    node: NodeId
    port: PortName
    value: Json


class SheetCommand(Message):
    """Show a sheet (``use``), or change which there are. ``to`` is the new name, where there is one
    to give; without it ``create`` and ``duplicate`` choose one. Both show what they made."""

    kind: Literal["sheet"] = "sheet"
    id: str
    action: Literal["use", "create", "duplicate", "rename", "delete"]
    name: str = ""
    to: str = ""


class ListItems(Message):
    """Ask for rows of a scattered node's items, ``failed`` ones only or all, by index."""

    kind: Literal["list_items"] = "list_items"
    id: str
    node: NodeId
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=100, ge=1, le=500)
    failed: bool = False


class ListRuns(Message):
    """Ask for the records of a node, newest first, before the ``before``-th if it is not 0."""

    kind: Literal["list_runs"] = "list_runs"
    id: str
    node: NodeId
    before: int = Field(default=0, ge=0)
    limit: int = Field(default=50, ge=1, le=200)


class Compare(Message):
    """Ask how two node runs differ; the older one counts as the former."""

    kind: Literal["compare"] = "compare"
    id: str
    node: NodeId
    records: tuple[RunId, RunId]


class ShowRecord(Message):
    """Ask for what one node run got and made, such as that of an item."""

    kind: Literal["show_record"] = "show_record"
    id: str
    record: RunId


class Star(Message):
    """Mark a record as one to keep, or no longer. Answered with :class:`Done`."""

    kind: Literal["star"] = "star"
    id: str
    record: RunId
    on: bool


class ListVariants(Message):
    """Ask for the ways of a choice, each with its latest result."""

    kind: Literal["list_variants"] = "list_variants"
    id: str
    node: NodeId


class RunVariants(Message):
    """Run some ways of a choice beside the sheet: which one is chosen stays as it is.

    Answered with :class:`Done` as soon as they are under way.
    """

    kind: Literal["run_variants"] = "run_variants"
    id: str
    node: NodeId
    variants: list[str]
    force: bool = False


class StopVariants(Message):
    """Stop the ways of a choice that run beside the sheet. Answered with :class:`Done`."""

    kind: Literal["stop_variants"] = "stop_variants"
    id: str
    node: NodeId


class Collapse(Message):
    """Show cards by their header only, or whole again; kept with the sheet."""

    kind: Literal["collapse"] = "collapse"
    id: str
    nodes: list[NodeId]
    on: bool


class Tidy(Message):
    """Let the layout place cards that a person has moved: these, or all of them."""

    kind: Literal["tidy"] = "tidy"
    id: str
    nodes: list[NodeId] = []


class Export(Message):
    """Ask for the graph as a document of its own; answered with :class:`Fetched`."""

    kind: Literal["export"] = "export"
    id: str
    form: Literal["svg", "html"]


class Undo(Message):
    """Take the last edit or restore back."""

    kind: Literal["undo"] = "undo"
    id: str


class MoveNode(Message):
    """A person dragged a card."""

    kind: Literal["move"] = "move"
    id: str
    node: NodeId
    x: float
    y: float


class Measured(Message):
    """Real heights of cards, reported after they were painted."""

    kind: Literal["measured"] = "measured"
    id: str
    heights: dict[NodeId, float]


Command = Annotated[
    Sync
    | RunCommand
    | PlanCommand
    | StopCommand
    | SetInput
    | Select
    | Fetch
    | FetchModule
    | Upload
    | CancelUpload
    | Answer
    | Override
    | SheetCommand
    | ListItems
    | ListRuns
    | Compare
    | ShowRecord
    | Star
    | ListVariants
    | RunVariants
    | StopVariants
    | Collapse
    | Tidy
    | Export
    | Undo
    | MoveNode
    | Measured,
    Field(discriminator="kind"),
]

command_adapter: TypeAdapter[Command] = TypeAdapter(Command)
notification_adapter: TypeAdapter[Notification] = TypeAdapter(Notification)
