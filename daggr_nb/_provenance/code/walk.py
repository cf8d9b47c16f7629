"""From a function to everything of the person's that it uses, breadth first."""

from __future__ import annotations

import builtins
import collections
import functools
import importlib
import importlib.util
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

from daggr_nb._ids import Digest
from daggr_nb._provenance.code import classes
from daggr_nb._provenance.code.bindings import bound_at, bound_by
from daggr_nb._provenance.code.dependency import Dependency, Kind
from daggr_nb._provenance.code.free_names import Chain, Loads
from daggr_nb._provenance.code.guards import Probes
from daggr_nb._provenance.code.large_values import LARGE, Large, Seen
from daggr_nb._provenance.code.roles import (
    MISSING,
    Role,
    cell_content,
    fixed,
    is_draw,
    name_of,
    role_of,
)
from daggr_nb._provenance.code.source import body
from daggr_nb._provenance.digest.content import digest, measured
from daggr_nb._provenance.digest.objects import attributes
from daggr_nb._provenance.digest.stream import qualified
from daggr_nb._provenance.packages import described, installed, installed_module, module_of
from daggr_nb._provenance.redaction import shown
from daggr_nb.errors import DigestError

Namespace: TypeAlias = Mapping[str, Any]
_Named: TypeAlias = tuple[str, Namespace]  # the name that leads to a thing, and where it is bound
# What cannot change in place, but for what is probed; data is looked at when its turn comes.
_STEADY = (None, "function", "package")


class Walk:
    """Collects dependencies by path; an object is entered once, later paths only refer to it.

    ``watched`` names what counts by its definition only, ``large`` what takes long to digest;
    ``changeable`` says that some data can be changed, in place or by code that binds its name anew.
    ``probes`` are what to look at to know that another walk would find the same.
    """

    def __init__(self, ignore: frozenset[str], known: Large) -> None:
        self.found: dict[str, Dependency] = {}
        self.watched: list[str] = []
        self.large: list[str] = []
        self.changeable = False
        self.probes = Probes()
        self._ignore = ignore
        self._known = known
        self._entered: dict[int, tuple[str, Any]] = {}
        self._queue: collections.deque[tuple[_Named | None, Callable[[], None]]] = (
            collections.deque()
        )
        self._paths: set[str] = set()
        self._named_as: _Named | None = None

    def run(self, path: str, name: str, thing: Any) -> None:
        """Collect everything that ``thing`` depends on."""
        module = sys.modules.get(module_of(thing))
        self.visit(path, name, thing, vars(module) if module is not None else None)
        while self._queue:
            self._named_as, enter = self._queue.popleft()
            enter()

    def visit(self, path: str, name: str, thing: Any, where: Namespace | None = None) -> None:
        """Enter ``thing`` when its turn comes. ``where`` is the namespace it is bound in."""
        if path in self._paths:
            return
        self._paths.add(path)
        role = role_of(thing)
        if role not in _STEADY:
            self.probes.whole = False
        first = self._entered.get(id(thing))
        named = (name, where) if where is not None else self._named_as
        if role is None:
            self._queue.append((named, lambda: self._data(path, name, thing, where)))
        elif first is not None:
            self._add(path, name, "same", digest(["same", first[0]]), "")
        else:
            self._entered[id(thing)] = (path, thing)
            self._queue.append((named, lambda: self._enter[role](self, path, name, thing)))

    # -- code of the person's own

    def function(self, path: str, name: str, thing: types.FunctionType) -> None:
        """A function: its body, defaults, closure, and what it loads by name."""
        own = body(thing.__code__)
        self.probes.function(thing)
        self._add(path, name, "function", own.digest, own.source)
        if own.loads.stored or own.loads.rebinds:
            self.changeable = True
        for parameter, default in _defaults(thing):
            self.visit(f"{path}({parameter})", f"default {parameter}", default)
        for free, cell in zip(thing.__code__.co_freevars, thing.__closure__ or (), strict=True):
            self.probes.cell(cell, cell_content(cell))
            self._named(path, free, cell_content(cell), own.loads, own.loads.cells.get(free))
        for used, chains in own.loads.globals.items():
            value = thing.__globals__.get(used, MISSING)
            self.probes.name(thing.__globals__, used, value)
            if value is not MISSING or not hasattr(builtins, used):
                self._named(path, used, value, own.loads, chains, thing.__globals__)
        for module, chains in own.loads.imports.items():
            self._imported(path, module, chains, own.loads, thing.__globals__)

    def cls(self, path: str, name: str, thing: type) -> None:
        """A class: its bases, metaclass and members."""
        text = classes.header(thing)
        self._add(path, name, "class", digest(text), text)
        for base in (*thing.__bases__, type(thing)):
            if not (installed(base) and base in (object, type)):
                self.visit(f"{path}<{base.__name__}", base.__name__, base)
        if classes.annotations_count(thing):
            self.visit(f"{path}:", f"annotations of {name}", classes.annotations_of(thing))
        for member, value in classes.members(thing):
            self.visit(f"{path}.{member}", f"{name}.{member}", value)

    def partial(self, path: str, name: str, thing: functools.partial[Any]) -> None:
        """A partial: its function and its arguments."""
        self.visit(f"{path}(partial)", name_of(thing.func), thing.func)
        for index, value in enumerate(thing.args):
            self.visit(f"{path}({index})", f"argument {index} of {name}", value)
        for key, value in thing.keywords.items():
            self.visit(f"{path}({key})", f"argument {key} of {name}", value)

    def method(self, path: str, name: str, thing: types.MethodType) -> None:
        """A bound method: its function, and the object with its class."""
        self.visit(f"{path}(function)", name, thing.__func__)
        owner = thing.__self__
        self.visit(f"{path}(self)", f"the object of {name}", owner)

    def instance(self, path: str, name: str, thing: Any) -> None:
        """An object that can be called: its class and its state."""
        self._data(path, name, thing, None)

    def descriptor(self, path: str, name: str, thing: Any) -> None:
        """A property or the like: its functions."""
        self._add(path, name, "package", digest(qualified(type(thing))), type(thing).__name__)
        for role in ("fget", "fset", "fdel", "__func__", "func"):
            function = getattr(thing, role, None)
            if function is not None:
                self.visit(f"{path}({role})", name, function)

    def module(self, path: str, name: str, thing: types.ModuleType) -> None:
        """A module of the person's own, used as an object: all that is defined in it."""
        self._add(path, name, "definition", digest(thing.__name__), thing.__name__)
        for member, value in sorted(vars(thing).items()):
            if not member.startswith("__") and not isinstance(value, types.ModuleType):
                self.visit(f"{path}.{member}", member, value)

    # -- code of packages

    def package(self, path: str, name: str, thing: Any) -> None:
        """Something of a package: its name and version."""
        version = described(thing)
        self._add(path, name, "package", digest(version), version)

    def bound(self, path: str, name: str, thing: Any) -> None:
        """A C function that belongs to an object: ``", ".join``."""
        self.package(path, name, thing)
        self.visit(f"{path}(self)", f"the object of {name}", thing.__self__)

    def wrapper(self, path: str, name: str, thing: Any) -> None:
        """A wrapper that a package put around the person's code: what it holds on to."""
        function = isinstance(thing, types.FunctionType)
        label = (
            f"{module_of(thing)}.{thing.__code__.co_name}" if function else qualified(type(thing))
        )
        version = described(thing if function else type(thing)).rpartition("==")[2]
        text = f"{label}=={version}"
        self._add(path, name, "package", digest(text), text)
        for index, value in enumerate(_held(thing)):
            self.visit(f"{path}(wrapped {index})", name_of(value, name), value)

    # -- names

    def _named(
        self,
        owner: str,
        name: str,
        value: Any,
        loads: Loads,
        chains: frozenset[Chain] | None = None,
        where: Namespace | None = None,
    ) -> None:
        if name in self._ignore:
            return
        path = f"{owner}.{name}"
        if value is MISSING:
            self._add(path, name, "data", digest(["undefined"]), "undefined")
        elif isinstance(value, types.ModuleType) and not installed(value):
            self._taken(path, name, value, chains or frozenset({()}), loads)
        else:
            self.visit(path, name, value, where)
            for chain in sorted(chains or ()):
                self._attribute_of_function(path, name, value, chain, loads)

    def _taken(
        self,
        path: str,
        name: str,
        module: types.ModuleType,
        chains: frozenset[Chain],
        loads: Loads,
    ) -> None:
        """Visit what is taken from a module of the person's own, and only that."""
        if () in chains:
            self.visit(path, name, module)
            return
        self._add(path, name, "definition", digest(module.__name__), module.__name__)
        inner: dict[str, set[Chain]] = {}
        for first, *rest in sorted(chains):
            inner.setdefault(first, set()).add(tuple(rest))
        for attribute, rests in inner.items():
            value = _attribute(module, attribute)
            self.probes.name(vars(module), attribute, value)
            self._named(path, attribute, value, loads, frozenset(rests), vars(module))

    def _attribute_of_function(
        self, path: str, name: str, value: Any, chain: Chain, loads: Loads
    ) -> None:
        """Visit ``f.limit``, unless the code itself sets it, as a counter of calls."""
        own = vars(value) if isinstance(value, types.FunctionType) else {}
        if chain and isinstance(value, types.FunctionType):
            self.probes.whole = False
        if chain and chain[0] in own and chain[0] not in loads.stored:
            attribute = chain[0]
            self.visit(f"{path}.{attribute}", f"{name}.{attribute}", own[attribute])

    def _imported(
        self, owner: str, module: str, chains: frozenset[Chain], loads: Loads, where: Namespace
    ) -> None:
        """What code imports while it runs: a package by version, the person's own by use."""
        full = _absolute(module, where)
        path, root = f"{owner}.import {full}", full.partition(".")[0]
        if full in self._ignore or root in self._ignore:
            return
        if installed_module(full):
            self.package(path, full, types.ModuleType(full))
            return
        self.probes.whole = False
        loaded = _load(full)
        if loaded is None:
            self._add(path, full, "data", digest(["undefined"]), "cannot be imported")
        else:
            self._taken(path, full, loaded, chains, loads)

    # -- data

    def _data(self, path: str, name: str, value: Any, where: Namespace | None) -> None:
        content, size, looked = self._content(path, name, value, where)
        if size > LARGE:
            self.large.append(name)
        kind: Kind = "definition" if looked.whole(value) else "data"
        if not fixed(value):
            self.probes.whole = False
            self.changeable = self.changeable or kind == "data"
        text = kind_text(value) if kind == "definition" else shown(name, value)
        if looked.unknown:
            self.watched.append(name)
            owner, space = self._named_as or ("", {})
            binding = bound_by(owner, space)
            if binding is not None:
                whole = where is not None and not looked.code  # the statement is about it alone
                written = binding.content if whole else binding.around
                content, text = digest([content, written]), binding.source
                uses = binding.uses if whole else binding.around_uses
                self._used_by_binding(path, owner, uses, space)
        self._add(path, name, kind, content, text)

    def _content(
        self, path: str, name: str, value: Any, where: Namespace | None
    ) -> tuple[Digest, int, _Look]:
        """Return a value's digest, its size, and what was met in it; large ones are known."""
        known, looked = self._known.recall(value), _Look(self, path)
        bound = -1 if where is None or known is None else bound_at(name, where)
        if known is not None and known.bound_at == bound and looked.again(known.stands):
            self._known.remember(known)
            return known.digest, known.size, looked
        looked = _Look(self, path)
        try:
            content, size = measured(value, looked)
        except DigestError:
            return digest(looked.loose(value)), 0, looked
        if size > LARGE and not looked.unknown:
            bound = -1 if where is None else bound_at(name, where)
            self._known.remember(Seen(value, bound, content, size, looked.stands))
        return content, size, looked

    def _used_by_binding(
        self, path: str, name: str, uses: tuple[str, ...], where: Namespace
    ) -> None:
        for used in uses:
            value = where.get(used, MISSING)
            if used != name and value is not MISSING:
                self._named(path, used, value, Loads(), None, where)

    def refer(self, path: str, thing: Any) -> Any:
        """Return what stands for code inside data, and see that it is visited."""
        first = self._entered.get(id(thing))
        if first is not None:
            return ["same", first[0]]
        if isinstance(thing, (type, types.ModuleType)) and installed(thing):
            return ["package", described(thing)]
        self.visit(path, name_of(thing), thing)
        return ["code", path]

    _enter: ClassVar[Mapping[Role, Callable[..., None]]] = {
        "function": function,
        "cls": cls,
        "module": module,
        "partial": partial,
        "method": method,
        "instance": instance,
        "descriptor": descriptor,
        "wrapper": wrapper,
        "bound": bound,
        "package": package,
    }

    def _add(self, path: str, name: str, kind: Kind, content: Digest, source: str) -> None:
        self._paths.add(path)
        self.found[path] = Dependency(path, name, kind, content, source)


class _Look:
    """Stands in for what data holds and has no content of its own, while it is digested."""

    def __init__(self, walk: Walk, path: str) -> None:
        self.unknown: list[Any] = []
        self.stands: list[tuple[Any, Any]] = []
        self._walk = walk
        self._path = path

    def __call__(self, value: Any) -> Any:
        if role_of(value) in (None, "instance"):
            return self.loose(value)
        return self._refer(value)

    def _refer(self, thing: Any) -> Any:
        found = self._walk.refer(f"{self._path}[{len(self.stands) + 1}]", thing)
        self.stands.append((thing, found))
        return found

    def again(self, stands: Sequence[tuple[Any, Any]]) -> bool:
        """Meet code again without looking for it; says whether the same stands for it."""
        return [self._refer(thing) for thing, _ in stands] == [found for _, found in stands]

    @property
    def code(self) -> bool:
        """Whether there is code in it, which counts by itself."""
        return bool(self.stands)

    def loose(self, value: Any) -> Any:
        """Return what stands for a value without content: its type, and the code it holds."""
        kind = type(value)
        if is_draw(value):
            return ["draw", described(kind)]
        self.unknown.append(value)
        parts: list[Any] = ["unknown", described(kind)]
        try:
            held = attributes(value)
        except Exception:  # noqa: BLE001 - a foreign property may raise anything
            held = {}
        for thing in (kind, *held.values()):
            if role_of(thing) is not None and not installed(thing):
                parts.append(self._refer(thing))
        return parts

    def whole(self, value: Any) -> bool:
        """Whether ``value`` itself has no content, rather than something in it."""
        return any(unknown is value for unknown in self.unknown)


def kind_text(value: Any) -> str:
    """Return a type with the version of its package."""
    return f"{qualified(type(value))} ({described(type(value))})"


def _held(thing: Any) -> Iterator[Any]:
    """Yield what a package's wrapper holds on to; its caches are left out."""
    if hasattr(thing, "registry") and hasattr(thing, "dispatch"):  # functools.singledispatch
        yield from thing.registry.values()
        return
    wrapped = getattr(thing, "__wrapped__", None)
    if wrapped is not None:
        yield wrapped
    for cell in getattr(thing, "__closure__", None) or ():
        value = cell_content(cell)
        cache = isinstance(value, (dict, list, set, collections.abc.MutableMapping))
        if value is not MISSING and value is not wrapped and not cache:
            yield value


def _defaults(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    positional = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    yield from zip(positional[len(positional) - len(defaults) :], defaults, strict=True)
    yield from sorted((function.__kwdefaults__ or {}).items())


def _attribute(module: types.ModuleType, name: str) -> Any:
    try:
        return getattr(module, name)
    except Exception:  # noqa: BLE001 - a module's __getattr__ may raise anything
        return sys.modules.get(f"{module.__name__}.{name}", MISSING)


def _absolute(module: str, where: Namespace) -> str:
    try:
        return importlib.util.resolve_name(module, str(where.get("__package__") or ""))
    except ImportError:
        return module.lstrip(".")


def _load(module: str) -> types.ModuleType | None:
    """Return a module of the person's own; code that imports it would load it as well."""
    try:
        return sys.modules.get(module) or importlib.import_module(module)
    except Exception:  # noqa: BLE001 - a module may raise anything while it is imported
        return None
