"""Ports, the forms in which one is wired to an input, and what can feed an input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from daggr_nb import ui
from daggr_nb.errors import GraphError, UnknownPortError, did_you_mean

if TYPE_CHECKING:
    from daggr_nb._model.node import Node


@dataclass(frozen=True)
class Port:
    """A named output (or input) of a node.

    As a value in another node's ``inputs`` it makes an edge: ``port`` hands the value over,
    ``port.each`` runs the target once for every item, ``port.all()`` gathers what a scattered
    node produced into a list.
    """

    node: Node
    name: str

    @property
    def each(self) -> ScatteredPort:
        """Scatter: the target runs once for every item of the value."""
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
    """``port.each``, or ``port.each["key"]`` for one field of every item."""

    port: Port
    key: str | None = None
    gathered: bool = False

    def __getitem__(self, key: str) -> ScatteredPort:
        return ScatteredPort(self.port, key, self.gathered)

    def __repr__(self) -> str:
        gather = ".all()" if self.gathered else ""
        return f"{self.port!r}{gather}.each" + (f"[{self.key!r}]" if self.key is not None else "")


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


@dataclass(frozen=True)
class Const:
    """A constant that is handed over as it is, even a function.

    A function given as an input is called once for every run; ``Const(fn)`` passes ``fn`` itself.
    """

    value: Any


class OwnName(str):
    """The name of a node that has a port ``name`` as well, which it hides."""

    __slots__ = ()


# ---------------------------------------------------------------- what feeds an input


@dataclass(frozen=True, eq=False)
class Control:
    """A person's value, edited through a component."""

    component: ui.Component
    source = "component"


@dataclass(frozen=True, eq=False)
class Wire:
    """Another node's output. ``levels`` counts scatter levels added (+1) or gathered (-1)."""

    port: Port
    scatter: bool = False
    gather: bool = False
    key: str | None = None
    source = "port"

    @property
    def levels(self) -> int:
        return int(self.scatter) - int(self.gather)


@dataclass(frozen=True, eq=False)
class Fixed:
    """A constant."""

    value: Any
    source = "constant"


@dataclass(frozen=True, eq=False)
class Drawn:
    """A callable, called once per node run; what it returned is recorded."""

    draw: Callable[[], Any]
    source = "callable"


@dataclass(frozen=True, eq=False)
class Unfed:
    """A required input that nothing feeds yet; an edge may come later."""

    source = "constant"


Feed = Control | Wire | Fixed | Drawn | Unfed


@singledispatch
def feed(value: Any) -> Feed:
    """Return what feeds an input when a person writes ``value`` in ``inputs``."""
    _refuse_slip(value)
    component = ui.component_of(value)
    if component is not None:  # of another library
        return Control(component)
    return Drawn(value) if callable(value) else Fixed(value)


def _refuse_slip(value: Any) -> None:
    """Raise ``GraphError`` for what nobody means to hand over, but easily writes."""
    from daggr_nb._model.node import Node  # noqa: PLC0415 - which imports this module

    owner = getattr(value, "__self__", None)
    name = getattr(value, "__name__", "")
    if callable(value) and isinstance(owner, Node):  # a method hides a port of its name
        raise GraphError(
            f"{owner!r}.{name} is a method of the node, not a port. For the port of that name "
            f"write node.ports[{name!r}]."
        )
    if isinstance(value, OwnName):
        raise GraphError(
            f"{value!r} is what the node is called, not its port 'name'. For the port write "
            "node.ports['name']."
        )
    if callable(value) and isinstance(owner, Port):
        raise GraphError(f"{owner!r}.{name} lacks its parentheses: write {owner!r}.{name}().")
    if isinstance(value, Node):
        ports = ", ".join(f"{value.name}.{port}" for port in value.outputs)
        raise GraphError(f"{value!r} is a node; what feeds an input is one of its ports: {ports}.")
    if isinstance(value, type) and issubclass(value, ui.Component):
        raise GraphError(f"{name} is a class; write {name}(...) for a component of that kind.")


@feed.register
def _(value: ui.Component) -> Feed:
    return Control(value)


@feed.register
def _(value: Port) -> Feed:
    return Wire(value)


@feed.register
def _(value: ScatteredPort) -> Feed:
    return Wire(value.port, scatter=True, gather=value.gathered, key=value.key)


@feed.register
def _(value: GatheredPort) -> Feed:
    return Wire(value.port, gather=True)


@feed.register
def _(value: Const) -> Feed:
    return Fixed(value.value)
