"""Random graphs that scatter, gather, nest and fail, against a slow and obvious oracle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from daggr_nb import FnNode
from daggr_nb.testing import VirtualTime

DEEPEST = 2
FAILED = object()


class ItemFailed(Exception):
    pass


class Unequal(Exception):
    pass


@dataclass(frozen=True)
class Wire:
    """``source`` is a place among the nodes; ``form`` says how it is taken: plain, each, all."""

    source: int
    form: str
    level: int


@dataclass(frozen=True)
class Plan:
    """A node: what feeds it, whether it makes lists, on which sums it fails, and what then."""

    wires: tuple[Wire, ...]
    depth: int
    lists: bool
    fails_on: int
    on_item_error: str


def forms(plan: Plan, source: int) -> list[Wire]:
    """Return the ways in which the output of a node can feed another."""
    found = []
    if plan.depth == 0:
        found.append(Wire(source, "plain", 0))
    else:
        found.append(Wire(source, "all", plan.depth - 1))
        found.append(Wire(source, "all-each", plan.depth))
        found.append(Wire(source, "each", plan.depth))
    if plan.lists and plan.depth < DEEPEST:
        found.append(Wire(source, "each-each" if plan.depth else "each", plan.depth + 1))
    return found


@st.composite
def graphs(draw: st.DrawFn) -> list[Plan]:
    plans: list[Plan] = []
    for place in range(draw(st.integers(2, 7))):
        sources = draw(st.lists(st.integers(0, place - 1), max_size=2)) if place else []
        wires = tuple(draw(st.sampled_from(forms(plans[s], s))) for s in sources)
        plans.append(
            Plan(
                wires,
                max((wire.level for wire in wires), default=0),
                draw(st.booleans()) or place == 0,
                draw(st.sampled_from([-1, -1, 0, 3])),
                draw(st.sampled_from(["raise", "drop", "keep_none"])),
            )
        )
    return plans


def flat(value: Any) -> int:
    if isinstance(value, (list, tuple)):
        return sum(map(flat, value))
    return 1 if value is None else int(value)


def behaviour(place: int, plan: Plan) -> Callable[..., Any]:
    """Return what a node computes: the sum of all it got, or a list that depends on it."""

    def compute(values: list[Any]) -> Any:
        total = sum(map(flat, values)) + place
        if plan.fails_on >= 0 and total % 7 == plan.fails_on:
            raise ItemFailed(str(total))
        return [total + n for n in range(total % 3 + 1)] if plan.lists else total

    return compute


def built(plans: list[Plan]) -> list[FnNode]:
    nodes: list[FnNode] = []
    for place, plan in enumerate(plans):
        inputs = {f"i{n}": port_of(nodes, wire) for n, wire in enumerate(plan.wires)}
        nodes.append(node_of(place, plan, inputs))
    return nodes


def port_of(nodes: list[FnNode], wire: Wire) -> Any:
    port = nodes[wire.source].ports["output"]
    return {
        "plain": lambda: port,
        "each": lambda: port.each,
        "each-each": lambda: port.each.each,
        "all": port.all,
        "all-each": lambda: port.all().each,
    }[wire.form]()


def node_of(place: int, plan: Plan, inputs: dict[str, Any]) -> FnNode:
    compute = behaviour(place, plan)

    def run(**given: Any) -> Any:
        return compute(list(given.values()))

    options: Any = {"on_item_error": plan.on_item_error, "version": f"{place}"}
    return FnNode(run, name=f"n{place}", inputs=inputs, **options)


def oracle(plans: list[Plan]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return how every node ends and what it produced, one after the other."""
    values: list[Any] = []
    ends: dict[str, str] = {}
    for place, plan in enumerate(plans):
        given = [(wire.level, values[wire.source]) for wire in plan.wires]
        if any(value is FAILED for _, value in given):
            ends[f"n{place}"], value = "blocked", FAILED
        else:
            try:
                value = expanded(plan, behaviour(place, plan), given, 0)
                ends[f"n{place}"] = "succeeded"
            except (ItemFailed, Unequal):
                ends[f"n{place}"], value = "failed", FAILED
        values.append(value)
    return ends, {f"n{p}": value for p, value in enumerate(values) if value is not FAILED}


def expanded(plan: Plan, compute: Any, given: list[tuple[int, Any]], level: int) -> Any:
    if level == plan.depth:
        return compute([value for _, value in given])
    spread = [value for deep, value in given if deep > level]
    if None in spread:  # an item that was kept as none has no items of its own
        raise Unequal
    lengths = {len(value) for value in spread}
    if len(lengths) > 1:
        raise Unequal
    made = []
    for index in range(lengths.pop()):
        row = [(deep, value[index] if deep > level else value) for deep, value in given]
        try:
            made.append(expanded(plan, compute, row, level + 1))
        except ItemFailed:
            if level + 1 < plan.depth or plan.on_item_error == "raise":
                raise
            if plan.on_item_error == "keep_none":
                made.append(None)
    return made


@settings(deadline=None)
@given(graphs())
def test_what_random_scatters_make_is_what_the_oracle_says(plans: list[Plan]) -> None:
    time = VirtualTime()
    session = time.session(built(plans))
    run = session.submit([])
    time.run()
    ends, values = oracle(plans)
    assert run.steps == ends
    shown = {
        name: session.current.inputs.value(name, "output")  # type: ignore[arg-type]
        for name, how in ends.items()
        if how == "succeeded"
    }
    assert shown == values
    again = session.submit([])
    time.run()
    started = {e.node for e in again.events() if e.type == "node.started" and not e.scope}
    assert started <= {name for name, how in ends.items() if how != "succeeded"}
