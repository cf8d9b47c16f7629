"""What the inputs of a node are now: values and references, gathered from a sheet."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from daggr_nb._engine.freshness.class_code import ClassCode
from daggr_nb._engine.freshness.keys import Spec, scatter_spec
from daggr_nb._engine.sheet.identity import by_identity, watched_digest
from daggr_nb._engine.sheet.sheet import Sheet, TrackedValue, track, unchanged
from daggr_nb._ids import Digest, NodeId
from daggr_nb._model.edge import Edge
from daggr_nb._model.feed import Control, Drawn, Fixed, Unfed, Wire
from daggr_nb._model.node import AskingNode, Node, Variant
from daggr_nb._model.structure import Structure
from daggr_nb._provenance.artifacts.codec import Parts, ValueRef, holds_files
from daggr_nb._provenance.code.fingerprint import Memo
from daggr_nb._provenance.code.large_values import MOMENT, CachedDigest, LargeValueCache
from daggr_nb._provenance.code.roles import is_immutable
from daggr_nb._provenance.digest.content import digest_and_size
from daggr_nb._provenance.digest.paths import paths_in
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import InputRef, Record
from daggr_nb.errors import DaggrError, DigestError, InputError, InvalidInputError, NotRunYet


class ResolvedInput(NamedTuple):
    """What feeds an input now, or why nothing does.

    ``missing`` names the node to run first, ``skipped`` the node that decided against it.
    """

    ref: InputRef | None
    missing: NodeId | None = None
    skipped: NodeId | None = None


class SheetInputs:
    """Reads the inputs of nodes as a sheet has them now."""

    def __init__(self, structure: Structure, sheet: Sheet, log: Log) -> None:
        self.structure = structure
        self.sheet = sheet
        self.log = log
        self._name_of = {node: name for name, node in structure.nodes.items()}
        self.parts: Parts = {}
        self.class_code = ClassCode()
        self.skips: dict[NodeId, NodeId] = {}
        self.asking = frozenset(
            name
            for name, node in structure.nodes.items()
            if any(isinstance(worker, AskingNode) for worker in node.workers())
        )
        self.skippable = _skippable(structure)
        self._variants: dict[NodeId, Variant] = {}
        self._specs: dict[tuple[NodeId, str], Spec] = {}
        self._leading: dict[tuple[NodeId, str], Sequence[Edge]] = {}
        self._initial: dict[tuple[NodeId, str], TrackedValue] = {}
        self._in_place = {
            (name, port): feed.value
            for name, node in structure.nodes.items()
            for port, feed in node.inputs.items()
            if isinstance(feed, Fixed) and not is_immutable(feed.value)
        }
        self._constants: Mapping[int, CachedDigest] = {}
        self._fixed: dict[tuple[NodeId, str], TrackedValue] = {}
        self._looked: dict[tuple[NodeId, str], Digest] = {}

    # -- controls and ports

    def control(self, node: NodeId, port: str) -> TrackedValue:
        """Return the value of a control: what was set, else what its component starts with."""
        tracked = self.sheet.inputs.get((node, port))
        if tracked is None and (node, port) in self.structure.one_control:
            others = map(self.sheet.inputs.get, self.structure.one_control[node, port])
            tracked = next(filter(None, others), None)
        return tracked or self.initial(node, port)

    def initial(self, node: NodeId, port: str) -> TrackedValue:
        """Return the value that a control's component starts with."""
        tracked = self._initial.get((node, port))
        if tracked is None:
            control = self.structure.nodes[node].inputs[port]
            assert isinstance(control, Control)
            parts: Parts = {}
            tracked = track(control.component.initial, parts, port, control.component)
            self._initial[node, port] = tracked
            self.parts.update(parts)
        return tracked

    def given_files(self) -> list[TrackedValue]:
        """Return the values of controls and constants that have files in them."""
        held = [*self.sheet.inputs.values(), *self._initial.values(), *self._fixed.values()]
        return [tracked for tracked in held if holds_files(tracked.ref)]

    def made_files(self) -> list[TrackedValue]:
        """Return the values of shown records that do."""
        return [
            TrackedValue(self.sheet.live[record.id][port], ref)
            for record in self.sheet.shown.values()
            if record.id in self.sheet.live
            for port, ref in record.outputs.items()
            if holds_files(ref) and port in self.sheet.live[record.id]
        ]

    def look_again(self, large: bool = True) -> list[NodeId]:
        """Return the nodes of which an input has been changed in place: a list, or a file.

        Without ``large`` no more are looked at than there is time for after a cell.
        """
        cache = LargeValueCache(self._constants, None if large else MOMENT)
        changed_nodes = []
        for ref, value in self._in_place.items():
            with contextlib.suppress(DigestError):
                content = _content(value, cache)
                if self._looked.setdefault(ref, content) != content:
                    self._looked[ref] = content
                    changed_nodes.append(ref[0])
        self._constants = cache.entries
        return changed_nodes

    def read_classes_again(self, memo: Memo) -> tuple[list[NodeId], list[NodeId]]:
        """Look at the classes of values anew.

        Returns the nodes that get a value of one that changed, and those whose values stay objects
        of a former class.
        """
        changed, bound = self.class_code.read_again(memo)
        stuck = self.sheet.let_go_former(bound, self.log) if bound else []
        if bound:
            self._fixed.clear()
            self._initial.clear()
        if not changed:
            return [], stuck
        return [name for name in self.structure.nodes if self._gets(name, changed)], stuck

    def _gets(self, node: NodeId, classes: set[str]) -> bool:
        for port in self.structure.nodes[node].inputs:
            with contextlib.suppress(DaggrError):
                ref = self.resolve(node, port, self.sheet.shown.get(node)).ref
                if ref is not None and not classes.isdisjoint(ref.value.class_digests()):
                    return True
        return False

    def read_files_again(self, folders: bool = True) -> list[tuple[NodeId, str]]:
        """Take the files anew that are set in controls and have changed; return which.

        Of a file that is gone the copy in the store stays. Folders that count by content are left
        out if ``folders`` says so.
        """
        changed_refs: list[tuple[NodeId, str]] = []
        for controls in (self.sheet.inputs, self._initial):
            changed_refs += self._read_again(controls, folders)
        return changed_refs

    def _read_again(
        self, controls: dict[tuple[NodeId, str], TrackedValue], folders: bool
    ) -> Iterator[tuple[NodeId, str]]:
        for ref, tracked in list(controls.items()):
            is_left_out = not folders and tracked.ref.encoding.startswith("folder:")
            if ref[0] not in self.structure.nodes or is_left_out or unchanged(tracked):
                continue
            if all(path.exists() for path in paths_in(tracked.value)):
                component = self.structure.nodes[ref[0]].inputs[ref[1]].component  # type: ignore[attr-defined]
                controls[ref] = track(tracked.value, self.parts, ref[1], component)
                yield ref

    def drop_refused(self) -> None:
        """Let controls start anew that do not take the value set in them, since they changed."""
        for (node, port), tracked in list(self.sheet.inputs.items()):
            holder = self.structure.nodes.get(node)
            feed = holder.inputs.get(port) if holder is not None else None
            if isinstance(feed, Control):
                try:
                    feed.component.accept(tracked.value)
                except InputError:
                    del self.sheet.inputs[node, port]

    def shown(self, node: NodeId, port: str) -> ValueRef | None:
        """Return a reference to what an output port shows now."""
        if not self.structure.nodes[node].runnable:
            return self.control(node, port).ref
        record = self.sheet.shown.get(node)
        return None if record is None or node in self.skips else record.outputs.get(port)

    def unwatched(self, node: NodeId) -> dict[str, str]:
        """Return the ports whose value several nodes get, and of which nothing can be digested.

        Each has the name of the value's class.
        """
        record = self.sheet.shown.get(node)
        if record is None:
            return {}
        values = self.sheet.live.get(record.id, {})
        return {
            port: type(values[port]).__name__
            for port in sorted(self.structure.shared_ports[node].intersection(values))
            if port in record.outputs
            and by_identity(record.outputs[port])
            and watched_digest(values[port]) is None
        }

    def name_of(self, node: Node) -> NodeId:
        """Return what a node is called in this graph."""
        return self._name_of[node]

    # -- which inputs count

    def chosen(self, name: NodeId) -> str:
        """Return which variant does a node's work; empty for a node that has none."""
        selector = self.structure.nodes[name].selector
        return "" if selector is None else str(self.control(name, selector).value)

    def variant(self, name: NodeId) -> Variant:
        """Return who does a node's work now, and with which inputs."""
        node = self.structure.nodes[name]
        if node.selector is None:
            variant = self._variants.get(name)
            if variant is None:
                variant = self._variants[name] = Variant(node, {port: port for port in node.inputs})
            return variant
        return node.by_variant[self.chosen(name)]

    def is_sequential(self, name: NodeId) -> bool:
        """Whether a node runs once per item, one at a time, as nobody has declared otherwise."""
        return self.structure.depth[name] > 0 and self.variant(name).node.limits.sequential

    def ports(self, name: NodeId) -> Iterable[str]:
        """Return the input ports that count now: all, or those of the chosen variant."""
        node = self.structure.nodes[name]
        if node.selector is None:
            return node.inputs
        return (node.selector, *node.by_variant[self.chosen(name)].ports)

    def label(self, name: NodeId, port: str) -> str:
        """Return what people call an input: of a variant, by the variant's own name for it."""
        if self.structure.nodes[name].selector is None:
            return port
        return self.variant(name).ports.get(port, port)

    def into(self, name: NodeId) -> Sequence[Edge]:
        """Return the edges that end at a port that counts."""
        edges = self.structure.into[name]
        if self.structure.nodes[name].selector is None:
            return edges
        ports = set(self.ports(name))
        return [edge for edge in edges if edge.target_port in ports]

    def between(self, source: NodeId, target: NodeId) -> Sequence[Edge]:
        """Return the edges from one node to another that end at a port that counts."""
        edges = self.structure.between.get((source, target), ())
        if not edges or self.structure.nodes[target].selector is None:
            return edges
        ports = set(self.ports(target))
        return [edge for edge in edges if edge.target_port in ports]

    def speaks(self, name: NodeId) -> bool:
        """Whether a node says what it gets while that is made."""
        if name not in self.structure.speakers:
            return False
        return self.variant(name).node.utterance is not None

    def leading(self, name: NodeId) -> Sequence[Edge]:
        """Return the edges that lead to a node, and do not only bring it what is known on the way.

        Those are the edges from nodes that run, without ancestors of another of these.
        """
        key = name, self.chosen(name)
        leading = self._leading.get(key)
        if leading is None:
            nodes, topology = self.structure.nodes, self.structure.topology
            edges = [edge for edge in self.into(name) if nodes[edge.source].runnable]
            above = topology.among_ancestors({edge.source for edge in edges})
            leading = [edge for edge in edges if edge.source not in above]
            self._leading[key] = leading
        return leading

    def parents(self, name: NodeId) -> Sequence[NodeId]:
        """Return the nodes that feed a port that counts."""
        if self.structure.nodes[name].selector is None:
            return self.structure.topology.parents[name]
        return list(dict.fromkeys(edge.source for edge in self.into(name)))

    # -- what a route decided against

    def edge_skipped(self, source: NodeId, port: str) -> bool:
        """Whether an output carries nothing because a route went elsewhere."""
        if source not in self.skippable:
            return False
        if source in self.skips:
            return True
        record = self.sheet.shown.get(source)
        there = record is not None and record.status in ("succeeded", "recovered")
        return there and record is not None and port not in record.outputs

    def skip_of(self, name: NodeId) -> NodeId | None:
        """Return the node because of which ``name`` is not needed now, if there is one.

        That is so when a required input, or every edge that it has, is skipped; of a node that says
        what it gets, every edge that leads to it.
        """
        if name not in self.skippable:
            return None
        if self.speaks(name):
            leading = self.leading(name)
            is_skipped = all(self.edge_skipped(e.source, e.source_port) for e in leading)
            return leading[0].source if leading and is_skipped else None
        edges = self.into(name)
        skipped = [e for e in edges if self.edge_skipped(e.source, e.source_port)]
        optional = self.structure.nodes[name].optional
        for edge in skipped:
            if edge.target_port not in optional or len(skipped) == len(edges):
                return edge.source
        return None

    def resolve_all(self, name: NodeId, record: Record | None) -> dict[str, ResolvedInput]:
        """Return what feeds each input now; optional ones that are skipped are left out."""
        by_port = {port: self.resolve(name, port, record) for port in self.ports(name)}
        return {port: resolved for port, resolved in by_port.items() if resolved.skipped is None}

    def value(self, node: NodeId, port: str) -> Any:
        """Return what an output port shows now; raises NotRunYet when it shows nothing."""
        if not self.structure.nodes[node].runnable:
            return self.control(node, port).value
        if node in self.skips:
            raise NotRunYet(
                f"{node}.{port} has no value: {self.skips[node]!r} took another route.",
                node=node,
                port=port,
            )
        record = self.sheet.shown.get(node)
        if record is None:
            raise NotRunYet(
                f"{node!r} has not run yet, so {node}.{port} has no value. Run it with "
                f"graph.run({node!r}).",
                node=node,
                port=port,
            )
        if port not in record.outputs:
            went_on = record.status in ("succeeded", "recovered")
            what = record.error.message if record.error else f"it was {record.status}"
            why = "took another route" if went_on else f"did not succeed: {what}"
            raise NotRunYet(
                f"{node}.{port} has no value, because the last run of {node!r} {why}",
                node=node,
                port=port,
            )
        self.class_code.know(record.outputs[port])
        return self.sheet.value(self.log, record, port)

    # -- references, for keys

    def spec(self, name: NodeId) -> Spec:
        """Return how a node's inputs are scattered and gathered: part of its key."""
        variant = self.chosen(name)
        spec = self._specs.get((name, variant))
        if spec is None:
            wires = self.structure.wires
            spec = self._specs[name, variant] = scatter_spec(
                {p: wires[name, p] for p in self.ports(name) if (name, p) in wires},
                self.variant(name).node.pairing,
            )
        return spec

    def resolve(self, node: NodeId, port: str, record: Record | None) -> ResolvedInput:
        """Return what feeds an input; a drawn value is taken from ``record``, if it has one."""
        feed = self.structure.nodes[node].inputs[port]
        resolved = self._by_feed[type(feed)](self, feed, node, port, record)
        ref = resolved.ref
        if ref is None or not ref.value.classes:
            return resolved
        return resolved._replace(ref=ref._replace(value=self.class_code.current(ref.value)))

    def _resolve_control(
        self, feed: Any, node: NodeId, port: str, record: Record | None
    ) -> ResolvedInput:
        return ResolvedInput(InputRef(self.control(node, port).ref, "component"))

    def _resolve_fixed(
        self, feed: Any, node: NodeId, port: str, record: Record | None
    ) -> ResolvedInput:
        return ResolvedInput(InputRef(self._constant(feed.value, node, port), "constant"))

    def _constant(self, value: Any, node: NodeId, port: str) -> ValueRef:
        """Return the reference of a constant as it is now; what is as it was is not encoded again.

        :meth:`take` sees that it is stored.
        """
        cached = self._fixed.get((node, port))
        if cached is not None and holds_files(cached.ref):
            if self._holds(cached):
                return cached.ref
        elif cached is not None:
            cache = LargeValueCache(self._constants)
            with contextlib.suppress(DigestError):
                content = _content(value, cache)
                self._constants = {**self._constants, **cache.entries}
                if cached.ref.digest == content:
                    return cached.ref
        tracked = self._fixed[node, port] = track(value, self.parts, port)
        return tracked.ref

    def _holds(self, tracked: TrackedValue) -> bool:
        """Whether the files of a constant are as they were, and stored."""
        return unchanged(tracked) and self.log.holds(tracked.ref)

    def _resolve_drawn(
        self, feed: Any, node: NodeId, port: str, record: Record | None
    ) -> ResolvedInput:
        drawn = record.inputs.get(port) if record is not None else None
        replayable = drawn is not None and drawn.source == "callable"
        return ResolvedInput(drawn if replayable else None)

    def _resolve_wire(
        self, feed: Any, node: NodeId, port: str, record: Record | None
    ) -> ResolvedInput:
        source = self._name_of[feed.port.node]
        if self.edge_skipped(source, feed.port.name):
            return ResolvedInput(None, skipped=source)
        ref = self.shown(source, feed.port.name)
        if ref is None:
            return ResolvedInput(None, missing=source)
        record_shown = self.sheet.shown.get(source)
        made_by = record_shown.id if record_shown is not None else None
        return ResolvedInput(InputRef(ref, "port", (source, feed.port.name), made_by))

    def _resolve_unfed(
        self, feed: Any, node: NodeId, port: str, record: Record | None
    ) -> ResolvedInput:
        raise InvalidInputError(
            f"{node}.{port} has no value. Connect it with an edge, or give it one in inputs=.",
            node=node,
            port=port,
        )

    _by_feed: ClassVar[Mapping[type, Callable[..., ResolvedInput]]] = {
        Control: _resolve_control,
        Fixed: _resolve_fixed,
        Drawn: _resolve_drawn,
        Wire: _resolve_wire,
        Unfed: _resolve_unfed,
    }

    # -- values, for runs

    def take(self, node: NodeId, port: str, ref: InputRef | None) -> TrackedValue:
        """Return the value an input gets in a run; draws one if ``ref`` has none to replay."""
        feed = self.structure.nodes[node].inputs[port]
        if isinstance(feed, Control):
            return self.control(node, port)
        if isinstance(feed, Fixed):
            cached = self._fixed.get((node, port))
            if cached is not None and holds_files(cached.ref) and self._holds(cached):
                return cached
            tracked = self._fixed[node, port] = track(feed.value, self.parts, port)
            return tracked
        if isinstance(feed, Wire):
            source = self._name_of[feed.port.node]
            assert ref is not None
            return TrackedValue(self.value(source, feed.port.name), ref.value)
        assert isinstance(feed, Drawn)
        if ref is not None and ref.value.encoding != "none":
            return TrackedValue(self.log.value(ref.value), ref.value)
        return track(feed.draw(), self.parts, port)


def _content(value: Any, cache: LargeValueCache) -> Digest:
    """Return the digest of a constant, from the cache if it is as it was."""
    cached = cache.get(value, lambda: -1)
    if cached is None:
        began = time.perf_counter()
        content = digest_and_size(value)
        took = time.perf_counter() - began
        cached = CachedDigest.taken(value, -1, content, (), is_immutable(value), took)
        cache.put(cached)
    return cached.digest


def _skippable(structure: Structure) -> frozenset[NodeId]:
    """Return the nodes that may leave outputs out, and all that a skip may reach from there."""
    skippable: set[NodeId] = set()
    for name in structure.topology.order:
        above = structure.topology.parents[name]
        if structure.nodes[name].may_leave_out or not skippable.isdisjoint(above):
            skippable.add(name)
    return frozenset(skippable)
