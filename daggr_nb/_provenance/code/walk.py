"""From a function to everything of the person's that it uses, breadth first."""

from __future__ import annotations

import builtins
import collections
import functools
import importlib
import importlib.util
import inspect
import itertools
import logging
import os
import sys
import time
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

from daggr_nb._ids import Digest
from daggr_nb._model.node import Node, Port
from daggr_nb._model.wiring import Wired
from daggr_nb._provenance.code import classes, graphs
from daggr_nb._provenance.code.dependency import Dependency, Kind
from daggr_nb._provenance.code.guards import Guards
from daggr_nb._provenance.code.large_values import LARGE, CachedDigest, LargeValueCache
from daggr_nb._provenance.code.places import Place, PlaceKey
from daggr_nb._provenance.code.roles import (
    MISSING,
    Role,
    cell_content,
    display_name,
    is_bar,
    is_immutable,
    is_random_source,
    role_of,
)
from daggr_nb._provenance.code.settings import is_setting, settings
from daggr_nb._provenance.code.syntax.bindings import binding_cell_number, binding_of
from daggr_nb._provenance.code.syntax.free_names import Chain, FreeNames
from daggr_nb._provenance.code.syntax.looks import Looks
from daggr_nb._provenance.code.syntax.source import body
from daggr_nb._provenance.digest.content import digest, digest_and_size
from daggr_nb._provenance.digest.folders import Folder
from daggr_nb._provenance.digest.objects import attributes
from daggr_nb._provenance.digest.stream import qualified
from daggr_nb._provenance.packages import installed, installed_module, module_of, versioned_name
from daggr_nb._provenance.redaction import HIDDEN, redacted_repr
from daggr_nb._provenance.secrecy import hidden, hidden_digest, remember
from daggr_nb._provenance.user_key import keyed_digest
from daggr_nb.errors import DigestError, FolderLimitError, is_interrupt

logger = logging.getLogger("daggr_nb")

Namespace: TypeAlias = Mapping[str, Any]
_Origin: TypeAlias = tuple[str, Namespace]  # the name that leads to a thing, and where it is bound
_Named: TypeAlias = tuple[str, str, Any]  # path, name, and what is called so
_ABOUT_A_NODE = frozenset({"name", "kind", "icon", "doc"})  # none of which a run changes
_MOST_PARTS = 1_000  # of a container that is handed on, which are looked at for functions
_NESTED = 2  # levels of clients that hold clients
# What cannot change in place, but for what is guarded; data is looked at when its turn comes.
_IMMUTABLE_ROLES = (None, "function", "package")


class Walk:
    """Collects dependencies by path; an object is entered once, later paths only refer to it.

    ``opaque`` names what counts by its definition only, ``large`` what takes long to digest,
    ``beyond`` says which folders are beyond their budget;
    ``mutable`` says that some data can be changed, in place or by code that binds its name anew.
    ``guards`` are what to look at to know that another walk would find the same. ``places`` says
    where the data is, by path; ``written`` which of it, and what else, code writes to, by name.
    ``rebound`` are the names that code binds anew. ``ports`` are those that code reads, by path;
    ``reads`` says what to feed as an input in place of that, by the name that code has for it.
    """

    def __init__(self, ignore: frozenset[str], large_values: LargeValueCache) -> None:
        self.dependencies: dict[str, Dependency] = {}
        self.opaque: list[str] = []
        self.large: list[str] = []
        self.beyond: list[str] = []
        self.mutable = False
        self.guards = Guards()
        self.places: dict[str, Place] = {}
        self.written: dict[PlaceKey, str] = {}
        self.rebound: set[str] = set()
        self.ports: dict[str, Port] = {}
        self.reads: dict[str, str] = {}
        self._ignore = ignore
        self._large_values = large_values
        self._entered: dict[int, tuple[str, Any]] = {}
        self._queue: collections.deque[tuple[_Origin | None, _Named, Callable[..., None]]] = (
            collections.deque()
        )
        self._paths: set[str] = set()
        self._curious = False
        self._handed: list[tuple[str, str, Any]] = []
        self._holders: dict[str, Any] = {}
        self._origin: _Origin | None = None

    def run(self, path: str, name: str, thing: Any) -> None:
        """Collect everything that ``thing`` depends on."""
        module = sys.modules.get(module_of(thing))
        namespace = vars(module) if module is not None else None
        bound_name = name
        if namespace is not None and namespace.get(name) is not thing:
            bound_name = _bound_name(thing, namespace) or name
        self.visit(path, name, thing, namespace, bound_name)
        self._work()
        if self._curious:
            entered = [
                (f"{path}(described)", display_name(thing), thing)
                for path, thing in self._entered.values()
                if isinstance(thing, (types.FunctionType, type))
            ]
            for description in (*self._handed, *entered):
                self._carefully(self._description, *description)
            self._work()

    def _work(self) -> None:
        while self._queue:
            self._origin, (path, name, thing), enter = self._queue.popleft()
            self._carefully(enter, path, name, thing)

    def _carefully(self, enter: Callable[..., None], path: str, name: str, thing: Any) -> None:
        """Enter a thing; if it cannot even be looked at, as some proxies, its definition counts."""
        try:
            enter(path, name, thing)
        except BaseException as error:  # its class or any property may be foreign code
            if is_interrupt(error):
                raise
            logger.debug("daggr_nb cannot look at %s", name, exc_info=True)
            self.guards.complete = False
            self.opaque.append(name)
            if path not in self.dependencies:
                content = digest(["unknown", qualified(type(thing))])
                self._add(path, name, "definition", content, type(thing).__name__)

    def visit(
        self,
        path: str,
        name: str,
        thing: Any,
        namespace: Namespace | None = None,
        bound_name: str | None = None,
    ) -> None:
        """Enter ``thing`` when its turn comes.

        ``namespace`` is what it is bound in, as ``bound_name`` if that is not its name.
        """
        if path in self._paths:
            return
        self._paths.add(path)
        role = role_of(thing)
        if role not in _IMMUTABLE_ROLES:
            self.guards.complete = False
        entry = self._entered.get(id(thing))
        origin = (bound_name or name, namespace) if namespace is not None else self._origin
        if role is None:
            read = functools.partial(self._data, namespace=namespace)
            self._queue.append((origin, (path, name, thing), read))
        elif entry is not None:
            self._add(path, name, "same", digest(["same", entry[0]]), "")
        else:
            self._entered[id(thing)] = (path, thing)
            read = functools.partial(self._enter[role], self)
            self._queue.append((origin, (path, name, thing), read))

    # -- code of the person's own

    def function(self, path: str, name: str, thing: types.FunctionType) -> None:
        """A function: its body, defaults, closure, and its free names."""
        own = body(thing)
        self.guards.function(thing)
        self._add(path, name, "function", own.digest, own.source)
        self.rebound |= own.names.rebinds
        if own.names.assigned_attributes or own.names.rebinds:
            self.mutable = True
        for parameter, default in _defaults(thing):
            self.visit(f"{path}({parameter})", f"default {parameter}", default)
        for free, cell in zip(thing.__code__.co_freevars, thing.__closure__ or (), strict=True):
            value = cell_content(cell)
            self.guards.cell(cell, value)
            self._holders[f"{path}.{free}"] = cell
            self._visit_name(path, free, value, own.names, own.names.cells.get(free))
        for global_name, chains in own.names.globals.items():
            value = thing.__globals__.get(global_name, MISSING)
            self.guards.name(thing.__globals__, global_name, value)
            if value is not MISSING or not hasattr(builtins, global_name):
                self._visit_name(path, global_name, value, own.names, chains, thing.__globals__)
        for text_name in sorted(own.names.in_texts - own.names.globals.keys()):
            value = thing.__globals__.get(text_name, MISSING)
            if value is not MISSING:
                self.guards.name(thing.__globals__, text_name, value)
                self._visit_name(path, text_name, value, own.names, None, thing.__globals__)
        for module, chains in own.names.imports.items():
            self._visit_import(path, module, chains, own.names, thing.__globals__)
        self._visit_looked_at(path, thing, own.names.looks)
        for variable in sorted(own.names.variables):
            self.guards.complete = False
            keyed = digest(["variable", variable, keyed_digest(os.environ.get(variable))])
            self._add(f"{path}.environ.{variable}", variable, "data", keyed, "")

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
            if is_bar(thing) and role_of(value) is None:  # its lock, its monitor
                continue
            self.visit(f"{path}.{member}", f"{name}.{member}", value)

    def partial(self, path: str, name: str, thing: functools.partial[Any]) -> None:
        """A partial: its function and its arguments."""
        self.visit(f"{path}(partial)", display_name(thing.func), thing.func)
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
        version = versioned_name(thing)
        self._add(path, name, "package", digest(version), version)

    def package_of(self, path: str, name: str, version: str) -> None:
        """Note a version of a package that something without content is of."""
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
        version = versioned_name(thing if function else type(thing)).rpartition("==")[2]
        text = f"{label}=={version}"
        self._add(path, name, "package", digest(text), text)
        for index, value in enumerate(_wrapped_things(thing)):
            self.visit(f"{path}(wrapped {index})", display_name(value, name), value)

    # -- other nodes

    def node(self, path: str, name: str, thing: Any) -> None:
        """A node, or a port: what it shows, and of a node the code that it may be called for."""
        if not isinstance(thing, Node):
            self._port(path, thing if isinstance(thing, Port) else thing.port)
            self.reads.setdefault(name, name)
            return
        self._add(path, name, "definition", digest(thing.name), thing.name)
        for port in thing.ports.values():
            self._port(f"{path}.{port.name}", port)
            self.reads.setdefault(name, f"{name}.{port.name}")
        if not installed(type(thing)):
            self.visit(f"{path}(kind)", type(thing).__name__, type(thing))
        for role, function in thing.calls().items():
            self.visit(f"{path}({role})", display_name(function, name), function)

    def _visit_node(
        self, path: str, name: str, node: Node, chains: frozenset[Chain] | None
    ) -> bool:
        """Visit the ports alone that code takes from a node, if it takes nothing else from it."""
        taken = {chain[0] if chain else "" for chain in chains or ((),)} - _ABOUT_A_NODE
        if not taken <= node.outputs.keys() | node.inputs.keys():
            return False
        self._add(path, name, "definition", digest(node.name), node.name)
        for attribute in sorted(taken):
            self._port(f"{path}.{attribute}", Port(node, attribute))
            self.reads.setdefault(name, f"{name}.{attribute}")
        return True

    # -- other graphs

    def graph(self, path: str, name: str, thing: Wired) -> None:
        """A graph, which code may run: the code of its nodes, and what people gave them."""
        self._visit_parts(path, name, graphs.parts_of(thing))

    def _visit_parts(self, path: str, name: str, parts: Iterable[graphs.Part]) -> None:
        for suffix, part in parts:
            own_path, label = f"{path}{suffix}", f"{name}{suffix}"
            if isinstance(part, graphs.Definition):
                self._add(own_path, label, "definition", part.content, part.text)
            elif isinstance(part, graphs.Shown):
                self._port(own_path, part.port, part.initial)
            else:
                self.visit(own_path, display_name(part, label), part)

    def _port(self, path: str, port: Port, initial: tuple[str, str] = ("", "nothing yet")) -> None:
        digest_shown, text = port.content or initial
        self.ports[path] = port
        self.guards.complete = False
        self.mutable = True
        self._add(path, repr(port), "port", digest(["shows", digest_shown]), text)

    # -- what code looks at of functions and classes

    def _visit_looked_at(self, path: str, function: types.FunctionType, looks: Looks) -> None:
        """Visit the docstrings and annotations that a function looks at, or hands on."""
        self._curious = self._curious or looks.curious
        for name in sorted(looks.names):
            thing = _value_of(function, name)
            if thing is MISSING:
                self._curious = self._curious or name in looks.at
                continue
            for index, part in enumerate(_own_parts(thing)):
                own_path = f"{path}.{name}[{index}]"
                receivers = looks.handed.get(name, frozenset())
                if name in looks.at or not all(_is_own(function, each) for each in receivers):
                    self._description(own_path, display_name(part, name), part)
                else:
                    self._handed.append((own_path, display_name(part, name), part))

    def _description(self, path: str, name: str, thing: Any) -> None:
        """What a function or class says of itself: docstring, annotations; methods included."""
        self.guards.complete = False
        doc = getattr(thing, "__doc__", None)
        self.visit(f"{path}.__doc__", f"docstring of {name}", doc)
        annotations = getattr(thing, "__annotations__", None)
        if isinstance(annotations, dict):
            self.visit(f"{path}.__annotations__", f"annotations of {name}", annotations)
        if isinstance(thing, type):
            for member, value in sorted(vars(thing).items()):
                if isinstance(value, types.FunctionType) and not installed(value):
                    self._description(f"{path}.{member}", f"{name}.{member}", value)
            for base in thing.__bases__:
                if not installed(base):
                    self._description(f"{path}<{base.__name__}", base.__name__, base)

    # -- names

    def _visit_name(
        self,
        owner: str,
        name: str,
        value: Any,
        names: FreeNames,
        chains: frozenset[Chain] | None = None,
        namespace: Namespace | None = None,
    ) -> None:
        if name in self._ignore:
            return

        def enter(path: str, name: str, value: Any) -> None:
            self._visit_value(path, name, value, names, chains, namespace)

        self._carefully(enter, f"{owner}.{name}", name, value)

    def _visit_value(
        self,
        path: str,
        name: str,
        value: Any,
        names: FreeNames,
        chains: frozenset[Chain] | None,
        namespace: Namespace | None,
    ) -> None:
        writes = names.writes.get(name)
        if writes is not None and value is not MISSING:
            holder = self._holders.get(path) if namespace is None else namespace
            for key in Place.of(name, value, holder).keys:
                self.written[key] = name
            if writes.count_for_nothing(value):
                return
        if value is MISSING:
            self._add(path, name, "data", digest(["undefined"]), "undefined")
        elif isinstance(value, Node) and self._visit_node(path, name, value, chains):
            self.guards.complete = False
        elif isinstance(value, Wired):
            self.visit(path, name, value)
            if chains and graphs.only_reads(chains):
                self.reads.setdefault(name, f"{name}.nodes[...].port")
                self._visit_parts(f"{path}.results", name, graphs.results_of(value))
        elif isinstance(value, types.ModuleType) and not installed(value):
            self._visit_module_attributes(path, name, value, chains or frozenset({()}), names)
        else:
            self.visit(path, name, value, namespace)
            for chain in sorted(chains or ()):
                self._visit_function_attribute(path, name, value, chain, names)

    def _visit_module_attributes(
        self,
        path: str,
        name: str,
        module: types.ModuleType,
        chains: frozenset[Chain],
        names: FreeNames,
    ) -> None:
        """Visit what is taken from a module of the person's own, and only that."""
        if () in chains:
            self.visit(path, name, module)
            return
        self._add(path, name, "definition", digest(module.__name__), module.__name__)
        by_attribute: dict[str, set[Chain]] = {}
        for attribute, *tail in sorted(chains):
            by_attribute.setdefault(attribute, set()).add(tuple(tail))
        for attribute, tails in by_attribute.items():
            value = _attribute(module, attribute)
            self.guards.name(vars(module), attribute, value)
            self._visit_name(path, attribute, value, names, frozenset(tails), vars(module))

    def _visit_function_attribute(
        self, path: str, name: str, value: Any, chain: Chain, names: FreeNames
    ) -> None:
        """Visit ``f.limit``, unless the code itself sets it, as a counter of calls."""
        own = vars(value) if isinstance(value, types.FunctionType) else {}
        if chain and isinstance(value, types.FunctionType):
            self.guards.complete = False
        if chain and chain[0] in own and chain[0] not in names.assigned_attributes:
            attribute = chain[0]
            self.visit(f"{path}.{attribute}", f"{name}.{attribute}", own[attribute])

    def _visit_import(
        self,
        owner: str,
        module: str,
        chains: frozenset[Chain],
        names: FreeNames,
        namespace: Namespace,
    ) -> None:
        """What code imports while it runs: a package by version, the person's own by use."""
        full_name = _absolute(module, namespace)
        path, root = f"{owner}.import {full_name}", full_name.partition(".")[0]
        if full_name in self._ignore or root in self._ignore:
            return
        if installed_module(full_name):
            self.package(path, full_name, types.ModuleType(full_name))
            return
        self.guards.complete = False
        imported = _import_module(full_name)
        if imported is None:
            self._add(path, full_name, "data", digest(["undefined"]), "cannot be imported")
        else:
            self._visit_module_attributes(path, full_name, imported, chains, names)

    # -- data

    def _data(self, path: str, name: str, value: Any, namespace: Namespace | None) -> None:
        if is_bar(type(value)):
            self.package_of(path, name, versioned_name(type(value)))
            return
        entry, stand_in = self._content(path, name, value, namespace)
        content = entry.digest
        if entry.size > LARGE and not isinstance(value, Folder):  # which was asked for
            self.large.append(name)
        kind: Kind = "definition" if stand_in.is_opaque(value) else "data"
        if not entry.immutable:
            self.guards.complete = False
            self.mutable = self.mutable or kind == "data"
        if kind == "data":
            holder = self._holders.get(path) if namespace is None else namespace
            self.places[path] = Place.of(name, value, holder, large=entry.size > LARGE)
        text = entry.texts.get(name)
        if text is None:
            text = type_text(value) if kind == "definition" else _text_of(name, value)
            entry.texts[name] = text
        if text == HIDDEN and kind == "data":
            content = hidden_digest(content)
        for number, thing in enumerate(stand_in.opaque):
            place = path if thing is value else f"{path}<{number}>"
            self._visit_attributes(place, name, thing)
        if stand_in.opaque:
            self.opaque.append(name)
        if stand_in.opaque or stand_in.drawn:
            owner, scope = self._origin or ("", {})
            binding = binding_of(owner, scope)
            if binding is not None:
                is_own = namespace is not None and not stand_in.code  # it is about this alone
                statement = binding.content if is_own else binding.outer
                content, text = digest([content, statement]), binding.source
                uses = binding.uses if is_own else binding.outer_uses
                self._visit_binding_uses(path, owner, uses, scope)
        self._add(path, name, kind, content, text)

    def _content(
        self, path: str, name: str, value: Any, namespace: Namespace | None
    ) -> tuple[CachedDigest, _WalkStandIn]:
        """Return a value's digest and what was met in it, from the cache if it is as it was."""

        def bound_in() -> int:
            return -1 if namespace is None else binding_cell_number(name, namespace)

        cached, stand_in = self._large_values.get(value, bound_in), _WalkStandIn(self, path)
        if cached is not None and stand_in.repeat(cached.references):
            return cached, stand_in
        stand_in = _WalkStandIn(self, path)
        immutable, began = is_immutable(value), time.perf_counter()
        try:
            content = digest_and_size(value, stand_in)
        except FolderLimitError as error:
            self.beyond.append(str(error))
            content = digest(["beyond", redacted_repr(name, value)]), 0
            return CachedDigest(value, -1, *content, (), False, 0.0, 0.0, None), stand_in
        except DigestError:
            content = digest(stand_in.describe(value)), 0
        took = time.perf_counter() - began
        references = stand_in.references
        if immutable or stand_in.opaque or stand_in.drawn:
            return CachedDigest(
                value, -1, *content, references, immutable, took, took, None
            ), stand_in
        entry = CachedDigest.taken(value, bound_in(), content, references, immutable, took)
        self._large_values.put(entry)
        return entry, stand_in

    def _visit_attributes(self, path: str, name: str, thing: Any, depth: int = 0) -> None:
        """Visit what is plain of a client or the like, one by one: where it leads, which model."""
        for attribute, value in settings(thing):
            own_path, label = f"{path}.{attribute}", f"{name}.{attribute}"
            if is_setting(value):
                self.visit(own_path, label, value)
            elif depth < _NESTED and role_of(value) in (None, "instance"):
                self._visit_attributes(own_path, label, value, depth + 1)

    def _visit_binding_uses(
        self, path: str, name: str, uses: tuple[str, ...], namespace: Namespace
    ) -> None:
        for use in uses:
            value = namespace.get(use, MISSING)
            if use != name and value is not MISSING:
                self._visit_name(path, use, value, FreeNames(), None, namespace)

    def refer(self, path: str, thing: Any) -> Any:
        """Return what stands for code inside data, and see that it is visited."""
        entry = self._entered.get(id(thing))
        if entry is not None:
            return ["same", entry[0]]
        if isinstance(thing, (type, types.ModuleType)) and installed(thing):
            return ["package", versioned_name(thing)]
        self.visit(path, display_name(thing), thing)
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
        "node": node,
        "graph": graph,
    }

    def _add(self, path: str, name: str, kind: Kind, content: Digest, source: str) -> None:
        self._paths.add(path)
        self.dependencies[path] = Dependency(path, name, kind, content, source)


class _WalkStandIn:
    """Stands in for what data holds and has no content of its own, while it is digested."""

    def __init__(self, walk: Walk, path: str) -> None:
        self.opaque: list[Any] = []
        self.drawn = False
        self.references: list[tuple[Any, Any]] = []
        self._walk = walk
        self._path = path

    def __call__(self, value: Any) -> Any:
        if role_of(value) in (None, "instance"):
            return self.describe(value)
        return self._refer(value)

    def _refer(self, thing: Any) -> Any:
        reference = self._walk.refer(f"{self._path}[{len(self.references) + 1}]", thing)
        self.references.append((thing, reference))
        return reference

    def repeat(self, references: Sequence[tuple[Any, Any]]) -> bool:
        """Refer to code again without looking for it; says whether the references are the same."""
        return [self._refer(thing) for thing, _ in references] == [ref for _, ref in references]

    @property
    def code(self) -> bool:
        """Whether there is code in it, which counts by itself."""
        return bool(self.references)

    def describe(self, value: Any) -> Any:
        """Return what stands for a value without content: its type, and the code it holds."""
        kind = type(value)
        if is_random_source(value):
            self.drawn = True
            return ["draw", versioned_name(kind)]
        self.opaque.append(value)
        parts: list[Any] = ["unknown", qualified(kind)]
        if installed(kind):  # its version counts by itself, so that the reason tells it apart
            version = versioned_name(kind)
            own_path = f"{self._path}(package {qualified(kind)})"
            self._walk.package_of(own_path, kind.__name__, version)
        try:
            members = attributes(value)
        except BaseException as error:  # a foreign property may raise anything
            if is_interrupt(error):
                raise
            members = {}
        for thing in (kind, *members.values()):
            if role_of(thing) is not None and not installed(thing):
                parts.append(self._refer(thing))
        return parts

    def is_opaque(self, value: Any) -> bool:
        """Whether ``value`` itself has no content, rather than something in it."""
        return any(other is value for other in self.opaque)


def _text_of(name: str, value: Any) -> str:
    """Return data as text to show; of a secret nothing, which is hidden from now on."""
    if hidden(name, None, value):
        remember(name, value)
        return HIDDEN
    return redacted_repr(name, value)


def type_text(value: Any) -> str:
    """Return a type with the version of its package."""
    return f"{qualified(type(value))} ({versioned_name(type(value))})"


def _wrapped_things(thing: Any) -> Iterator[Any]:
    """Yield what a package's wrapper holds on to; its caches are left out."""
    if hasattr(thing, "registry") and hasattr(thing, "dispatch"):  # functools.singledispatch
        yield from thing.registry.values()
        return
    wrapped = getattr(thing, "__wrapped__", None)
    if wrapped is not None:
        yield wrapped
    for cell in getattr(thing, "__closure__", None) or ():
        value = cell_content(cell)
        is_cache = isinstance(value, (dict, list, set, collections.abc.MutableMapping))
        if value is not MISSING and value is not wrapped and not is_cache:
            yield value


def _value_of(function: types.FunctionType, name: str) -> Any:
    """Return what a free name of a function stands for."""
    if name in function.__code__.co_freevars:
        index = function.__code__.co_freevars.index(name)
        return cell_content((function.__closure__ or ())[index])
    if name in function.__code__.co_varnames or name in function.__code__.co_cellvars:
        return MISSING
    return function.__globals__.get(name, MISSING)


def _own_parts(thing: Any) -> list[Any]:
    """Return the functions and classes of the person's own that ``thing`` is, or holds."""
    try:
        return _own_parts_of(thing)
    except BaseException as error:  # what is looked at may be foreign code
        if is_interrupt(error):
            raise
        return []


def _own_parts_of(thing: Any) -> list[Any]:
    if isinstance(thing, dict):
        thing = tuple(itertools.islice(thing.values(), _MOST_PARTS))
    is_container = isinstance(thing, (list, tuple, set, frozenset))
    parts = list(itertools.islice(thing, _MOST_PARTS)) if is_container else [thing]
    unwrapped = [inspect.unwrap(part) if callable(part) else part for part in parts]
    code = (types.FunctionType, type)
    return [part for part in unwrapped if isinstance(part, code) and not installed(part)]


def _is_own(function: types.FunctionType, name: str) -> bool:
    """Whether a name stands for code of the person's own, which the walk looks at itself."""
    thing = _value_of(function, name) if name else MISSING
    return thing is not MISSING and role_of(thing) in ("function", "cls", "method", "partial")


def _bound_name(thing: Any, namespace: Namespace) -> str | None:
    """Return what a name space calls a thing that does not know its name there."""
    names = (name for name, value in list(namespace.items()) if value is thing)
    return next((name for name in names if not name.startswith("_")), None)


def _defaults(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    positional = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    yield from zip(positional[len(positional) - len(defaults) :], defaults, strict=True)
    yield from sorted((function.__kwdefaults__ or {}).items())


def _attribute(module: types.ModuleType, name: str) -> Any:
    try:
        return getattr(module, name)
    except BaseException as error:  # a module's __getattr__ may raise anything
        if is_interrupt(error):
            raise
        return sys.modules.get(f"{module.__name__}.{name}", MISSING)


def _absolute(module: str, namespace: Namespace) -> str:
    try:
        return importlib.util.resolve_name(module, str(namespace.get("__package__") or ""))
    except ImportError:
        return module.lstrip(".")


def _import_module(module: str) -> types.ModuleType | None:
    """Return a module of the person's own; code that imports it would load it as well."""
    try:
        return sys.modules.get(module) or importlib.import_module(module)
    except BaseException as error:  # a module may raise anything while it is imported
        if is_interrupt(error):
            raise
        return None
