"""From the canvas to the kernel: what people do, and what a view asks for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from daggr_nb._model.words import RunMode
from daggr_nb._protocol.base import Digest, Json, Message, NodeId, PortName, RunId


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
    """Answer a node's question; :class:`QuestionView` says what ``key`` and ``answer`` are.

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
