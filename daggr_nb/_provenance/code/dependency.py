"""What a fingerprint is made of, and how two of them differ in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from daggr_nb._ids import Digest

Kind = Literal["function", "class", "data", "package", "definition", "same", "port", "revision"]


@dataclass(frozen=True)
class Dependency:
    """One thing the code depends on. ``path`` is how it is reached: ``fn.clean.LIMIT``.

    The kind ``same`` refers to a path by which the thing was reached before; ``port`` is what a
    port of another node shows, ``revision`` the commit of something elsewhere.
    """

    path: str
    name: str
    kind: Kind
    digest: Digest
    source: str


@dataclass(frozen=True)
class CodeChange:
    """One difference between two fingerprints, in plain words, with a diff if it has one.

    The kind ``ENV`` is another version of an installed package, ``REVISION`` another commit of
    something elsewhere, which is the ``subject`` then.
    """

    subject: str
    text: str
    diff: str | None
    kind: Literal["CODE", "ENV", "REVISION"] = "CODE"


def compare(old: Mapping[str, Dependency], new: Mapping[str, Dependency]) -> list[CodeChange]:
    """Name what differs between two sets of dependencies, most telling first."""
    differences = [
        (old.get(path), new.get(path))
        for path in dict.fromkeys([*new, *old])
        if _digest_of(old.get(path)) != _digest_of(new.get(path))
    ]
    sides = {side: {(d.name, d.digest) for d in deps.values()} for side, deps in _sides(old, new)}
    telling = [pair for pair in differences if _is_telling(*pair, sides)]
    return list(dict.fromkeys(_change(*pair) for pair in telling or differences))


def _sides(
    old: Mapping[str, Dependency], new: Mapping[str, Dependency]
) -> list[tuple[str, Mapping[str, Dependency]]]:
    return [("old", old), ("new", new)]


def _is_telling(
    old: Dependency | None, new: Dependency | None, sides: Mapping[str, set[tuple[str, Digest]]]
) -> bool:
    """Whether a difference is more than the same thing reached by another path."""
    if "same" in (old and old.kind, new and new.kind):
        return False
    if old is None:
        return new is not None and (new.name, new.digest) not in sides["old"]
    return new is not None or (old.name, old.digest) not in sides["new"]


def _digest_of(dependency: Dependency | None) -> Digest | None:
    return None if dependency is None else dependency.digest


def _change(old: Dependency | None, new: Dependency | None) -> CodeChange:
    thing = new or old
    assert thing is not None
    if old is None or new is None:
        verb = "is used now" if old is None else "is no longer used"
        return CodeChange(thing.name, f"{thing.name} {verb}", None)
    if new.kind == "revision":
        commits = f"{old.source[:7] or 'unknown'} → {new.source[:7] or 'unknown'}"
        return CodeChange(new.name, f"{new.name} changed: {commits}", None, "REVISION")
    version_change = _version_change(old, new)
    if version_change is not None:
        return version_change
    if {old.kind, new.kind} & {"function", "class"}:
        return CodeChange(thing.name, f"code of {thing.name} changed", _diff(old, new))
    if _brief(old) == _brief(new):  # they differ beyond what is shown
        return CodeChange(thing.name, f"{thing.name} changed", None)
    return CodeChange(thing.name, f"{thing.name}: {_brief(old)} → {_brief(new)}", _diff(old, new))


_VERSIONED = re.compile(r"(\w+)([\w.<>]*)==([\w.+!-]+)")  # as versioned_name writes it


def _version_change(old: Dependency, new: Dependency) -> CodeChange | None:
    """Tell of a package's version, if that is all that differs."""
    if old.kind not in ("package", "definition"):
        return None
    old_version, new_version = _VERSIONED.search(old.source), _VERSIONED.search(new.source)
    if old_version is None or new_version is None or old_version[3] == new_version[3]:
        return None
    if _VERSIONED.sub(r"\1\2", old.source) != _VERSIONED.sub(r"\1\2", new.source):
        return None
    name, versions = new_version[1], (old_version[3], new_version[3])
    if all(version.startswith("python") for version in versions):  # the standard library's
        name, versions = "Python", (versions[0][6:], versions[1][6:])
    return CodeChange(name, f"{name} {versions[0]} → {versions[1]}", None, "ENV")


def _brief(dependency: Dependency) -> str:
    text = " ".join(dependency.source.split())
    return text if len(text) <= 40 else text[:39] + "…"


def _diff(old: Dependency, new: Dependency) -> str | None:
    if old.source == new.source:
        return None
    import difflib  # noqa: PLC0415 - slow to load, rarely needed

    lines = difflib.unified_diff(
        old.source.splitlines(), new.source.splitlines(), "before", "now", lineterm="", n=1
    )
    return "\n".join(list(lines)[2:])
