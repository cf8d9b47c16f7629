"""A fingerprint of code: a function, and everything of the person's own that it uses.

The walk goes from a function to the helpers, classes and data it loads, and on. Installed
packages count by name and version. Every dependency keeps its own digest and source, so that two
fingerprints can be compared and the difference named.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from daggr_nb._ids import Digest
from daggr_nb._model.evaluation import Code, Revision
from daggr_nb._model.node import Port
from daggr_nb._provenance.code.dependency import CodeChange, Dependency, compare
from daggr_nb._provenance.code.guards import INCOMPLETE, Guards
from daggr_nb._provenance.code.large_values import LargeValueCache
from daggr_nb._provenance.code.places import Place, PlaceKey
from daggr_nb._provenance.code.roles import display_name
from daggr_nb._provenance.code.walk import Walk
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.digest.folders import Folder

__all__ = ["CodeChange", "Dependency", "Fingerprint", "Memo", "compare", "fingerprint"]

logger = logging.getLogger("daggr_nb")

REVISION: Final = "revision"


@dataclass(frozen=True)
class Fingerprint:
    """What a node's code is, as one digest, and what that is made of, by path.

    ``opaque`` names captured objects without canonical content: they count by their type and, in
    a notebook, by the statement that bound them. ``large`` names captured data above 16 MB, which
    should be an input instead. ``mutable`` says that there is captured data which code can
    change in place. ``guards`` tell whether it still is what it was found to be. ``places`` say
    by path where captured data is, ``written`` which of it code writes to, ``rebound`` the names
    that code binds anew. ``of`` is the code, ``parts`` are the fingerprints of its functions.
    ``beyond`` says which folders are beyond their budget. ``ports`` are those of other nodes that
    code reads, by path; ``reads`` says by what name, and what to feed as an input in its place.
    """

    digest: Digest
    dependencies: Mapping[str, Dependency]
    opaque: tuple[str, ...] = ()
    volatile: bool = False
    large: tuple[str, ...] = ()
    mutable: bool = False
    guards: tuple[Guards, ...] = field(default=(), compare=False, repr=False)
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)
    written: Mapping[PlaceKey, str] = field(default_factory=dict, compare=False, repr=False)
    rebound: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    of: Code | None = field(default=None, compare=False, repr=False)
    parts: tuple[tuple[str, Fingerprint], ...] = field(default=(), compare=False, repr=False)
    beyond: tuple[str, ...] = ()
    ports: Mapping[str, Port] = field(default_factory=dict, compare=False, repr=False)
    reads: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


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


def fingerprint(code: Code, memo: Memo | None = None) -> Fingerprint:
    """Return the fingerprint of ``code`` as it is bound now.

    ``memo`` spares a second walk over the same function within one pass in which nothing changes.
    """
    large = memo.large if memo is not None else LargeValueCache()
    config = dict(code.config)
    if code.version is not None:
        content = digest(["version", code.kind, config, code.version])
        return Fingerprint(content, {}, volatile=code.volatile)
    roles = [
        (role, _walk(display_name(each), each, code.ignore, memo, large))
        for role, each in code.functions.items()
    ]
    for index, thing in enumerate(code.depends):
        default = repr(thing) if isinstance(thing, Folder) else f"depends[{index}]"
        name = getattr(thing, "__name__", None) or default
        roles.append((f"depends[{index}]", _walk(str(name), thing, code.ignore, memo, large)))
    roles += [(REVISION, _of_revision(each)) for each in code.revisions]
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
    return True


def with_originals(fingerprint: Fingerprint, originals: Mapping[str, Dependency]) -> Fingerprint:
    """Return ``fingerprint`` with other dependencies in the place of those at some paths."""
    if not originals or fingerprint.of is None:
        return fingerprint
    roles = []
    for role, part in fingerprint.parts:
        dependencies = dict(part.dependencies)
        for path in dependencies:
            original = originals.get(_path(role, path))
            if original is not None:
                dependencies[path] = replace(original, path=path)
        content = _content(dependencies)
        roles.append((role, replace(part, digest=content, dependencies=dependencies)))
    return _compose(fingerprint.of, roles)


def _compose(code: Code, roles: list[tuple[str, Fingerprint]]) -> Fingerprint:
    dependencies = {
        _path(role, path): (
            dependency if role == "fn" else replace(dependency, path=_path(role, path))
        )
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
        tuple(guards for _, part in roles for guards in part.guards),
        {_path(role, path): place for role, part in roles for path, place in part.places.items()},
        {key: name for _, part in roles for key, name in part.written.items()},
        frozenset(name for _, part in roles for name in part.rebound),
        code,
        tuple(roles),
        tuple(dict.fromkeys(text for _, part in roles for text in part.beyond)),
        {_path(role, path): port for role, part in roles for path, port in part.ports.items()},
        {name: port for _, part in roles for name, port in part.reads.items()},
    )


def _path(role: str, path: str) -> str:
    return path if role == "fn" else f"{role}:{path}"


def part_of(role: str, dependencies: Mapping[str, Dependency]) -> dict[str, Digest]:
    """Return the digests, by path, of what the function in a role of a node depends on."""
    prefix = _path(role, "")
    return {path: d.digest for path, d in dependencies.items() if path.startswith(prefix)}


def _content(dependencies: Mapping[str, Dependency]) -> Digest:
    return digest([[path, d.digest] for path, d in sorted(dependencies.items())])


def revision_path(revision: Revision) -> str:
    """Return the path of what a revision is of, among the dependencies of a node."""
    return _path(REVISION, revision.of)


def _of_revision(revision: Revision) -> Fingerprint:
    content = digest([REVISION, revision.commit])
    dependency = Dependency(revision.of, revision.of, REVISION, content, revision.commit)
    dependencies = {revision.of: dependency}
    return Fingerprint(_content(dependencies), dependencies)


def _walk(
    name: str,
    function: Any,
    ignore: frozenset[str],
    memo: Memo | None,
    large: LargeValueCache,
) -> Fingerprint:
    if memo is not None and not ignore and id(function) in memo.by_function:
        return memo.by_function[id(function)][1]
    walk = Walk(ignore, large)
    walk.run("fn", name, function)
    _warn(walk.large, walk.beyond)
    fingerprint = Fingerprint(
        _content(walk.dependencies),
        walk.dependencies,
        tuple(walk.opaque),
        large=tuple(walk.large),
        mutable=walk.mutable,
        guards=(walk.guards if walk.guards.complete else INCOMPLETE,),
        places=walk.places,
        written=walk.written,
        rebound=frozenset(walk.rebound),
        beyond=tuple(walk.beyond),
        ports=walk.ports,
        reads=walk.reads,
    )
    if memo is not None and not ignore:
        memo.by_function[id(function)] = (function, fingerprint)
    return fingerprint


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
