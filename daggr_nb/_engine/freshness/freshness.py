"""Which nodes are fresh, and why the others are not; kept up to date edit by edit.

A node is fresh when its shown record has the key it would have now, and every parent is fresh.
An edit judges the nodes it touches and walks down only as far as something changes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from daggr_nb._engine.freshness.inputs import Inputs
from daggr_nb._engine.freshness.keys import node_code, node_key
from daggr_nb._engine.freshness.reasons import (
    FRESH,
    MISSING,
    SKIPPED,
    Judgement,
    Reason,
    brief,
    input_difference,
)
from daggr_nb._ids import Digest, NodeId
from daggr_nb._model.evaluation import Code
from daggr_nb._provenance.code.fingerprint import (
    Fingerprint,
    Memo,
    Mutation,
    captured_mutations,
    compare,
    fingerprint,
    guards_hold,
)
from daggr_nb._provenance.code.large_values import CachedDigest, LargeValueCache
from daggr_nb._provenance.log.records import InputRef, Record
from daggr_nb.errors import DaggrError

__all__ = ["Freshness", "Judgement", "Reason"]


class Freshness:
    """The freshness of every node of a sheet. Changed under the session's lock."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._codes: dict[tuple[NodeId, str], Fingerprint] = {}
        self._asked: dict[tuple[NodeId, str], Code] = {}
        self._large: Mapping[int, CachedDigest] = {}
        self._left: dict[tuple[NodeId, str], dict[str, Mutation]] = {}
        self.judged: dict[NodeId, Judgement] = {}
        self._own: dict[NodeId, Judgement] = {}
        self._choosing = {n for n, node in inputs.structure.nodes.items() if node.selector}
        self._above = inputs.structure.topology.parents
        self._not_fresh: set[NodeId] = set()
        # what waits, and what it is alone; kept, as many edits lead to the same
        self._waiting: dict[NodeId, tuple[Judgement, Judgement]] = {}
        self._expected: dict[NodeId, Digest] = {}
        self._confirmed: set[NodeId] = set()

    def expect(self, name: NodeId, key: Digest) -> None:
        """Note that ``key`` is the key of a node now; the next change of it takes this back."""
        self._expected[name] = key

    def confirm(self, record: Record) -> None:
        """Spare the comparison of a new record with what it was made from, if nothing changed."""
        if self._expected.pop(record.node, None) == record.key:
            self._confirmed.add(record.node)

    # -- code

    def read_code(self, nodes: Iterable[NodeId], large: bool = True) -> list[NodeId]:
        """Take fingerprints of all nodes anew; return those whose fingerprint changed.

        Captured data above 16 MB is digested again if ``large`` says so, or its name was bound
        again since.
        """
        memo = Memo(LargeValueCache(None if large else self._large))
        changed = [name for name in nodes if self._read_code(name, memo)]
        self._large = memo.large.entries
        return changed

    def read_code_of(self, name: NodeId) -> bool:
        """Take the fingerprint of a node anew, before it runs; says whether it changed."""
        memo = Memo()
        changed = self._read_code(name, memo)
        self._large = {**self._large, **memo.large.entries}
        return changed

    def _read_code(self, name: NodeId, memo: Memo) -> bool:
        node = self.inputs.structure.nodes[name]
        ways = [""] if node.selector is None else list(node.alternatives)
        changed = [way for way in ways if self._read((name, way), memo)]
        return self.inputs.chosen(name) in changed

    def _read(self, place: tuple[NodeId, str], memo: Memo | None) -> bool:
        code, before = self._code_of(place), self._codes.get(place)
        same = code is self._asked.get(place) and place not in self._left
        if same and before is not None and memo is not None and guards_hold(before, memo):
            return False
        found = fingerprint(code, memo, self._left.get(place))
        self._codes[place], self._asked[place] = found, code
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
        if before.mutable and self._codes.get(place) is before:
            left = captured_mutations(before, fingerprint(self._code_of(place)))
            if left != self._left.get(place, {}):
                self._left[place] = left
                self._read(place, None)

    def changed_by_runs(self, name: NodeId) -> list[str]:
        """Return the names of captured data that runs of the node itself have changed."""
        left = self._left.get((name, self.inputs.chosen(name)), {})
        return sorted({known.original.name for known in left.values()})

    def code(self, name: NodeId) -> Fingerprint:
        """Return the fingerprint of what does a node's work now."""
        return self._codes[name, self.inputs.chosen(name)]

    # -- judging

    def update(self, touched: Iterable[NodeId]) -> list[NodeId]:
        """Judge ``touched`` again, and whatever hangs on the outcome; return what changed.

        What the nodes themselves are is found out first. Then what is not fresh any more spreads
        down, and after that what is fresh again: so every edge is looked at twice at most.
        """
        moved = self._judge_alone(touched)
        reached = dict.fromkeys(moved)
        self._spread_stale(moved, reached)
        self._spread_fresh(moved, reached)
        return self._judge_all(reached)

    def _judge_alone(self, touched: Iterable[NodeId]) -> list[NodeId]:
        """Judge nodes, their ancestors left aside, and those that are skipped with them or not."""
        topology, inputs, own = self.inputs.structure.topology, self.inputs, self._own
        order, rank = topology.order, topology.rank
        queue = sorted({rank[name] for name in touched})  # a sorted list is a heap
        queued, judged = set(queue), []
        while queue:
            name = order[heapq.heappop(queue)]
            judged.append(name)
            self._expected.pop(name, None)
            before = inputs.skips.get(name)
            own[name] = self._judge_skip(name) or self._judge_itself(name)
            if inputs.skips.get(name) == before:
                continue
            for place in {rank[child] for child in topology.children[name]} - queued:
                queued.add(place)
                heapq.heappush(queue, place)
        return judged

    def _spread_stale(self, moved: Iterable[NodeId], reached: dict[NodeId, None]) -> None:
        """Note who is not fresh any more, from ``moved`` downwards, and whom that reaches."""
        own, stale, choosing = self._own, self._not_fresh, self._choosing
        parents, children = self.inputs.parents, self.inputs.structure.topology.children
        new = [
            name
            for name in moved
            if name not in stale
            and (own[name].freshness != "fresh" or not stale.isdisjoint(parents(name)))
        ]
        stale.update(new)
        for name in new:  # which grows on the way
            for child in children[name]:
                if choosing and child in choosing and name not in parents(child):
                    continue
                if child in stale:
                    reached[child] = None
                else:
                    stale.add(child)
                    new.append(child)
        reached.update(dict.fromkeys(new))

    def _spread_fresh(self, moved: Iterable[NodeId], reached: dict[NodeId, None]) -> None:
        """Note who is fresh again, from ``moved`` downwards, and whom that reaches."""
        own, stale = self._own, self._not_fresh
        parents, children = self.inputs.parents, self.inputs.structure.topology.children
        queue = [name for name in moved if name in stale]
        for name in queue:  # which grows on the way
            if name not in stale or own[name].freshness != "fresh":
                continue
            if stale.isdisjoint(parents(name)):
                stale.discard(name)
                below = [child for child in children[name] if own[child] is not MISSING]
                reached.update(dict.fromkeys(below))
                queue += below

    def edge_fresh(self, source: NodeId, source_port: str, target: NodeId, port: str) -> bool:
        """Whether ``target`` consumed what ``source`` shows now, and that is fresh."""
        record = self.inputs.sheet.shown.get(target)
        consumed = record.inputs.get(port) if record is not None else None
        shows = self.inputs.shown(source, source_port)
        same = consumed is not None and shows is not None and consumed.value.digest == shows.digest
        return same and self.judged[source].freshness == "fresh"

    def _judge_all(self, reached: Iterable[NodeId]) -> list[NodeId]:
        """Put together what nodes are by themselves and for whom they wait: whose is new?"""
        own, stale, judged = self._own, self._not_fresh, self.judged
        changed = []
        for name in reached:
            now, before = own[name], judged.get(name, MISSING)
            if name in stale and now.freshness in ("fresh", "stale"):
                now = self._with_waits(name, now)
            judged[name] = now
            if now is not before and (now.freshness != before.freshness or now != before):
                changed.append(name)
        return changed

    def _with_waits(self, name: NodeId, own: Judgement) -> Judgement:
        above, stale = self._above[name], self._not_fresh
        if name in self._choosing:
            above = tuple(self.inputs.parents(name))
        if not stale.issuperset(above):
            above = tuple(parent for parent in above if parent in stale)
        if not above:
            return own
        known, by = self._waiting.get(name, (MISSING, MISSING))
        if by is not own or known.waits != above:
            known = Judgement("stale", own.own, own.skipped, above)
            self._waiting[name] = known, own
        return known

    def _judge_skip(self, name: NodeId) -> Judgement | None:
        """Note whether a route decided against the node; nothing is missing from it then."""
        skipped_by = self.inputs.skip_of(name)
        if skipped_by is None:
            self.inputs.skips.pop(name, None)
            return None
        self.inputs.skips[name] = skipped_by
        return SKIPPED

    def _judge_itself(self, name: NodeId) -> Judgement:
        """Compare a node with its shown record, its ancestors left aside."""
        if not self.inputs.structure.nodes[name].runnable:
            return FRESH
        record = self.inputs.sheet.shown.get(name)
        if record is None or record.status == "failed":
            return MISSING
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
            port = record.unverified.partition(" ")[0]
            reason = Reason("UNVERIFIED", port, record.unverified)
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
        for port, ref in now.items():
            found = input_difference(label(name, port), record.inputs.get(port), ref)
            reasons += [found] if found is not None else []
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
        return [Reason(c.kind, c.subject, c.text, c.diff) for c in changes]
