"""Which nodes are fresh, and why the others are not; kept up to date edit by edit.

A node is fresh when its shown record has the key it would have now, and every parent is fresh.
An edit judges the nodes it touches and walks down only as far as something changes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from daggr_nb._engine.inputs import Inputs
from daggr_nb._engine.keys import node_code, node_key
from daggr_nb._engine.sheet import by_identity
from daggr_nb._ids import Digest, NodeId
from daggr_nb._model.node import Code
from daggr_nb._provenance.artifacts import ValueRef
from daggr_nb._provenance.fingerprint import (
    Fingerprint,
    Left,
    Memo,
    compare,
    fingerprint,
    left_behind,
)
from daggr_nb._provenance.records import InputRef, Record
from daggr_nb.errors import DaggrError

FreshnessName = Literal["fresh", "stale", "missing", "unverified"]
ReasonKind = Literal[
    "CODE", "INPUT", "UPSTREAM", "EDGE", "VARIANT", "ENV", "REVISION", "VOLATILE", "UNVERIFIED"
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a node is not fresh. ``subject`` is a port, a helper or a node; ``text`` says it all."""

    kind: ReasonKind
    subject: str
    text: str
    diff: str | None = None

    def __str__(self) -> str:
        return self.text

    def as_dict(self) -> dict[str, Any]:
        """Return the reason as plain data."""
        found: dict[str, Any] = {"kind": self.kind, "subject": self.subject, "text": self.text}
        return found if self.diff is None else {**found, "diff": self.diff}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A node's freshness with its reasons; none when it is fresh.

    A ``skipped`` node is not needed: a route above it went elsewhere.
    """

    freshness: FreshnessName
    reasons: tuple[Reason, ...] = ()
    skipped: bool = False


FRESH = Judgement("fresh")
MISSING = Judgement("missing")
SKIPPED = Judgement("fresh", skipped=True)


class _Waits(dict[NodeId, Reason]):
    """The reason of all nodes that wait for another, by its name."""

    def __missing__(self, parent: NodeId) -> Reason:
        found = self[parent] = Reason("UPSTREAM", parent, f"waits for {parent}")
        return found


class Freshness:
    """The freshness of every node of a sheet. Changed under the session's lock."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._codes: dict[tuple[NodeId, str], Fingerprint] = {}
        self._left: dict[tuple[NodeId, str], dict[str, Left]] = {}
        self.judged: dict[NodeId, Judgement] = {}
        self._own: dict[NodeId, Judgement] = {}
        self._expected: dict[NodeId, Digest] = {}
        self._confirmed: set[NodeId] = set()
        self._waits = _Waits()
        self._stale: dict[NodeId, Judgement] = {}  # made once, as many edits lead to the same

    def expect(self, name: NodeId, key: Digest) -> None:
        """Note that ``key`` is the key of a node now; the next change of it takes this back."""
        self._expected[name] = key

    def confirm(self, record: Record) -> None:
        """Spare the comparison of a new record with what it was made from, if nothing changed."""
        if self._expected.pop(record.node, None) == record.key:
            self._confirmed.add(record.node)

    # -- code

    def read_code(self, nodes: Iterable[NodeId]) -> list[NodeId]:
        """Take fingerprints anew; return the nodes whose fingerprint changed."""
        memo = Memo()
        return [name for name in nodes if self._read_code(name, memo)]

    def _read_code(self, name: NodeId, memo: Memo) -> bool:
        node = self.inputs.structure.nodes[name]
        ways = [""] if node.selector is None else list(node.alternatives)
        changed = [way for way in ways if self._read((name, way), memo)]
        return self.inputs.chosen(name) in changed

    def _read(self, place: tuple[NodeId, str], memo: Memo | None) -> bool:
        found = fingerprint(self._code_of(place), memo, self._left.get(place))
        before = self._codes.get(place)
        self._codes[place] = found
        return before is None or before.digest != found.digest

    def _code_of(self, place: tuple[NodeId, str]) -> Code:
        name, way = place
        node = self.inputs.structure.nodes[name]
        if node.selector is None:
            return node_code(node, node.inputs)
        found = node.alternatives[way]
        return node_code(found.node, {own: node.inputs[p] for p, own in found.ports.items()})

    def after_run(self, name: NodeId, before: Fingerprint) -> None:
        """Let what a run itself changed of the data that its code captured count as unchanged.

        ``before`` is the fingerprint that the run began with.
        """
        place = (name, self.inputs.chosen(name))
        if before.changeable and self._codes.get(place) is before:
            left = left_behind(before, fingerprint(self._code_of(place)))
            if left != self._left.get(place, {}):
                self._left[place] = left
                self._read(place, None)

    def changed_by_runs(self, name: NodeId) -> list[str]:
        """Return the names of captured data that runs of the node itself have changed."""
        left = self._left.get((name, self.inputs.chosen(name)), {})
        return sorted({known.counts_as.name for known in left.values()})

    def code(self, name: NodeId) -> Fingerprint:
        """Return the fingerprint of what does a node's work now."""
        return self._codes[name, self.inputs.chosen(name)]

    # -- judging

    def update(self, touched: Iterable[NodeId]) -> list[NodeId]:
        """Judge ``touched`` again, and whatever hangs on the outcome; return what changed."""
        topology, inputs, judged = self.inputs.structure.topology, self.inputs, self.judged
        order, rank, children = topology.order, topology.rank, topology.children
        shown, skippable = inputs.sheet.shown, inputs.skippable
        queued = {rank[name] for name in touched}
        queue = sorted(queued)  # a sorted list is a heap
        for place in queue:
            self._own.pop(order[place], None)
            self._expected.pop(order[place], None)
        changed = []
        while queue:
            place = heapq.heappop(queue)
            queued.discard(place)
            name = order[place]
            before = judged.get(name, MISSING)
            now = judged[name] = self._judge(name)
            if now is before or now == before:
                continue
            changed.append(name)
            for child in children[name]:
                place = rank[child]
                if place in queued:
                    continue
                # nothing hangs on a parent while there is nothing to compare
                if child in shown or child in skippable or judged.get(child) is not MISSING:
                    queued.add(place)
                    heapq.heappush(queue, place)
        return changed

    def edge_fresh(self, source: NodeId, source_port: str, target: NodeId, port: str) -> bool:
        """Whether ``target`` consumed what ``source`` shows now, and that is fresh."""
        record = self.inputs.sheet.shown.get(target)
        consumed = record.inputs.get(port) if record is not None else None
        shows = self.inputs.shown(source, source_port)
        same = consumed is not None and shows is not None and consumed.value.digest == shows.digest
        return same and self.judged[source].freshness == "fresh"

    def _judge(self, name: NodeId) -> Judgement:
        own = self._own.get(name)
        if own is None or name in self.inputs.skippable:
            if not self.inputs.structure.nodes[name].runnable:
                return FRESH
            own = self._judge_skip(name) or self._own.get(name)
            if own is None:
                own = self._own[name] = self._judge_itself(name)
        judged, waits = self.judged, self._waits
        waiting = [
            waits[parent]
            for parent in self.inputs.parents(name)
            if judged[parent] is not FRESH and judged[parent].freshness != "fresh"
        ]
        if not waiting or own.freshness in ("missing", "unverified"):
            return own
        reasons = (*own.reasons, *waiting)
        known = self._stale.get(name)
        if known is None or known.reasons != reasons or known.skipped != own.skipped:
            known = self._stale[name] = Judgement("stale", reasons, own.skipped)
        return known

    def _judge_skip(self, name: NodeId) -> Judgement | None:
        """Note whether a route decided against the node; nothing is missing from it then."""
        skipped_by = self.inputs.skip_of(name)
        if skipped_by is None:
            if self.inputs.skips.pop(name, None) is not None:
                self._own.pop(name, None)
            return None
        self.inputs.skips[name] = skipped_by
        self._own.pop(name, None)
        return SKIPPED

    def _judge_itself(self, name: NodeId) -> Judgement:
        """Compare a node with its shown record, its ancestors left aside."""
        record = self.inputs.sheet.shown.get(name)
        if record is None:
            return MISSING
        if record.status == "failed":
            return Judgement("missing")
        reasons = self._differences(name, record)
        if reasons:
            return Judgement("stale", tuple(reasons))
        if self.code(name).volatile:
            text = "volatile: runs anew every time"
            return Judgement("stale", (Reason("VOLATILE", "volatile", text),))
        if record.id in self.inputs.sheet.unwritten:
            text = f"not on record: {self.inputs.sheet.unwritten[record.id]}"
            return Judgement("unverified", (Reason("UNVERIFIED", "store", text),))
        if not self.inputs.sheet.restorable(record):
            there = all(ref.encoding != "none" for ref in record.outputs.values())
            text = "its value is damaged" if there else "its value lived in another kernel"
            return Judgement("unverified", (Reason("UNVERIFIED", "value", text),))
        if record.status == "recovered":
            text = "a stand-in for a failure"
            return Judgement("unverified", (Reason("UNVERIFIED", "stand-in", text),))
        if record.unverified:
            reason = Reason("UNVERIFIED", record.unverified, record.unverified)
            return Judgement("unverified", (reason,))
        return FRESH

    def _differences(self, name: NodeId, record: Record) -> list[Reason]:
        if name in self._confirmed:
            self._confirmed.discard(name)
            return []
        code, node = self.code(name), self.inputs.structure.nodes[name]
        now, broken, complete = self._refs_now(name, record)
        if complete and now.keys() == record.inputs.keys():
            refs = {port: ref.value for port, ref in now.items()}
            if node_key(code, refs, self.inputs.spec(name)) == record.key:
                return []
        other = self._other_variant(node.selector, record, now)
        if other is not None:
            return [other]
        reasons = self._code_differences(name, record) if code.digest != record.code else []
        reasons += broken
        label = self.inputs.label
        found = (_input_difference(p, label(name, p), record, ref) for p, ref in now.items())
        reasons += filter(None, found)
        for port in record.inputs.keys() - node.inputs.keys():
            reasons.append(Reason("EDGE", port, f"input {port} was removed"))
        for port in record.inputs.keys() - now.keys() & node.inputs.keys() if complete else ():
            reasons.append(Reason("EDGE", port, f"{port} is not fed any more: skipped"))
        if not reasons and complete:
            reasons.append(Reason("EDGE", "items", "items are taken from the inputs another way"))
        return reasons

    def _refs_now(
        self, name: NodeId, record: Record
    ) -> tuple[dict[str, InputRef], list[Reason], bool]:
        """Return what feeds each input, what is wrong with others, and whether nothing lacks."""
        now: dict[str, InputRef] = {}
        broken: list[Reason] = []
        lacking = False
        for port in self.inputs.ports(name):
            try:
                known = self.inputs.known(name, port, record)
            except DaggrError as error:
                broken.append(Reason("INPUT", port, str(error)))
                continue
            if known.ref is not None:
                now[port] = known.ref
            elif known.missing is not None:
                lacking = True
            elif known.skipped is None:
                broken.append(Reason("INPUT", port, f"{port}: not drawn yet"))
        return now, broken, not (broken or lacking)

    def _other_variant(
        self, selector: str | None, record: Record, now: Mapping[str, InputRef]
    ) -> Reason | None:
        """Say that another variant made the record; what else differs follows from that."""
        if selector is None or selector not in record.inputs or selector not in now:
            return None
        before, after = record.inputs[selector].value, now[selector].value
        if before.digest == after.digest:
            return None
        return Reason("VARIANT", selector, f"{selector}: {brief(before)} → {brief(after)}")

    def _code_differences(self, name: NodeId, record: Record) -> list[Reason]:
        before = self.inputs.log.code(record.code)
        changes = compare(before, self.code(name).dependencies) if before else []
        if not changes:
            return [Reason("CODE", name, f"code of {name} changed")]
        return [Reason("CODE", change.subject, change.text, change.diff) for change in changes]


def _input_difference(port: str, label: str, record: Record, now: InputRef) -> Reason | None:
    before = record.inputs.get(port)
    if before is None:
        return Reason("EDGE", label, f"input {label} was added")
    if before.value.digest == now.value.digest:
        return None
    if before.origin != now.origin:
        return Reason("EDGE", label, f"{label} comes from {_origin(now)} now")
    if now.record is not None:
        return Reason("INPUT", label, f"{label}: {_origin(now)} has another value")
    old, new = brief(before.value), brief(now.value)
    text = f"{label}: {old} → {new}" if old and new else f"{label} changed"
    return Reason("INPUT", label, text)


def brief(ref: ValueRef) -> str:
    """Return a value in a few characters, as a reason shows it; nothing if it is not short."""
    if by_identity(ref) or ref.inline is None:
        return ""
    text = " ".join(ref.inline.split())
    if ref.encoding == "text":
        text = text if text else "empty"
    return text if len(text) <= 28 else text[:27] + "…"


def _origin(ref: InputRef) -> str:
    return ".".join(ref.origin) if ref.origin else ref.source
