"""Between a session and its canvas: changes go out merged, commands come in checked.

A thread of its own looks at what changed, at most 25 times a second over a few of them, so that
neither a busy run nor a slow comm holds the other up, and yet a quick run is shown at once. Comm
handlers only put commands into a queue.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import json
import logging
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import singledispatchmethod
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from daggr_nb import ui
from daggr_nb._canvas import views
from daggr_nb._canvas.assets import bundled
from daggr_nb._canvas.chats import carry_out
from daggr_nb._canvas.displays.data.plotly import plotly_js
from daggr_nb._canvas.displays.deadline import DEADLINE
from daggr_nb._canvas.displays.display import SET, component_at
from daggr_nb._canvas.displays.each import Shown, shown_by
from daggr_nb._canvas.displays.late import at_once, is_pending, is_pending_control
from daggr_nb._canvas.displays.previews import look_at
from daggr_nb._canvas.displays.rendering import why_unshown
from daggr_nb._canvas.excerpts import WHOLE, Excerpt
from daggr_nb._canvas.growth import ToldValues
from daggr_nb._canvas.items_so_far import fills, item_so_far
from daggr_nb._canvas.layout.packing import Room
from daggr_nb._canvas.pending import Pending, Window
from daggr_nb._canvas.queries import Queries
from daggr_nb._canvas.resending import instead_of
from daggr_nb._canvas.runs import check_shown, record_of, value_on_record
from daggr_nb._canvas.so_far import SoFar, speaks, value_so_far
from daggr_nb._canvas.uploads import Uploads, taken, uploads_of
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._engine.state.changes import Change, InputChanged, NodeChanged, NodeRenamed, Waiting
from daggr_nb._ids import NodeId, PortRef
from daggr_nb._model.conversing import conversations
from daggr_nb._protocol.base import as_sent
from daggr_nb._protocol.commands import (
    PIECE,
    Answer,
    CancelUpload,
    ChatCommand,
    Collapse,
    Command,
    Export,
    Fetch,
    FetchModule,
    Measured,
    MoveNode,
    Override,
    ResizeNode,
    RunCommand,
    Select,
    SetAutorun,
    SetInput,
    SheetCommand,
    StopCommand,
    Sync,
    Tidy,
    Undo,
    Upload,
    command_adapter,
)
from daggr_nb._protocol.displays import Preview
from daggr_nb._protocol.notifications import (
    Batch,
    CollapsedUpdate,
    CommandRejected,
    Done,
    EdgesUpdate,
    Fetched,
    InputUpdate,
    LayoutUpdate,
    NodeStateUpdate,
    NoticeUpdate,
    Pong,
    RunUpdate,
    ToolbarUpdate,
    Update,
    Uploaded,
)
from daggr_nb._protocol.views import CardState, Snapshot
from daggr_nb._protocol.visitors import for_visitor
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import tells
from daggr_nb._text import clean
from daggr_nb._threads import Inbox
from daggr_nb.errors import (
    DaggrError,
    InputError,
    NotForVisitorsError,
    is_interrupt,
    log_error,
    text_of,
)

logger = logging.getLogger("daggr_nb")

_TICK = 0.04  # seconds a batch, on average
_BURST = 3  # batches that need not wait for each other
_GATHER = 0.004  # seconds from a change to the batch that tells it: changes come in swarms
_KEPT = 200  # batches kept for views that missed some
_WAITING = 500  # commands of a visitor that may wait for their turn
_WAITING_BYTES = 8 * PIECE  # of files of a visitor that may
_RUNS = 32  # of a visitor at once
_MOST = 4_000_000  # characters of what a visitor sends at once, beside a file

Send = Callable[[dict[str, Any], list[bytes]], None]


class _Total:
    """A number of bytes that several threads count."""

    def __init__(self) -> None:
        self.size = 0
        self._lock = threading.Lock()

    def add(self, size: int) -> None:
        with self._lock:
            self.size += size


class Bridge:
    """Serves all views of one session's canvas, or of an ``excerpt`` of it, through ``send``.

    The drawing begins as that of a ``former`` one was left.
    """

    def __init__(
        self,
        session: Session,
        name: str,
        send: Send,
        excerpt: Excerpt = WHOLE,
        former: Bridge | None = None,
        uploads: Uploads | None = None,
    ) -> None:
        self.session = session
        self._excerpt = excerpt
        self.name = name
        self.seen = False
        """Whether any view has said something."""
        self.rev = 0
        self.heights: dict[str, float] = dict(former.heights) if former is not None else {}
        self._measured: set[str] = set()
        self.positions: views.Positions = former.positions if former is not None else {}
        self._estimated = True
        self.room: Room = former.room if former is not None else views.ROOM
        self._widths: dict[str, float] = {}
        self._uploads = uploads_of(session) if uploads is None else uploads
        self._mine = f"{uuid.uuid4().hex}-"  # how the ids of uploads begin that come from here
        self._queries = Queries(session, name, excerpt)
        self._collapsed: set[str] = set()
        self._send = send
        self._batches: collections.deque[Batch] = collections.deque(maxlen=_KEPT)
        self._publishing = threading.Lock()  # which nobody holds while a page is slow
        self._outbox: collections.deque[Batch] = collections.deque()
        self._is_sending = False
        self._pending = Pending()
        self._sent: dict[str, Any] = {}
        self._so_far = SoFar()
        self._told = ToldValues()
        serve = functools.partial(_serve, weakref.ref(self), self._uploads, self._mine)
        pause = functools.partial(_pause, weakref.ref(self))
        self._inbox: Inbox[tuple[str, Any]] = Inbox("daggr-nb-canvas", serve, pause)
        self.is_over = False
        """Whether the views are gone for good."""
        self._waiting = _Total()
        with session.reading() as current:
            self._place(current)
            self._widths = views.card_widths(current)
            self._note_sent(current)
        self._late: set[NodeChanged | InputChanged] = set()
        DEADLINE.watch(self._on_late)
        self._due_at = 0.0
        self._flushed: collections.deque[float] = collections.deque([0.0] * _BURST, maxlen=_BURST)
        self._unwatch = session.watch(self._on_changes)
        weakref.finalize(self, self._inbox.put, ("end", None))

    # -- called from anywhere

    def end(self) -> None:
        """Serve nobody any more: the views are gone for good."""
        self._unwatch()
        self._inbox.put(("end", None))

    def receive(self, data: Any, buffers: Sequence[Any] = ()) -> None:
        """Take a command from a view; returns at once.

        A visitor who says more than can be answered is told so.
        """
        self.seen = True
        size = sum(memoryview(buffer).nbytes for buffer in buffers)
        if self.session.visit is not None and not self._has_room(size):
            identity = str(data.get("id", "")) if isinstance(data, dict) else ""
            self._reject(identity, "More was sent at once than can be answered. Try again.")
            return
        self._waiting.add(size)
        self._inbox.put(("command", (data, buffers, size)))

    def _has_room(self, size: int) -> bool:
        """Whether a visitor may send so many bytes beside what waits for its turn already."""
        return len(self._inbox) < _WAITING and self._waiting.size + size <= _WAITING_BYTES

    def snapshot(self) -> dict[str, Any]:
        """Return everything a new view needs, as JSON."""
        with self.session.reading():
            snapshot = self._everything()
        return self._as_sent(snapshot)

    def _as_sent(self, message: BaseModel) -> dict[str, Any]:
        return as_sent(message if self.session.visit is None else for_visitor(message))

    def _everything(self) -> Snapshot:
        self._told.clear()  # whoever gets this may have more than the last batch told
        session, excerpt = self.session, self._excerpt
        args = (session, self.name, self.rev, self.positions, excerpt, self._so_far)
        snapshot = views.snapshot(*args)
        for card in snapshot.nodes:
            self._note_late(_values_of(NodeId(card.id)), any(map(is_pending, card.values.values())))
            for row in card.inputs:
                self._note_late(_input_of(card.id, row.name), is_pending_control(row.value))
        return snapshot

    def _note_late(self, change: NodeChanged | InputChanged, late: bool) -> None:
        """Note what to look at again when a value is ready, or that all of it is there."""
        (self._late.add if late else self._late.discard)(change)

    def _on_changes(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if isinstance(change, NodeRenamed):  # before a page hears of a card of that name
                self._rename(change.former, change.latter)
            if isinstance(change, Waiting):  # our own thread may be what waits
                if not self._excerpt.whole:
                    return
                notice = self._notice()
                text = change.text or notice.text
                self._publish([notice.model_copy(update={"text": text})])
                return
        if self._pending.add(changes):
            self._inbox.put(("changed", None))

    def _rename(self, former: str, latter: str) -> None:
        """Leave the card of a node where it is, whatever it is called, and show it in parts."""
        for kept in (self.heights, self.positions, self._widths):
            if former in kept:
                kept[latter] = kept.pop(former)  # type: ignore[assignment]
        self._excerpt = self._excerpt.renamed(NodeId(former), NodeId(latter))
        self._queries = Queries(self.session, self.name, self._excerpt)

    def _on_late(self) -> None:
        """A value can be shown that was not ready before; whatever waits for one looks again."""
        self._inbox.put(("late", None))

    def _look_again(self) -> None:
        with self.session.reading():  # whoever is at it now has noted what waits for a value
            late = list(self._late)
        if self._pending.add(late):
            self._note_due()

    def _note_due(self) -> None:
        window = self._flushed[0] + _BURST * _TICK
        self._due_at = max(time.monotonic() + _GATHER, window)

    def _redraw(self, what: Literal["layout", "fit", "tidy", "collapsed"]) -> None:
        if self._pending.add((), what):
            self._inbox.put(("changed", None))

    # -- the thread

    def pause(self) -> float | None:
        """Return how long to wait for news, for ever if there is nothing to tell or to do."""
        due = max(0.0, self._due_at - time.monotonic()) if self._pending else None
        renewal = self._uploads.pause()
        return min((pause for pause in (due, renewal) if pause is not None), default=None)

    def go_on(self, what: str, data: Any) -> None:
        """Take a command, note that something changed, or tell what did."""
        try:
            self._uploads.renew()
            if what == "command":
                *command, size = data
                try:
                    self._command(*command)
                finally:
                    self._waiting.add(-size)
            elif what == "changed":
                self._note_due()
            elif what == "late":
                self._look_again()
            elif self._pending:
                self._flushed.append(time.monotonic())
                self._flush()
        except BaseException as error:  # noqa: BLE001 - values are foreign code
            log_error("daggr_nb's canvas met an error", error)
            if what == "tick":  # what changed is not told: every view begins anew
                self._begin_anew()

    # -- out

    def _begin_anew(self) -> None:
        """Let every view start from a snapshot: what it was to be told is lost.

        If there can be none now, each finds by its next heartbeat that it missed something.
        """
        try:
            with self.session.reading() as current:
                snapshot = self._replaced(current)
            self._post(snapshot)
        except BaseException as error:  # noqa: BLE001 - values are foreign code
            self.rev += 1
            self._batches.clear()
            log_error("daggr_nb's canvas cannot be shown", error)

    def _flush(self) -> None:
        with self.session.reading() as current:
            window = self._pending.close()
            snapshot = self._replaced(current) if window.sheet else None
            updates = [] if window.sheet else self._updates(current, window)
            if updates:  # before anybody gets a snapshot, which has them
                self._stage(updates)
        if snapshot is not None:  # nobody is held up by a page that is slow
            self._post(snapshot)
        elif updates:
            self._send_staged()

    def _publish(self, updates: list[Update]) -> None:
        """Tell of something at once; whoever does it is not held up."""
        self._stage(updates)
        self._send_staged(elsewhere=True)

    def _stage(self, updates: list[Update]) -> None:
        """Put a batch after those before it."""
        with self._publishing:
            self.rev += 1
            batch = Batch(rev=self.rev, changes=updates)
            self._batches.append(batch)
            self._outbox.append(batch)

    def _send_staged(self, elsewhere: bool = False) -> None:
        with self._publishing:
            if self._is_sending:  # whoever does comes to all that is there
                return
            self._is_sending = True
        if elsewhere:
            with contextlib.suppress(RuntimeError):  # no more threads: it is sent here
                threading.Thread(
                    target=self._send_batches, name="daggr-nb-notice", daemon=True
                ).start()
                return
        self._send_batches()

    def _send_batches(self) -> None:
        while True:
            with self._publishing:
                if not self._outbox:
                    self._is_sending = False
                    return
                batch = self._outbox.popleft()
            self._post(batch)

    def _replaced(self, current: SheetSession) -> Snapshot:
        """Return what every view starts from again: the graph itself changed."""
        with self._publishing:
            self.rev += 1
            self._batches.clear()
        self._place(current)
        self._note_sent(current)
        self._so_far.clear()
        return self._everything()

    def _note_sent(self, current: SheetSession) -> None:
        self._collapsed = {str(name) for name in current.sheet.collapsed}
        self._sent.clear()
        self._sent["toolbar"] = self._toolbar(current)
        self._sent["notice"] = self._notice()

    def _notice(self) -> NoticeUpdate:
        return NoticeUpdate(text=self.session.notice, remark=self.session.remark)

    def _toolbar(self, current: SheetSession) -> ToolbarUpdate:
        return ToolbarUpdate(
            undoable=current.can_undo,
            redoable=current.can_redo,
            autorun=self.session.autorun is not None,
        )

    def _updates(self, current: SheetSession, window: Window) -> list[Update]:
        structure, excerpt = current.structure, self._excerpt
        nodes = {n: node for n, node in structure.nodes.items() if excerpt.shows(structure, n)}
        updates: list[Update] = []
        for node, port in window.inputs:
            if (
                node in nodes
                and port in nodes[node].inputs
                and excerpt.has_control(structure, node, port)
            ):
                updates += self._input_updates(current, node, port)
        over = [name for name in window.nodes if name in self._told]  # it may have begun anew
        for name in dict.fromkeys((*window.values, *over)):
            if name in nodes:
                updates += self._value_updates(current, name)
        for name in dict.fromkeys((*window.nodes, *conversations(structure))):
            if name in nodes:
                state = excerpt.state(self._state(current, name))
                self._add_new(name, NodeStateUpdate(node=name, state=state), updates)
        if window.run:
            self._add_new("", RunUpdate(run=views.run_view(self.session)), updates)
        if excerpt.whole:
            self._add_new("toolbar", self._toolbar(current), updates)
            self._add_drawing(current, window, updates)
        return updates

    # What one card cannot tell takes no other one along.

    def _input_updates(self, current: SheetSession, name: NodeId, port: str) -> list[Update]:
        try:
            value = views.control_value(current, name, port)
        except BaseException as error:  # noqa: BLE001 - values are foreign code
            log_error(f"daggr_nb cannot show the input {name}.{port}", error)
            return []
        self._note_late(_input_of(name, port), is_pending_control(value))
        return [InputUpdate(node=name, port=port, value=value)]

    def _state(self, current: SheetSession, name: NodeId) -> CardState:
        try:
            return views.node_state(current, name)
        except BaseException as error:  # noqa: BLE001 - node kinds are foreign code, too
            return views.lost_state(current, name, error)

    def _previews(self, current: SheetSession, name: NodeId) -> dict[str, Preview]:
        try:
            previews = views.node_values(current, name, self._so_far)
        except BaseException as error:  # noqa: BLE001 - values are foreign code
            return views.lost_values(current, name, error)
        self._note_late(_values_of(name), any(map(is_pending, previews.values())))
        return previews

    def _value_updates(self, current: SheetSession, name: NodeId) -> list[Update]:
        previews = self._previews(current, name)
        values = self._excerpt.values(current.structure, name, previews)
        if self.session.visit is not None:
            values = {port: for_visitor(preview) for port, preview in values.items()}
        return self._told.updates(name, values, speaks(current.live.get(name)))

    def _add_drawing(self, current: SheetSession, window: Window, updates: list[Update]) -> None:
        """Add what only who sees the whole graph is told."""
        if window.edges:
            edges = {edge.id for edge in current.structure.edges}
            updates.append(EdgesUpdate(fresh={e: f for e, f in window.edges.items() if e in edges}))
        if window.collapsed:
            self._add_collapsed(current, updates)
        if window.layout or window.fit or window.tidy or window.collapsed:
            anew = window.tidy or window.collapsed
            self._add_layout(current, updates, anew, whole=window.fit)
        if window.notice or window.run:  # who begins something looks whether others are there
            self._add_new("notice", self._notice(), updates)

    def _add_new(self, subject: str, update: Update, updates: list[Update]) -> None:
        """Add an update unless the views have been told the same of ``subject`` before."""
        if self._sent.get(subject) != update:
            self._sent[subject] = update
            updates.append(update)

    # -- layout

    def _place(self, current: SheetSession, anew: bool = False) -> None:
        """Lay everything out; once more when the browser has said how high the cards are."""
        if not self._excerpt.whole:
            return
        self._estimated = not current.structure.nodes.keys() <= self.heights.keys()
        previous = {} if anew else self.positions
        self.positions = views.arrange(current, self.heights, previous, self.room)

    def _add_collapsed(self, current: SheetSession, updates: list[Update]) -> None:
        previous, self._collapsed = self._collapsed, {str(n) for n in current.sheet.collapsed}
        different = previous ^ self._collapsed
        if different:
            updates.append(CollapsedUpdate(nodes={n: n in self._collapsed for n in different}))

    def _add_layout(
        self, current: SheetSession, updates: list[Update], anew: bool, whole: bool
    ) -> None:
        previous = self.positions
        measured = current.structure.nodes.keys() <= self.heights.keys()
        if anew or whole or (self._estimated and measured):
            self._place(current, anew)
        else:
            self.positions = views.make_room(current, self.heights, previous)
        # Views made room on their own in these columns: they hear of cards that stay, too.
        columns = {self.positions[n][0] for n in self._measured if n in self.positions}
        free = self.positions.keys() - current.sheet.positions.keys()
        new_positions = {
            n: p
            for n, p in self.positions.items()
            if previous.get(n) != p or (p[0] in columns and n in free)
        }
        self._measured.clear()
        before, self._widths = self._widths, views.card_widths(current)
        new_widths = {n: w for n, w in self._widths.items() if before.get(n) != w}
        if new_positions or new_widths:
            updates.append(LayoutUpdate(positions=new_positions, widths=new_widths))

    # -- in

    def _command(self, data: Any, buffers: Sequence[Any]) -> None:
        identity = str(data.get("id", "")) if isinstance(data, dict) else ""
        self._carry_out(identity, functools.partial(self._take, data, buffers))

    def _take(self, data: Any, buffers: Sequence[Any]) -> None:
        if self.session.visit is not None:
            check_size(data)
        command = self._as_named(command_adapter.validate_python(data))
        if self.session.visit is not None:
            self._check_visitor(command)
        if isinstance(command, Upload):
            self._upload(command, bytes(buffers[0]) if buffers else b"")
        else:
            self._obey(command)

    def _as_named(self, command: Command) -> Command:
        """Return a command with the name that its port has in Python: pages have it cleaned."""
        port = getattr(command, "port", "") or ""
        node = self.session.current.structure.nodes.get(NodeId(getattr(command, "node", "")))
        if port.isascii() or node is None or port in {*node.inputs, *node.outputs}:
            return command
        names = (each for each in (*node.inputs, *node.outputs) if clean(each) == port)
        return command.model_copy(update={"port": next(names, port)})

    def _carry_out(self, identity: str, act: Callable[[], None]) -> None:
        """Do what a command asks for; whoever sent it hears why it cannot be done."""
        try:
            act()
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            self._reject(identity, f"The canvas sent {where}: {error.errors()[0]['msg']}.")
        except (DaggrError, LookupError) as error:
            self._reject(identity, str(error))
        except BaseException as error:  # noqa: BLE001 - values are foreign code
            log_error("daggr_nb's canvas could not carry out a command", error)
            self._reject(identity, f"{type(error).__name__}: {text_of(error)}")

    def _check_visitor(self, command: Command) -> None:
        """Raise for what a visitor may not do; see the table in SECURITY.md."""
        if command.visitor == "refused":
            self.session.check_owner(command.kind.replace("_", " ").capitalize())
        if not self._excerpt.whole:
            nodes = dict.fromkeys(map(NodeId, self._nodes_of(command)))
            self._excerpt.check(self.session.current.structure, command, nodes)

    def _nodes_of(self, command: Command) -> list[str]:
        """Return the nodes that a command is about, of records too."""
        nodes = [str(getattr(command, "node", None) or ""), *getattr(command, "nodes", ())]
        nodes += getattr(command, "targets", ())
        identities = [getattr(command, "record", None), *getattr(command, "records", ())]
        nodes += [self.session.log.record(i).node for i in identities if i is not None]
        return [node for node in nodes if node]

    def _reject(self, identity: str, error: str) -> None:
        self._post(CommandRejected(id=identity, error=error))

    @singledispatchmethod
    def _obey(self, command: Any) -> None:
        self._post(*self._queries.answer(command))

    @_obey.register
    def _(self, command: Sync) -> None:
        with self._publishing:  # another thread may tell what is waited for
            missed = [batch for batch in self._batches if batch.rev > command.rev]
        if command.rev == self.rev:
            self._post(Pong(rev=self.rev))
        elif missed and missed[0].rev == command.rev + 1:
            for batch in missed:
                self._post(batch)
        else:
            with self.session.reading():
                found = self._everything()
            self._post(found)

    def _check_room_for_run(self) -> None:
        if self.session.visit is not None and self.session.runs.count >= _RUNS:
            raise NotForVisitorsError(
                f"{_RUNS} runs are in progress, more than a visitor may start. Wait, or stop them."
            )

    @_obey.register
    def _(self, command: ChatCommand) -> None:
        if command.action in ("say", "regenerate"):
            self._check_room_for_run()
        carry_out(self.session, command)
        self._post(Done(id=command.id))

    @_obey.register
    def _(self, command: RunCommand) -> None:
        self._check_room_for_run()
        targets = [self.session.current.structure.name_of(target) for target in command.targets]
        self.session.submit(
            targets, command.mode, command.force, reason="canvas", item=command.item
        )

    @_obey.register
    def _(self, command: StopCommand) -> None:
        node = (
            None if command.node is None else self.session.current.structure.name_of(command.node)
        )
        self.session.runs.cancel(node=node)

    @_obey.register
    def _(self, command: SetInput) -> None:
        ref, sheet = PortRef(NodeId(command.node), command.port), self.session.current
        component = sheet.control(*ref).component
        if self.session.visit is not None and component.interactive is False:
            raise NotForVisitorsError(
                f"{command.node}.{command.port} was expected to be edited by nobody: it is not "
                "interactive."
            )
        value = sheet.inputs.control(*ref).value
        if command.value == SET:  # a secret, which nobody has changed
            return
        with value_expected(component):
            edited = component.edited(value, taken(command.value, component, value, self._uploads))
        if self.session.visit is not None:
            self.session.visit.entered.add(ref)
        sheet.set_inputs({ref: edited})

    @_obey.register
    def _(self, command: Select) -> None:
        current = self.session.current
        current.select(record_of(current, command.record))

    @_obey.register
    def _(self, command: Fetch) -> None:
        value, component = self._asked_for(command)
        if at_once(value):
            self._bring(command, value, component)
        else:  # answers come in order, but for what takes so long that others would wait for it
            bring = functools.partial(self._bring, command, value, component)
            DEADLINE.soon(object(), None, functools.partial(self._carry_out, command.id, bring))

    def _bring(self, command: Fetch, value: Any, component: Shown) -> None:
        """Send what a view asks for of a value, or of a part of it."""
        for step in command.path:
            try:
                value, component = value[step], component_at(component, step)
            except (LookupError, TypeError, ValueError) as error:
                raise InputError(
                    f"{command.node}.{command.port} was expected to have a part at "
                    f"{command.path!r}, and has none ({type(error).__name__}). It may show another "
                    "value now."
                ) from error
        look = look_at(value, component)
        if command.rows is not None and look.rows is not None:
            mime, data = (
                "application/json",
                json.dumps(look.rows(*command.rows, command.whole)).encode(),
            )
        elif command.whole and (save := look.file or look.whole) is not None:
            mime, data = save()
        else:
            mime, data = look.content(command.max_width)
        self._post(Fetched(id=command.id, mime=mime), [data])

    def _asked_for(self, command: Fetch) -> tuple[Any, Any]:
        """Return the value that a view asks something of, and the component that shows it."""
        name = self.session.current.structure.name_of(command.node)
        component: Shown
        value: Any
        with self.session.reading() as current:
            check_shown(current, name, command)
            if command.record is not None:
                value, component = value_on_record(current, command)
            elif command.question:
                questions = current.asked(name)
                options = questions[0][1].options if questions else ()
                value = _without_secrets(options, command.path)
                component = None
            elif command.control:
                value = current.inputs.control(name, command.port).value
                component = current.control(name, command.port).component
            elif fills(current, name, current.live.get(name)) and command.path:
                value = {command.path[0]: item_so_far(current, name, command.port, command.path[0])}
                component = shown_by(current.structure, name).get(command.port)
            else:
                value, component = self._value_shown(current, name, command.port)
        return value, component

    def _value_shown(self, current: SheetSession, name: NodeId, port: str) -> tuple[Any, Shown]:
        """Return what a card shows for a port, and the component that shows it."""
        live = current.live.get(name)
        if live is not None and speaks(live) and port in live.partial:
            return value_so_far(current, name, port), current.structure.nodes[name].outputs[port]
        return current.inputs.value(name, port), shown_by(current.structure, name).get(port)

    @_obey.register
    def _(self, command: Export) -> None:
        def tell() -> None:
            self._post(*self._queries.answer(command))

        if (
            command.form == "still"
        ):  # nobody has asked for it: who did ask for something comes first
            DEADLINE.start(functools.partial(self._carry_out, command.id, tell))
        else:
            tell()

    @_obey.register
    def _(self, command: FetchModule) -> None:
        text = (
            plotly_js() if command.module == "plotly" else bundled(f"{command.module}.js").encode()
        )
        self._post(Fetched(id=command.id, mime="text/javascript"), [text])

    @_obey.register
    def _(self, command: CancelUpload) -> None:
        self._uploads.cancel(self._mine + command.upload)
        self._post(Done(id=command.id))

    def _upload(self, command: Upload, piece: bytes) -> None:
        received, file = self._uploads.take(
            self._mine + command.upload, command.name, command.size, command.at, piece
        )
        self._post(Uploaded(id=command.id, received=received, file=file))

    @_obey.register
    def _(self, command: Answer) -> None:
        name = self.session.current.structure.name_of(command.node)
        renamed = self.session.renaming.questions.get(name)
        if renamed is not None and renamed.key == command.key:
            self.session.answer_rename(renamed, bool(command.answer))
            return
        asked = self.session.current.asked(name)
        component = asked[0][1].component if asked else None
        answer = taken(command.answer, component, None, self._uploads)
        self.session.runs.answer(name, answer, key=command.key)

    @_obey.register
    def _(self, command: Override) -> None:
        name = self.session.current.structure.name_of(command.node)
        component = self.session.current.structure.nodes[name].outputs.get(command.port)
        if self.session.visit is not None and not isinstance(component, ui.ItemList):
            raise NotForVisitorsError(
                f"{name}.{command.port} was expected to show a list of items, which visitors may "
                "edit. Change it in the notebook, with graph.override."
            )
        with value_expected(component):
            value = taken(command.value, component, None, self._uploads)
            self.session.current.override(name, command.port, value)

    @_obey.register
    def _(self, command: SheetCommand) -> None:
        to = command.to or None
        if command.action == "use":
            self.session.sheets.use(command.name)
        elif command.action == "delete":
            self.session.delete_sheet(command.name)
        elif command.action == "rename":
            self.session.sheets.rename(command.name, command.to)
        else:
            source = command.name if command.action == "duplicate" else None
            self.session.sheets.use(self.session.sheets.create(to, source))

    @_obey.register
    def _(self, command: SetAutorun) -> None:
        self.session.run_after_edits([] if command.on else None)

    @_obey.register
    def _(self, command: Undo) -> None:
        current = self.session.current
        if not (current.redo() if command.again else current.undo()):
            deed = "make again" if command.again else "undo"
            raise InputError(f"There is nothing to {deed} on this sheet.")

    @_obey.register
    def _(self, command: MoveNode) -> None:
        name = self.session.current.structure.name_of(command.node)
        self.session.current.move({name: (command.x, command.y)})
        self._redraw("layout")

    @_obey.register
    def _(self, command: ResizeNode) -> None:
        name = self.session.current.structure.name_of(command.node)
        self.session.current.widen({name: command.width})
        self._redraw("tidy")

    @_obey.register
    def _(self, command: Tidy) -> None:
        self.session.current.free(map(self.session.current.structure.name_of, command.nodes))
        self._redraw("tidy")

    @_obey.register
    def _(self, command: Collapse) -> None:
        self.session.current.collapse(
            map(self.session.current.structure.name_of, command.nodes), command.on
        )
        self._redraw("collapsed")

    @_obey.register
    def _(self, command: Measured) -> None:
        current = self.session.current
        collapsed = current.sheet.collapsed  # they will be as high as they were
        known = command.heights.keys() & current.structure.nodes.keys()
        heights = {str(n): h for n, h in command.heights.items() if n in known - collapsed}
        room = self.room if command.room is None else Room(*command.room)
        reshaped, self.room = room != self.room, room
        if reshaped or any(self.heights.get(n) != h for n, h in heights.items()):
            self.heights.update(heights)
            self._measured.update(heights)
            self._redraw("layout" if command.room is None else "fit")

    def _post(self, message: BaseModel, buffers: list[bytes] | None = None) -> None:
        try:
            self._send(self._as_sent(message), buffers or [])
        except (TypeError, ValueError) as error:  # what is in it, not the way there
            log_error("daggr_nb's canvas could not be told of a change", error)
            self._post_instead(message, why_unshown(error))
        except BaseException as error:  # noqa: BLE001 - a host may raise anything
            log_error("daggr_nb's canvas could not be told of a change", error)

    def _post_instead(self, message: BaseModel, why: str) -> None:
        for other in instead_of(message, why):
            with contextlib.suppress(TypeError, ValueError):
                self._send(self._as_sent(other), [])
                return


def _pause(ref: weakref.ref[Bridge]) -> float | None:
    bridge = ref()
    return None if bridge is None else bridge.pause()


def _serve(
    ref: weakref.ref[Bridge], uploads: Uploads, mine: str, message: tuple[str, Any] | None
) -> bool:
    """Serve a bridge; while its thread waits, it does not keep bridge and session alive."""
    what, data = ("tick", None) if message is None else message
    bridge = ref()
    if what == "end" or bridge is None or bridge.session.closed or bridge.is_over:
        uploads.cancel_all(mine)
        if bridge is not None:
            bridge.is_over = True
            if bridge.session.closed:
                uploads.close()
        return False
    bridge.go_on(what, data)
    return True


def _values_of(name: NodeId) -> NodeChanged:
    return NodeChanged(name, values=True, state=False)


def _input_of(name: str, port: str) -> InputChanged:
    return InputChanged(PortRef(NodeId(name), port))


def _without_secrets(options: Sequence[Any], path: Sequence[int | str]) -> Any:
    """Return the options of a question, by their place, as far as a path leads to them."""
    places = [place for place in range(len(options)) if not path or place == path[0]]
    shown = {at: HIDDEN if tells(options[at]) else options[at] for at in places}
    return shown if path else list(shown.values())


def check_size(data: Any) -> None:
    """Raise if what a visitor has sent is too long, or too deep."""
    try:
        size = len(json.dumps(data, check_circular=False))
    except (RecursionError, TypeError, ValueError) as error:
        raise InputError("The canvas was expected to send plain data that is not deep.") from error
    if size > _MOST:
        raise InputError(
            f"The canvas was expected to send {_MOST:,} characters at most, and sent {size:,}. "
            "Upload it as a file."
        )


@contextlib.contextmanager
def value_expected(component: ui.Component | None) -> Iterator[None]:
    """Turn whatever a component raises about a value from the canvas into an error that says so."""
    try:
        yield
    except DaggrError:
        raise
    except BaseException as error:
        if is_interrupt(error):
            raise
        what = component.type if component is not None else "The output"
        raise InputError(
            f"{what} expected a value as its control sends it, got another: "
            f"{type(error).__name__}: {text_of(error)}"
        ) from error
