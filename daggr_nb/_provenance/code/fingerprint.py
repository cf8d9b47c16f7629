"""A fingerprint of code: a function, and everything of the person's own that it uses.

The walk goes from a function to the helpers, classes and data it loads, and on. Installed
packages count by name and version. Every dependency keeps its own digest and source, so that two
fingerprints can be compared and the difference named.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from daggr_nb._ids import Digest
from daggr_nb._model.evaluation import Code
from daggr_nb._provenance.code.dependency import CodeChange, Dependency, compare
from daggr_nb._provenance.code.guards import INCOMPLETE, Guards
from daggr_nb._provenance.code.large_values import LargeValueCache
from daggr_nb._provenance.code.roles import display_name
from daggr_nb._provenance.code.walk import Walk
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.digest.folders import Folder

__all__ = ["CodeChange", "Dependency", "Fingerprint", "Memo", "compare", "fingerprint"]

logger = logging.getLogger("daggr_nb")


@dataclass(frozen=True)
class Fingerprint:
    """What a node's code is, as one digest, and what that is made of, by path.

    ``opaque`` names captured objects without canonical content: they count by their type and, in
    a notebook, by the statement that bound them. ``large`` names captured data above 16 MB, which
    should be an input instead. ``mutable`` says that there is captured data which code can
    change in place; ``mutated`` holds the digests, by path, of data that counts as what it was
    before a run changed it. ``guards`` tell whether it still is what it was found to be.
    """

    digest: Digest
    dependencies: Mapping[str, Dependency]
    opaque: tuple[str, ...] = ()
    volatile: bool = False
    large: tuple[str, ...] = ()
    mutable: bool = False
    mutated: Mapping[str, Digest] = field(default_factory=dict)
    guards: tuple[Guards, ...] = field(default=(), compare=False, repr=False)
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mutation:
    """What a run made of data that it captured: its digest, and the original that it counts as."""

    digest: Digest
    original: Dependency


class Memo:
    """Memoizes the fingerprints of one pass: by function, and by the parts of a whole node.

    It keeps the functions alive, so that an id stands for one of them only. ``large`` may know
    digests of large data from the pass before.
    """

    def __init__(self, large: LargeValueCache | None = None) -> None:
        self.large = large or LargeValueCache()
        self.by_function: dict[int, tuple[Any, Fingerprint]] = {}
        self.by_parts: dict[tuple[Any, ...], Fingerprint] = {}
        self.guards: dict[int, bool] = {}


def fingerprint(
    code: Code, memo: Memo | None = None, mutations: Mapping[str, Mutation] | None = None
) -> Fingerprint:
    """Return the fingerprint of ``code`` as it is bound now.

    ``memo`` spares a second walk over the same function within one pass in which nothing changes.
    ``mutations`` are the captured data, by path, that count as what they were before the own run.
    """
    large = memo.large if memo is not None else LargeValueCache()
    memo = memo if not mutations else None
    config = dict(code.config)
    if code.version is not None:
        content = digest(["version", code.kind, config, code.version])
        return Fingerprint(content, {}, volatile=code.volatile)
    roles = [
        (role, _walk(display_name(each), each, code.ignore, memo, _of_role(role, mutations), large))
        for role, each in code.functions.items()
    ]
    for index, thing in enumerate(code.depends):
        default = repr(thing) if isinstance(thing, Folder) else f"depends[{index}]"
        name = getattr(thing, "__name__", None) or default
        roles.append((f"depends[{index}]", _walk(str(name), thing, code.ignore, memo, {}, large)))
    if memo is None or code.ignore:
        return _compose(code, roles)
    key = (code.kind, code.volatile, repr(config), *((role, id(part)) for role, part in roles))
    composite = memo.by_parts.get(key)
    if composite is None:
        composite = memo.by_parts[key] = _compose(code, roles)
    return composite


def guards_hold(fingerprint: Fingerprint, memo: Memo) -> bool:
    """Whether the code that ``fingerprint`` is of has it still, as far as its guards can tell.

    ``False`` means that only another fingerprint tells: something in it can change in place.
    """
    results = memo.guards
    for guards in fingerprint.guards:
        if id(guards) not in results:
            results[id(guards)] = guards.complete and guards.hold()
        if not results[id(guards)]:
            return False
    return not fingerprint.mutated


def _compose(code: Code, roles: list[tuple[str, Fingerprint]]) -> Fingerprint:
    dependencies = {
        _path(role, path): dependency
        for role, part in roles
        for path, dependency in part.dependencies.items()
    }
    parts = [[role, part.digest] for role, part in roles]
    return Fingerprint(
        digest([code.kind, dict(code.config), parts]),
        dependencies,
        tuple(dict.fromkeys(name for _, part in roles for name in part.opaque)),
        code.volatile or any(part.beyond for _, part in roles),
        tuple(dict.fromkeys(name for _, part in roles for name in part.large)),
        any(part.mutable for _, part in roles),
        {_path(role, path): d for role, part in roles for path, d in part.mutated.items()},
        tuple(guards for _, part in roles for guards in part.guards),
        tuple(dict.fromkeys(text for _, part in roles for text in part.beyond)),
    )


def _path(role: str, path: str) -> str:
    return path if role == "fn" else f"{role}:{path}"


def _of_role(role: str, mutations: Mapping[str, Mutation] | None) -> Mapping[str, Mutation]:
    if not mutations:
        return {}
    prefix = _path(role, "")
    by_path = {path.removeprefix(prefix): mutation for path, mutation in mutations.items()}
    return {path: mutation for path, mutation in by_path.items() if _path(role, path) in mutations}


def _walk(
    name: str,
    function: Any,
    ignore: frozenset[str],
    memo: Memo | None,
    mutations: Mapping[str, Mutation],
    large: LargeValueCache,
) -> Fingerprint:
    if memo is not None and not ignore and id(function) in memo.by_function:
        return memo.by_function[id(function)][1]
    walk = Walk(ignore, large)
    walk.run("fn", name, function)
    _warn(walk.large, walk.beyond)
    unchanged = {
        path: mutation.digest
        for path, mutation in mutations.items()
        if path in walk.dependencies and walk.dependencies[path].digest == mutation.digest
    }
    walk.dependencies.update((path, mutations[path].original) for path in unchanged)
    content = digest([[path, d.digest] for path, d in sorted(walk.dependencies.items())])
    fingerprint = Fingerprint(
        content,
        walk.dependencies,
        tuple(walk.opaque),
        large=tuple(walk.large),
        mutable=walk.mutable,
        mutated=unchanged,
        guards=(walk.guards if walk.guards.complete else INCOMPLETE,),
        beyond=tuple(walk.beyond),
    )
    if memo is not None and not ignore:
        memo.by_function[id(function)] = (function, fingerprint)
    return fingerprint


def captured_mutations(previous: Fingerprint, current: Fingerprint) -> dict[str, Mutation]:
    """Return what a run that began with ``previous`` made of the data that it captured.

    ``current`` is the fingerprint of the same code after the run, as it is.
    """
    mutations: dict[str, Mutation] = {}
    for path, dependency in current.dependencies.items():
        original = previous.dependencies.get(path)
        if original is None or dependency.kind != "data" or original.kind != "data":
            continue
        if dependency.digest != original.digest:
            mutations[path] = Mutation(dependency.digest, original)
    return mutations


_warned: set[str] = set()


def _warn(large: list[str], beyond: list[str]) -> None:
    texts = [
        f"{name!r} holds more than 16 MB, which are looked through before every run: pass it as "
        "an input instead."
        for name in large
    ]
    for text in (*texts, *beyond):
        if text not in _warned:
            _warned.add(text)
            logger.warning("%s", text)
