"""Outputs that are called like something a node has already: who reads decides what is meant.

People mean the port they declared: ``node.doc``, ``node.kind``. The package, and the methods of a
kind of node, mean what every node has. Methods and the name of a node stay what they are; what
takes them for a port is told so (see ``feed``).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

_SHOWN = "_shown_ports"
_PACKAGE = __name__.partition(".")[0]
_KEPT = frozenset({"name", "ports"})
"""What is reached by these names even then; ``ports`` leads to the ports so called."""
_WITHIN = frozenset({"<genexpr>", "<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>"})
"""Code that is a part of what stands around it."""


def hidden_names(node: object, ports: Iterable[str]) -> tuple[str, ...]:
    """Return the names of ports that an attribute of ``node``, but no method, would hide."""
    own, kind = vars(node), type(node)
    return tuple(
        port
        for port in sorted(ports)
        if (port in own or hasattr(kind, port))
        and port not in kind.__dict__.get(_SHOWN, ())
        and not (port.startswith("_") or port in _KEPT)
        and not callable(getattr(kind, port, None))
    )


@functools.lru_cache(maxsize=256)
def with_ports(kind: type, names: tuple[str, ...], port: Callable[[Any, str], Any]) -> type:
    """Return ``kind`` with attributes that are ports to people: what ``port(node, name)`` is."""
    about: dict[str, Any] = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    before = kind.__dict__.get(_SHOWN, ())
    about |= {"__doc__": kind.__doc__, _SHOWN: (*before, *names)}
    shown: type = type(kind)(kind.__name__, (kind,), about)
    for name in names:
        setattr(shown, name, _either(shown, name, port))
    return shown


def is_of_the_package(kind: type) -> bool:
    """Whether a kind of node is one of ours, with nothing of its own to keep."""
    return kind.__module__.partition(".")[0] == _PACKAGE


def is_meant_by_people(node: object, name: str) -> bool:
    """Whether who assigns ``node.name`` means a port of that name, and not what a kind keeps."""
    if name in vars(node) or hasattr(type(node), name):
        return False
    frame = inspect.currentframe()
    caller = frame.f_back.f_back if frame is not None and frame.f_back is not None else None
    return not _means_the_node(caller, node)


def _either(kind: type, name: str, port: Callable[[Any, str], Any]) -> property:
    def read(node: Any) -> Any:
        frame = inspect.currentframe()
        if not _means_the_node(frame.f_back if frame is not None else None, node):
            return port(node, name)
        own = vars(node)
        return own[name] if name in own else getattr(super(kind, node), name)

    def write(node: Any, value: Any) -> None:
        vars(node)[name] = value

    return property(read, write)


def _means_the_node(frame: FrameType | None, node: object) -> bool:
    """Whether the code that reads is the package's own, or a method of the node's kind."""
    while frame is not None:
        module, code = str(frame.f_globals.get("__name__", "")), frame.f_code
        if module.partition(".")[0] == _PACKAGE:
            return True
        if code.co_name not in _WITHIN:
            first = code.co_varnames[0] if code.co_argcount else ""
            return hasattr(type(node), code.co_name) and frame.f_locals.get(first) is node
        frame = frame.f_back
    return False
