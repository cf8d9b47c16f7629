"""What can feed an input, and what of it a person has written."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

from daggr_nb import ui
from daggr_nb._model.node import (
    Feed,
    GatheredPort,
    Node,
    OwnName,
    Port,
    Ports,
    ScatteredPort,
    port_of,
)
from daggr_nb.errors import GraphError


@dataclass(frozen=True)
class Const:
    """A constant that is handed over as it is, even a function.

    A function given as an input is called once for every run; ``Const(fn)`` passes ``fn`` itself.

    Args:
        value: What the node gets.
    """

    value: Any


@dataclass(frozen=True, eq=False)
class Control(Feed):
    """A person's value, edited through a component.

    Inputs that were given one component object are one control. What an annotation suggests is each
    input's ``own``.
    """

    component: ui.Component
    own: bool = False
    source = "component"


@dataclass(frozen=True, eq=False)
class Wire(Feed):
    """Another node's output. ``levels`` counts scatter levels added (+1) or gathered (-1).

    ``scatter`` counts the ``.each``. The first one of what a scattered node makes goes on item by
    item, as ``.all().each`` does: see :meth:`from_depth`.
    """

    port: Port
    scatter: int = 0
    gather: bool = False
    key: str | None = None
    source = "port"

    @property
    def levels(self) -> int:
        return self.scatter - int(self.gather)

    def from_depth(self, depth: int) -> Wire:
        """Return what it comes to when the source runs at so many scatter levels."""
        return replace(self, gather=True) if depth and self.scatter else self

    @property
    def parent(self) -> Node:
        """The node that the value comes from."""
        return self.port.node


@dataclass(frozen=True, eq=False)
class Fixed(Feed):
    """A constant."""

    value: Any
    source = "constant"


@dataclass(frozen=True, eq=False)
class Drawn(Feed):
    """A callable, called once per node run; what it returned is recorded."""

    draw: Callable[[], Any]
    source = "callable"


def draws(feeds: Mapping[str, Feed]) -> dict[str, Callable[[], Any]]:
    """Return the callables that draw inputs, by the role that each has for its node: ``seed()``."""
    return {f"{port}()": feed.draw for port, feed in feeds.items() if isinstance(feed, Drawn)}


@dataclass(frozen=True, eq=False)
class Unfed(Feed):
    """A required input that nothing feeds yet; an edge may come later."""

    source = "constant"


@singledispatch
def feed(value: Any) -> Feed:
    """Return what feeds an input when a person writes ``value`` in ``inputs``.

    Args:
        value: A component, a port, a node with one output, a function to call for every run, a
            ``Const``, or any other value, which is a constant.
    """
    _refuse_slip(value)
    component = ui.component_of(value)
    if component is not None:  # of another library
        return Control(component)
    return Drawn(value) if _is_function(value) else Fixed(value)


def _is_function(value: Any) -> bool:
    """Whether a value is there to be called: a function in whatever form, or a class.

    Other objects that can be called (a tokenizer, a pipeline, a model) are values themselves.
    """
    if isinstance(value, (type, functools.partial)) or inspect.isroutine(value):
        return True
    return callable(value) and hasattr(value, "__wrapped__")


def _refuse_slip(value: Any) -> None:
    """Raise ``GraphError`` for what nobody means to hand over, but easily writes."""
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
    if isinstance(value, Ports):
        raise GraphError(
            f"{value!r} is all ports of a node; write node.ports['x'] for one of them."
        )
    if callable(value) and isinstance(owner, Port):
        raise GraphError(f"{owner!r}.{name} lacks its parentheses: write {owner!r}.{name}().")
    if isinstance(value, type) and issubclass(value, ui.Component):
        raise GraphError(f"{name} is a class; write {name}(...) for a component of that kind.")


@feed.register
def _(value: ui.Component) -> Feed:
    return Control(value)


@feed.register
def _(value: Port) -> Feed:
    return Wire(value)


@feed.register
def _(value: Node) -> Feed:
    return Wire(port_of(value))


@feed.register
def _(value: ScatteredPort) -> Feed:
    return Wire(value.port, value.levels, value.gathered, value.key)


@feed.register
def _(value: GatheredPort) -> Feed:
    return Wire(value.port, gather=True)


@feed.register
def _(value: Const) -> Feed:
    return Fixed(value.value)
