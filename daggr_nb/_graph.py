"""The graph as people write and hold it: structure, session and canvas in one object."""

from __future__ import annotations

import functools
import os
import pathlib
import sys
import warnings
import weakref
from collections.abc import (
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, get_args, overload

from daggr_nb._canvas import canvas_of, export_of, part_of, rename_in_parts, snapshot_of
from daggr_nb._canvas.look import Look
from daggr_nb._engine.run.questions import Question
from daggr_nb._engine.session.chat import Chat
from daggr_nb._engine.session.registry import check_name, live_session, session_for
from daggr_nb._engine.session.run import Run
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.state.events import Event
from daggr_nb._engine.state.subscription import QUEUE, Subscription
from daggr_nb._handles.conversion import to_networkx
from daggr_nb._handles.history import History, NodeRun
from daggr_nb._handles.host import GraphHost
from daggr_nb._handles.inputs import Inputs
from daggr_nb._handles.linking import link_widgets
from daggr_nb._handles.renames import Rename
from daggr_nb._handles.results import Results
from daggr_nb._handles.schema import leaves, schema, subgraphs
from daggr_nb._handles.sheets import Sheets
from daggr_nb._handles.store import Archive
from daggr_nb._handles.sweep import Pairing, Sweep, Sweeping, combinations
from daggr_nb._handles.tables import NodeStatus, Plan, Statuses
from daggr_nb._ids import NodeId
from daggr_nb._interrupts import held_back
from daggr_nb._model.conversing import answer_of, conversations, the_conversation
from daggr_nb._model.edge import Edge
from daggr_nb._model.node import GatheredPort, Node, Port, ScatteredPort, port_of
from daggr_nb._model.policy import ExecutorOption, checked_executor
from daggr_nb._model.structure import Structure, graph_key
from daggr_nb._model.wiring import Nodes, OfChildren, Wired, Wiring, nodes_of
from daggr_nb._model.words import RunMode
from daggr_nb._names import NOT_GIVEN, PublicNames
from daggr_nb._notebook.cells import follow, keep_in_step, leave_as_it_is, variable_of
from daggr_nb._notebook.launch import in_notebook, is_commanded, open_page, show
from daggr_nb._notebook.naming import name_after_variable
from daggr_nb._notebook.own_file import own_file
from daggr_nb._notebook.progress import wait_and_show
from daggr_nb._notebook.sidebar import show_beside
from daggr_nb._notebook.stills import display_still, is_unwatched
from daggr_nb._notebook.tracebacks import adapt_tracebacks
from daggr_nb._notebook.visitors import visitor
from daggr_nb._provenance.log.prov_json import prov_document
from daggr_nb._provenance.log.renames import Renames, glance, names_on_record
from daggr_nb._provenance.log.store import home_folder
from daggr_nb._provenance.log.users import folder_name
from daggr_nb._serve import default_host, start_server, wait_for_end
from daggr_nb._text import plural
from daggr_nb.errors import (
    GraphError,
    InputError,
    RenameWarning,
    StreamWarning,
    TypeMismatchWarning,
)
from daggr_nb.ui import answer_in

if TYPE_CHECKING:
    import networkx as nx

    from daggr_nb._canvas.export.static_output import Still
    from daggr_nb._canvas.widget import Canvas, Part
    from daggr_nb._serve.server import Server

Target = Node | Port | str
# What nodes, ports and the notebook ask of a graph: not for the tab key.
_FOR_OTHERS = frozenset({"live", "session", "wiring"})
_HEARD_OUT = 1.0  # seconds
_HERE = os.path.dirname(os.path.abspath(__file__))
adapt_tracebacks()

Owner = TypeVar("Owner")
View = TypeVar("View")


class view(Generic[Owner, View]):  # noqa: N801 - a decorator, like property
    """A property without effects, which completion may therefore read.

    The tab key after ``graph.results["`` offers nodes: IPython evaluates what stands before the
    bracket, but no ``property``, as those may do anything.
    """

    def __init__(self, make: Callable[[Owner], View]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> view[Owner, View]: ...

    @overload
    def __get__(self, owner: Owner, kind: type) -> View: ...

    def __get__(self, owner: Owner | None, kind: type) -> View | view[Owner, View]:
        return self if owner is None else self._make(owner)

    def __set__(self, owner: Owner, value: object) -> NoReturn:
        raise AttributeError(
            f"{self._name!r} is read-only, got {value!r}. Change what it holds: "
            f"graph.{self._name}[...] = ..., or one of its methods."
        )


class GraphType(PublicNames):
    """The class of :class:`Graph`, whose ``dir`` leaves out what nodes and views ask of it."""

    def names_for_others(self) -> frozenset[str]:
        return _FOR_OTHERS


class Graph(Wired, metaclass=GraphType):
    """A workflow: nodes, what they consume of each other, and everything they ever produced.

    Args:
        name: What it is called. Without a name, ``paper = Graph(draft)`` is named after its
            variable; ``name`` is then the nodes.
        nodes: A node, or several. They pull in their ancestors, so the last one is enough:
            ``Graph("Paper", paper)``.
        persist_key: What it is kept under, by default its name in lower case with blanks and
            hyphens as ``_``, and a hash where that leaves something out. Two notebooks or scripts
            with graphs of one name keep them apart, unless both say the same key. ``False`` keeps
            nothing beyond the kernel.
        store: A folder, by default ``DAGGR_NB_HOME`` or the user's data folder.
        executor: Where nodes run that say nothing of it themselves. ``"threads"`` is the default.
            ``"processes"`` runs functions in processes of their own, as many as there are cores:
            Stop ends what does not listen, one that dies harms no other, and all cores compute.
            What a function changes of data that it captures stays there. Other kinds of nodes stay
            on threads. Needs the extra ``processes``. Or any ``concurrent.futures.Executor`` that
            shares the kernel's memory, which you shut down yourself.
        height: How high the canvas is, in CSS pixels from 240 to 2000, by default what its cards
            need. Whoever pulls its lower edge changes that.
        zoom: How large the cards are when a view opens, from 0.04 to 2.5, where 1 is 100 %. By
            default a view shows all cards, or the first of them so that they can be read.

    A graph displays itself as the last expression of a cell. Defining it again under the same
    key takes over the session: canvases on screen follow, inputs and history stay.

    Raises a :class:`~daggr_nb.errors.GraphError` for what cannot be built; a graph already on
    screen then stays as it was.

    >>> def double(x: int = 2) -> int:
    ...     return 2 * x
    >>> graph = Graph("Doubling", nodes=[FnNode(double, outputs=["y"])], persist_key=False)
    >>> graph.run()["double"]["y"]
    4
    """

    def __init__(
        self,
        name: str | Nodes,
        nodes: Nodes | None = None,
        persist_key: str | bool | None = None,
        store: str | os.PathLike[str] | None = None,
        executor: ExecutorOption = None,
        height: int | None = None,
        zoom: float | None = None,
    ) -> None:
        if not isinstance(name, str):
            listed = [*nodes_of(name), *nodes_of(nodes or ())]
            nodes, caller = listed, sys._getframe(1)  # noqa: SLF001 - who writes the variable
            name = name_after_variable(self, listed[-1], caller) if listed else ""
        self.name = name
        key = graph_key(name)
        if persist_key is True or persist_key is None:
            self.persist_key: str | None = key
        else:
            self.persist_key = graph_key(persist_key) if persist_key else None
        self._home = home_folder(store) if self.persist_key is not None else None
        self._file = own_file()
        self._folder = self.persist_key
        if self._home is not None and persist_key in (None, True):
            self._folder = folder_name(self._home, key, self._file)
        self._executor = checked_executor(executor)
        self._look = Look.of(height, zoom)
        self._visitor = visitor()
        self._session = live_session(self._folder, self._home, self._visitor)
        try:
            self.wiring = Wiring(nodes or (), GraphHost(self), self._names_on_record().aliases)
            if self._session is not None:
                check_name(self._session, name, self.wiring.structure.nodes, self.persist_key)
        except GraphError as error:
            if self._session is not None:
                self._session.say(f"The graph was defined again, but cannot be built: {error}")
            raise
        self.wiring.changed = self._follow
        self.wiring.join()
        self._follow(self.wiring.structure)  # canvases on screen do so at once
        if self._session is not None:
            self._session.executors.take(self._executor)
            self._keep_in_touch(self._session)
            keep_in_step(self)
        keep_in_step(self)

    # -- structure

    @property
    def nodes(self) -> dict[str, Node]:
        """The nodes by name, parents first."""
        return {str(name): node for name, node in self._built().nodes.items()}

    @property
    def edges(self) -> list[Edge]:
        """The edges, in the order of their targets."""
        return list(self._built().edges)

    def add(self, *nodes: Node | Port) -> Graph:
        """Add nodes with their ancestors; returns the graph."""
        self.wiring.add(nodes)
        return self

    def edge(self, source: Node | Port | ScatteredPort | GatheredPort, target: Port) -> Graph:
        """Feed ``target``, an input port, from ``source``; returns the graph."""
        self.wiring.connect(source, target)
        return self

    def remove(self, *nodes: Target, children: OfChildren = "error") -> Graph:
        """Take nodes out of the graph, with their edges; returns the graph.

        What is on record of them stays in the store, and what was set in their controls: a node of
        the same name has it again. A cell that defines the graph with them brings them back.

        Args:
            *nodes: Nodes or names.
            children: What becomes of nodes that they feed. ``"error"`` leaves everything as it
                is, ``"remove"`` takes them away, too, with all below, and ``"disconnect"`` feeds
                their inputs as those of a node that nobody has said anything of: from a control
                or a default, or nothing.

        Raises :class:`~daggr_nb.errors.GraphError` for nodes that feed others, unless ``children``
        says otherwise.

        >>> graph = Graph("Paper", [FnNode(lambda: "Otters", "title")], persist_key=False)
        >>> graph.remove("title")
        <Graph 'Paper': 0 nodes, 0 edges>
        """
        if children not in get_args(OfChildren):
            raise GraphError(
                f"children= expected 'error', 'remove' or 'disconnect', got {children!r}."
            )
        self.wiring.remove([self[self._built().name_of(node)] for node in nodes], children)
        return self

    def rename(self, node: Target, name: str) -> Graph:
        """Call a node otherwise; returns the graph.

        History, inputs, sweeps, place on the canvas, what was asked and answered: all on record
        goes along, in one transaction, and is found under the new name by whoever opens the store
        later. Code that still says the former name means the same node from now on, as when the
        cell that defines the graph runs again, until another node has that name.

        ``node`` may also be a name that the graph had before, and ``name`` that of a node which is
        there: then that takes over what is on record of the former one. See :attr:`renames`.

        Raises :class:`~daggr_nb.errors.DuplicateNodeError` for a name that is in use,
        :class:`~daggr_nb.errors.GraphError` for what is no name, and
        :class:`~daggr_nb.errors.RunError` while something runs; nothing has changed then.

        >>> graph = Graph("Paper", [FnNode(lambda: "Otters", "title")], persist_key=False)
        >>> graph.run()["title"]["output"]
        'Otters'
        >>> graph.rename("title", "heading").results
        {'heading': {'output': Otters}}
        """
        session = self.session
        with session.lock:
            if isinstance(node, str) and node not in self and self._is_former(node, name):
                return self
            former = self._built().name_of(node)
            if former == name:
                return self
            held = self[former]
            structure = self.wiring.renamed(held, name)
            session.rename(former, NodeId(name))
            rename_in_parts(session, former, name)
            self.wiring.take_renamed(structure, session.renaming.names.aliases)
        return self

    def _is_former(self, former: str, name: str) -> bool:
        """Whether a name is one that a node had before; takes over what is on record of it."""
        if name not in self:
            return False
        names = self.session.renaming.names
        if former in names_on_record(self.session.log):
            self.session.take_over(NodeId(former), NodeId(name))
            return True
        return (former, name) in {*names.aliases, *names.taken}  # by the same cell, before

    @view
    def renames(self) -> list[Rename]:
        """What nobody has said yet: whether a node is one that was called otherwise before.

        A function that is renamed in its cell makes a new node. When its code is the same but for
        the name, or it has the place of the former one, its card asks whether it is that one, and
        so does this list: ``graph.renames[0].accept()`` takes the history over, ``.decline()``
        leaves it where it is. Either is remembered. Of nodes that are equally likely none is asked
        about; :meth:`rename` takes over any history.
        """
        session = self.session
        with session.lock:
            questions = list(session.renaming.questions.values())
        return [Rename(session, question) for question in questions]

    def to_networkx(self) -> nx.DiGraph:
        """Return the graph as it stands as a ``networkx.DiGraph``, for its algorithms and drawings.

        Nodes are names, with ``kind``, ``status``, ``freshness`` and the ``node`` itself. An edge
        has ``fresh``, and ``ports``: a list of ``(source port, target port)``, for there may be
        several between two nodes.

        >>> graph = Graph("Paper", [FnNode(lambda: "Otters", "title")], persist_key=False)
        >>> dict(graph.to_networkx().nodes["title"])["status"]
        'missing'
        """
        return to_networkx(self.nodes, self.status(), self.edge_status())

    def __getitem__(self, name: str) -> Node:
        return self._built().node(name)

    def __contains__(self, node: object) -> bool:
        return node in self._built().nodes or node in self._built().nodes.values()

    def __iter__(self) -> Iterator[Node]:
        return iter(self._built().nodes.values())

    def __len__(self) -> int:
        return len(self._built().nodes)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__()} - _FOR_OTHERS)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.nodes)

    def __repr__(self) -> str:
        built = self._built()
        counts = f"{plural(len(built.nodes), 'node')}, {plural(len(built.edges), 'edge')}"
        text = f"<Graph {self.name!r}: {counts}>"
        # An error of a container says what it was given by its repr: it was to be a widget.
        asked_by = str(sys._getframe(1).f_globals.get("__name__", ""))  # noqa: SLF001 - as below
        is_misplaced = asked_by.startswith("traitlets.")
        return f"{text}, whose widget is graph.canvas()" if is_misplaced else text

    # -- running

    def run(
        self,
        *targets: Target,
        inputs: Mapping[Any, Any] | None = None,
        force: bool = False,
        timeout: float | None = None,
        max_steps: int | None = None,
        check: bool = True,
        item: int | str | None = None,
    ) -> Mapping[str, Mapping[str, Any]]:
        """Run and wait: ``targets`` anew with what they need, or everything that is not fresh.

        Returns ``{node: {port: value}}`` of the targets, of the leaves when there are none. A known
        result is taken from the log. Ctrl-C cancels the run.

        Args:
            *targets: Nodes, ports or names.
            inputs: Set first, as in :meth:`set_inputs`.
            force: Whether known results are made anew, too.
            timeout: Seconds after which the run ends.
            max_steps: Evaluations, items counted, after which the run ends.
            check: Whether to raise what :meth:`Run.result` raises.
            item: One item of one scattered node: its index, ``"3.0"`` where items are nested, or
                ``"failed"`` for all that failed. The others keep what is on record of them; when
                they have none of the code and inputs as they are now, that is an
                :class:`~daggr_nb.errors.InputError`.
        """
        run = self.submit(
            *targets, inputs=inputs, force=force, timeout=timeout, max_steps=max_steps, item=item
        )
        wait_and_show(run)
        for text in self.wiring.new_discontinuities():
            warnings.warn(text, StreamWarning, stacklevel=_outside())
        if check:
            return run.result()
        return run.values()

    def submit(
        self,
        *targets: Target,
        inputs: Mapping[Any, Any] | None = None,
        force: bool = False,
        timeout: float | None = None,
        max_steps: int | None = None,
        item: int | str | None = None,
    ) -> Run:
        """Start the same and return at once; the :class:`Run` can be awaited or cancelled."""
        if inputs:
            self.set_inputs(inputs)
        mode: RunMode = "to_here" if targets else "stale"
        names = self._names(targets)
        only = "" if item is None else str(item)
        return self.session.submit(
            names, mode, force, timeout=timeout, max_steps=max_steps, item=only
        )

    async def arun(
        self, *targets: Target, inputs: Mapping[Any, Any] | None = None, **options: Any
    ) -> Mapping[str, Mapping[str, Any]]:
        """Run without blocking the event loop; takes and returns what :meth:`run` does."""
        return await self.submit(*targets, inputs=inputs, **options)

    def stream(
        self, *targets: Target, inputs: Mapping[Any, Any] | None = None, **options: Any
    ) -> Iterator[Event]:
        """Run and yield the events as they happen, to the end of the run. Takes what run does.

        Who stops listening does not stop the run; ``run = graph.submit()`` does, with
        ``run.events()`` and ``run.cancel()``.
        """
        return self.submit(*targets, inputs=inputs, **options).events()

    async def astream(
        self, *targets: Target, inputs: Mapping[Any, Any] | None = None, **options: Any
    ) -> AsyncIterator[Event]:
        """Do the same for ``async for``."""
        import asyncio  # noqa: PLC0415 - whoever awaits has loaded it

        events = self.stream(*targets, inputs=inputs, **options)
        while (event := await asyncio.to_thread(next, events, None)) is not None:
            yield event

    def sweep(
        self,
        choices: Mapping[Any, Iterable[Any]],
        *targets: Target,
        pairing: Pairing = "product",
        at_once: int = 4,
    ) -> Sweep:
        """Run every combination of inputs, ``at_once`` at a time, and return them as a table.

        ``choices`` maps inputs to values: ``{form.tone: ["dry", "warm"], "form__n": [1, 2]}`` gives
        four rows, two with ``pairing="zip"``. All other inputs are as the sheet has them,
        and the sheet stays as it is. Every run is recorded; what is known is taken from the log;
        groups and bounds of nodes hold for all rows together. A row that fails says so in its
        ``status`` and ``error``; the others go on. Ctrl-C cancels those that are left.

        Raises :class:`~daggr_nb.errors.InputError` for values that a control does not accept, and
        :class:`~daggr_nb.errors.UnknownPortError` for an id that is none, before anything runs.

        >>> def double(x: int = 2) -> int:
        ...     return 2 * x
        >>> graph = Graph("Swept", nodes=[FnNode(double, outputs=["y"])], persist_key=False)
        >>> [row.outputs["double.y"] for row in graph.sweep({"double__x": [1, 5]})]
        [2, 10]
        """
        choices = {self.inputs.name_of(key): values for key, values in choices.items()}
        rows = combinations(choices, pairing)
        names = self._names(targets)
        sweeping = Sweeping(self.session, self.inputs, rows, names, at_once)
        wait_and_show(sweeping)
        return sweeping.result()

    def plan(self, *targets: Target) -> Plan:
        """Return what :meth:`run` would run now, with the reasons: a dry run.

        It is a list of steps, and a table as the last expression of a cell.
        """
        mode: RunMode = "to_here" if targets else "stale"
        self.session.runs.follow()
        self.session.look_up()
        self.session.current.read_files()
        return Plan(self.session.current.plan(self._names(targets), mode))

    def status(self) -> dict[str, NodeStatus]:
        """Return how every node stands: a dict by name, and a table in a cell."""
        session = self.session
        session.look_up()
        session.current.read_files()
        with session.reading():
            session.refresh_code()
            current = session.current
            return Statuses(
                (
                    str(name),
                    NodeStatus(
                        current.status_of(name),
                        judged.freshness,
                        (*current.held_up(name), *judged.reasons),
                    ),
                )
                for name, judged in current.freshness.judged.items()
            )

    def edge_status(self) -> list[tuple[str, str, str, str, bool]]:
        """Return ``(source, source port, target, target port, fresh)`` of every edge."""
        session = self.session
        session.look_up()
        session.current.read_files()
        with session.reading():
            session.refresh_code()
            fresh = session.current.freshness.edges()
            return [
                (e.source, e.source_port, e.target, e.target_port, fresh[e.id])
                for e in session.current.structure.edges
            ]

    def subscribe(
        self, callback: Callable[[Event], object], from_seq: int = 0, queue: int = QUEUE
    ) -> Subscription:
        """Call ``callback`` for every event from number ``from_seq`` on: recorded ones, then live.

        It is called on a thread of its own: it may be slow, which slows no run, and an error in it
        is logged. When more than ``queue`` live events wait for it, chunks of one output are
        joined (``delta`` adds up to the same text) and of progress the latest is told; all others
        still come. If that is not enough, a ``state.resync`` follows with the status and freshness
        of every node. ``graph.stream()`` and ``run.events()`` always yield every single event.

        >>> from daggr_nb import FnNode, Graph
        >>> graph = Graph("Heard", [FnNode(lambda: 1, "one")], persist_key=False)
        >>> heard = []
        >>> subscription = graph.subscribe(heard.append)
        >>> subscription.close()
        """
        return self.session.subscribe(callback, from_seq, queue)

    # -- inputs and history

    @view
    def inputs(self) -> Inputs:
        """The controls of the sheet as ``{"node__port": value}``; assign to set one.

        A port is a key as well: ``graph.inputs[form.tone] = "dry"``, or ``form.tone = "dry"``.
        """
        return Inputs(self.session, self._built())

    def set_inputs(self, values: Mapping[Any, Any]) -> None:
        """Set several controls, all or none, by id or by port: ``{form.tone: "dry"}``.

        Raises :class:`~daggr_nb.errors.InputError` for a value that a control does not accept, and
        :class:`~daggr_nb.errors.UnknownPortError` for an id that is none.
        """
        self.inputs.set(values)

    @view
    def results(self) -> Results:
        """The values shown now: ``graph.results["node"]["port"]``."""
        return Results(self.session, self._built())

    def history(self, node: Target, limit: int | None = None) -> History:
        """Return the recorded runs of a node, newest first, ``limit`` at most.

        It is a list, and a table as the last expression of a cell. Two of its node runs can be
        compared: ``graph.history(node)[0].compare(graph.history(node)[1])``. On a page for visitors
        it is what came of this visit.
        """
        name = self._built().name_of(node)
        with self.session.reading() as state:
            log, visit = state.log, state.sheet.visit
            runs = log.history(name, limit) if visit is None else visit.records(name)[::-1][:limit]
            return History(NodeRun(identity, log) for identity in runs)

    def select(self, node_run: NodeRun) -> None:
        """Show a recorded result again, with the inputs and ancestors that made it."""
        self.session.current.select(self.session.log.record(node_run.id))

    def override(self, port: Port | Node, value: Any) -> NodeRun:
        """Put ``value`` in the place of what an output port shows; returns the new record.

        What the node made stays on record beside it: ``graph.select`` undoes the edit. Nodes that
        consumed the former value are stale. Running the node makes a new result.

        Raises :class:`~daggr_nb.errors.NotRunYet` when the port shows nothing, and
        :class:`~daggr_nb.errors.InputError` for a value that its component does not take.
        """
        session, port = self.session, port_of(port)
        record = session.current.override(self._built().name_of(port.node), port.name, value)
        return NodeRun(record.id, session.log, record)

    def redo(self) -> bool:
        """Make the edit again that :meth:`undo` took back last; says whether there was one.

        A new edit or restore ends that.
        """
        return self.session.current.redo()

    def undo(self) -> bool:
        """Take back the last edit, restore or override of the sheet in one step.

        Returns whether there was one. Inputs and the results shown go back; nothing is run, and
        what has been run since stays.
        """
        return self.session.current.undo()

    @view
    def sheets(self) -> Sheets:
        """The sheets: each has inputs, results shown and layout of its own over one history."""
        return Sheets(self.session)

    @view
    def store(self) -> Archive:
        """Everything recorded: its size, ``prune``, ``export`` and ``load``, stars."""
        return Archive(self.session, self.persist_key or graph_key(self.name), self.name)

    def prov(self, node_run: NodeRun) -> dict[str, Any]:
        """Return a node run with everything that led to it as a W3C PROV-JSON document."""
        with self.session.reading() as state:
            return prov_document(state.log, node_run.record)

    @property
    def autorun(self) -> str | list[str] | None:
        """What runs by itself after an edit: ``"stale"`` all that is stale, a list of nodes what
        is stale of those and what they need, ``None`` (the rule) nothing.

        An edit is a new value of an input, on the canvas or in Python, a result edited by hand, new
        code or a new graph, and what undoes one. Edits within 0.3 s are one, and a run that an edit
        has overtaken is cancelled. Restoring a result starts nothing. The setting holds for the
        kernel's life, also when the graph's cell is run again.
        """
        found = self.session.autorun
        if found is None:
            return None
        return [str(name) for name in found.nodes] or "stale"

    @autorun.setter
    def autorun(self, wanted: str | bool | Iterable[Target] | None) -> None:
        if wanted is None or wanted is False:
            self.session.run_after_edits(None)
        elif wanted == "stale":
            self.session.run_after_edits([])
        elif isinstance(wanted, (str, bool)):
            raise InputError(f"autorun expected 'stale', a list of nodes or None, got {wanted!r}.")
        else:
            self.session.run_after_edits(self._names(list(wanted)))

    # -- questions to people

    def questions(self) -> list[Question]:
        """Return what people are asked now, by nodes such as ``ops.Approve``."""
        session = self.session
        with session.reading():
            return [
                question
                for name in session.current.waiting()
                for question in session.current.questions(name)
            ]

    def answer(
        self,
        node: Target,
        value: Any = NOT_GIVEN,
        *,
        index: int | None = None,
        item: int | str | None = None,
    ) -> Run:
        """Answer what a node asks, and go on with what waited for it; returns that :class:`Run`.

        ``value`` is ``True`` or ``False`` for ``ops.Approve``, one of the options for
        ``ops.ChooseOne`` (or ``index`` its place), a text, an image. ``item`` says which item of a
        scattered node is meant; by default the first one that is open.

        Raises :class:`~daggr_nb.errors.InputError` when nothing is asked or the value is no answer.
        """
        session, name = self.session, self._built().name_of(node)
        path = None if item is None else str(item)
        if index is None:
            if value is NOT_GIVEN:
                raise InputError(f"answer({name!r}, ...) expected a value or index=.", node=name)
            return session.runs.answer(name, value, item=path)
        with session.reading():
            questions = [q for q in session.current.questions(name) if path in (None, q.item)]
            key = questions[0].key if questions else None
            return session.runs.answer(name, index, key=key, item=path)

    # -- views

    def canvas(self) -> Canvas:
        """Return the canvas as a widget, to place it in a layout of your own."""
        return canvas_of(self.session, self.name, self._look)

    def sidebar(self, anchor: str = "right") -> Part:
        """Show the canvas in JupyterLab's side panel, and a line about it in the cell.

        Other hosts have none: as the last expression of a cell, this shows the canvas there in
        place. ``anchor`` is ``"right"`` for the side panel, or ``"split-right"``, ``"split-left"``,
        ``"split-top"``, ``"split-bottom"``, ``"tab-before"``, ``"tab-after"`` for a panel of the
        main area. A graph has one panel; calling this again moves it.

        Raises :class:`~daggr_nb.errors.InputError` for any other anchor.
        """
        return show_beside(self.session, self.name, anchor)

    def form(self, *targets: Target | Port | str) -> Part:
        """Return the controls as a widget of their own: all of them, or those of some nodes and
        ports, for a layout with ``ipywidgets.VBox`` and the like."""
        ports = [ref for target in targets for ref in self._controls_of(target)]
        return part_of(self.session, self.name, "form", ports)

    def output(self, *ports: Port | Node) -> Part:
        """Return what output ports show as a widget of its own."""
        outputs = map(port_of, ports)
        refs = [(self._built().name_of(port.node), port.name) for port in outputs]
        return part_of(self.session, self.name, "output", refs)

    def history_view(self, node: Target) -> Part:
        """Return the recorded runs of a node as a widget: restore, star, compare two."""
        return part_of(self.session, self.name, "history", nodes=self._names([node]))

    def run_button(self, *targets: Target, label: str = "Run") -> Part:
        """Return a button that runs ``targets``, or everything that is stale, with its progress."""
        names = self._names(targets)
        return part_of(self.session, self.name, "run", nodes=names, label=label)

    @overload
    def chat(self, message: None = None, *, conversation: Target | None = None) -> Part: ...

    @overload
    def chat(
        self, message: str, *, conversation: Target | None = None, timeout: float | None = None
    ) -> str: ...

    def chat(
        self,
        message: str | None = None,
        *,
        conversation: Target | None = None,
        timeout: float | None = None,
    ) -> Part | str:
        """Return the conversation of the graph as a widget; or say ``message``, and return the
        answer.

        The widget shows what was said and the answer while it is made, with a field to go on: as
        the last expression of a cell, or in a layout, with the graph or without it. With a
        ``message`` this waits for the answer, as :meth:`run` does, and raises what that raises.
        ``conversation`` says which is meant, where a graph has several.

        Raises :class:`~daggr_nb.errors.GraphError` when the graph has no
        :class:`~daggr_nb.Conversation`, or nothing that answers it, and
        :class:`~daggr_nb.errors.InputError` while an answer is being made.
        """
        if message is None:
            name = self._conversation(conversation)
            answer_of(self._built(), name)  # what is wrong with it is said here
            return part_of(self.session, self.name, "chat", nodes=[name])
        run = self.say(message, conversation=conversation, timeout=timeout)
        wait_and_show(run)
        return self._answer_in(run, conversation)

    async def achat(
        self,
        message: str,
        *,
        conversation: Target | None = None,
        timeout: float | None = None,
    ) -> str:
        """Say ``message`` and return the answer, without blocking the event loop."""
        run = self.say(message, conversation=conversation, timeout=timeout)
        await run
        return self._answer_in(run, conversation)

    def say(
        self,
        message: str,
        *,
        conversation: Target | None = None,
        timeout: float | None = None,
    ) -> Run:
        """Say ``message`` in the conversation of the graph and return the :class:`Run` that
        answers it.

        ``run.events()`` yields the answer as it is made, ``run.cancel()`` stops it; what it has
        said by then counts when the conversation goes on. Takes and raises what :meth:`chat` does.
        """
        chat = Chat(self.session, self._conversation(conversation))
        return chat.say(message, timeout=timeout)

    def _conversation(self, target: Target | None) -> NodeId:
        if target is None:
            return the_conversation(self._built(), self.name)
        name = self._built().name_of(target)
        if name not in conversations(self._built()):
            raise GraphError(
                f"conversation= expected a Conversation of {self.name!r}, got {str(name)!r}, which "
                "is another kind of node.",
                node=name,
            )
        return name

    def _answer_in(self, run: Run, conversation: Target | None) -> str:
        port = answer_of(self._built(), self._conversation(conversation))
        values = run.result().get(port.node, {})
        return answer_in(values.get(port.port))

    def snapshot(self) -> Still:
        """Return the graph as it stands, for an output that outlives the kernel.

        As the last expression of a cell it shows a picture of the graph with every result below.
        It needs no kernel, no script and no network, and is shown in notebooks that are not
        trusted, on GitHub and by nbconvert. It never changes: take another for how things stand
        then.

        >>> graph = Graph("Paper", [FnNode(lambda: "Otters", "title")], persist_key=False)
        >>> graph.run()["title"]["output"]
        'Otters'
        >>> "Otters" in graph.snapshot().html
        True
        """
        return snapshot_of(self.session, self.name)

    def export(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Write the graph as it stands into a file of its own; returns its path.

        ``.svg`` is a picture of all cards and edges with their states. ``.html`` is a page with
        that picture and every result as image, table or text; it needs no script, no network and
        no kernel. A file that is there is replaced. Raises
        :class:`~daggr_nb.errors.InputError` for any other ending.

        >>> import pathlib, tempfile
        >>> graph = Graph("Paper", [FnNode(lambda: "Otters", "title")], persist_key=False)
        >>> graph.export(pathlib.Path(tempfile.mkdtemp()) / "paper.html").name
        'paper.html'
        """
        return export_of(self.session, self.name, pathlib.Path(path))

    def launch(
        self,
        host: str | None = None,
        port: int | None = None,
        share: bool | None = None,
        open_browser: bool = True,
        theme: Any = None,
        api_server: bool = True,
        **kwargs: Any,
    ) -> None:
        """Show the graph. In a notebook that is its canvas, below the cell; returns at once.

        In a script this is :meth:`serve`: it opens the page in a browser unless ``open_browser`` is
        false, and blocks until Ctrl-C. ``host`` is by default ``GRADIO_SERVER_NAME``, or this
        machine alone. Under the command ``daggr-nb`` it says which graph is meant, and the command
        does the rest. The other arguments are those of daggr's ``launch``, whose scripts run as
        they are, and mean nothing here.
        """
        if is_commanded(self):
            return
        if in_notebook():
            show(self)
            return
        server = self.serve(host or default_host(), port, block=False)
        if open_browser:
            open_page(server.url)
        wait_for_end(server)

    def serve(
        self,
        host: str = "127.0.0.1",
        port: int | None = None,
        token: str | bool | None = None,
        *,
        block: bool | None = None,
        allowed_hosts: Sequence[str] = (),
        root_path: str = "",
        mcp: bool = False,
        gradio: bool = False,
        shared: bool = False,
    ) -> Server:
        """Serve the graph to people and programs: its REST, and a page of its own.

        ``port`` is by default 7860, or ``GRADIO_SERVER_PORT``; if it is in use, the next free one;
        0 is any. In a script this blocks until Ctrl-C; in a notebook, or with ``block=False``, it
        returns at once a handle with ``url`` and ``close()``. A cell that runs again closes the
        server that it started before.

        On 127.0.0.1 nobody else can reach it. At any other ``host`` a token is needed: that of
        ``token``, or one that is made and printed; ``True`` asks for one on 127.0.0.1, too.
        ``allowed_hosts`` are names under which a proxy shows the server, ``root_path`` is the path
        below which it does. With ``mcp=True`` assistants have the graph as a tool at ``/mcp``
        (``pip install "daggr_nb[mcp]"``); with ``gradio=True`` clients of Gradio, and a
        :class:`GradioNode` of another graph, call it as if it were an app. With ``shared=True`` all
        who look at the page share their inputs and what they see; else each has their own.

        Needs ``pip install "daggr_nb[serve]"``. Raises :class:`~daggr_nb.errors.InputError` for an
        address that cannot be served, and for ``token=False`` where others can reach it.

        >>> graph = Graph("Served", [FnNode(lambda: "Otters", "title")], persist_key=False)
        >>> with graph.serve(port=0, block=False) as server:
        ...     server.url.startswith("http://127.0.0.1:")
        Served: http://127.0.0.1:.../
        True
        """
        blocks = block if block is not None else not in_notebook()
        if blocks and is_commanded(self):
            sys.exit()  # the command serves it; a script would come no further either
        server = start_server(
            self.session,
            self.name,
            self.persist_key,
            host=host,
            port=port,
            token=token,
            allowed_hosts=allowed_hosts,
            root=root_path,
            mcp=mcp,
            gradio=gradio,
            shared=shared,
        )
        if blocks:
            wait_for_end(server)
        return server

    # -- for programs, under the names that daggr has for it

    def get_entry_nodes(self) -> list[Node]:
        """Return the nodes that no other feeds."""
        parents = self._built().topology.parents
        return [node for name, node in self._built().nodes.items() if not parents[name]]

    def get_output_nodes(self) -> list[str]:
        """Return the names of the nodes that feed no other."""
        return [str(name) for name in leaves(self._built())]

    def get_execution_order(self) -> list[str]:
        """Return the names of all nodes, parents before children."""
        return [str(name) for name in self._built().topology.order]

    def get_connections(self) -> list[tuple[str, str, str, str]]:
        """Return ``(source, source port, target, target port)`` of every edge."""
        edges = self._built().edges
        return [(e.source, e.source_port, e.target, e.target_port) for e in edges]

    def get_subgraphs(self) -> list[set[str]]:
        """Return the sets of names of nodes that hang together."""
        return [{str(name) for name in part} for part in subgraphs(self._built())]

    def get_api_schema(self) -> dict[str, Any]:
        """Return what each part of the graph takes and gives, as data.

        ``{"subgraphs": [{"id", "inputs", "outputs"}]}``: inputs are controls, with ``node``,
        ``port``, ``type`` (that of the component, in lower case) and the ``id`` by which
        :meth:`run` takes a value; outputs are those of the leaves that have a display. The ``id``
        of the only part is ``main``.
        """
        return schema(self._built())

    def _ipython_display_(self) -> None:
        if not is_unwatched():
            raise NotImplementedError  # IPython goes on with what follows
        display_still(self.canvas())

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        data, metadata = self.canvas().mimebundle(**kwargs)
        return {**data, "text/plain": f"{self!r}\n{self.status()}"}, metadata

    def close(self) -> None:
        """Stop what runs and let go of the store; what is recorded stays there.

        Who has subscribed hears of all that happened; one who is slow is waited for a second, and
        hears the rest later.
        """
        if self._session is not None:
            self._session.close()
            self._session.hear_out(_HEARD_OUT)
            self._session = None
        leave_as_it_is(self)

    # -- inside

    @property
    def session(self) -> Session:
        """The live session, made when it is first needed."""
        if self._session is None:
            with held_back():
                return self._new_session()
        return self._session

    def _new_session(self) -> Session:
        session = session_for(self._folder, self._home, None, self._visitor, self._file)
        self.wiring.take_aliases(session.renaming.names.aliases)
        check_name(session, self.name, self._built().nodes, self.persist_key)
        self._session = session
        session.executors.take(self._executor)
        try:
            session.attach(self._built())
        except BaseException:
            self._session = None  # it is asked for again
            raise
        link_widgets(session)
        self._keep_in_touch(session)
        self._ask_about_names()
        return session

    def _keep_in_touch(self, session: Session) -> None:
        """Let the session ask the notebook what has become of the graph there."""
        session.runs.follow = functools.partial(follow, self)
        graph = weakref.ref(self)  # whoever holds it keeps it from being closed
        session.variable = lambda: variable_of(graph())

    @property
    def live(self) -> Session | None:
        """The live session if it was needed already, for the host of the nodes."""
        return self._session

    def _built(self) -> Structure:
        return self.wiring.structure

    def _names_on_record(self) -> Renames:
        """Return which names stand for which, as far as anybody can say who opens nothing."""
        if self._session is not None:
            return self._session.read_names()
        if self._folder is None or self._home is None:
            return Renames()
        return glance(self._home / self._folder)

    def _follow(self, structure: Structure) -> None:
        """Let the session, if it lives, take the graph as it is now; tell what does not fit."""
        if self._session is not None:
            self._session.attach(structure)
            link_widgets(self._session)
            self._ask_about_names()
        for text in self.wiring.new_mismatches():
            warnings.warn(text, TypeMismatchWarning, stacklevel=_outside())

    def _ask_about_names(self) -> None:
        """Ask once in the cell whether nodes were called otherwise before."""
        for question in self._session.renaming.unasked() if self._session is not None else ():
            former, name = str(question.former), str(question.node)
            warnings.warn(
                f"Is {name} what was {former}? Then graph.rename({former!r}, {name!r}) gives it "
                "the history of that; its card asks, too, and graph.renames.",
                RenameWarning,
                stacklevel=_outside(),
            )

    def _controls_of(self, target: Target | Port) -> list[tuple[str, str]]:
        """Return the controls of a node, or the one that a port is."""
        built = self._built()
        if isinstance(target, Port):
            return [self.inputs.ref(f"{built.name_of(target.node)}__{target.name}")]
        name = built.name_of(target)
        return [ref for ref in built.controls.values() if ref.node == name]

    def _names(self, targets: Sequence[Target]) -> list[NodeId]:
        return [self._built().name_of(target) for target in targets]


def _outside() -> int:
    """Return the ``stacklevel`` that points a warning of the caller's to whoever called us."""
    level, frame = 1, sys._getframe(1)  # noqa: SLF001 - as warnings does it
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        level, frame = level + 1, frame.f_back
    return level
