"""The base of every node kind: names, ports, and what a run needs to know."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from daggr_nb import ui
from daggr_nb._model.body import Body
from daggr_nb._model.evaluation import Ask, Code, RunContext
from daggr_nb._model.hidden_ports import (
    hidden_names,
    is_meant_by_people,
    is_of_the_package,
    with_ports,
)
from daggr_nb._model.policy import ERROR_PORT, Limits, Pairing, Policy
from daggr_nb._model.utterance import Utterance
from daggr_nb._model.words import InputSource, NodeIcon
from daggr_nb._names import PublicNames, is_ours
from daggr_nb.errors import GraphError, UnknownPortError, did_you_mean


@dataclass(frozen=True)
class Variant:
    """One of the variants of a choice: ``node`` does the work, with some of the choice's inputs.

    ``ports`` maps input ports of the choice to those of ``node``.
    """

    node: Node
    ports: Mapping[str, str]


@dataclass(frozen=True)
class Service:
    """Who does a node's work elsewhere.

    ``name`` is what a sentence calls it (``the Space org/x``), ``label`` what a card does. ``url``
    is its page, ``commit`` the revision that is called; both may be unknown.
    """

    name: str
    label: str
    url: str = ""
    commit: str = ""


class Host(Protocol):
    """The graph a node belongs to, as its ports see it."""

    def port_value(self, port: Port) -> Any: ...
    def port_content(self, port: Port) -> tuple[str, str] | None: ...
    def observe(self, port: Port, handler: Callable[[Any], object]) -> None: ...
    def unobserve(self, port: Port, handler: Callable[[Any], object]) -> None: ...
    def last_run(self, node: Node) -> Any: ...
    def replace_nodes(self, successors: Mapping[Node, Node]) -> None: ...
    def release(self, node: Node, host: Host) -> None: ...
    def set_input(self, port: Port, value: Any) -> None: ...


@dataclass(frozen=True)
class Port:
    """A named output (or input) of a node.

    As a value in another node's ``inputs`` it makes an edge: ``port`` hands the value over,
    ``port.each`` runs the target once for every item, ``port.all()`` gathers what a scattered
    node produced into a list. Of a scattered node ``port.each`` goes on item by item.
    """

    node: Node
    name: str

    @property
    def each(self) -> ScatteredPort:
        """Scatter: the target runs once for every item of the value.

        Of a node that runs once per item itself, those are what its items made: the target goes
        on item by item. ``port.each.each`` goes into the list that every item is.
        """
        return ScatteredPort(self)

    def all(self) -> GatheredPort:
        """Gather: the target gets the list of what every item produced."""
        return GatheredPort(self)

    @property
    def value(self) -> Any:
        """The value shown now.

        Raises :class:`~daggr_nb.errors.NotRunYet` when the node has no result, and
        :class:`~daggr_nb.errors.GraphError` when it belongs to no graph.
        """
        return self.node.host().port_value(self)

    @property
    def content(self) -> tuple[str, str] | None:
        """The digest of the value shown now, and a short text of it; ``None`` for no value.

        Waits for nobody: code that captures a port is followed at any time, on any thread.
        """
        return None if self.node.free else self.node.host().port_content(self)

    def observe(self, handler: Callable[[Any], object]) -> None:
        """Call ``handler(change)`` whenever the port shows another value.

        ``change.new`` and ``change.old`` are values (``None`` for none), ``change.node`` and
        ``change.port`` names; ``change["new"]`` works as well, as in traitlets. Calls come from a
        thread of their own; an error in one is logged. A function of a notebook that is defined
        again takes the place of its former version.
        """
        self.node.host().observe(self, handler)

    def unobserve(self, handler: Callable[[Any], object]) -> None:
        """Call ``handler`` no more."""
        self.node.host().unobserve(self, handler)

    def __getattr__(self, field: str) -> ScatteredPort:
        """Scatter one field of an item list: ``port.text`` is ``port.each["text"]``."""
        if field.startswith("_"):
            raise AttributeError(field)
        component = self.node.outputs.get(self.name)
        fields = component.schema if isinstance(component, ui.ItemList) else {}
        if field not in fields:
            raise UnknownPortError(
                f"The port {self!r} has no attribute {field!r}."
                f"{did_you_mean(field, [*fields, 'each', 'all', 'value'])}",
                node=self.node.name,
                port=self.name,
            )
        return ScatteredPort(self, field)

    def __repr__(self) -> str:
        return f"{self.node.name}.{self.name}"


@dataclass(frozen=True)
class ScatteredPort:
    """``port.each``, or ``port.each["key"]`` for one field of every item.

    ``levels`` counts the ``.each``: a second one goes into the list that every item is.
    """

    port: Port
    key: str | None = None
    gathered: bool = False
    levels: int = 1

    @property
    def each(self) -> ScatteredPort:
        """Scatter every item, too: the target runs once for every item of each."""
        if self.key is not None:
            raise GraphError(
                f"{self!r}.each was expected to scatter items, and {self.key!r} is one field of "
                f"them. Write {self!r}, and scatter what the node makes of it.",
                node=self.port.node.name,
                port=self.port.name,
            )
        return replace(self, levels=self.levels + 1)

    def __getitem__(self, key: str) -> ScatteredPort:
        return replace(self, key=key)

    def __repr__(self) -> str:
        gather = ".all()" if self.gathered else ""
        key = f"[{self.key!r}]" if self.key is not None else ""
        return f"{self.port!r}{gather}{'.each' * self.levels}{key}"


@dataclass(frozen=True)
class GatheredPort:
    """``port.all()``: the list of what every item of a scattered node produced."""

    port: Port

    @property
    def each(self) -> ScatteredPort:
        """Scatter the gathered list again: item by item, one run for every item."""
        return ScatteredPort(self.port, gathered=True)

    def __repr__(self) -> str:
        return f"{self.port!r}.all()"


class OwnName(str):
    """The name of a node that has a port ``name`` as well, which it hides."""

    __slots__ = ()


class Feed:
    """What feeds an input; its kinds are in ``feed``. ``source`` says where the value is from."""

    source: ClassVar[InputSource]

    @property
    def parent(self) -> Node | None:
        """The node that the value comes from, if another node makes it."""
        return None


class Ports(Mapping[str, Port]):
    """A node's ports by name, also as attributes; for names that Python or the node shadow."""

    def __init__(self, node: Node, names: Mapping[str, Any]) -> None:
        self._node = node
        self._names = names

    def __getitem__(self, name: str) -> Port:
        if name not in self._names:
            raise _unknown_port(self._node, name, self._names)
        return Port(self._node, name)

    def __getattr__(self, name: str) -> Port:
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __dir__(self) -> list[str]:
        return list(self._names)


_OF_THE_PORT = ("all", "content", "each", "observe", "unobserve", "value")
"""What a node with one output has of that port."""


class NodeKind(PublicNames):
    """The class of kinds of nodes: of all but :class:`Node`, ``dir`` names what people use.

    Who writes a kind of node reads the rest at :class:`Node`.
    """

    def names_for_others(self) -> AbstractSet[str]:
        if self.__bases__ == (object,):
            return frozenset()
        names = {name for kind in self.__mro__ if is_ours(kind) for name in vars(kind)}
        at_hand: Iterable[str] = getattr(self, "at_hand", ())
        return {n for n in names if not n.startswith("_")} - {*at_hand, "of"}


class Node(metaclass=NodeKind):
    """A step of a graph. Its ports are attributes: ``node.port``.

    A node with one output stands for it wherever a port can: as an input of another node, with
    ``node.each``, ``node.all()`` and ``node.value``. The outputs of one with several are unpacked:
    ``words, counts = node``. ``node.port = value`` sets the control that a port is.

    An output hides an input of the same name, and what the node itself has: with an output
    ``doc``, ``node.doc`` is that port. Methods and ``name`` are not hidden, and using one as a port
    is an error; ``node.ports`` reaches every output.

    A kind of node is a subclass with :meth:`code` and :meth:`run`.

    Args:
        name: What it is called; ``None`` is after its kind.
        inputs: What feeds each port, as :func:`feed` makes it of a value.
        outputs: A component for each port, or ``None``.
        policy: What happens when it fails or takes too long, as :meth:`Policy.of` makes it of
            keywords.
        limits: How its runs share the machine with others, by :meth:`Limits.of`.

    >>> from daggr_nb import Code, Graph, Limits, Node, Policy, feed
    >>> class Fetch(Node):
    ...     kind = "fetch"
    ...     def __init__(self, name, url, **options):
    ...         policy = Policy.of(options, name, timeout=60)
    ...         limits = Limits.of(options, name, concurrent=True)
    ...         inputs = {"url": feed(url)}
    ...         super().__init__(name, inputs, {"page": None}, policy=policy, limits=limits)
    ...     def code(self):
    ...         return Code(self.kind, version="1")
    ...     def run(self, inputs, context):
    ...         context.stream(f"reading {inputs['url']} …")
    ...         return {"page": f"what is at {inputs['url']}"}
    >>> graph = Graph("Pages", [Fetch("home", "a.org", retries=2)], persist_key=False)
    >>> graph.run()
    {'home': {'page': 'what is at a.org'}}
    """

    kind: str = "node"
    icon: NodeIcon = "node"
    """The drawing on its card."""
    runnable: bool = True
    at_hand: tuple[str, ...] = ("inputs", "last", "name", "outputs", "ports")
    """Names that the tab key offers beside the ports."""
    selector: str | None = None
    """The control whose value names the one of the :attr:`by_variant` that does the work."""
    by_variant: Mapping[str, Variant]
    """Of a node with a :attr:`selector`: who may do the work, by name."""
    pairing: Pairing = "zip"
    """How several scattered inputs make items: one of each, or every combination."""
    discontinuity: str = ""
    """What is to be said of what it streamed last, if that may not be meant."""
    utterance: Utterance | None = None
    """What it says while what feeds it is made, if it is there to say something."""

    if TYPE_CHECKING:  # those of its only output, see __getattr__

        @property
        def each(self) -> ScatteredPort: ...
        @property
        def value(self) -> Any: ...
        @property
        def content(self) -> tuple[str, str] | None: ...
        def all(self) -> GatheredPort: ...
        def observe(self, handler: Callable[[Any], object]) -> None: ...
        def unobserve(self, handler: Callable[[Any], object]) -> None: ...

    def __init__(
        self,
        name: str | None,
        inputs: Mapping[str, Feed],
        outputs: Mapping[str, ui.Component | None],
        *,
        policy: Policy = Policy(),  # noqa: B008 - frozen
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        self._given_name = self._name = None if name is None else checked_name(name)
        self.inputs: dict[str, Feed] = dict(inputs)
        self.outputs: dict[str, ui.Component | None] = dict(outputs)
        self.policy = policy
        self.limits = limits
        if policy.on_error == "route":
            self.outputs.setdefault(ERROR_PORT, None)
        self._host: Host | None = None  # the last one: from now on people may assign to ports
        self._show_hidden_ports()

    # -- names

    @property
    def name(self) -> str:
        """The name given, or the one the graph chose from :attr:`default_name`."""
        name = self._name or self.default_name
        return OwnName(name) if "name" in self.outputs else name

    @name.setter
    def name(self, name: str) -> None:
        """Call the node otherwise, as long as no graph holds it."""
        if self._host is not None:
            raise GraphError(
                f"{self.name!r} is in a graph, which knows it by that name. Give the name when the "
                "node is made: name=..., or set it before Graph(...).",
                node=self.name,
            )
        self._given_name = self._name = checked_name(name)

    @property
    def given_name(self) -> str | None:
        """The name a person gave, if any."""
        return self._given_name

    @property
    def default_name(self) -> str:
        """What the node is called when nobody named it."""
        return self.kind

    @property
    def doc(self) -> str:
        """One line on what the node does."""
        return ""

    # -- ports

    @property
    def ports(self) -> Ports:
        """The output ports by name."""
        return Ports(self, self.outputs)

    @property
    def _outputs(self) -> Ports:
        return Ports(self, self.outputs)

    @property
    def _inputs(self) -> Ports:
        return Ports(self, self.inputs)

    def _show_hidden_ports(self) -> None:
        hidden = hidden_names(self, self.outputs)
        if hidden:
            self.__class__ = with_ports(type(self), hidden, Port)

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        is_port = name in own.get("inputs", ()) or name in own.get("outputs", ())
        if "_host" in own and not name.startswith("_") and is_meant_by_people(self, name):
            if is_port:
                self.host().set_input(Port(self, name), value)
                return
            if is_of_the_package(type(self)):  # a slip would go unnoticed
                raise _unknown_port(self, name, own["inputs"] | own["outputs"])
        object.__setattr__(self, name, value)
        if is_port:  # a kind sets what it likes, at any time
            self._show_hidden_ports()

    def __getattr__(self, name: str) -> Port:
        own = self.__dict__
        outputs, inputs = own.get("outputs", {}), own.get("inputs", {})
        if (name in outputs or name in inputs) and not name.startswith("__"):
            return Port(self, name)
        if name in _OF_THE_PORT and outputs:
            port: Port = getattr(port_of(self, f".{name}" + "()" * (name == "all")), name)
            return port
        raise _unknown_port(self, name, {**outputs, **inputs})

    def __iter__(self) -> Iterator[Port]:
        """Yield the outputs, for ``words, counts = node``; not that of an error."""
        return (Port(self, name) for name in results_of(self))

    def __dir__(self) -> list[str]:
        """Return what the tab key is to offer: ports, and what people use of a node."""
        return sorted({*self.at_hand, *self.outputs, *self.inputs})

    @property
    def output_types(self) -> Mapping[str, Any]:
        """What outputs are annotated with, by port; a port left out may carry anything."""
        return {}

    @property
    def input_types(self) -> Mapping[str, Any]:
        """What inputs are annotated with, by port; a port left out may take anything."""
        return {}

    @property
    def parents(self) -> list[Node]:
        """The nodes whose outputs this one consumes, each once, in the order of the inputs."""
        parents = (feed.parent for feed in self.inputs.values())
        return list(dict.fromkeys(parent for parent in parents if parent is not None))

    def __repr__(self) -> str:
        inputs, outputs = ", ".join(self.inputs), ", ".join(self.outputs)
        return f"<{type(self).__name__} {self.name!r} ({inputs}) -> ({outputs})>"

    # -- the graph it belongs to

    def join(self, host: Host, name: str) -> None:
        """Take ``name`` in the graph ``host``; the latest graph wins."""
        former, self._host, self._name = self._host, host, name
        if former is not None and former is not host:
            former.release(self, host)

    def leave(self, host: Host) -> None:
        """Belong to the graph ``host`` no more, and be called as one was before."""
        if self._host is host:
            self._host, self._name = None, self._given_name

    def is_of(self, host: Host) -> bool:
        """Whether the graph ``host`` is the one it belongs to."""
        return self._host is host

    @property
    def free(self) -> bool:
        """Whether no graph has taken the node yet."""
        return self._host is None

    def host(self) -> Host:
        """Return the graph the node belongs to."""
        if self._host is None:
            raise GraphError(
                f"{self.name!r} belongs to no graph yet: put it into Graph(..., nodes=[...]).",
                node=self.name,
            )
        return self._host

    @property
    def last(self) -> Any:
        """The newest recorded run of the node, however it ended, as a ``NodeRun``.

        ``port.value`` is what is shown, which may be an older one.
        Raises :class:`~daggr_nb.errors.NotRunYet` when there is none, and
        :class:`~daggr_nb.errors.GraphError` when the node belongs to no graph.
        """
        return self.host().last_run(self)

    # -- what a run needs

    @property
    def optional(self) -> frozenset[str]:
        """Inputs that may be left out: the function has a default for them."""
        return frozenset()

    def unfed(self, port: str) -> Feed | None:
        """Return what feeds an input that has lost its edge, if anything does."""
        return None

    @property
    def may_leave_out(self) -> bool:
        """Whether a run may leave outputs out, so that what hangs on them is skipped."""
        return self.policy.on_error == "route"

    @property
    def service(self) -> Service | None:
        """Who does the work, if that is somebody elsewhere: results cannot be reproduced then."""
        return None

    @property
    def looked_up(self) -> bool:
        """Whether :meth:`look_up` has been called, or would tell nothing."""
        return True

    def look_up(self) -> None:
        """Find out what only others can tell: whether there is such a service, its revision.

        May block for some seconds. Raises nothing: what is wrong is the node's :attr:`problem`.
        """

    @property
    def problem(self) -> str:
        """What is known to be wrong with the node, so that a run would fail; empty for nothing."""
        return ""

    @property
    def notes(self) -> Sequence[str]:
        """What its card says of the node, in the order of what matters most."""
        return ()

    def workers(self) -> Iterable[Node]:
        """Return the nodes that may do the work: this one, unless it has variants."""
        if self.selector is None:
            return (self,)
        return [variant.node for variant in self.by_variant.values()]

    def worker(self, ports: Iterable[str]) -> Node:
        """Return the node that does the work when the inputs ``ports`` are those that count."""
        if self.selector is None:
            return self
        ports = set(ports)
        variants = self.by_variant.values()
        return next((v.node for v in variants if not ports.isdisjoint(v.ports)), self)

    def calls(self) -> Mapping[str, Callable[..., Any]]:
        """Return the functions that the node calls, by role; none unless a kind says so."""
        return {}

    def rebind(self, function: Callable[..., Any], role: str = "fn") -> None:
        """Call ``function`` in a role of :meth:`calls` from now on.

        Raises :class:`~daggr_nb.errors.GraphError` when it cannot take the inputs there are.
        """
        raise GraphError(f"{self.name!r} calls no function as {role!r}.", node=self.name)

    def body(self) -> Body | None:
        """Return what it does as something that can be sent; ``None`` runs where the graph is."""
        return None

    @abstractmethod
    def code(self) -> Code:
        """Return what the node's fingerprint is computed from."""

    @abstractmethod
    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        """Evaluate the node once and return its outputs by port. May block; may raise anything."""


def results_of(node: Node) -> list[str]:
    """Return the outputs that carry what a node makes: all but that of an error."""
    routes = node.policy.on_error == "route"
    return [name for name in node.outputs if not (routes and name == ERROR_PORT)]


def port_of(value: Node | Port, use: str = "") -> Port:
    """Return the port that ``value`` is or, as a node with one output, stands for.

    ``use`` is what was to follow the port, for the error: a :class:`~daggr_nb.errors.GraphError`
    that lists the outputs when there are several.
    """
    if isinstance(value, Port):
        return value
    names = results_of(value)
    if len(names) != 1:
        ports = ", ".join(f"{value.name}.{name}{use}" for name in names)
        count = f"{len(names)} outputs" if names else "no output"
        raise GraphError(
            f"{value!r} has {count}; what feeds an input is one of its ports"
            + (f": {ports}." if ports else "."),
            node=value.name,
        )
    return Port(value, names[0])


class AskingNode(Node):
    """A node whose work is done by a person: it runs when there is an answer."""

    @abstractmethod
    def ask(self, inputs: Mapping[str, Any]) -> Ask:
        """Return the question about ``inputs``; raise what the run is to fail with."""

    @abstractmethod
    def accept(self, answer: Any, inputs: Mapping[str, Any]) -> Any:
        """Return ``answer`` as the run gets it; raise ``InputError`` if it is none."""

    @abstractmethod
    def answer_of(self, value: Any, inputs: Mapping[str, Any]) -> Any:
        """Return the answer that a person means who says ``value`` in Python."""


def checked_name(name: object) -> str:
    """Return what a node may be called; raises :class:`~daggr_nb.errors.GraphError` for other."""
    if not isinstance(name, str) or not name.strip():
        raise GraphError(f"name= expected text that is not empty, got {name!r}.")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise GraphError(f"name= expected text without half characters, got {name!r}.") from None
    return name


def _unknown_port(node: Node, name: str, ports: Mapping[str, Any]) -> UnknownPortError:
    return UnknownPortError(
        f"{type(node).__name__} {node.name!r} has no port {name!r}.{did_you_mean(name, ports)}",
        node=node.name,
        port=name,
    )
