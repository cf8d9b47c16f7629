"""Between a session and its canvas: changes go out merged, commands come in checked.

A thread of its own looks at what changed, at most 25 times a second over a few of them, so that
neither a busy run nor a slow comm holds the other up, and yet a quick run is shown at once. Comm
handlers only put commands into a queue.
"""

from __future__ import annotations

import collections
import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from functools import singledispatchmethod
from typing import Any

from pydantic import BaseModel, ValidationError

from daggr_nb._canvas import views
from daggr_nb._canvas.assets import bundled
from daggr_nb._canvas.displays import displays
from daggr_nb._canvas.displays.previews import look_at
from daggr_nb._canvas.displays.rich import plotly_js
from daggr_nb._canvas.queries import Inspecting
from daggr_nb._canvas.runs import value_on_record
from daggr_nb._canvas.uploads import Uploads, taken
from daggr_nb._engine.session.session import Session
from daggr_nb._ids import NodeId
from daggr_nb._protocol.commands import (
    Answer,
    CancelUpload,
    Collapse,
    Fetch,
    FetchModule,
    Measured,
    MoveNode,
    Override,
    RunCommand,
    Select,
    SetInput,
    SheetCommand,
    StopCommand,
    Sync,
    Tidy,
    Undo,
    Upload,
    command_adapter,
)
from daggr_nb._protocol.notifications import (
    Batch,
    Change,
    CollapsedChanged,
    CommandRejected,
    EdgesChanged,
    Fetched,
    InputChanged,
    LayoutChanged,
    NodeStateChanged,
    NodeValuesChanged,
    NoticeChanged,
    Pong,
    RunChanged,
    Uploaded,
)
from daggr_nb._protocol.views import EdgeView, Snapshot
from daggr_nb.errors import DaggrError, InputError

logger = logging.getLogger("daggr_nb")

_TICK = 0.04  # seconds a batch, on average
_BURST = 3  # batches that need not wait for each other
_GATHER = 0.004  # seconds from a change to the batch that tells it: changes come in swarms
_KEPT = 200  # batches kept for views that missed some

Send = Callable[[dict[str, Any], list[bytes]], None]


class Bridge:
    """Serves all views of one session's canvas through ``send``.

    The drawing begins as that of a ``former`` one was left.
    """

    def __init__(
        self,
        session: Session,
        name: str,
        send: Send,
        only: views.Only = None,
        former: Bridge | None = None,
    ) -> None:
        self.session = session
        self._only = only
        self.name = name
        self.rev = 0
        self.heights: dict[str, float] = dict(former.heights) if former is not None else {}
        self.positions: views.Positions = former.positions if former is not None else {}
        self._estimated = True
        self._uploads = Uploads(session.log.store.folder)
        self._inspecting = Inspecting(session, name)
        self._collapsed: set[str] = set()
        self._send = send
        self._batches: collections.deque[Batch] = collections.deque(maxlen=_KEPT)
        self._dirty = _Dirty()
        self._edges: dict[str, bool] = {}
        self._sent: dict[str, Any] = {}
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        with session.reading():
            self._place()
            self._note_sent()
        self._unwatch = session.watch(self._on_change)
        threading.Thread(target=self._serve, name="daggr-nb-canvas", daemon=True).start()

    # -- called from anywhere

    def end(self) -> None:
        """Serve nobody any more: the views are gone for good."""
        self._unwatch()
        self._inbox.put(("end", None))

    def receive(self, data: Any, buffers: Sequence[Any] = ()) -> None:
        """Take a command from a view; returns at once."""
        self._inbox.put(("command", (data, buffers)))

    def snapshot(self) -> dict[str, Any]:
        """Return everything a new view needs, as JSON."""
        with self.session.reading():
            found = self._everything()
        return found.model_dump(mode="json")

    def _everything(self) -> Snapshot:
        return views.snapshot(self.session, self.name, self.rev, self.positions, self._only)

    @property
    def height(self) -> int:
        """About how high the canvas should be to show its cards, in pixels: neither lost in a
        large frame nor taller than a screen."""
        return round(min(720, max(360, views.bottom(self.session, self.positions) + 120)))

    def _on_change(self, what: str, node: NodeId | None) -> None:
        if self._dirty.add(what, node):
            self._inbox.put(("changed", None))

    # -- the thread

    def _serve(self) -> None:
        sent: collections.deque[float] = collections.deque([0.0] * _BURST, maxlen=_BURST)
        due_at = 0.0
        while True:
            pause = max(0.0, due_at - time.monotonic()) if self._dirty else None
            try:
                what, data = self._inbox.get(timeout=pause)
            except queue.Empty:
                what, data = "tick", None
            if self.session.closed or what == "end":
                self._uploads.close()
                return
            try:
                if what == "command":
                    self._command(*data)
                elif what == "changed":
                    due_at = max(time.monotonic() + _GATHER, sent[0] + _BURST * _TICK)
                else:
                    sent.append(time.monotonic())
                    self._flush()
            except Exception:
                logger.exception("daggr_nb's canvas met an error")

    # -- out

    def _flush(self) -> None:
        dirty = self._dirty.take()
        with self.session.reading():
            if "graph" in dirty.whats:
                self._replace()
                return
            changes = self._changes(dirty)
        if changes:
            self.rev += 1
            batch = Batch(rev=self.rev, changes=changes)
            self._batches.append(batch)
            self._post(batch)

    def _replace(self) -> None:
        """The graph itself changed: every view starts from a snapshot again."""
        self.rev += 1
        self._batches.clear()
        self._place()
        self._note_sent()
        self._post(self._everything())

    def _note_sent(self) -> None:
        self._edges = {e.id: e.fresh for e in map(self._edge, self.session.structure.edges)}
        self._collapsed = {str(name) for name in self.session.sheet.collapsed}
        self._sent.clear()

    def _changes(self, dirty: _Dirty) -> list[Change]:
        known = self.session.structure.nodes
        if self._only is not None:
            known = {name: node for name, node in known.items() if name in self._only}
        changes: list[Change] = []
        for place in dirty.inputs:
            node, _, port = place.partition("\x00")
            if node in known and port in known[NodeId(node)].inputs:
                value = views.control_value(self.session, NodeId(node), port)
                changes.append(InputChanged(node=node, port=port, value=value))
        for name in dirty.values:
            if name in known:
                changes.append(
                    NodeValuesChanged(node=name, values=views.node_values(self.session, name))
                )
        for name in dirty.nodes:
            if name in known:
                self._add_state(name, changes)
        if self._only is None:
            changes.extend(self._edge_changes(dirty))
        if "run" in dirty.whats:
            self._add_new("run", RunChanged(run=views.run_view(self.session)), changes)
        if "collapsed" in dirty.whats:
            self._add_collapsed(changes)
        if dirty.whats & {"layout", "tidy", "collapsed"}:
            self._add_layout(changes, anew=bool(dirty.whats & {"tidy", "collapsed"}))
        if "notice" in dirty.whats:
            changes.append(NoticeChanged(text=self.session.state.notice))
        return changes

    def _add_state(self, name: NodeId, changes: list[Change]) -> None:
        state = views.node_state(self.session, name)
        self._add_new(f"node {name}", NodeStateChanged(node=name, state=state), changes)

    def _add_new(self, place: str, change: Change, changes: list[Change]) -> None:
        """Add a change unless the views have been told the same before."""
        if self._sent.get(place) != change:
            self._sent[place] = change
            changes.append(change)

    def _edge(self, edge: Any) -> EdgeView:
        return views.edge_view(self.session, edge)

    def _edge_changes(self, dirty: _Dirty) -> list[Change]:
        if not dirty.around:
            return []
        changed = {}
        for name in dirty.around & self.session.structure.nodes.keys():
            into = self.session.structure.into
            below = self.session.structure.topology.children[name]
            for edge in (*into[name], *(e for c in below for e in into[c] if e.source == name)):
                fresh = self._edge(edge).fresh
                if self._edges.get(edge.id) != fresh:
                    changed[edge.id] = self._edges[edge.id] = fresh
        return [EdgesChanged(fresh=changed)] if changed else []

    # -- layout

    def _place(self, anew: bool = False) -> None:
        """Lay everything out; once more when the browser has said how high the cards are."""
        self._estimated = not self.session.structure.nodes.keys() <= self.heights.keys()
        before = {} if anew else self.positions
        self.positions = views.place(self.session, self.heights, before)

    def _add_collapsed(self, changes: list[Change]) -> None:
        before, now = self._collapsed, {str(name) for name in self.session.sheet.collapsed}
        self._collapsed = now
        if before != now:
            changes.append(CollapsedChanged(nodes={n: n in now for n in before ^ now}))

    def _add_layout(self, changes: list[Change], anew: bool) -> None:
        before = self.positions
        all_known = self.session.structure.nodes.keys() <= self.heights.keys()
        if anew or (self._estimated and all_known):
            self._place(anew)
        else:
            self.positions = views.make_room(self.session, self.heights, before)
        moved = {n: p for n, p in self.positions.items() if before.get(n) != p}
        if moved:
            changes.append(LayoutChanged(positions=moved))

    # -- in

    def _command(self, data: Any, buffers: Sequence[Any]) -> None:
        identity = str(data.get("id", "")) if isinstance(data, dict) else ""
        try:
            command = command_adapter.validate_python(data)
            if isinstance(command, Upload):
                self._upload(command, bytes(buffers[0]) if buffers else b"")
            else:
                self._obey(command)
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            self._reject(identity, f"The canvas sent {where}: {error.errors()[0]['msg']}.")
        except (DaggrError, LookupError) as error:
            self._reject(identity, str(error))
        except Exception as error:
            logger.exception("daggr_nb's canvas could not carry out a command")
            self._reject(identity, f"{type(error).__name__}: {error}")

    def _reject(self, identity: str, error: str) -> None:
        self._post(CommandRejected(id=identity, error=error))

    @singledispatchmethod
    def _obey(self, command: Any) -> None:
        self._post(*self._inspecting.answer(command))

    @_obey.register
    def _(self, command: Sync) -> None:
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

    @_obey.register
    def _(self, command: RunCommand) -> None:
        targets = [self.session.structure.name_of(target) for target in command.targets]
        self.session.submit(
            targets, command.mode, command.force, reason="canvas", item=command.item
        )

    @_obey.register
    def _(self, command: StopCommand) -> None:
        node = None if command.node is None else self.session.structure.name_of(command.node)
        self.session.cancel(node=node)

    @_obey.register
    def _(self, command: SetInput) -> None:
        place = (NodeId(command.node), command.port)
        component = self.session.desk.control(*place).component
        current = self.session.inputs.control(*place).value
        value = taken(command.value, component, current, self._uploads)
        self.session.desk.set_inputs({place: component.edited(current, value)})

    @_obey.register
    def _(self, command: Select) -> None:
        self.session.desk.select(self.session.log.record(command.record))

    @_obey.register
    def _(self, command: Fetch) -> None:
        look = look_at(*self._asked_for(command))
        if command.rows is not None and look.rows is not None:
            mime, data = "application/json", json.dumps(look.rows(*command.rows)).encode()
        elif command.whole and look.whole is not None:
            mime, data = look.whole()
        else:
            mime, data = look.content(command.max_width)
        self._post(Fetched(id=command.id, mime=mime), [data])

    def _asked_for(self, command: Fetch) -> tuple[Any, Any]:
        """Return the value that a view asks for, and the component that shows it."""
        name = self.session.structure.name_of(command.node)
        component: displays.Shown
        value: Any
        with self.session.reading():
            if command.record is not None:
                value, component = value_on_record(self.session, command)
            elif command.question:
                asked = self.session.desk.asked(name)
                value = asked[0][1].options if asked else ()
                component = None
            elif command.control:
                value = self.session.inputs.control(name, command.port).value
                component = self.session.desk.control(name, command.port).component
            else:
                value = self.session.inputs.value(name, command.port)
                component = displays.shown_by(self.session.structure, name).get(command.port)
        for step in command.path:
            value, component = value[step], displays.component_at(component, step)
        return value, component

    @_obey.register
    def _(self, command: FetchModule) -> None:
        text = (
            plotly_js() if command.module == "plotly" else bundled(f"{command.module}.js").encode()
        )
        self._post(Fetched(id=command.id, mime="text/javascript"), [text])

    @_obey.register
    def _(self, command: CancelUpload) -> None:
        self._uploads.cancel(command.upload)

    def _upload(self, command: Upload, piece: bytes) -> None:
        received, file = self._uploads.take(
            command.upload, command.name, command.size, command.at, piece
        )
        self._post(Uploaded(id=command.id, received=received, file=file))

    @_obey.register
    def _(self, command: Answer) -> None:
        name = self.session.structure.name_of(command.node)
        asked = self.session.desk.asked(name)
        answer = taken(
            command.answer, asked[0][1].component if asked else None, None, self._uploads
        )
        self.session.answer(name, answer, key=command.key)

    @_obey.register
    def _(self, command: Override) -> None:
        name = self.session.structure.name_of(command.node)
        component = self.session.structure.nodes[name].outputs.get(command.port)
        value = taken(command.value, component, None, self._uploads)
        self.session.desk.override(name, command.port, value)

    @_obey.register
    def _(self, command: SheetCommand) -> None:
        to = command.to or None
        if command.action == "use":
            self.session.use_sheet(command.name)
        elif command.action == "delete":
            self.session.delete_sheet(command.name)
        elif command.action == "rename":
            self.session.rename_sheet(command.name, command.to)
        else:
            source = command.name if command.action == "duplicate" else None
            self.session.use_sheet(self.session.create_sheet(to, source))

    @_obey.register
    def _(self, command: Undo) -> None:
        if not self.session.desk.undo():
            raise InputError("There is nothing to undo on this sheet.")

    @_obey.register
    def _(self, command: MoveNode) -> None:
        name = self.session.structure.name_of(command.node)
        self.session.desk.move({name: (command.x, command.y)})
        self._on_change("layout", None)

    @_obey.register
    def _(self, command: Tidy) -> None:
        self.session.desk.free(map(self.session.structure.name_of, command.nodes))
        self._on_change("tidy", None)

    @_obey.register
    def _(self, command: Collapse) -> None:
        self.session.desk.collapse(map(self.session.structure.name_of, command.nodes), command.on)
        self._on_change("collapsed", None)

    @_obey.register
    def _(self, command: Measured) -> None:
        collapsed = self.session.sheet.collapsed  # they will be as high as they were
        heights = {str(n): h for n, h in command.heights.items() if n not in collapsed}
        if any(self.heights.get(n) != h for n, h in heights.items()):
            self.heights.update(heights)
            self._on_change("layout", None)

    def _post(self, message: BaseModel, buffers: list[bytes] | None = None) -> None:
        try:
            self._send(message.model_dump(mode="json"), buffers or [])
        except Exception:
            logger.exception("daggr_nb's canvas could not be told of a change")


class _Dirty:
    """What changed since it was last taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.whats: set[str] = set()
        self.nodes: dict[NodeId, None] = {}
        self.values: dict[NodeId, None] = {}
        self.around: set[NodeId] = set()
        self.inputs: dict[str, None] = {}

    def __bool__(self) -> bool:
        return bool(self.whats)

    def add(self, what: str, node: NodeId | None) -> bool:
        """Note a change; says whether it is the first since the last :meth:`take`."""
        with self._lock:
            first = not self.whats
            self.whats.add(what)
            if node is not None:
                if what == "edges":
                    self.around.add(node)
                else:
                    {"node": self.nodes, "values": self.values, "input": self.inputs}[what][
                        node
                    ] = None  # type: ignore[index]
            return first

    def take(self) -> _Dirty:
        """Return what was noted and start anew."""
        taken = _Dirty()
        with self._lock:
            for name in ("whats", "nodes", "values", "around", "inputs"):
                setattr(taken, name, getattr(self, name))
                setattr(self, name, type(getattr(self, name))())
        return taken
