"""How a notebook reaches what it calls: by a name, or by an attribute of what a name stands for."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daggr_nb._nodes.decorator import NodeFunction
from daggr_nb._provenance.packages import installed

_SHELL = re.compile(r"_+|_i+|_i?\d+|_[oid]h")  # names of IPython's own
_MISSING = object()


@dataclass(frozen=True)
class Address:
    """The way from a notebook's names to a thing: ``step``, ``tools.clean``, ``Step.run``."""

    name: str
    attributes: tuple[str, ...] = ()

    def look(self, namespace: Mapping[str, Any]) -> Any:
        """Return what is there now, ``None`` if the way leads nowhere."""
        value = namespace.get(self.name)
        for attribute in self.attributes:
            if isinstance(value, types.ModuleType):  # its __getattr__ may import or fetch
                value = vars(value).get(attribute)
            else:
                value = getattr(value, attribute, None)
        return undecorated(value)


def undecorated(value: Any) -> Any:
    """Return the function of a decorated one: that is what nodes call."""
    return value.fn if isinstance(value, NodeFunction) else value


def same(one: Any, other: Any) -> bool:
    """Whether two things are one; a bound method is made anew whenever somebody looks."""
    if isinstance(one, types.MethodType) and isinstance(other, types.MethodType):
        return one.__self__ is other.__self__ and one.__func__ is other.__func__
    return one is other


def addresses(
    functions: Iterable[Callable[..., Any]], namespace: Mapping[str, Any]
) -> dict[int, list[Address]]:
    """Return by id how ``namespace`` reaches each of ``functions``, the plainest way first."""
    wanted = {id(function): function for function in functions}
    owners: dict[int, list[Any]] = {}
    for function in wanted.values():
        if isinstance(function, types.MethodType):
            owners.setdefault(id(function.__self__), []).append(function)
    found: dict[int, list[Address]] = {identity: [] for identity in wanted}
    deeper: list[tuple[str, Any]] = []
    for name, value in list(namespace.items()):  # other threads may bind names
        if _SHELL.fullmatch(name):
            continue
        value = undecorated(value)
        if id(value) in wanted:
            found[id(value)].append(Address(name))
        for method in owners.get(id(value), ()):
            found[id(method)].append(Address(name, (method.__name__,)))
        if isinstance(value, (type, types.ModuleType)) or hasattr(value, "__dict__"):
            deeper.append((name, value))
    missing = {identity: wanted[identity] for identity, ways in found.items() if not ways}
    for name, value in deeper if missing else ():
        for attribute, function in _members(value, missing):
            found[id(function)].append(Address(name, attribute))
    for identity, ways in found.items():
        own = getattr(wanted[identity], "__name__", "")
        ways.sort(key=lambda way: (len(way.attributes), (way.attributes or (way.name,))[-1] != own))
    return found


def _members(owner: Any, wanted: Mapping[int, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield which of ``wanted`` hang on ``owner``, and by which attributes."""
    if isinstance(owner, types.FunctionType) or (
        installed(owner if isinstance(owner, (type, types.ModuleType)) else type(owner))
        and not isinstance(owner, (types.ModuleType, types.SimpleNamespace))
    ):
        return
    if isinstance(owner, types.ModuleType):
        for function in wanted.values():  # by its own name: a module may be large
            name = str(getattr(function, "__name__", ""))
            if vars(owner).get(name) is function:
                yield (name,), function
        return
    for name, member in list(vars(owner).items()):
        plain = member.__func__ if isinstance(member, (staticmethod, classmethod)) else member
        for function in wanted.values():
            if plain is (function.__func__ if _bound_to(function, owner) else function):
                yield (name,), function


def _bound_to(function: Any, owner: Any) -> bool:
    return isinstance(function, types.MethodType) and function.__self__ is owner
