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
from daggr_nb._provenance.code.guards import UNSURE, Probes
from daggr_nb._provenance.code.large_values import Large
from daggr_nb._provenance.code.roles import name_of
from daggr_nb._provenance.code.walk import Walk
from daggr_nb._provenance.digest.content import digest

__all__ = ["CodeChange", "Dependency", "Fingerprint", "Memo", "compare", "fingerprint"]

logger = logging.getLogger("daggr_nb")


@dataclass(frozen=True)
class Fingerprint:
    """What a node's code is, as one digest, and what that is made of, by path.

    ``watched`` names captured objects without canonical content: they count by their type and, in
    a notebook, by the statement that bound them. ``large`` names captured data above 16 MB, which
    should be an input instead. ``changeable`` says that there is captured data which code can
    change in place; ``left`` holds the digests, by path, of data that counts as what it was before
    a run changed it. ``probes`` tell whether it still is what it was found to be.
    """

    digest: Digest
    dependencies: Mapping[str, Dependency]
    watched: tuple[str, ...] = ()
    volatile: bool = False
    large: tuple[str, ...] = ()
    changeable: bool = False
    left: Mapping[str, Digest] = field(default_factory=dict)
    probes: tuple[Probes, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Left:
    """What a run left behind of data that it captured: its digest, and what it counts as."""

    digest: Digest
    counts_as: Dependency


class Memo:
    """What one pass has found out so far: by function, and by what a whole node is made of.

    It keeps the functions alive, so that an id stands for one of them only. ``large`` may know
    digests of large data from the pass before.
    """

    def __init__(self, large: Large | None = None) -> None:
        self.large = large or Large()
        self.walked: dict[int, tuple[Any, Fingerprint]] = {}
        self.whole: dict[tuple[Any, ...], Fingerprint] = {}
        self.held: dict[int, bool] = {}


def fingerprint(
    code: Code, memo: Memo | None = None, left: Mapping[str, Left] | None = None
) -> Fingerprint:
    """Return the fingerprint of ``code`` as it is bound now.

    ``memo`` spares a second walk over the same function within one pass in which nothing changes.
    ``left`` says, by path, which captured data counts as what it was before the code's own run.
    """
    large = memo.large if memo is not None else Large()
    memo = memo if not left else None
    config = dict(code.config)
    if code.version is not None:
        content = digest(["version", code.kind, config, code.version])
        return Fingerprint(content, {}, volatile=code.volatile)
    roles = [
        (role, _walked(name_of(function), function, code.ignore, memo, _of_role(role, left), large))
        for role, function in code.functions.items()
    ]
    for index, thing in enumerate(code.depends):
        name = getattr(thing, "__name__", None) or f"depends[{index}]"
        roles.append((f"depends[{index}]", _walked(str(name), thing, code.ignore, memo, {}, large)))
    if memo is None or code.ignore:
        return _composed(code, roles)
    key = (code.kind, code.volatile, repr(config), *((role, id(found)) for role, found in roles))
    whole = memo.whole.get(key)
    if whole is None:
        whole = memo.whole[key] = _composed(code, roles)
    return whole


def still(found: Fingerprint, memo: Memo) -> bool:
    """Whether the code that ``found`` is of has it still, as far as a glance can tell.

    ``False`` means that only another fingerprint tells: something in it can change in place.
    """
    held = memo.held
    for probes in found.probes:
        if id(probes) not in held:
            held[id(probes)] = probes.whole and probes.hold()
        if not held[id(probes)]:
            return False
    return not found.left


def _composed(code: Code, roles: list[tuple[str, Fingerprint]]) -> Fingerprint:
    dependencies = {
        _path(role, path): dependency
        for role, found in roles
        for path, dependency in found.dependencies.items()
    }
    parts = [[role, found.digest] for role, found in roles]
    return Fingerprint(
        digest([code.kind, dict(code.config), parts]),
        dependencies,
        tuple(dict.fromkeys(name for _, found in roles for name in found.watched)),
        code.volatile,
        tuple(dict.fromkeys(name for _, found in roles for name in found.large)),
        any(found.changeable for _, found in roles),
        {_path(role, path): d for role, found in roles for path, d in found.left.items()},
        tuple(probes for _, found in roles for probes in found.probes),
    )


def _path(role: str, path: str) -> str:
    return path if role == "fn" else f"{role}:{path}"


def _of_role(role: str, left: Mapping[str, Left] | None) -> Mapping[str, Left]:
    if not left:
        return {}
    prefix = _path(role, "")
    found = {p.removeprefix(prefix): known for p, known in left.items()}
    return {path: known for path, known in found.items() if _path(role, path) in left}


def _walked(
    name: str,
    function: Any,
    ignore: frozenset[str],
    memo: Memo | None,
    left: Mapping[str, Left],
    large: Large,
) -> Fingerprint:
    if memo is not None and not ignore and id(function) in memo.walked:
        return memo.walked[id(function)][1]
    walk = Walk(ignore, large)
    walk.run("fn", name, function)
    _warn(walk.large)
    unchanged = {
        path: known.digest
        for path, known in left.items()
        if path in walk.found and walk.found[path].digest == known.digest
    }
    walk.found.update((path, left[path].counts_as) for path in unchanged)
    content = digest([[path, d.digest] for path, d in sorted(walk.found.items())])
    found = Fingerprint(
        content,
        walk.found,
        tuple(walk.watched),
        large=tuple(walk.large),
        changeable=walk.changeable,
        left=unchanged,
        probes=(walk.probes if walk.probes.whole else UNSURE,),
    )
    if memo is not None and not ignore:
        memo.walked[id(function)] = (function, found)
    return found


def left_behind(before: Fingerprint, now: Fingerprint) -> dict[str, Left]:
    """Return what a run that began with ``before`` made of the data that it captured.

    ``now`` is the fingerprint of the same code after the run, as it is.
    """
    found: dict[str, Left] = {}
    for path, dependency in now.dependencies.items():
        known = before.dependencies.get(path)
        if known is None or dependency.kind != "data" or known.kind != "data":
            continue
        if dependency.digest != known.digest:
            found[path] = Left(dependency.digest, known)
    return found


_warned: set[str] = set()


def _warn(large: list[str]) -> None:
    for name in large:
        if name not in _warned:
            _warned.add(name)
            logger.warning(
                "%r holds more than 16 MB, which are looked through before every run: pass it as "
                "an input instead.",
                name,
            )
