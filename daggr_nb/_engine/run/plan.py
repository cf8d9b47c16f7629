"""What a request would run: nodes in order, each with the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from daggr_nb._engine.freshness.freshness import Judgement, Reason
from daggr_nb._engine.freshness.inputs import SheetInputs
from daggr_nb._ids import NodeId
from daggr_nb._model.policy import ONE_AT_A_TIME
from daggr_nb._model.words import RunMode


@dataclass(frozen=True)
class PlannedStep:
    """One node run still needed. ``explicit`` steps were asked for by name: they draw anew.

    ``force`` runs the node even when its result is known. ``item`` names the one item of a
    scattered node that runs, by its path, while all others keep what is on record of them;
    ``failed`` stands for all that failed. The items of a ``sequential`` one run one at a time,
    as nobody has declared its function ``concurrent``.
    """

    node: NodeId
    reasons: tuple[Reason, ...] = ()
    explicit: bool = False
    force: bool = False
    item: str = ""
    sequential: bool = False

    @property
    def note(self) -> str:
        """What there is to say of how it runs; empty for nothing."""
        return f"items {ONE_AT_A_TIME}" if self.sequential else ""


def make_plan(
    inputs: SheetInputs,
    judged: Mapping[NodeId, Judgement],
    targets: Iterable[NodeId] = (),
    mode: RunMode = "stale",
    force: bool = False,
) -> list[PlannedStep]:
    """Return the steps of a request in topological order.

    ``stale`` brings the targets (everything, if there are none) up to date; ``to_here`` runs the
    targets, after those ancestors that are not fresh; ``step`` the targets alone; ``downstream``
    the targets and all their descendants, after what those need. What feeds only a variant that is
    not chosen is not needed.
    """
    structure, topology = inputs.structure, inputs.structure.topology
    requested = set(targets)
    if mode == "downstream":
        requested = _with_descendants(inputs, requested)
    goals = requested or {name for name in topology.order if not topology.children[name]}
    explicit = requested if mode != "stale" else set()
    out_of_date = None if force else judged  # above what is fresh all is
    reach = goals if mode == "step" else _with_ancestors(inputs, goals, out_of_date)
    forced = ((requested or reach) if mode == "stale" else explicit) if force else set()
    return [
        PlannedStep(
            name,
            judged[name].reasons,
            name in explicit,
            name in forced,
            sequential=inputs.is_sequential(name),
        )
        for name in sorted(reach, key=topology.rank.__getitem__)
        if structure.nodes[name].runnable
        and (name in explicit or name in forced or judged[name].freshness != "fresh")
    ]


def with_left(
    inputs: SheetInputs, steps: Iterable[PlannedStep], left: Iterable[PlannedStep]
) -> list[PlannedStep]:
    """Return ``steps`` and what an earlier run left undone, in topological order."""
    by_node = {step.node: step for step in left}
    for step in steps:
        before = by_node.get(step.node, step)
        by_node[step.node] = replace(before, reasons=step.reasons)
    rank = inputs.structure.topology.rank
    return sorted(by_node.values(), key=lambda step: rank[step.node])


def _with_ancestors(
    inputs: SheetInputs, nodes: Iterable[NodeId], judged: Mapping[NodeId, Judgement] | None
) -> set[NodeId]:
    """Return nodes with all above them; with ``judged``, but for what is above a fresh one."""
    reached = set(nodes)
    stack = list(reached)
    while stack:
        name = stack.pop()
        if judged is not None and judged[name].freshness == "fresh":
            continue
        for parent in inputs.parents(name):
            if parent not in reached:
                reached.add(parent)
                stack.append(parent)
    return reached


def _with_descendants(inputs: SheetInputs, nodes: Iterable[NodeId]) -> set[NodeId]:
    reached = set(nodes)
    for name in inputs.structure.topology.order:
        if not reached.isdisjoint(inputs.parents(name)):
            reached.add(name)
    return reached
