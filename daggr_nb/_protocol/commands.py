"""From the canvas to the kernel: what people do, and what a view asks for."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

from pydantic import Field, NonNegativeInt, TypeAdapter, model_validator

from daggr_nb._model.words import RunMode
from daggr_nb._protocol.base import Digest, Json, Message, NodeId, PortName, RunId
from daggr_nb._protocol.notifications import (
    Compared,
    Done,
    Fetched,
    ItemsListed,
    Planned,
    RecordShown,
    RunsListed,
    Uploaded,
    VariantsListed,
)
from daggr_nb._text import clean

Place = Annotated[float, Field(ge=-10_000_000, le=10_000_000, allow_inf_nan=False)]
"""Of a corner of a card, in canvas units."""
Height = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
RoomSide = Annotated[float, Field(ge=1, le=100_000, allow_inf_nan=False)]
Width = Annotated[float, Field(ge=160, le=1_600, allow_inf_nan=False)]
"""Of a card, in canvas units."""
Permission: TypeAlias = Literal["allowed", "own", "refused"]
PIECE = 16_000_000
"""How many bytes of a file one message may bring."""


class CommandBase(Message):
    """What all commands have in common. ``id`` tells one from another: an answer carries it.

    ``reply`` is the notification that answers a command, ``None`` where what it changes is told
    in a batch, as everybody's changes are. Any command may be answered by a
    :class:`~daggr_nb._protocol.notifications.CommandRejected`.
    """

    reply: ClassVar[type[Message] | None] = None
    visitor: ClassVar[Permission]
    """What a visitor may do of it: all (``allowed``), with what is the visit's (``own``), nothing
    (``refused``). The owner may do everything."""
    visitor_note: ClassVar[str] = ""
    """What that means, as the table in SECURITY.md says it."""

    id: str = Field(max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, data: Any) -> Any:
        """Clean texts but for values, which are what was typed, half an emoji included."""
        if not isinstance(data, dict):
            return data
        return {n: clean(v) if type(v) is str and n not in _VALUES else v for n, v in data.items()}


_VALUES = frozenset({"value", "answer"})


class Sync(CommandBase):
    """Heartbeat and repair: "I have this revision, send what I miss"; -1 asks for a snapshot."""

    visitor = "allowed"
    visitor_note = "its own views"

    kind: Literal["sync"] = "sync"
    rev: int


class RunCommand(CommandBase):
    """Run nodes. ``stale`` brings ``targets`` (all, if empty) up to date; ``to_here`` runs the
    targets and those ancestors that are not fresh; ``step`` runs only the targets;
    ``downstream`` the targets, which may be input nodes, and all their descendants. ``item`` runs
    one item of the one target, by its path, or all that failed (``failed``); the others stay as
    they are."""

    visitor = "allowed"
    visitor_note = "with the inputs of the visit; it is on record"

    kind: Literal["run"] = "run"
    targets: list[NodeId] = []
    mode: RunMode = "stale"
    force: bool = False
    item: str = ""


class PlanCommand(CommandBase):
    """Ask what :class:`RunCommand` with the same fields would run now, and why."""

    reply = Planned
    visitor = "allowed"
    visitor_note = "what a run would do"

    kind: Literal["plan"] = "plan"
    targets: list[NodeId] = []
    mode: RunMode = "stale"
    force: bool = False


class StopCommand(CommandBase):
    """Stop one node's run, or everything."""

    visitor = "own"
    visitor_note = "runs of the visit"

    kind: Literal["stop"] = "stop"
    node: NodeId | None = None


class SetAutorun(CommandBase):
    """Bring everything up to date by itself after an edit, or no longer."""

    visitor = "own"
    visitor_note = "after edits of the visit"

    kind: Literal["set_autorun"] = "set_autorun"
    on: bool


class SetInput(CommandBase):
    visitor = "own"
    visitor_note = (
        "stays in the visit; files as uploaded handles only; nothing that is not interactive"
    )

    kind: Literal["set_input"] = "set_input"
    node: NodeId
    port: PortName
    value: Json


class Select(CommandBase):
    """Show an earlier (or later) record of a node, with its lineage."""

    visitor = "own"
    visitor_note = "records of the visit"

    kind: Literal["select"] = "select"
    node: NodeId
    record: RunId


class Fetch(CommandBase):
    """Ask for a shown value. ``path`` walks into lists; images come no wider than ``max_width``.

    With ``question`` the port is an input of a node that asks about its value, with ``control`` it
    is an input with a control. ``rows`` asks for a page of a table, as JSON, with ``whole`` for
    cells as long as they are; ``whole`` alone for what a person downloads: the file itself. With
    ``record`` it is the output of that node run, or, with ``control`` too, its input.
    """

    reply = Fetched
    visitor = "own"
    visitor_note = "what the view shows, and records of the visit"

    kind: Literal["fetch"] = "fetch"
    node: NodeId
    port: PortName
    path: list[int | str] = Field(default=[], max_length=64)
    max_width: int | None = Field(default=None, ge=1, le=20_000)
    question: bool = False
    control: bool = False
    rows: tuple[NonNegativeInt, NonNegativeInt] | None = None
    whole: bool = False
    record: RunId | None = None


class FetchModule(CommandBase):
    """Ask for a part of the canvas itself, which does not travel with every widget.

    The answer's buffer is the module's text.
    """

    reply = Fetched
    visitor = "allowed"
    visitor_note = "parts of the canvas itself"

    kind: Literal["fetch_module"] = "fetch_module"
    module: Literal["more", "math", "model", "plotly"]


class Upload(CommandBase):
    """A piece of a file, the message's first buffer, which belongs ``at`` that byte.

    ``upload`` says which file of all that are on their way.
    """

    reply = Uploaded
    visitor = "own"
    visitor_note = "1 GB a file; 8 at once, 4 GB and 1,000 files a visit"

    kind: Literal["upload"] = "upload"
    upload: str = Field(max_length=200)
    name: str
    size: int = Field(ge=0)
    at: int = Field(ge=0)


class CancelUpload(CommandBase):
    """Give a file up that is on its way."""

    reply = Done
    visitor = "own"
    visitor_note = "uploads of the view that are under way"

    kind: Literal["cancel_upload"] = "cancel_upload"
    upload: str = Field(max_length=200)


class Answer(CommandBase):
    """Answer a node's question; :class:`QuestionView` says what ``key`` and ``answer`` are.

    A file goes up first, see :class:`Upload`.
    """

    visitor = "own"
    visitor_note = "counts in the visit only"

    kind: Literal["answer"] = "answer"
    node: NodeId
    key: Digest
    answer: Json


class ChatCommand(CommandBase):
    """Go on with a conversation: ``say`` a text (in the place of the person's message ``at`` that
    index, if there is one), have the last message answered once more (``regenerate``), ``stop`` the
    answer, ``choose`` another one by its ``record``, ``clear`` it all.

    ``after`` is how many messages the view shows: what was sent twice, or by two at once, is said
    once.
    """

    reply = Done
    visitor = "own"
    visitor_note = "what is said stays in the visit; answers are on record"

    kind: Literal["chat"] = "chat"
    node: NodeId
    action: Literal["say", "regenerate", "stop", "choose", "clear"]
    text: str = Field(default="", max_length=1_000_000)
    at: NonNegativeInt | None = None
    after: NonNegativeInt | None = None
    record: RunId | None = None


class Override(CommandBase):
    """Put ``value`` in the place of what an output shows: a new record, which can be undone."""

    visitor = "own"
    visitor_note = "item lists, which are what a card lets people edit; counts on its sheet only"

    kind: Literal["override"] = "override"
    node: NodeId
    port: PortName
    value: Json


class SheetCommand(CommandBase):
    """Show a sheet (``use``), or change which there are. ``to`` is the new name, where there is one
    to give; without it ``create`` and ``duplicate`` choose one. Both show what they made."""

    visitor = "own"
    visitor_note = "any may be shown; up to 20 more, in memory; those on record stay as they are"

    kind: Literal["sheet"] = "sheet"
    action: Literal["use", "create", "duplicate", "rename", "delete"]
    name: str = ""
    to: str = ""


class ListItems(CommandBase):
    """Ask for rows of a scattered node's items, ``failed`` ones only or all, by index."""

    reply = ItemsListed
    visitor = "own"
    visitor_note = "of what the visit shows"

    kind: Literal["list_items"] = "list_items"
    node: NodeId
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=100, ge=1, le=500)
    failed: bool = False


class ListRuns(CommandBase):
    """Ask for the records of a node, newest first, before the ``before``-th if it is not 0."""

    reply = RunsListed
    visitor = "own"
    visitor_note = "records of the visit"

    kind: Literal["list_runs"] = "list_runs"
    node: NodeId
    before: int = Field(default=0, ge=0)
    limit: int = Field(default=50, ge=1, le=200)


class Compare(CommandBase):
    """Ask how two node runs differ; the older one counts as the former."""

    reply = Compared
    visitor = "own"
    visitor_note = "records of the visit"

    kind: Literal["compare"] = "compare"
    node: NodeId
    records: tuple[RunId, RunId]


class ShowRecord(CommandBase):
    """Ask for what one node run got and made, such as that of an item; or its ``first`` result."""

    reply = RecordShown
    visitor = "own"
    visitor_note = "records of the visit, and their items"

    kind: Literal["show_record"] = "show_record"
    record: RunId
    first: bool = False


class Star(CommandBase):
    """Mark a record as one to keep, or no longer."""

    reply = Done
    visitor = "refused"
    visitor_note = "stars are everybody's"

    kind: Literal["star"] = "star"
    record: RunId
    on: bool


class Label(CommandBase):
    """Give a record a short name, or take it away with an empty one."""

    reply = Done
    visitor = "refused"
    visitor_note = "labels are everybody's"

    kind: Literal["label"] = "label"
    record: RunId
    text: str = Field(max_length=1000)


class ListVariants(CommandBase):
    """Ask for the ways of a choice, each with its latest result."""

    reply = VariantsListed
    visitor = "own"
    visitor_note = "with results of the visit"

    kind: Literal["list_variants"] = "list_variants"
    node: NodeId


class RunVariants(CommandBase):
    """Run some ways of a choice beside the sheet: which one is chosen stays as it is.

    The answer comes as soon as they are under way.
    """

    reply = Done
    visitor = "allowed"
    visitor_note = "with the inputs of the visit; it is on record"

    kind: Literal["run_variants"] = "run_variants"
    node: NodeId
    variants: list[str]
    force: bool = False


class StopVariants(CommandBase):
    """Stop the ways of a choice that run beside the sheet."""

    reply = Done
    visitor = "own"
    visitor_note = "runs of the visit"

    kind: Literal["stop_variants"] = "stop_variants"
    node: NodeId


class Collapse(CommandBase):
    """Show cards by their header only, or whole again; kept with the sheet."""

    visitor = "own"
    visitor_note = "stays in the visit"

    kind: Literal["collapse"] = "collapse"
    nodes: list[NodeId]
    on: bool


class Tidy(CommandBase):
    """Let the layout place cards that a person has moved: these, or all of them."""

    visitor = "own"
    visitor_note = "stays in the visit"

    kind: Literal["tidy"] = "tidy"
    nodes: list[NodeId] = []


class Export(CommandBase):
    """Ask for the graph as a document; ``still`` is what a notebook saves beside a canvas.

    ``python`` is code for a cell that takes what a ``node`` shows.
    """

    reply = Fetched
    visitor = "refused"
    visitor_note = "a page shows what its author puts on it"

    kind: Literal["export"] = "export"
    form: Literal["svg", "html", "still", "python"]
    node: NodeId | None = None


class Undo(CommandBase):
    """Take the last edit or restore back, or make the last one ``again`` that was taken back."""

    visitor = "own"
    visitor_note = "edits of the visit"

    kind: Literal["undo"] = "undo"
    again: bool = False


class MoveNode(CommandBase):
    """A person dragged a card."""

    visitor = "own"
    visitor_note = "stays in the visit"

    kind: Literal["move"] = "move"
    node: NodeId
    x: Place
    y: Place


class ResizeNode(CommandBase):
    """A person made a card as wide as this, in pixels; ``None`` is as wide as it is usually."""

    visitor = "own"
    visitor_note = "stays in the visit"

    kind: Literal["resize"] = "resize"
    node: NodeId
    width: Width | None


class Measured(CommandBase):
    """Real heights of cards, reported after they were painted.

    A view that nobody has moved yet says with ``room`` how wide and high a drawing it could show
    at zoom 1: then cards stand as they are seen best there, whatever stood where before.
    """

    visitor = "allowed"
    visitor_note = "heights for the layout of its own view"

    kind: Literal["measured"] = "measured"
    heights: dict[NodeId, Height]
    room: tuple[RoomSide, RoomSide] | None = None


Command = Annotated[
    Sync
    | RunCommand
    | PlanCommand
    | StopCommand
    | SetAutorun
    | SetInput
    | Select
    | Fetch
    | FetchModule
    | Upload
    | CancelUpload
    | Answer
    | ChatCommand
    | Override
    | SheetCommand
    | ListItems
    | ListRuns
    | Compare
    | ShowRecord
    | Star
    | Label
    | ListVariants
    | RunVariants
    | StopVariants
    | Collapse
    | Tidy
    | Export
    | Undo
    | MoveNode
    | ResizeNode
    | Measured,
    Field(discriminator="kind"),
]

command_adapter: TypeAdapter[Command] = TypeAdapter(Command)

COMMANDS: tuple[type[CommandBase], ...] = get_args(get_args(Command)[0])
