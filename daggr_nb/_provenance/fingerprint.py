"""A fingerprint of code: a function, and everything of ours that it uses.

The walk goes from a function to the helpers, classes and data it loads, and on. Installed
packages count by name and version. Every dependency keeps its own digest and source, so that two
fingerprints can be compared and the difference named.
"""

from __future__ import annotations

import builtins
import difflib
import functools
import importlib.metadata
import inspect
import random
import re
import site
import sys
import sysconfig
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from daggr_nb._ids import Digest
from daggr_nb._model.node import Code
from daggr_nb._provenance.digest import digest
from daggr_nb._provenance.source import body
from daggr_nb.errors import DigestError

_SECRET = re.compile(r"key|token|secret|passw", re.IGNORECASE)
_MISSING = object()
Kind = Literal["function", "class", "data", "package", "definition"]


@dataclass(frozen=True)
class Dependency:
    """One thing the code depends on. ``path`` is how it is reached: ``fn.clean.LIMIT``."""

    path: str
    name: str
    kind: Kind
    digest: Digest
    source: str


@dataclass(frozen=True)
class Fingerprint:
    """What a node's code is, as one digest, and what that is made of, by path.

    ``watched`` names captured objects without canonical content: they count by their type only.
    """

    digest: Digest
    dependencies: Mapping[str, Dependency]
    watched: tuple[str, ...] = ()
    volatile: bool = False


@dataclass(frozen=True)
class CodeChange:
    """One difference between two fingerprints, in plain words, with a diff if it has one."""

    subject: str
    text: str
    diff: str | None


Memo = dict[int, "tuple[Any, Fingerprint]"]


def fingerprint(code: Code, memo: Memo | None = None) -> Fingerprint:
    """Return the fingerprint of ``code`` as it is bound now.

    ``memo`` spares a second walk over the same function within one pass in which nothing changes.
    """
    if code.version is not None:
        content = digest(["version", code.kind, code.config, code.version])
        return Fingerprint(content, {}, volatile=code.volatile)
    walk = _Walk(code.ignore)
    parts: list[Any] = [code.kind, dict(code.config)]
    watched: list[str] = []
    dependencies: dict[str, Dependency] = {}
    for role, function in code.functions.items():
        found = _walked(function, code.ignore, memo)
        parts.append([role, found.digest])
        watched += found.watched
        dependencies |= {_under(role, path): d for path, d in found.dependencies.items()}
    for index, thing in enumerate(code.depends):
        walk.visit(f"depends.{index}", f"depends[{index}]", thing)
    dependencies |= walk.found
    parts.append([[path, d.digest] for path, d in walk.found.items()])
    names = tuple(dict.fromkeys([*watched, *walk.watched]))
    return Fingerprint(digest(parts), dependencies, names, code.volatile)


def _under(role: str, path: str) -> str:
    return path if role == "fn" else f"{role}:{path}"


def _walked(function: Any, ignore: frozenset[str], memo: Memo | None) -> Fingerprint:
    if memo is not None and not ignore and id(function) in memo:
        return memo[id(function)][1]
    walk = _Walk(ignore)
    walk.visit("fn", _name(function), function)
    content = digest([[path, d.digest] for path, d in walk.found.items()])
    found = Fingerprint(content, walk.found, tuple(walk.watched))
    if memo is not None and not ignore:
        memo[id(function)] = (function, found)
    return found


class _Walk:
    """Collects dependencies by path; an object is entered once, later paths only refer to it."""

    def __init__(self, ignore: frozenset[str]) -> None:
        self.found: dict[str, Dependency] = {}
        self.watched: list[str] = []
        self._ignore = ignore
        self._entered: dict[int, tuple[str, Any]] = {}

    def visit(self, path: str, name: str, thing: Any) -> None:
        if id(thing) in self._entered:
            first = self._entered[id(thing)][0]
            self._add(path, name, "function", digest(["same", first]), "")
            return
        enter = _visitor(thing)
        if enter is not None:
            self._entered[id(thing)] = (path, thing)
            enter(self, path, name, thing)
        else:
            self._data(path, name, thing)

    def function(self, path: str, name: str, thing: types.FunctionType) -> None:
        own = body(thing.__code__)
        self._add(path, name, "function", own.digest, own.source)
        for parameter, default in _defaults(thing):
            self.visit(f"{path}({parameter})", f"default {parameter}", default)
        for free, cell in zip(thing.__code__.co_freevars, thing.__closure__ or (), strict=True):
            self._named(path, free, _cell(cell))
        for used, chains in own.globals.items():
            value = thing.__globals__.get(used, _MISSING)
            if value is not _MISSING:
                self._named(path, used, value, chains)
            elif not hasattr(builtins, used):
                self._named(path, used, _MISSING)

    def cls(self, path: str, name: str, thing: type) -> None:
        self._add(path, name, "class", digest(thing.__qualname__), _class_source(thing))
        for base in thing.__bases__:
            self.visit(f"{path}<{base.__name__}", base.__name__, base)
        for member, value in sorted(vars(thing).items()):
            if member not in _CLASS_NOISE:
                self.visit(f"{path}.{member}", f"{name}.{member}", value)

    def partial(self, path: str, name: str, thing: functools.partial[Any]) -> None:
        self.visit(f"{path}(partial)", _name(thing.func), thing.func)
        for index, value in enumerate(thing.args):
            self.visit(f"{path}({index})", f"argument {index} of {name}", value)
        for key, value in thing.keywords.items():
            self.visit(f"{path}({key})", f"argument {key} of {name}", value)

    def method(self, path: str, name: str, thing: types.MethodType) -> None:
        self.visit(f"{path}(function)", name, thing.__func__)
        self.instance(f"{path}(self)", f"the object of {name}", thing.__self__)

    def instance(self, path: str, name: str, thing: Any) -> None:
        kind = thing if isinstance(thing, type) else type(thing)
        self.visit(f"{path}(class)", kind.__name__, kind)
        if thing is not kind and not isinstance(thing, random.Random):  # its state is the draw
            self._data(path, name, thing)

    def wrapped(self, path: str, name: str, thing: Any) -> None:
        self._add(path, name, "package", digest(_package(type(thing))), _package(type(thing)))
        self.visit(f"{path}(wrapped)", _name(thing.__wrapped__), thing.__wrapped__)

    def descriptor(self, path: str, name: str, thing: Any) -> None:
        for role in ("fget", "fset", "fdel", "__func__", "func"):
            function = getattr(thing, role, None)
            if function is not None:
                self.visit(f"{path}({role})", name, function)

    def package(self, path: str, name: str, thing: Any) -> None:
        version = _package(thing)
        self._add(path, name, "package", digest(version), version)

    def module(self, path: str, name: str, thing: types.ModuleType) -> None:
        self._add(path, name, "definition", digest(thing.__name__), thing.__name__)

    def _named(
        self, owner: str, name: str, value: Any, chains: frozenset[tuple[str, ...]] = frozenset()
    ) -> None:
        if name in self._ignore:
            return
        path = f"{owner}.{name}"
        if value is _MISSING:
            self._add(path, name, "data", digest(["undefined"]), "undefined")
        elif isinstance(value, types.ModuleType) and not _installed(value):
            self.visit(path, name, value)
            for chain in sorted(chains):
                self._attribute(path, name, value, chain)
        else:
            self.visit(path, name, value)

    def _attribute(self, path: str, name: str, value: Any, chain: tuple[str, ...]) -> None:
        for depth, attribute in enumerate(chain, start=1):
            value = getattr(value, attribute, _MISSING)
            path, name = f"{path}.{attribute}", f"{name}.{attribute}"
            inner = isinstance(value, types.ModuleType) and not _installed(value)
            if not inner or depth == len(chain):
                if path not in self.found:
                    self._named(path.rpartition(".")[0], name.rpartition(".")[2], value)
                return

    def _data(self, path: str, name: str, value: Any) -> None:
        try:
            content = digest(value)
        except DigestError:
            kind = f"{type(value).__module__}.{type(value).__qualname__} ({_package(type(value))})"
            self._add(path, name, "definition", digest(kind), kind)
            self.watched.append(name)
            return
        self._add(path, name, "data", content, _shown(name, value))

    def _add(self, path: str, name: str, kind: Kind, content: Digest, source: str) -> None:
        self.found[path] = Dependency(path, name, kind, content, source)


_Enter = Callable[[_Walk, str, str, Any], None]

_CLASS_NOISE = frozenset(
    {"__doc__", "__module__", "__dict__", "__weakref__", "__annotations__", "__qualname__"}
    | {"__firstlineno__", "__static_attributes__", "__annotate__", "__annotate_func__"}
    | {"__annotations_cache__", "__abstractmethods__", "_abc_impl", "__orig_bases__"}
    | {"__parameters__", "__match_args__", "__dataclass_params__", "__dataclass_fields__"}
)


def _visitor(thing: Any) -> _Enter | None:
    """Choose how to enter ``thing``; ``None`` means that it is data."""
    if isinstance(thing, (type, types.FunctionType, types.ModuleType)):
        if _installed(thing):
            return _Walk.package
        kinds: dict[type, _Enter] = {
            types.FunctionType: _Walk.function,
            types.ModuleType: _Walk.module,
        }
        return kinds.get(type(thing), _Walk.cls)
    for kind, enter in _ENTER.items():
        if isinstance(thing, kind):
            return enter
    if callable(getattr(thing, "__wrapped__", None)):
        return _Walk.wrapped
    if callable(thing) and not _installed(type(thing)):
        return _Walk.instance
    return None


_ENTER: dict[type, _Enter] = {
    functools.partial: _Walk.partial,
    types.MethodType: _Walk.method,
    types.BuiltinFunctionType: _Walk.package,
    types.WrapperDescriptorType: _Walk.package,
    types.MethodDescriptorType: _Walk.package,
    types.GetSetDescriptorType: _Walk.package,
    types.MemberDescriptorType: _Walk.package,
    property: _Walk.descriptor,
    staticmethod: _Walk.descriptor,
    classmethod: _Walk.descriptor,
    functools.cached_property: _Walk.descriptor,
}


def _name(thing: Any) -> str:
    return str(getattr(thing, "__name__", None) or type(thing).__name__)


def _defaults(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    positional = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    yield from zip(positional[len(positional) - len(defaults) :], defaults, strict=True)
    yield from sorted((function.__kwdefaults__ or {}).items())


def _cell(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return _MISSING


def _class_source(kind: type) -> str:
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):
        return f"class {kind.__qualname__}"


def _shown(name: str, value: Any) -> str:
    if _SECRET.search(name):
        return "(secret)"
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a foreign __repr__ may raise anything
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 400 else text[:399] + "…"


# ---------------------------------------------------------------- what is installed


@functools.lru_cache(maxsize=1)
def _library_folders() -> tuple[str, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = {sysconfig.get_path(name) for name in names}
    folders |= {*site.getsitepackages(), site.getusersitepackages()}
    return tuple(f"{folder}/" for folder in folders if folder)


def _installed(thing: Any) -> bool:
    """Whether a module, function or class comes from an installed package or the interpreter."""
    name = _module_of(thing)
    return _installed_module(str(name))


@functools.lru_cache(maxsize=1024)
def _installed_module(name: str) -> bool:
    root = name.partition(".")[0]
    if root == "__main__":
        return False
    if root in sys.stdlib_module_names or root == "daggr_nb":
        return True
    module = sys.modules.get(name) or sys.modules.get(root)
    file = getattr(module, "__file__", None)
    if file is None:
        return module is not None and not hasattr(module, "__path__")
    return str(file).startswith(_library_folders())


def _module_of(thing: Any) -> str:
    """The module a thing belongs to; a slot of a C type belongs to the type's."""
    if isinstance(thing, types.ModuleType):
        return thing.__name__
    owner = getattr(thing, "__objclass__", thing)
    return str(getattr(owner, "__module__", None) or "builtins")


def _package(thing: Any) -> str:
    module = _module_of(thing)
    label = (
        _name(thing)
        if isinstance(thing, types.ModuleType)
        else (f"{module}.{getattr(thing, '__qualname__', _name(thing))}")
    )
    return f"{label}=={_version(str(module or 'builtins').partition('.')[0])}"


@functools.lru_cache(maxsize=1024)
def _version(root: str) -> str:
    if root in sys.stdlib_module_names or root == "__main__":
        return "python{}.{}".format(*sys.version_info)
    version = getattr(sys.modules.get(root), "__version__", None)
    if isinstance(version, str):
        return version
    try:
        return importlib.metadata.version(root)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


# ---------------------------------------------------------------- what changed


def compare(old: Mapping[str, Dependency], new: Mapping[str, Dependency]) -> list[CodeChange]:
    """Name what differs between two sets of dependencies, most telling first."""
    changes = [
        _change(old.get(path), new.get(path))
        for path in dict.fromkeys([*new, *old])
        if _digest_of(old.get(path)) != _digest_of(new.get(path))
    ]
    return list(dict.fromkeys(changes))


def _digest_of(dependency: Dependency | None) -> Digest | None:
    return None if dependency is None else dependency.digest


def _change(old: Dependency | None, new: Dependency | None) -> CodeChange:
    here = new or old
    assert here is not None
    if old is None or new is None:
        verb = "is used now" if old is None else "is no longer used"
        return CodeChange(here.name, f"{here.name} {verb}", None)
    if here.kind in ("function", "class"):
        return CodeChange(here.name, f"code of {here.name} changed", _diff(old, new))
    return CodeChange(here.name, f"{here.name}: {_brief(old)} → {_brief(new)}", _diff(old, new))


def _brief(dependency: Dependency) -> str:
    text = " ".join(dependency.source.split())
    return text if len(text) <= 40 else text[:39] + "…"


def _diff(old: Dependency, new: Dependency) -> str | None:
    if old.source == new.source:
        return None
    lines = difflib.unified_diff(
        old.source.splitlines(), new.source.splitlines(), "before", "now", lineterm="", n=1
    )
    return "\n".join(list(lines)[2:])
