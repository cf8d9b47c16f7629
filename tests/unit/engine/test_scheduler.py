"""The rules of a run, one by one, on a clock that costs no time.

Numbers in names are rows of the engine's table of checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb._engine.session.run import Run
from daggr_nb._engine.session.session import Session
from daggr_nb._model.node import Node
from daggr_nb._model.policy import Limits, Policy
from daggr_nb.errors import NodeFailed, RunCancelled
from daggr_nb.testing import After, Chunk, Raise, Return, ScriptNode, VirtualTime

SERIAL = Limits("one", 1)


class World:
    """A session on virtual time, with what its runs have told."""

    def __init__(self, *nodes: Node) -> None:
        self.time = VirtualTime()
        self.session: Session = self.time.session(nodes)

    def submit(self, *targets: str, **options: Any) -> Run:
        names = [self.session.current.structure.name_of(target) for target in targets]
        return self.session.submit(names, "to_here" if targets else "stale", **options)

    def run(self, *targets: str, **options: Any) -> Run:
        run = self.submit(*targets, **options)
        self.time.run()
        return run

    def told(self, run: Run, *kinds: str) -> list[tuple[Any, ...]]:
        """Events as (type, node), or only those of ``kinds``."""
        return [
            (event.type, event.node) if event.node else (event.type,)
            for event in run.events()
            if not kinds or event.type.startswith(kinds)
        ]

    def starts(self, run: Run) -> list[str]:
        return [event.node or "" for event in run.events() if event.type == "node.started"]

    def value(self, node: str, port: str = "output") -> Any:
        return self.session.current.inputs.value(self.session.current.structure.name_of(node), port)

    def freshness(self) -> dict[str, str]:
        return {n: j.freshness for n, j in self.session.current.freshness.judged.items()}

    def status(self) -> dict[str, str]:
        return {n: self.session.current.status_of(n) for n in self.session.current.structure.nodes}


def source(name: str = "s", value: Any = "X", **options: Any) -> ScriptNode:
    return ScriptNode(name, script=[Return(value)], **options)


def after(name: str, *above: ScriptNode, script: Sequence[Any] = (), **options: Any) -> ScriptNode:
    """A node fed by the first port of each of ``above``."""
    inputs = {f"from_{n.name}": n.ports[next(iter(n.outputs))] for n in above}
    return ScriptNode(name, inputs, script or [Return(name)], **options)


def route(name: str, above: ScriptNode, chosen: str, routes: Sequence[str]) -> ScriptNode:
    return ScriptNode(name, {"x": above.output}, [Return({chosen: "v"})], ports=routes)


def test_order_within_a_run() -> None:
    s = source()
    world = World(after("t", s))
    assert world.told(world.run()) == [
        ("run.started",),
        ("node.queued", "s"),
        ("node.started", "s"),
        ("node.succeeded", "s"),
        ("edge.taken", "s"),
        ("node.queued", "t"),
        ("node.started", "t"),
        ("node.succeeded", "t"),
        ("run.succeeded",),
    ]


def test_12_success_closes_streams_that_nobody_closed() -> None:
    world = World(ScriptNode("l", script=[Chunk("he"), Chunk("llo"), Return("hello")]))
    events = [e for e in world.run().events() if e.node == "l"]
    kinds = [e.type.removeprefix("node.") for e in events]
    assert kinds == ["queued", "started", "chunk", "chunk", "stream_end", "succeeded"]
    assert [(e.port, e.i, e.delta) for e in events if e.type == "node.chunk"] == [
        ("output", 0, "he"),
        ("output", 1, "llo"),
    ]


def test_a_run_that_waits_for_another_looks_when_that_has_got_on() -> None:
    world = World(after("b", ScriptNode("a", script=[After(5, Return(1))])))
    first, second = world.submit(), world.submit()
    world.time.run(until=4)
    assert second.status == "running"
    world.time.run()
    assert (first.status, second.status) == ("succeeded", "succeeded")
    assert world.told(second) == [("run.started",), ("run.succeeded",)]


@pytest.mark.parametrize("how", ["pause", "pause and resume", "stop another node", "cancel"])
def test_what_happens_to_a_run_that_waits_for_another(how: str) -> None:
    world = World(ScriptNode("a", script=[After(5, Return(1))]))
    world.submit()
    second = world.submit()
    world.time.run(until=1)
    if "pause" in how:
        second.pause()
    world.time.run(until=2)
    if "resume" in how:
        second.resume()
    elif how == "stop another node":
        world.session.runs.cancel(node=world.session.current.structure.name_of("a"))
    elif how == "cancel":
        second.cancel()
    world.time.run()
    second.resume()
    world.time.run()
    kinds = world.told(second)
    assert kinds[0] == ("run.started",)
    assert [kind for kind in kinds if kind[0].startswith("run.")][1:] == kinds[-1:]
    if how == "stop another node":  # it had not come to it yet, and so makes it anew
        assert world.starts(second) == ["a"]


def test_15_a_retry_is_a_new_attempt() -> None:
    acts = {1: [Chunk("par"), Raise(OSError("down"))], 2: [Chunk("ok"), Return("ok")]}
    flaky = ScriptNode(
        "l", script=lambda i, attempt: acts[attempt], policy=Policy(retries=1, retry_delay=3)
    )
    world = World(flaky)
    run = world.run()
    assert run.status == "succeeded"
    assert world.time.now == 3.0
    events = list(run.events())
    assert [e.attempt for e in events if e.type == "node.started"] == [1, 2]
    assert [(e.attempt, e.delta) for e in events if e.type == "node.chunk"] == [
        (1, "par"),
        (2, "ok"),
    ]
    retry = next(e for e in events if e.type == "node.retry")
    assert (retry.attempt, retry.delay, retry.error) == (2, 3, "down")
    record = world.session.current.sheet.shown[world.session.current.structure.name_of("l")]
    assert (record.status, record.attempt) == ("succeeded", 2)
    assert "attempt 1 failed: OSError: down" in record.logs


def test_retries_end_and_only_named_errors_are_tried_again() -> None:
    script = [Raise(OSError("down"))]
    patient = ScriptNode("a", script=script, policy=Policy(retries=2, retry_on=(OSError,)))
    picky = ScriptNode("b", script=script, policy=Policy(retries=2, retry_on=(KeyError,)))
    world = World(patient, picky)
    run = world.run()
    assert sorted(world.starts(run)) == ["a", "a", "a", "b"]
    assert run.steps == {"a": "failed", "b": "failed"}


def test_16_a_default_stands_in_for_a_failure() -> None:
    bad = ScriptNode("l", script=[Raise(ValueError("no"))], policy=Policy(default=("n/a",)))
    world = World(after("a", bad, script=[Return(lambda i: i["from_l"] + "!")]))
    run = world.run()
    assert (run.status, run.steps) == ("partial", {"l": "recovered", "a": "succeeded"})
    assert run.result() == {"a": {"output": "n/a!"}}
    assert world.freshness()["l"] == "unverified"
    assert [step.node for step in world.session.current.plan([])] == ["l", "a"]


def test_a_failure_can_take_a_route_of_its_own() -> None:
    ports = ("output", "error")
    for act, ran in ((Raise(ValueError("no")), "mend"), (Return("fine"), "use")):
        risky = ScriptNode("risky", script=[act], ports=ports, policy=Policy(on_error="route"))
        use = ScriptNode("use", {"x": risky.output}, [Return("used")])
        mend = ScriptNode("mend", {"x": risky.ports["error"]}, [Return(lambda i: i["x"]["type"])])
        if isinstance(act, Return):
            risky.script = lambda i, a: [Return({"output": "fine"})]
        world = World(use, mend)
        run = world.run()
        other = {"mend": "use", "use": "mend"}[ran]
        assert (run.steps[ran], run.steps[other]) == ("succeeded", "skipped")


def test_fail_fast_ends_the_whole_run() -> None:
    bad = ScriptNode(
        "bad", script=[After(1, Raise(ValueError("no")))], policy=Policy(on_error="fail_fast")
    )
    slow = ScriptNode("slow", script=[After(9, Return())])
    world = World(bad, after("later", slow))
    run = world.submit()
    world.time.run(until=1)
    assert run.status == "failed"
    assert run.steps == {"bad": "failed", "slow": "cancelled", "later": "cancelled"}
    with pytest.raises(NodeFailed, match="'bad' failed"):
        run.result()


def test_19_a_late_follower_hears_the_same() -> None:
    s = source()
    world = World(after("l", s, script=[Chunk("a"), After(5, Chunk("b")), Return("ab")]))
    run = world.submit()
    world.time.run(until=2)
    early = world.session.events.follow(1, lambda: True)
    heard = [e.seq for e in early]
    world.time.run()
    everything = [e.seq for e in world.session.events.follow(1, lambda: True)]
    assert everything[: len(heard)] == heard
    assert everything == list(range(1, len(everything) + 1))
    assert run.status == "succeeded"


def test_20_many_chunks_keep_order_and_text() -> None:
    many = 20_000
    world = World(ScriptNode("l", script=[*(Chunk(str(i % 10)) for i in range(many)), Return("")]))
    run = world.run()
    chunks = [e for e in run.events() if e.type == "node.chunk"]
    assert [e.i for e in chunks] == list(range(many))
    assert "".join(e.delta for e in chunks) == "".join(str(i % 10) for i in range(many))


def test_21_abort_in_mid_stream() -> None:
    world = World(
        ScriptNode("l", script=[*(After(1, Chunk(str(i))) for i in range(9)), Return("")])
    )
    run = world.submit()
    world.time.run(until=3)
    run.cancel()
    world.time.run()
    events = list(run.events())
    assert [e.delta for e in events if e.type == "node.chunk"] == ["0", "1", "2"]
    assert [e.type for e in events[-3:]] == ["node.stream_end", "node.cancelled", "run.aborted"]
    assert events[-3].status == "aborted"
    with pytest.raises(RunCancelled):
        run.result()


def test_22_abort_before_the_start() -> None:
    world = World(source())
    run = world.submit()
    world.session.runs.in_sight()[0].cancel()  # at once, before anything happens
    world.time.run()
    assert world.told(run) == [("run.started",), ("run.aborted",)]


def test_23_pause_with_five_ready_and_one_slot() -> None:
    nodes = [ScriptNode(f"n{i}", script=[After(10, Return(i))], limits=SERIAL) for i in range(5)]
    world = World(*nodes)
    run = world.submit()
    world.time.run(until=5)
    run.pause()
    world.time.run(until=500)
    assert list(run.steps.values()) == ["succeeded"]
    run.resume()
    world.time.run()
    assert run.status == "succeeded"
    assert sorted(world.starts(run)) == ["n0", "n1", "n2", "n3", "n4"]
    assert world.time.now == 540


def test_24_max_steps_is_checked_before_a_node_starts() -> None:
    nodes = [source("n0")]
    for i in range(1, 5):
        nodes.append(after(f"n{i}", nodes[-1]))
    world = World(nodes[-1])
    run = world.run(max_steps=3)
    assert world.starts(run) == ["n0", "n1", "n2"]
    assert run.status == "aborted"
    events = list(run.events())
    assert [e.limit for e in events if e.type == "state.limit"] == ["max_steps"]
    assert events[-1].reason == "max_steps"


def test_max_steps_counts_items() -> None:
    s = source("s", [1, 2, 3, 4])
    world = World(ScriptNode("each", {"x": s.output.each}, [Return("i")]))
    run = world.run(max_steps=3)
    items = [e.scope for e in run.events() if e.type == "node.started" and e.scope]
    assert (run.status, items) == ("aborted", ["[0]", "[1]"])


def test_25_a_hung_node_times_out_with_nothing_else_to_wake_it() -> None:
    hung = ScriptNode("hung", script=[], policy=Policy(timeout=0.2))
    world = World(after("below", hung))
    run = world.run()
    assert world.time.now == 0.2
    assert run.steps == {"hung": "failed", "below": "blocked"}
    with pytest.raises(NodeFailed, match=r"no result within 0\.2 s \(timeout\)"):
        run.result()


def test_a_node_that_shows_signs_of_life_is_not_idle() -> None:
    lively = [*(After(1, Chunk(".")) for _ in range(5)), Return("done")]
    quiet = [After(1, Chunk(".")), After(3, Return("late"))]
    policy = Policy(idle_timeout=2)
    world = World(
        ScriptNode("lively", script=lively, policy=policy),
        ScriptNode("quiet", script=quiet, policy=policy),
    )
    assert world.run().steps == {"lively": "succeeded", "quiet": "failed"}


def test_a_run_that_takes_too_long_is_aborted() -> None:
    world = World(ScriptNode("slow", script=[After(60, Return())]))
    run = world.submit(timeout=5)
    world.time.run(until=5)
    assert run.status == "aborted"
    assert list(run.events())[-1].reason == "timeout"


@pytest.mark.parametrize(("target", "ending"), [("y", "failed"), (None, "partial")])
def test_26_a_failure_blocks_its_own_branch_only(target: str | None, ending: str) -> None:
    s = source()
    x = ScriptNode("x", {"s": s.output}, [Raise(ValueError("no"))])
    z = after("z", s)
    world = World(after("y", x), after("w", z))
    run = world.run(*([target, "w"] if target else []))
    assert run.steps == {
        "s": "succeeded",
        "x": "failed",
        "z": "succeeded",
        "y": "blocked",
        "w": "succeeded",
    }
    assert run.status == ending


@pytest.mark.parametrize("chosen", ["p", "q", "neither"])
def test_27_a_join_runs_once_and_is_skipped_with_both(chosen: str) -> None:
    r = route("r", source(), chosen, ["p", "q", "neither"])
    x = ScriptNode("x", {"i": r.ports["p"]}, [Return("x")])
    y = ScriptNode("y", {"i": r.ports["q"]}, [Return("y")])
    j = ScriptNode(
        "j",
        {"a": x.output, "b": y.output},
        [Return(lambda i: "+".join(i.values()))],
        optional=["a", "b"],
    )
    world = World(j)
    run = world.run()
    took = {"p": "x", "q": "y"}.get(chosen)
    assert run.steps == {
        "s": "succeeded",
        "r": "succeeded",
        "x": "succeeded" if took == "x" else "skipped",
        "y": "succeeded" if took == "y" else "skipped",
        "j": "succeeded" if took else "skipped",
    }
    assert world.starts(run).count("j") == (1 if took else 0)
    if took:
        assert world.value("j") == took
    assert set(world.freshness().values()) == {"fresh"}
    assert world.status()["x"] == ("succeeded" if took == "x" else "skipped")
    skips = {e.node: e.by for e in run.events() if e.type == "node.skipped"}
    assert all(by in ("r", "x", "y") for by in skips.values())


def test_8_nested_routes() -> None:
    outer = route("outer", source(), "in", ["in", "out"])
    inner = ScriptNode("inner", {"x": outer.ports["in"]}, [Return({"b": 1})], ports=["a", "b"])
    ends = [
        ScriptNode("a", {"x": inner.ports["a"]}),
        ScriptNode("b", {"x": inner.ports["b"]}),
        ScriptNode("c", {"x": outer.ports["out"]}),
    ]
    assert World(*ends).run().steps == {
        "s": "succeeded",
        "outer": "succeeded",
        "inner": "succeeded",
        "a": "skipped",
        "b": "succeeded",
        "c": "skipped",
    }


def test_a_route_that_changes_its_mind_makes_the_other_way_fresh() -> None:
    from daggr_nb import ui

    def choose(inputs: Any, attempt: int) -> list[Any]:
        return [Return({inputs["way"]: inputs["way"]})]

    r = ScriptNode("r", {"way": ui.Dropdown(["p", "q"])}, choose, ports=["p", "q"])
    x = ScriptNode("x", {"i": r.ports["p"]}, [Return("x")])
    y = ScriptNode("y", {"i": r.ports["q"]}, [Return("y")])
    world = World(x, y)
    world.run()
    assert world.status() == {"r": "succeeded", "x": "succeeded", "y": "skipped"}
    world.session.current.set_inputs({("r", "way"): "q"})  # type: ignore[dict-item]
    assert world.freshness() == {"r": "stale", "x": "stale", "y": "stale"}
    run = world.run()
    assert run.steps == {"r": "succeeded", "x": "skipped", "y": "succeeded"}
    world.session.current.set_inputs({("r", "way"): "p"})  # type: ignore[dict-item]
    again = world.run()
    assert again.steps == {"r": "cached", "x": "cached", "y": "skipped"}


def test_28_items_that_end_out_of_order_are_gathered_in_order() -> None:
    delay = {"a": 3.0, "b": 1.0, "c": 2.0}
    s = source("s", ["a", "b", "c"])
    each = ScriptNode(
        "each", {"x": s.output.each}, lambda i, n: [After(delay[i["x"]], Return(i["x"] * 2))]
    )
    gather = ScriptNode("all", {"x": each.output.all()}, [Return(lambda i: i["x"])])
    world = World(gather)
    run = world.run()
    ended = [e.scope for e in run.events() if e.type == "node.succeeded" and e.scope]
    assert ended == ["[1]", "[2]", "[0]"]
    assert world.value("all") == ["aa", "bb", "cc"]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("keep_none", ["a", None, "c"]),
        ("drop", ["a", "c"]),
        ("keep_error", ["a", {"error": "ValueError", "message": "b"}, "c"]),
    ],
)
def test_29_a_failed_item(how: Any, expected: list[Any]) -> None:
    def act(inputs: Any, attempt: int) -> list[Any]:
        return [Raise(ValueError("b")) if inputs["x"] == "b" else Return(inputs["x"])]

    s = source("s", ["a", "b", "c"])
    each = ScriptNode("each", {"x": s.output.each}, act, policy=Policy(on_item_error=how))
    world = World(ScriptNode("all", {"x": each.output.all()}, [Return(lambda i: i["x"])]))
    assert world.run().result() == {"all": {"output": expected}}


def test_29_a_failed_item_fails_the_node_by_default() -> None:
    s = source("s", ["a", "b"])
    world = World(ScriptNode("each", {"x": s.output.each}, [Raise(ValueError("no"))]))
    run = world.run()
    assert run.steps == {"s": "succeeded", "each": "failed"}
    with pytest.raises(NodeFailed, match=r"item \[0\] \(and 1 more items\): no"):
        run.result()


def test_items_are_retried_one_by_one() -> None:
    def act(inputs: Any, attempt: int) -> list[Any]:
        return [Raise(OSError("x")) if inputs["x"] == 2 and attempt == 1 else Return(inputs["x"])]

    s = source("s", [1, 2, 3])
    each = ScriptNode("each", {"x": s.output.each}, act, policy=Policy(retries=1))
    world = World(ScriptNode("all", {"x": each.output.all()}, [Return(lambda i: i["x"])]))
    run = world.run()
    assert run.result() == {"all": {"output": [1, 2, 3]}}
    starts = [(e.scope, e.attempt) for e in run.events() if e.type == "node.started" and e.scope]
    assert starts == [("[0]", 1), ("[1]", 1), ("[2]", 1), ("[1]", 2)]


def test_groups_bound_how_many_run_at_once() -> None:
    limits = Limits("gpu", 2)
    nodes = [ScriptNode(f"n{i}", script=[After(1, Return(i))], limits=limits) for i in range(5)]
    world = World(*nodes)
    world.run()
    assert world.time.now == 3


def test_a_timed_out_evaluation_keeps_its_slot_until_it_ends() -> None:
    hung = ScriptNode("hung", script=[After(50, Return())], limits=SERIAL, policy=Policy(timeout=1))
    other = ScriptNode("other", script=[Return()], limits=SERIAL)
    world = World(hung, other)
    run = world.submit()
    world.time.run(until=49)
    assert run.steps == {"hung": "failed"}
    world.time.run()
    assert run.steps == {"hung": "failed", "other": "succeeded"}
    assert world.time.now == 50


# ---------------------------------------------------------------- random graphs


@st.composite
def graphs(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Nodes with parents among the earlier ones; some route, fail, recover or take long."""
    found = []
    for i in range(draw(st.integers(1, 9))):
        above = draw(st.lists(st.integers(0, i - 1), max_size=3, unique=True)) if i else []
        found.append(
            {
                "above": [(j, draw(st.sampled_from(["p", "q"]))) for j in above],
                "act": draw(st.sampled_from(["p", "q", "both", "fail", "default"])),
                "optional": draw(st.booleans()),
                "seconds": draw(st.sampled_from([0, 1, 2.5])),
                "limits": draw(st.sampled_from([Limits(), SERIAL, Limits("two", 2)])),
            }
        )
    return found


def built(plan: list[dict[str, Any]]) -> list[ScriptNode]:
    nodes: list[ScriptNode] = []
    for i, spec in enumerate(plan):
        act: Any = Raise(ValueError(str(i)))
        if spec["act"] in ("p", "q"):
            act = Return({spec["act"]: i})
        elif spec["act"] == "both":
            act = Return({"p": i, "q": i})
        policy = Policy(default=(i,)) if spec["act"] == "default" else Policy()
        inputs = {f"i{k}": nodes[j].ports[port] for k, (j, port) in enumerate(spec["above"])}
        optional = list(inputs) if spec["optional"] else []
        script = [After(spec["seconds"], act)]
        options: dict[str, Any] = {"policy": policy, "limits": spec["limits"], "optional": optional}
        nodes.append(ScriptNode(f"n{i}", inputs, script, ("p", "q"), **options))
    return nodes


def oracle(plan: list[dict[str, Any]]) -> dict[str, str]:
    """How each node must end, from its parents alone, one after the other."""
    ends: dict[str, str] = {}
    for i, spec in enumerate(plan):
        parents = [(ends[f"n{j}"], plan[j]["act"], port) for j, port in spec["above"]]
        if any(how in ("failed", "blocked") for how, _, _ in parents):
            ends[f"n{i}"] = "blocked"
            continue
        skipped = [
            how == "skipped" or (act in ("p", "q") and act != port) for how, act, port in parents
        ]
        if skipped and (all(skipped) or (any(skipped) and not spec["optional"])):
            ends[f"n{i}"] = "skipped"
        else:
            ends[f"n{i}"] = {"fail": "failed", "default": "recovered"}.get(spec["act"], "succeeded")
    return ends


@given(graphs())
def test_31_random_graphs_end_as_the_oracle_says(plan: list[dict[str, Any]]) -> None:
    world = World(*built(plan))
    run = world.run()
    assert run.steps == oracle(plan)
    check_order(world, run)
    second = world.run()
    again = {name for name, how in oracle(plan).items() if how in ("failed", "recovered")}
    assert set(world.starts(second)) <= again | {
        str(name)
        for name in world.session.current.structure.topology.descendants(again)  # type: ignore[arg-type]
    }


def check_order(world: World, run: Run) -> None:
    """O1 to O4: no gaps, one start and one end, and cause before effect."""
    events = list(run.events())
    assert [e.seq for e in world.session.events.follow(1, lambda: True)] == list(
        range(1, world.session.events.next_expected())
    )
    assert events[0].type == "run.started"
    terminal = ("run.succeeded", "run.partial", "run.failed", "run.aborted")
    assert [e.type in terminal for e in events].index(True) == len(events) - 1
    place = {(e.type, e.node): i for i, e in enumerate(events)}
    for edge in world.session.current.structure.edges:
        started = place.get(("node.started", edge.target))
        if started is not None and ("node.started", edge.source) in place:
            ended = min(
                place.get((f"node.{how}", edge.source), len(events))
                for how in ("succeeded", "recovered", "cached")
            )
            assert ended < place["node.queued", edge.target] < started
