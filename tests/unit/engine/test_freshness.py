"""What is fresh, what is not, why; and what a restored result brings back."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb import ChoiceNode, FnNode, Graph, InputNode, Node, Port, RouteNode, ui
from daggr_nb._engine.freshness.freshness import FreshnessTracker, Judgement
from daggr_nb._engine.freshness.inputs import SheetInputs
from daggr_nb.errors import NotRunYet


def outline(topic: str, n: int) -> list[str]:
    return [f"{topic} {i}" for i in range(n)]


def draft(section: str, tone: str) -> str:
    return f"{section} ({tone})"


def paper() -> Graph:
    plan = FnNode(
        outline,
        "plan",
        inputs={"topic": ui.Textbox("Otters"), "n": ui.Slider(1, 9, 2)},
        outputs=["sections"],
    )
    drafts = FnNode(
        draft,
        "drafts",
        inputs={"section": plan.sections.each, "tone": ui.Dropdown(["dry", "warm"])},
        outputs=["text"],
    )
    join = FnNode("\n".join, "join", inputs={"iterable": drafts.text.all()}, outputs=["paper"])
    side = FnNode(len, "side", inputs={"obj": plan.sections})
    return Graph("Paper", [join, side])


def freshness(graph: Graph) -> dict[str, str]:
    return {name: node.freshness for name, node in graph.status().items()}


def reasons(graph: Graph) -> dict[str, list[str]]:
    return {name: [str(r) for r in node.reasons] for name, node in graph.status().items()}


def stale_edges(graph: Graph) -> set[str]:
    return {f"{a}.{p}->{b}.{q}" for a, p, b, q, fresh in graph.edge_status() if not fresh}


FRESH = {"plan": "fresh", "drafts": "fresh", "join": "fresh", "side": "fresh"}


def test_nothing_is_there_before_the_first_run() -> None:
    graph = paper()
    assert set(freshness(graph).values()) == {"missing"}
    assert len(stale_edges(graph)) == 3
    with pytest.raises(NotRunYet, match="'join' has not run yet"):
        _ = graph["join"].paper.value


def test_an_input_makes_stale_exactly_what_depends_on_it_and_says_why() -> None:
    graph = paper()
    graph.run()
    assert freshness(graph) == FRESH
    assert stale_edges(graph) == set()
    graph.inputs["drafts__tone"] = "warm"
    assert freshness(graph) == {**FRESH, "drafts": "stale", "join": "stale"}
    assert reasons(graph) == {
        "plan": [],
        "side": [],
        "drafts": ["tone: dry → warm"],
        "join": ["waits for drafts"],
    }
    assert stale_edges(graph) == {"drafts.text->join.iterable"}
    assert [step.node for step in graph.plan()] == ["drafts", "join"]


def test_undoing_an_edit_makes_everything_fresh_again() -> None:
    graph = paper()
    graph.run()
    graph.inputs["plan__topic"] = "Seals"
    assert freshness(graph) == dict.fromkeys(FRESH, "stale")
    graph.inputs["plan__topic"] = "Otters"
    assert freshness(graph) == FRESH


def test_equal_outputs_make_descendants_fresh_without_running_them() -> None:
    calls: list[str] = []

    def clean(text: str) -> str:
        return text.strip()

    def use(text: str) -> str:
        calls.append(text)
        return text

    first = FnNode(clean, "clean", inputs={"text": ui.Textbox("a")})
    second = FnNode(use, "use", inputs={"text": first.output}, ignore=["calls"])
    graph = Graph("Cut-off", [second])
    graph.run()
    graph.inputs["clean__text"] = " a "
    assert freshness(graph) == {"clean": "stale", "use": "stale"}
    run = graph.submit()
    run.result(20)
    assert run.steps == {"clean": "succeeded", "use": "cached"}
    assert calls == ["a"]


def test_a_step_on_a_stale_ancestor_records_what_it_really_used() -> None:
    graph = paper()
    graph.run()
    graph.inputs["plan__topic"] = "Seals"
    graph.session.submit([graph.session.current.structure.name_of("side")], "step").result(20)
    assert graph.history("side")[0].inputs["obj"] == ["Otters 0", "Otters 1"]
    assert freshness(graph)["side"] == "stale"


def test_run_to_here_brings_stale_ancestors_up_to_date_first() -> None:
    graph = paper()
    graph.run()
    graph.inputs["plan__topic"] = "Seals"
    assert graph.run("side") == {"side": {"output": 2}}
    assert graph.history("side")[0].inputs["obj"] == ["Seals 0", "Seals 1"]
    assert freshness(graph) == {**FRESH, "drafts": "stale", "join": "stale"}
    assert reasons(graph)["drafts"] == ["plan.sections changed"]


def test_a_restored_result_brings_its_inputs_and_lineage_back_in_one_step() -> None:
    graph = paper()
    graph.run()
    graph.set_inputs({"plan__n": 3, "drafts__tone": "warm"})
    graph.run()
    newest, oldest = graph.history("join")
    graph.select(oldest)
    assert dict(graph.inputs) == {"plan__topic": "Otters", "plan__n": 2, "drafts__tone": "dry"}
    assert graph["join"].paper.value == "Otters 0 (dry)\nOtters 1 (dry)"
    assert freshness(graph) == FRESH
    graph.select(newest)
    assert graph.inputs["plan__n"] == 3
    assert graph["side"].output.value == 3
    assert freshness(graph) == FRESH


def test_a_b_a_b_can_be_browsed_one_by_one() -> None:
    graph = paper()
    for topic in ("A", "B", "A", "B"):
        graph.inputs["plan__topic"] = topic
        graph.run()
    runs = graph.history("plan")
    assert [run.inputs["topic"] for run in runs] == ["B", "A"]
    graph.select(runs[1])
    assert graph.inputs["plan__topic"] == "A"
    assert graph["join"].paper.value.startswith("A 0")
    assert freshness(graph) == FRESH


def test_unrelated_branches_do_not_move() -> None:
    left = FnNode(lambda x: x, "left", inputs={"x": ui.Number(1)})
    right = FnNode(lambda x: x, "right", inputs={"x": ui.Number(1)})
    graph = Graph("Two", [left, right])
    graph.run()
    graph.set_inputs({"left__x": 2, "right__x": 2})
    graph.run()
    graph.select(graph.history("left")[1])
    assert (left.output.value, right.output.value) == (1, 2)
    assert dict(graph.inputs) == {"left__x": 1, "right__x": 2}


def test_what_feeds_a_shared_input_node_comes_back_too() -> None:
    form = InputNode("Form", {"k": ui.Number(2, precision=0)})
    a = FnNode(lambda k: k + 1, "a", inputs={"k": form.k})
    b = FnNode(lambda k: k * 10, "b", inputs={"k": form.k})
    graph = Graph("Shared", [a, b])
    graph.run()
    graph.inputs["Form__k"] = 5
    graph.run()
    graph.select(graph.history("a")[1])
    assert graph.inputs["Form__k"] == 2
    assert (a.output.value, b.output.value) == (3, 20)
    assert set(freshness(graph).values()) == {"fresh"}


def test_history_inputs_and_what_is_shown_survive_a_restart() -> None:
    graph = paper()
    graph.run()
    graph.inputs["drafts__tone"] = "warm"
    graph.run()
    graph.inputs["plan__n"] = 5
    graph.close()
    graph = paper()
    assert dict(graph.inputs) == {"plan__topic": "Otters", "plan__n": 5, "drafts__tone": "warm"}
    assert freshness(graph) == dict.fromkeys(FRESH, "stale")
    assert graph["join"].paper.value == "Otters 0 (warm)\nOtters 1 (warm)"
    assert len(graph.history("join")) == 2
    graph.select(graph.history("join")[1])
    assert graph.inputs["drafts__tone"] == "dry"
    assert freshness(graph) == FRESH
    graph.close()
    assert freshness(paper()) == FRESH


def test_nothing_is_kept_without_a_persist_key(store_folder: Path) -> None:
    def build() -> Graph:
        return Graph("Gone", [FnNode(lambda: 1, "one")], persist_key=False)

    graph = build()
    graph.run()
    graph.close()
    assert freshness(build()) == {"one": "missing"}
    assert not store_folder.exists()


def test_a_graph_defined_again_keeps_inputs_and_history() -> None:
    graph = paper()
    graph.run()
    graph.inputs["plan__n"] = 4
    again = paper()
    assert again.session is graph.session
    assert again.inputs["plan__n"] == 4
    assert len(again.history("plan")) == 1


def test_a_control_that_no_longer_takes_its_value_starts_anew() -> None:
    def build(*tones: str) -> Graph:
        return Graph("Tones", [FnNode(str, "say", inputs={"object": ui.Dropdown(tones)})])

    build("dry", "warm").inputs["say__object"] = "warm"
    assert build("dry", "cold").inputs["say__object"] == "dry"


def test_an_untouched_control_follows_a_new_default() -> None:
    def build(default: int) -> Graph:
        return Graph("Default", [FnNode(str, "say", inputs={"object": ui.Slider(1, 9, default)})])

    build(2).run()
    assert build(5).inputs["say__object"] == 5


# ---------------------------------------------------------------- against the obvious


def chain(width: int, seed: int) -> Graph:
    """A random layered graph of sums, each node with a number of its own to set.

    Every third one is a choice between a sum and a product, of other nodes each.
    """
    rng = random.Random(seed)
    nodes: list[Node] = []

    def one(fn: Any, name: str) -> FnNode:
        above = rng.sample(nodes, min(len(nodes), rng.randrange(width)))
        inputs: dict[str, Any] = {f"p{k}": node.output for k, node in enumerate(above)}
        inputs["own"] = ui.Number(1, precision=0)
        return FnNode(fn, name, inputs=inputs)

    for i in range(8):
        if i % 3 == 2:
            nodes.append(ChoiceNode([one(_sum, "sum"), one(_product, "product")], f"n{i}"))
        else:
            nodes.append(one(_sum, f"n{i}"))
    return Graph("Random", nodes, persist_key=False)


def _sum(**numbers: int) -> int:
    return sum(numbers.values()) % 5


def _product(**numbers: int) -> int:
    return math.prod(numbers.values()) % 5


def oracle(graph: Graph) -> dict[str, str]:
    """Judge every node from scratch, by comparing values."""
    found: dict[str, str] = {}
    for name, node in graph.nodes.items():
        shown = graph.session.current.sheet.shown.get(node.name)
        if shown is None:
            found[name] = "missing"
            continue
        now = {}
        ports = counting(graph, name, node)
        for port in ports:
            feed: Any = node.inputs[port]
            if feed.source == "component":
                now[port] = graph.inputs[f"{name}__{port}"]
            else:
                source = graph.session.current.sheet.shown.get(feed.port.node.name)
                now[port] = graph.session.log.value(source.outputs["output"]) if source else None
        used = {p: graph.session.log.value(r.value) for p, r in shown.inputs.items()}
        feeds: list[Any] = [node.inputs[port] for port in ports]
        parents = {f.port.node.name for f in feeds if f.source == "port"}
        fresh = used == now and all(found[parent] == "fresh" for parent in parents)
        found[name] = "fresh" if fresh else "stale"
    return found


def counting(graph: Graph, name: str, node: Node) -> list[str]:
    """The inputs that count: of a choice, its variant's and which it is."""
    if not isinstance(node, ChoiceNode):
        return list(node.inputs)
    variant = graph.inputs[f"{name}__variant"]
    return ["variant", *(port for port in node.inputs if port.startswith(f"{variant}."))]


def own_control(graph: Graph, name: str, value: int) -> str:
    """Return the control of a node's own number: of a choice, of one of its variants."""
    if isinstance(graph[name], ChoiceNode):
        return f"{name}__{('sum', 'product')[value % 2]}.own"
    return f"{name}__own"


ACTS = ["edit", "edit", "run", "node", "select", "variant", "undo", "override", "sheet"]
moves = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 7), st.integers(0, 3)), max_size=14
)


def move(graph: Graph, act: str, name: str, value: int) -> None:
    records = graph.history(name)
    if act == "edit":
        graph.inputs[own_control(graph, name, value)] = value
    elif act == "variant" and isinstance(graph[name], ChoiceNode):
        graph.inputs[f"{name}__variant"] = ("sum", "product")[value % 2]
    elif act == "run":
        graph.run()
    elif act == "node":
        graph.run(name)
    elif act == "undo":
        graph.undo()
    elif act == "sheet":
        if len(graph.sheets) < 3:
            graph.sheets.duplicate()
        graph.sheets.use(list(graph.sheets)[value % len(graph.sheets)])
    elif act == "override" and (port := next(iter(shown_ports(graph, name)), None)):
        graph.override(graph[name].ports[port], value)
    elif act == "select" and records:
        graph.select(records[value % len(records)])


def shown_ports(graph: Graph, name: str) -> Iterable[str]:
    """The outputs of which a node shows a value."""
    place = graph.session.current.structure.name_of(name)
    shown = graph.session.current.sheet.shown.get(place)
    return () if shown is None or place in graph.session.current.inputs.skips else shown.outputs


@given(st.integers(0, 999), moves)
def test_incremental_freshness_agrees_with_the_obvious(seed: int, steps: list[Any]) -> None:
    graph = chain(4, seed)
    for act, node, value in steps:
        move(graph, act, f"n{node}", value)
        assert freshness(graph) == oracle(graph)
    graph.close()


# ---------------------------------------------------------------- against starting from scratch


def routed(seed: int) -> Graph:
    """A random graph in which every fourth node sends a value one of two ways, by its parity."""
    rng = random.Random(seed)
    ports: list[Port] = []
    for i in range(10):
        feeds = rng.sample(ports, min(len(ports), rng.randrange(3)))
        inputs: dict[str, Any] = dict(zip("ab", feeds, strict=False))
        inputs["own"] = ui.Number(1, precision=0)
        if i % 4 == 1:
            route = RouteNode(_parity, ["even", "odd"], f"n{i}", inputs=inputs)
            ports += [route.even, route.odd]
        else:
            ports.append(
                FnNode(rng.choice([_needs, _may_go_without]), f"n{i}", inputs=inputs).output
            )
    return Graph("Routed", {port.node for port in ports}, persist_key=False)


def _parity(a: int = 0, b: int = 0, own: int = 0) -> tuple[str, int]:
    number = a + b + own
    return ("odd" if number % 2 else "even"), number % 5


def _needs(own: int, **numbers: int) -> int:
    return (own + sum(numbers.values())) % 5


def _may_go_without(own: int, a: int = 1, b: int = 1) -> int:
    return (own + a * b) % 5


def from_scratch(graph: Graph) -> dict[str, Judgement]:
    """Judge a graph as a kernel would that has just opened it."""
    session = graph.session
    anew = FreshnessTracker(
        SheetInputs(session.current.structure, session.current.sheet, session.log)
    )
    anew.read_code(session.current.runnable())
    anew.update(session.current.structure.nodes)
    return dict(anew.judged)


def told(graph: Graph, from_seq: int, known: dict[str, Any]) -> dict[str, Any]:
    """Add what events said since: of every node its freshness and the texts of its reasons."""
    for event in graph.session.events.since(from_seq):
        if event["type"] == "state.freshness":
            texts = [reason["text"] for reason in event["reasons"]]
            known[event["node"]] = (event["freshness"], texts)
    return known


@given(st.integers(0, 999), moves)
def test_routes_and_reasons_agree_with_starting_from_scratch(seed: int, steps: list[Any]) -> None:
    graph = routed(seed)
    graph.status()
    known: dict[str, Any] = dict.fromkeys(graph.nodes, ("missing", []))
    for act, node, value in [("run", 0, 0), *steps]:
        seq = graph.session.events.next_expected()
        move(graph, act, f"n{node}", value)
        judged = from_scratch(graph)
        assert dict(graph.session.current.freshness.judged) == judged
        if act == "sheet":
            known.update((n, (j.freshness, [r.text for r in j.reasons])) for n, j in judged.items())
        said = {n: (j.freshness, [r.text for r in j.reasons]) for n, j in judged.items()}
        assert told(graph, seq, known) == said
    graph.close()


def test_one_edit_is_told_node_by_node_and_read_back_so_from_the_store() -> None:
    graph = paper()
    graph.run()
    seq = graph.session.events.next_expected()
    graph.inputs["plan__topic"] = "Seals"
    live = graph.session.events.since(seq)
    graph.close()
    stored = [e for e in paper().session.events.since(seq) if e["seq"] <= live[-1]["seq"]]
    assert stored == live
    assert [e["seq"] for e in live] == list(range(seq, seq + 4))
    assert {e["node"]: [r["text"] for r in e["reasons"]] for e in live} == {
        "plan": ["topic: Otters → Seals"],
        "drafts": ["waits for plan"],
        "side": ["waits for plan"],
        "join": ["waits for drafts"],
    }
    assert paper().session.events.since(seq + 2)[0] == live[2]


def test_a_secret_input_is_used_but_never_stored(store_folder: Path) -> None:
    def call(api_key: str, prompt: str) -> str:
        return f"{prompt} by {len(api_key)}"

    node = FnNode(call, inputs={"api_key": ui.Textbox(), "prompt": ui.Textbox("hello")})
    graph = Graph("Secret", [node])
    graph.set_inputs({"call__api_key": "sesame-open-9321"})
    assert graph.run() == {"call": {"output": "hello by 16"}}
    assert freshness(graph) == {"call": "fresh"}
    graph.inputs["call__api_key"] = "another-one"
    assert reasons(graph) == {"call": ["api_key changed"]}
    graph.close()
    stored = b"".join(path.read_bytes() for path in store_folder.rglob("*") if path.is_file())
    assert b"sesame-open-9321" not in stored
    assert b"another-one" not in stored
