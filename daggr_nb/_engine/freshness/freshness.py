"""Which nodes are fresh, and why the others are not; kept up to date edit by edit.

A node is fresh when its shown record has the key it would have now, and every parent is fresh.
An edit judges the nodes it touches and walks down only as far as something changes.
"""

from __future__ import annotations

import collections
import contextlib
import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from daggr_nb._engine.freshness.inputs import SheetInputs
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
from daggr_nb._engine.freshness.shared_data import SHARED, VariantKey
from daggr_nb._engine.sheet.identity import by_identity
from daggr_nb._ids import Digest, NodeId, RunId
from daggr_nb._model.edge import Edge
from daggr_nb._model.evaluation import Code, Revision
from daggr_nb._model.feed import draws
from daggr_nb._model.node import Node
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.code.dependency import Dependency
from daggr_nb._provenance.code.fingerprint import (
    Fingerprint,
    Memo,
    compare,
    fingerprint,
    guards_hold,
    revision_path,
    with_originals,
)
from daggr_nb._provenance.code.large_values import MOMENT, CachedDigest, LargeValueCache
from daggr_nb._provenance.code.places import PlaceKey
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.log.records import InputRef, Record
from daggr_nb.errors import DaggrError

_MOST_FAILED = 20  # runs on record that are looked at for one that went well

__all__ = ["FreshnessTracker", "Judgement", "Reason"]


@dataclass(frozen=True)
class AfterRun:
    """What became of a node's code while it ran.

    ``code`` is what its record is of. ``edits`` names what somebody else changed meanwhile;
    ``readers`` are other nodes for whose code the run has changed something.
    """

    code: Fingerprint
    edits: list[str]
    readers: list[NodeId]


class FreshnessTracker:
    """The freshness of every node of a sheet. Changed under the session's lock."""

    def __init__(self, inputs: SheetInputs) -> None:
        self.inputs = inputs
        self._codes: dict[VariantKey, Fingerprint] = {}
        self._asked: dict[VariantKey, Code] = {}
        self._large: Mapping[int, CachedDigest] = {}
        self._stuck: set[NodeId] = set()
        self._untold: dict[NodeId, None] = {}  # whose code was read when that was cut short
        self.shared = SHARED
        SHARED.users.add(self)
        self._ran: dict[NodeId, Fingerprint] = {}
        self._memories: set[VariantKey] = set()
        self._readers: dict[PlaceKey, set[VariantKey]] = {}
        self._writers: dict[PlaceKey, set[VariantKey]] = {}
        self._port_readers: dict[Node, set[VariantKey]] = {}
        self._at_work: collections.Counter[NodeId] = collections.Counter()
        self._edits: dict[NodeId, list[str]] = {}
        self.judged: dict[NodeId, Judgement] = {}
        self._own: dict[NodeId, Judgement] = {}
        self._choosing = {n for n, node in inputs.structure.nodes.items() if node.selector}
        self._above = inputs.structure.topology.parents
        self._drawing = {n for n, node in inputs.structure.nodes.items() if draws(node.inputs)}
        self._not_fresh: set[NodeId] = set()
        # what waits, and what it is alone; kept, as many edits lead to the same
        self._waiting: dict[NodeId, tuple[Judgement, Judgement]] = {}
        self._expected: dict[NodeId, Digest] = {}
        self._confirmed: set[NodeId] = set()
        self._edges: dict[str, bool] = {}
        self._changed_edges: dict[str, bool] = {}
        self.edges_due: set[NodeId] = set(inputs.structure.nodes)

    def carry_on(self, former: FreshnessTracker) -> None:
        """Take over what ``former`` knows of nodes at work: the graph was defined anew."""
        self._memories = former._memories
        self._at_work, self._edits, self._ran = former._at_work, former._edits, former._ran
        self.judged = {n: j for n, j in former.judged.items() if n in self.inputs.structure.nodes}

    def rename(self, former: NodeId, latter: NodeId) -> None:
        """Keep what is known of a node that is called otherwise; to be carried on."""
        by_names: tuple[dict[NodeId, Any], ...] = (self._ran, self.judged)
        for by_name in by_names:
            if former in by_name:
                by_name[latter] = by_name.pop(former)
        self._memories = {(latter if n == former else n, v) for n, v in self._memories}
        self.shared.rename(former, latter)

    @property
    def codes(self) -> Iterable[Fingerprint]:
        """The fingerprints of all that may do work."""
        return self._codes.values()

    def expect(self, name: NodeId, key: Digest) -> None:
        """Note that ``key`` is the key of a node now; the next change of it takes this back."""
        self._expected[name] = key

    def ran(self, name: NodeId, code: Fingerprint) -> None:
        """Note what the newest record of a node is of."""
        self._ran[name] = code

    def confirm(self, record: Record) -> None:
        """Spare the comparison of a new record with what it was made from, if nothing changed."""
        if self._expected.pop(record.node, None) == record.key:
            self._confirmed.add(record.node)

    # -- code

    def read_code(self, nodes: Iterable[NodeId], large: bool = True) -> list[NodeId]:
        """Take fingerprints of all nodes anew; return those whose fingerprint changed.

        All captured data is compared with what it was if ``large`` says so, else what there is
        time for after a cell.
        """
        memo = Memo(LargeValueCache(self._large, None if large else MOMENT))
        for name in nodes:
            was_untold = name in self._untold
            self._untold[name] = None
            if not (self._read_code(name, memo) or was_untold):
                del self._untold[name]
        changed_nodes = [name for name in self._untold if name in self.inputs.structure.nodes]
        self._untold.clear()
        consumers, stuck = self.inputs.read_classes_again(memo)
        self._stuck = {*self._stuck, *stuck}
        changed_nodes += [name for name in (*consumers, *stuck) if name not in changed_nodes]
        self._large = memo.large.entries
        self.shared.prune()
        return changed_nodes

    def read_code_of(self, name: NodeId) -> bool:
        """Take the fingerprint of a node anew, before it runs; says whether it changed."""
        memo = Memo(LargeValueCache(self._large))
        is_changed = self._read_code(name, memo)
        self._remember(memo)
        return is_changed

    def _remember(self, memo: Memo) -> None:
        self._large = {**self._large, **memo.large.entries}

    def _read_code(self, name: NodeId, memo: Memo) -> bool:
        node = self.inputs.structure.nodes[name]
        if node.selector is None:
            return self._read((name, ""), memo)
        variants = list(node.by_variant)
        changed_variants = [variant for variant in variants if self._read((name, variant), memo)]
        return bool(changed_variants) and self.inputs.chosen(name) in changed_variants

    def _read(self, variant_key: VariantKey, memo: Memo, anew: bool = False) -> bool:
        code, previous = self._code_of(variant_key), self._codes.get(variant_key)
        same = code is self._asked.get(variant_key) and variant_key not in self._memories
        if same and previous is not None and not anew and guards_hold(previous, memo):
            return False
        raw = fingerprint(code, memo)
        originals = self.shared.originals(variant_key, raw) | self._of_itself(variant_key[0], raw)
        if code.revisions:
            originals |= self._revisions_on_record(variant_key[0], code.revisions)
        current = with_originals(raw, originals)
        for port in current.ports.values():
            self._port_readers.setdefault(port.node, set()).add(variant_key)
        if current.places:
            for place in current.places.values():
                for key in place.keys:
                    self._readers.setdefault(key, set()).add(variant_key)
        for key in current.written:
            self._writers.setdefault(key, set()).add(variant_key)
        self._codes[variant_key], self._asked[variant_key] = current, code
        if previous is not None and previous.digest == current.digest:
            return False
        if previous is not None and self._at_work[variant_key[0]]:
            self._note_edit(variant_key, previous, current)
        return True

    def _of_itself(self, name: NodeId, raw: Fingerprint) -> dict[str, Dependency]:
        """Return what stands for the node's own ports, if it reads them: its runs change those."""
        node = self.inputs.structure.nodes[name]
        return {
            path: replace(raw.dependencies[path], digest=digest("itself"), source="its own")
            for path, port in raw.ports.items()
            if port.node is node
        }

    def _revisions_on_record(
        self, name: NodeId, revisions: Iterable[Revision]
    ) -> dict[str, Dependency]:
        """Return what stands for revisions that nobody knows, or that do not matter.

        That is what the newest run on record was of. A result of a revision that was not known is
        as good as one of any.
        """
        recorded: Mapping[str, Dependency] | None = None
        originals = {}
        for revision in revisions:
            if recorded is None:
                recorded = self._newest_dependencies(name)
            path = revision_path(revision)
            original = recorded.get(path)
            unknown = not revision.commit or (original is not None and not original.source)
            if original is not None and (unknown or revision.when_moved == "accept"):
                originals[path] = original
        return originals

    def _newest_dependencies(self, name: NodeId) -> Mapping[str, Dependency]:
        ran = self._ran.get(name)
        if ran is not None:
            return ran.dependencies
        for identity in self.inputs.log.history(name, _MOST_FAILED):
            with contextlib.suppress(DaggrError):
                record = self.inputs.log.record(identity)
                if record.status in ("succeeded", "recovered"):
                    return self.inputs.log.code(record.code) or {}
        return {}

    def moved_on(self, name: NodeId) -> Reason | None:
        """Return why a node must not run: what does its work has changed, and that is refused."""
        code = self.code(name).of
        if code is None or not any(each.when_moved == "refuse" for each in code.revisions):
            return None
        own = self._own[name].own if name in self._own else ()
        return next((reason for reason in own if reason.kind == "REVISION"), None)

    def read_readers(self, name: NodeId) -> list[NodeId]:
        """Look at the nodes whose code reads what ``name`` shows; return those it is new for."""
        readers = self._port_readers.get(self.inputs.structure.nodes[name], ())
        memo = Memo(LargeValueCache(self._large)) if readers else None
        return [reader[0] for reader in readers if memo and self._read(reader, memo, anew=True)]

    def _code_of(self, variant_key: VariantKey) -> Code:
        name, variant = variant_key
        node = self.inputs.structure.nodes[name]
        if node.selector is None:
            return node_code(node, node.inputs) if name in self._drawing else node.code()
        found = node.by_variant[variant]
        return node_code(found.node, {own: node.inputs[p] for p, own in found.ports.items()})

    # -- code that changes while it runs

    def began(self, task: RunId, name: NodeId, code: Fingerprint) -> None:
        """Note that a task of a node begins: edits from now on happen while it runs."""
        self._at_work[name] += 1
        now = self._codes.get((name, self.inputs.chosen(name)))
        if now is not None and now.digest != code.digest:  # it was edited while it waited its turn
            edits = [change.subject for change in compare(code.dependencies, now.dependencies)]
            self._edits.setdefault(name, []).extend(edits or [name])
        if code.mutable:
            self.shared.began(task, (name, self.inputs.chosen(name)), code)

    def ended(self, task: RunId, name: NodeId) -> None:
        """Note that a task of a node is over."""
        self.shared.ended(task)
        self._at_work[name] -= 1
        if self._at_work[name] <= 0:
            del self._at_work[name]
            self._edits.pop(name, None)

    def edited_at_work(self, name: NodeId) -> list[str]:
        """Return the names of what was edited since a node began to run, or waits to."""
        return self._edits.get(name, [])

    def after_run(self, name: NodeId, before: Fingerprint) -> AfterRun:
        """Compare a node's code with what it was when a run began.

        What the run itself changed of the data that it captured counts as unchanged from now on.
        """
        variant_key = (name, self.inputs.chosen(name))
        edits = list(self.edited_at_work(name))
        memo = Memo(LargeValueCache(self._large))
        if before.of is None or (not edits and guards_hold(before, memo)):
            return AfterRun(before, edits, self._readers_changed(name, before))
        raw = fingerprint(before.of, memo)
        raw = with_originals(raw, self._of_itself(name, raw))
        self._remember(memo)
        foreign = self.shared.after_run(variant_key, before, raw, edits)
        edits += [raw.dependencies[path].name for path in foreign]
        edits += [
            dependency.name
            for path, dependency in raw.dependencies.items()
            if dependency.kind in ("function", "class", "definition", "package", "port")
            and path in before.dependencies
            and before.dependencies[path].digest != dependency.digest
        ]
        originals = self.shared.originals(variant_key, raw)
        counts_as = {
            path: original
            for path, original in originals.items()
            if path in before.dependencies and path not in foreign
        }
        if originals:
            self._memories.add(variant_key)
        if self._codes.get(variant_key) is before or before.mutable:
            self._read(variant_key, memo, anew=True)
        code = with_originals(before, counts_as)
        same = code.digest == before.digest
        return AfterRun(
            before if same else code,
            list(dict.fromkeys(edits)),
            self._readers_changed(name, before),
        )

    def _readers_changed(self, name: NodeId, written: Fingerprint) -> list[NodeId]:
        """Look at the nodes that read what ``name`` writes to; return whose code changed by it."""
        readers = {
            reader: None
            for key in written.written
            for reader in self._readers.get(key, ())
            if reader[0] != name
        }
        changed_nodes = []
        memo = Memo(LargeValueCache(self._large))
        for reader in readers:
            previous = self._codes[reader]
            if self._read(reader, memo, anew=True):
                self.shared.note_writes(name, written, previous, self._codes[reader])
                changed_nodes.append(reader[0])
        return changed_nodes

    def _note_edit(self, variant_key: VariantKey, previous: Fingerprint, now: Fingerprint) -> None:
        """Remember what was edited of a node at work, unless its own run may have changed it."""
        names = [
            dependency.name
            for path, dependency in now.dependencies.items()
            if dependency.kind != "same"
            and not path.endswith("fn")  # what runs is the function that it began with
            and path in previous.dependencies
            and previous.dependencies[path].digest != dependency.digest
            and not self.shared.may_write(variant_key, now, path)
        ]
        if names:
            self._edits.setdefault(variant_key[0], []).extend(names)

    def hidden_edges(self, name: NodeId) -> list[tuple[str, NodeId, NodeId]]:
        """Return (data, writer, reader) where a node reads what the run of another changes.

        Those of which ``name`` is either end; a node that writes to the data too reads its own.
        """
        written = {*self.shared.left_by(name), *self.code(name).written}
        readers = {name: None} | {
            reader[0]: None for key in written for reader in self._readers.get(key, ())
        }
        return list(
            dict.fromkeys(
                (data, writer, reader)
                for reader in readers
                for data, writer in self._read_of_others(self._key_of(reader))
                if name in (writer, reader)
            )
        )

    def _read_of_others(self, reader: VariantKey) -> Iterator[tuple[str, NodeId]]:
        """Yield what data a node only reads, by name, and whose runs change it: did, or will."""
        code = self.code(reader[0])
        yield from self.shared.read_from(reader, code)
        for path, place in code.places.items() if self._writers else ():
            if self.shared.writes(reader, place, code):
                continue
            writers = {writer for key in place.keys for writer in self._writers.get(key, ())}
            for writer in sorted(writers):
                writes = writer in self._codes and self._codes[writer].written
                if writes and writer[0] != reader[0] and not writes.keys().isdisjoint(place.keys):
                    yield code.dependencies[path].name, writer[0]

    def _key_of(self, name: NodeId) -> VariantKey:
        return name, self.inputs.chosen(name)

    def changed_by_runs(self, name: NodeId) -> list[str]:
        """Return the names of captured data that counts as it was before nodes' runs changed it."""
        variant_key = (name, self.inputs.chosen(name))
        if variant_key not in self._memories:
            return []
        return self.shared.own_changes(variant_key, fingerprint(self._code_of(variant_key)))

    def code(self, name: NodeId) -> Fingerprint:
        """Return the fingerprint of what does a node's work now."""
        variant = self.inputs.chosen(name) if name in self._choosing else ""
        return self._codes[name, variant]

    # -- judging

    def update(self, touched: Iterable[NodeId]) -> list[NodeId]:
        """Judge ``touched`` again, and whatever hangs on the outcome; return what changed.

        What the nodes themselves are is found out first. Then what is not fresh any more spreads
        down, and after that what is fresh again: so every edge is looked at twice at most.
        """
        rejudged = self._judge_alone(touched)
        reached = dict.fromkeys(rejudged)
        self._spread_stale(rejudged, reached)
        self._spread_fresh(rejudged, reached)
        changed_nodes = self._judge_all(reached)
        self.edges_due.update(rejudged, changed_nodes)
        return changed_nodes

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
            skipped_by = inputs.skips.get(name)
            own[name] = self._judge_skip(name) or self._judge_itself(name)
            if inputs.skips.get(name) == skipped_by:
                continue
            for position in {rank[child] for child in topology.children[name]} - queued:
                queued.add(position)
                heapq.heappush(queue, position)
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

    # -- edges

    def edges(self) -> Mapping[str, bool]:
        """Return which edges are fresh, by their ids."""
        structure = self.inputs.structure
        due, self.edges_due = self.edges_due, set()
        around = {
            edge.id: edge
            for name in due
            for edge in (*structure.into[name], *structure.out_of[name])
        }
        for identity, edge in around.items():
            fresh = self._edge_fresh(edge)
            if self._edges.get(identity) != fresh:
                self._edges[identity] = self._changed_edges[identity] = fresh
        return self._edges

    def changed_edges(self) -> Mapping[str, bool]:
        """Return the edges that are fresh, or no longer, since this was last asked."""
        if self.edges_due:
            self.edges()
        changes, self._changed_edges = self._changed_edges, {}
        return changes

    def _edge_fresh(self, edge: Edge) -> bool:
        """Whether the target consumed what the source shows now, and that is fresh."""
        record = self.inputs.sheet.shown.get(edge.target)
        consumed = record.inputs.get(edge.target_port) if record is not None else None
        if consumed is None or self.judged[edge.source].freshness != "fresh":
            return False
        shows = self.inputs.shown(edge.source, edge.source_port)
        return shows is not None and consumed.value.digest == shows.digest

    # -- judging, step by step

    def _judge_all(self, reached: Iterable[NodeId]) -> list[NodeId]:
        """Put together what nodes are by themselves and for whom they wait: whose is new?"""
        own, stale, judged = self._own, self._not_fresh, self.judged
        changed_nodes = []
        for name in reached:
            now, before = own[name], judged.get(name, MISSING)
            if name in stale and now.freshness in ("fresh", "stale"):
                now = self._with_waits(name, now)
            judged[name] = now
            if now is not before and (now.freshness != before.freshness or now != before):
                changed_nodes.append(name)
        return changed_nodes

    def _with_waits(self, name: NodeId, own: Judgement) -> Judgement:
        above, stale = self._above[name], self._not_fresh
        if name in self._choosing:
            above = tuple(self.inputs.parents(name))
        if not stale.issuperset(above):
            above = tuple(parent for parent in above if parent in stale)
        if not above:
            return own
        cached, by = self._waiting.get(name, (MISSING, MISSING))
        if by is not own or cached.waits != above:
            cached = Judgement("stale", own.own, own.skipped, above)
            self._waiting[name] = cached, own
        return cached

    def _judge_skip(self, name: NodeId) -> Judgement | None:
        """Note whether a route decided against the node; nothing is missing from it then."""
        skipped_by = self.inputs.skip_of(name) if self.inputs.skippable else None
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
        if record is None or record.status in ("failed", "cancelled"):
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
            gone = any(map(by_identity, record.outputs.values()))
            reason = Reason("UNVERIFIED", "value", text)
            return Judgement("missing" if gone else "unverified", (reason,))
        if record.node in self._stuck:
            names = [name for ref in record.outputs.values() for name in ref.class_names()]
            name_of_class = names[0].rpartition(":")[2]
            text = f"made by a former {name_of_class}"
            return Judgement("stale", (Reason("CODE", name_of_class, text),))
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
        for port, ref in now.items():
            consumed = record.inputs.get(port)
            if consumed is None or consumed.value.digest != ref.value.digest:
                reasons.append(input_difference(self.inputs.label(name, port), consumed, ref))
            elif consumed.value.classes != ref.value.classes:
                reasons += self._class_differences(consumed.value, ref.value)
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
                resolved = self.inputs.resolve(name, port, record)
            except DaggrError as error:
                broken.append(Reason("INPUT", port, str(error)))
                continue
            if resolved.ref is not None:
                now[port] = resolved.ref
            elif resolved.missing is not None:
                lacking = True
            elif resolved.skipped is None:
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

    def _class_differences(self, consumed: ValueRef, now: ValueRef) -> list[Reason]:
        """Say what differs in the code of the classes that an input is of."""
        reasons = []
        former = consumed.class_digests()
        for name, content in now.class_digests().items():
            if former.get(name) == content:
                continue
            code = self.inputs.class_code.by_digest[content]
            dependencies = self.inputs.log.code(former[name]) if name in former else None
            changes = compare(dependencies, code.dependencies) if dependencies else []
            reasons += [Reason(c.kind, c.subject, c.text, c.diff) for c in changes]
            if not changes:
                label = name.rpartition(":")[2]
                reasons.append(Reason("CODE", label, f"code of {label} changed"))
        return list(dict.fromkeys(reasons))

    def _dependencies_of(self, name: NodeId, record: Record) -> Mapping[str, Dependency]:
        """Return what the code of a record depended on; it may not be written yet."""
        ran = self._ran.get(name)
        if ran is not None and ran.digest == record.code:
            return ran.dependencies
        return self.inputs.log.code(record.code)

    def _code_differences(self, name: NodeId, record: Record) -> list[Reason]:
        dependencies = self._dependencies_of(name, record)
        code = self.code(name)
        changes = compare(dependencies, code.dependencies) if dependencies else []
        if not changes:
            return [Reason("CODE", name, f"code of {name} changed")]
        culprits = self.shared.culprits(name, dependencies or {}, code)
        return [Reason(c.kind, c.subject, culprits.get(c.subject, c.text), c.diff) for c in changes]
