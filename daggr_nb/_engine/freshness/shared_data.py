"""Data that runs change and that code captures: what it counts as, and who changed it.

A memo, a cache or a counter counts as what it was before the runs of the nodes that write to it.
For a node that only reads it, it counts as it is: that is an edge nobody has drawn.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from daggr_nb._ids import Digest, NodeId, RunId
from daggr_nb._provenance.code.dependency import Dependency
from daggr_nb._provenance.code.fingerprint import Fingerprint
from daggr_nb._provenance.code.places import Place, PlaceKey

_IDLE = 256  # places of data that no code captures now
VariantKey = tuple[NodeId, str]


@dataclass(frozen=True)
class Left:
    """What the run of a node left of data: its digest, and the original that it counts as.

    ``through`` are the digests that it had on the way from there.
    """

    digest: Digest
    original: Dependency
    by: NodeId
    value: Any  # keeps an id from standing for something else
    through: set[Digest] = field(default_factory=set)


class User(Protocol):
    """Who reads the code of nodes, and what the fingerprints are."""

    @property
    def codes(self) -> Iterable[Fingerprint]: ...


class SharedData:
    """What runs have left behind, by where it is bound or which object it is.

    ``users`` are those for whom it is kept. There is one for all the graphs of a kernel, as they
    use the same objects.
    """

    def __init__(self) -> None:
        self.users: weakref.WeakSet[Any] = weakref.WeakSet()
        self._left: dict[PlaceKey, Left] = {}
        self._at_work: dict[PlaceKey, tuple[Dependency, int]] = {}
        self._tasks: dict[RunId, tuple[PlaceKey, ...]] = {}
        self._writers: dict[PlaceKey, set[VariantKey]] = {}

    def originals(self, node: VariantKey, raw: Fingerprint) -> dict[str, Dependency]:
        """Return by path what data counts as for a node that writes to it, where that differs."""
        if not (self._left or self._at_work):
            return {}
        originals = {}
        for path, place in raw.places.items():
            dependency = raw.dependencies[path]
            original = self._original_at(place, dependency)
            if original is None or original.digest == dependency.digest:
                continue
            if self.writes(node, place, raw):
                originals[path] = Dependency(
                    path, dependency.name, original.kind, original.digest, original.source
                )
        return originals

    def rename(self, former: NodeId, latter: NodeId) -> None:
        """Note that a node is called otherwise."""
        for key, left in self._left.items():
            if left.by == former:
                self._left[key] = replace(left, by=latter)
        for writers in self._writers.values():
            writers |= {(latter, variant) for name, variant in writers if name == former}

    def after_run(
        self, node: VariantKey, before: Fingerprint, raw: Fingerprint, edits: Sequence[str]
    ) -> list[str]:
        """Take in what a run made of the data that it captured.

        ``before`` is what its code was when it began, ``raw`` what it is now, as it is; ``edits``
        are the names of what was seen to change meanwhile. Returns the paths that somebody else
        changed.
        """
        foreign = []
        for path, place in raw.places.items():
            original, dependency = before.dependencies.get(path), raw.dependencies[path]
            if original is None or original.kind != "data":
                continue
            left = self._left_at(place)
            if left is not None and left.digest == dependency.digest:
                theirs = left.by != node[0] and not self.writes(node, place, raw)
                if theirs and dependency.digest != original.digest:
                    foreign.append(path)
                continue
            if dependency.digest == original.digest:
                continue
            edited = dependency.name in edits and not self.writes(node, place, raw)
            if edited or not place.writable(raw.rebound):
                foreign.append(path)
                continue
            through: set[Digest] = set()
            if left is not None and (
                original.digest == left.original.digest or original.digest in left.through
            ):
                original, through = left.original, left.through
            through.add(dependency.digest)
            left = Left(dependency.digest, original, node[0], place.value, through)
            self._keep(place, left, node)
        return foreign

    def note_writes(
        self, by: NodeId, writer: Fingerprint, before: Fingerprint, now: Fingerprint
    ) -> None:
        """Take in that the run of ``by``, which writes to it, changed data that another reads."""
        for path, place in now.places.items():
            former, dependency = before.dependencies.get(path), now.dependencies[path]
            if former is None or former.digest == dependency.digest:
                continue
            if any(key in writer.written for key in place.keys):
                left = Left(dependency.digest, former, by, place.value)
                self._left.update(dict.fromkeys(place.keys, left))

    def culprits(
        self, name: NodeId, before: Mapping[str, Dependency], now: Fingerprint
    ) -> dict[str, str]:
        """Return by the name of data why it differs, where the run of another node did it."""
        texts = {}
        for path, place in now.places.items() if self._left else ():
            left, dependency = self._left_at(place), now.dependencies[path]
            if left is None or left.by == name or left.digest != dependency.digest:
                continue
            if path in before and before[path].digest != dependency.digest:
                texts[dependency.name] = (
                    f"{dependency.name} was changed by the run of {left.by}: make it an output"
                )
        return texts

    def read_from(self, node: VariantKey, code: Fingerprint) -> Iterator[tuple[str, NodeId]]:
        """Yield what data a node only reads, by name, that the run of another node has changed."""
        for path, place in code.places.items() if self._left else ():
            left = self._left_at(place)
            if left is not None and left.by != node[0] and not self.writes(node, place, code):
                yield code.dependencies[path].name, left.by

    def left_by(self, name: NodeId) -> set[PlaceKey]:
        """Return where the data is that the runs of a node have changed."""
        return {key for key, left in self._left.items() if left.by == name}

    def may_write(self, node: VariantKey, raw: Fingerprint, path: str) -> bool:
        """Whether the run of a node may have changed what is at ``path``, as far as is known."""
        place = raw.places.get(path)
        return place is not None and place.writable(raw.rebound) and self.writes(node, place, raw)

    def writes(self, node: VariantKey, place: Place, raw: Fingerprint) -> bool:
        """Whether a node writes to the data at a place, by its code or as its runs have shown."""
        return any(
            key in raw.written or key[1] in raw.rebound or node in self._writers.get(key, ())
            for key in place.keys
        )

    def own_changes(self, node: VariantKey, raw: Fingerprint) -> list[str]:
        """Return the names of captured data that counts as what it was before runs changed it."""
        originals = self.originals(node, raw)
        return sorted({dependency.name for dependency in originals.values()})

    def prune(self) -> None:
        """Forget the oldest of what no code captures any more.

        Some is kept: what an edit made code capture no more, another often brings back.
        """
        if len(self._left) <= _IDLE:
            return
        codes = [code for user in list(self.users) for code in list(user.codes)]
        keys = {key for code in codes for place in code.places.values() for key in place.keys}
        idle = [key for key in self._left if key not in keys]
        for key in idle[:-_IDLE]:
            del self._left[key]
            self._writers.pop(key, None)

    def _original_at(self, place: Place, dependency: Dependency) -> Dependency | None:
        """Return what data counts as that a run has changed, or is about to."""
        left = self._left_at(place)
        if left is not None and left.digest == dependency.digest:
            return left.original
        before = next((self._at_work[key] for key in place.keys if key in self._at_work), None)
        return before[0] if before is not None else None

    def began(self, task: RunId, node: VariantKey, code: Fingerprint) -> None:
        """Note that a task begins: what it writes to is on its way from what it counts as."""
        keys = {
            key: code.dependencies[path]
            for path, place in code.places.items()
            if self.writes(node, place, code)
            for key in place.keys
        }
        if keys:
            self._tasks[task] = tuple(keys)
        for key, dependency in keys.items():
            before, count = self._at_work.get(key, (dependency, 0))
            self._at_work[key] = before, count + 1

    def ended(self, task: RunId) -> None:
        """Note that a task is over."""
        for key in self._tasks.pop(task, ()):
            before, count = self._at_work.pop(key)
            if count > 1:
                self._at_work[key] = before, count - 1

    def _keep(self, place: Place, left: Left, node: VariantKey) -> None:
        for key in place.keys:
            self._left[key] = left
            self._writers.setdefault(key, set()).add(node)

    def _left_at(self, place: Place) -> Left | None:
        return next((self._left[key] for key in place.keys if key in self._left), None)


SHARED = SharedData()
