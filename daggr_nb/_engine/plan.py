"""What a request would run: nodes in order, each with the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from daggr_nb._engine.freshness import Judgement, Reason
from daggr_nb._ids import NodeId
from daggr_nb._model.structure import Structure

Mode = Literal["stale", "to_here", "step", "downstream"]


@dataclass(frozen=True)
class PlannedStep:
    """One node run still needed. ``explicit`` steps were asked for by name: they draw anew.

    ``force`` runs the node even when its result is known.
    """

    node: NodeId
    reasons: tuple[Reason, ...] = ()
    explicit: bool = False
    force: bool = False


def make_plan(
    structure: Structure,
    judged: Mapping[NodeId, Judgement],
    targets: Iterable[NodeId] = (),
    mode: Mode = "stale",
    force: bool = False,
) -> list[PlannedStep]:
    """Return the steps of a request in topological order.

    ``stale`` brings the targets (everything, if there are none) up to date; ``to_here`` runs the
    targets, after those ancestors that are not fresh; ``step`` the targets alone; ``downstream``
    the targets and all their descendants, after what those need.
    """
    topology = structure.topology
    asked = set(targets)
    if mode == "downstream":
        asked |= set(topology.descendants(asked))
    wanted = asked or set(topology.order)
    explicit = asked if mode != "stale" else set()
    reach = wanted if mode == "step" else wanted | set(topology.ancestors(wanted))
    forced = (wanted if mode == "stale" else explicit) if force else set()
    return [
        PlannedStep(name, judged[name].reasons, name in explicit, name in forced)
        for name in topology.order
        if name in reach
        and structure.nodes[name].runnable
        and (name in explicit or name in forced or judged[name].freshness != "fresh")
    ]
