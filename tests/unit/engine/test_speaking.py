"""What templates say while what feeds them is made, on a clock that costs no time.

Numbers in names are rows of the engine's table of checks.
"""

from __future__ import annotations

import collections
import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daggr_nb import InputNode, TemplateNode, ops, ui
from daggr_nb._engine.run.certainty import Certainty
from daggr_nb._engine.run.speech import Speech, Stream
from daggr_nb._engine.session.run import Run
from daggr_nb._engine.state.subscription import condensed
from daggr_nb._engine.task.streamed_output import Partial
from daggr_nb._ids import NodeId
from daggr_nb._model.node import Node
from daggr_nb._model.policy import Policy
from daggr_nb._model.utterance import Segment, Utterance, as_text
from daggr_nb.testing import After, Chunk, Raise, Return, ScriptNode
from tests.unit.engine.test_scheduler import World, after, route, source

Told = dict[str, Any]


def said(run: Run, *templates: str) -> list[Told]:
    """The events of templates, in their JSON form."""
    events = [event.as_dict() for event in run.events() if event.type.startswith("template.")]
    return [event for event in events if not templates or event["node"] in templates]


def deltas(run: Run, template: str) -> list[tuple[str, str]]:
    """What a template has said, as (who, text)."""
    of_it = (event for event in said(run, template) if event["type"] == "template.delta")
    return [(event["source"]["node"], event["text"]) for event in of_it]


def read(events: Iterable[Told], template: str) -> str:
    """Add up what a template has said, as somebody does who hears its events."""
    text = ""
    for event in events:
        if event.get("node") != template:
            continue
        if event["type"] == "template.delta":
            text += event["text"]
        elif event["type"] == "template.reset":
            assert event["offset"] <= len(text)
            text = text[: event["offset"]]
    return text


def check(run: Run) -> dict[str, Told]:
    """Check what holds of every template in every run; returns how each ended."""
    events = [event.as_dict() for event in run.events()]
    done: dict[str, Told] = {}
    place: dict[str, int] = {}
    for event in events:
        name, kind = event.get("node", ""), event["type"]
        if kind == "template.activated":
            assert name not in place
            place[name] = 0
        elif kind == "template.delta":
            assert name not in done
            assert event["text"]
            assert event["seg"] >= place[name]
            assert set(event["source"]) == {"node", "port", "exec_id", "attempt"}
            place[name] = event["seg"]
        elif kind == "template.reset":
            assert name not in done
            place[name] = event["seg"]
        elif kind == "template.done":
            assert name not in done
            done[name] = event
        elif kind in ("node.succeeded", "node.cached") and name in place:
            assert name in done
    for name, event in done.items():
        assert read(events, name) == event["text"], name
        assert read(condensed(events), name) == event["text"], name
    if run.status != "paused":
        assert set(place) == set(done)
    return done


def spoken(run: Run, template: str = "a") -> str:
    """The text a template ended with."""
    done = check(run)[template]
    assert done["status"] == "succeeded"
    return str(done["text"])


def streaming(name: str, *pieces: str, above: Sequence[Node] = (), step: float = 1) -> ScriptNode:
    """A node that says pieces, one a ``step``."""
    script = [After(step, Chunk(piece)) for piece in pieces]
    inputs = {f"from_{n.name}": n.ports[next(iter(n.outputs))] for n in above}
    return ScriptNode(name, inputs, [*script, After(step, Return("".join(pieces)))])


def template(text: str, node: str = "a", /, **sources: Any) -> TemplateNode:
    """A template whose variables are fed by first ports, or by what is given."""
    inputs = {
        variable: source.ports[next(iter(source.outputs))] if isinstance(source, Node) else source
        for variable, source in sources.items()
    }
    return TemplateNode(text, node, inputs)


def times(run: Run, node: str, kind: str) -> list[float]:
    return [e.at for e in run.events() if e.node == node and e.type == kind]


# ---------------------------------------------------------------- the rows


def test_1_a_value_that_is_there_is_said_whole() -> None:
    world = World(template("Hello {name}", name=source("s")))
    run = world.run()
    assert spoken(run) == "Hello X"
    assert deltas(run, "a") == [("a", "Hello "), ("s", "X")]
    kinds = [e.type for e in run.events() if e.node == "a"]
    assert kinds == [
        "template.activated",
        "template.delta",
        "template.delta",
        "template.seg_end",
        "node.queued",
        "node.started",
        "template.done",
        "node.succeeded",
    ]


def test_2_leading_text_is_said_before_the_model_starts() -> None:
    model = streaming("l", "he", "llo", above=[source("s")])
    run = World(template("oh {l}", l=model)).run()
    assert spoken(run) == "oh hello"
    assert deltas(run, "a") == [("a", "oh "), ("l", "he"), ("l", "llo")]
    told = [(e.type, e.node) for e in run.events()]
    assert told.index(("template.delta", "a")) < told.index(("node.started", "l"))


def test_3_leading_text_can_be_held_until_the_model_speaks() -> None:
    model = streaming("l", "he", "llo", above=[source("s")])
    run = World(TemplateNode("oh {l}", "a", {"l": model.output}, lead="hold")).run()
    assert spoken(run) == "oh hello"
    assert [e.at for e in run.events() if e.type == "template.delta"] == [1, 1, 2]
    kinds = [e.type for e in run.events()]
    assert kinds[kinds.index("node.chunk") + 1] == "template.delta"


@pytest.mark.parametrize(
    "script",
    [
        [After(3, Return("v"))],
        [After(3, Raise(OSError("x")))],
        [After(1, Chunk("")), After(2, Chunk("v")), Return("v")],
    ],
)
def test_3_held_text_is_said_when_the_variable_is_settled(script: list[Any]) -> None:
    run = World(
        TemplateNode("oh {l}", "a", {"l": ScriptNode("l", script=script).output}, lead="hold")
    ).run()
    assert check(run)["a"]["text"].startswith("oh ")
    assert times(run, "a", "template.delta")[0] == 3


def test_4_text_variable_text() -> None:
    run = World(template("x{l}y", l=streaming("l", "a", "b", above=[source()]))).run()
    assert spoken(run) == "xaby"
    assert deltas(run, "a") == [("a", "x"), ("l", "a"), ("l", "b"), ("a", "y")]


def test_5_a_text_alone_is_said_right_after_the_start() -> None:
    run = World(template("Hello")).run()
    assert [e.type for e in run.events()][:3] == [
        "run.started",
        "template.activated",
        "template.delta",
    ]
    assert spoken(run) == "Hello"


def test_6_who_is_faster_waits_for_its_place() -> None:
    s = source()
    slow, fast = streaming("l1", "a", "b", above=[s], step=5), streaming("l2", "c", "d", above=[s])
    run = World(template("{l1}{l2}", l1=slow, l2=fast)).run()
    assert spoken(run) == "abcd"
    assert deltas(run, "a") == [("l1", "a"), ("l1", "b"), ("l2", "cd")]
    assert times(run, "a", "template.delta") == [5, 10, 15]


def two_ways(chosen: str) -> World:
    i = streaming("i", "I", "!", above=[source()])
    r = route("r", i, chosen, ["p", "q"])
    p = ScriptNode("p", {"x": r.p}, [After(1, Chunk("P")), After(1, Return("P."))])
    q = ScriptNode("q", {"x": r.q}, [After(1, Chunk("Q")), After(1, Return("Q."))])
    e1 = template("{i}\n{p}", "e1", i=i, p=p)
    return World(e1, template("{i}\n{q}", "e2", i=i, q=q))


def test_7_nothing_is_said_before_the_choice() -> None:
    world = two_ways("p")
    run = world.run()
    assert spoken(run, "e1") == "I!\nP."
    told = [(e.type, e.node) for e in run.events()]
    assert told.index(("template.activated", "e1")) > told.index(("node.succeeded", "r"))
    assert told.index(("template.delta", "e1")) < told.index(("node.started", "p"))
    assert deltas(run, "e1") == [("i", "I!"), ("e1", "\n"), ("p", "P"), ("p", ".")]
    assert not said(run, "e2")
    assert world.status()["e2"] == "skipped"


@pytest.mark.parametrize("chosen", ["p", "q"])
def test_7_a_route_leads_to_a_text_without_variables(chosen: str) -> None:
    r = route("r", source(), chosen, ["p", "q"])
    answers = [TemplateNode(f"way {n}", f"say_{n}", {"when": r.ports[n]}) for n in "pq"]
    run = World(*answers).run()
    assert {name: done["text"] for name, done in check(run).items()} == {
        f"say_{chosen}": f"way {chosen}"
    }


def test_9_what_only_leads_to_a_text_is_not_waited_for() -> None:
    slow = ScriptNode("s", script=[After(5, Return("X"))])
    run = World(TemplateNode("foo", "a", {"s": slow.output})).run()
    assert spoken(run) == "foo"
    assert times(run, "a", "template.delta") == [0]
    assert times(run, "a", "template.done") == [5]


def test_6_a_template_within_a_template_is_read_while_it_speaks() -> None:
    inner = template("<{l}>", "inner", l=streaming("l", "he", "llo"))
    outer = template("Said: {x}, {x}.", x=inner)
    run = World(outer).run()
    assert spoken(run, "inner") == "<hello>"
    assert spoken(run) == "Said: <hello>, <hello>."
    assert times(run, "a", "template.delta")[:4] == [0, 0, 1, 2]
    assert deltas(run, "a")[:4] == [
        ("a", "Said: "),
        ("inner", "<"),
        ("inner", "he"),
        ("inner", "llo"),
    ]


def test_15_a_retry_within_a_template_within_a_template() -> None:
    inner = template("x{l}y", "inner", l=failing_once())
    run = World(template("{s}{x}!", s=source(), x=inner)).run()
    assert spoken(run) == "Xxoky!"
    assert spoken(run, "inner") == "xoky"
    resets = [(e["node"], e["offset"]) for e in said(run) if e["type"] == "template.reset"]
    assert resets == [("inner", 1), ("a", 1)]


def test_8_nested_routes() -> None:
    r1 = route("r1", source(), "a", ["a", "b"])
    x = ScriptNode("x", {"v": r1.a}, [Return("x")])
    r2 = route("r2", x, "d", ["c", "d"])
    c, d = (ScriptNode(n, {"v": r2.ports[n]}, [Return(n.upper())]) for n in "cd")
    b = ScriptNode("b", {"v": r1.b}, [Return("B")])
    answers = [
        template(f"{n}: {{v}}", f"say_{n}", v=node)
        for n, node in zip("bcd", (b, c, d), strict=True)
    ]
    world = World(*answers)
    run = world.run()
    assert set(check(run)) == {"say_d"}
    assert spoken(run, "say_d") == "d: D"
    status = world.status()
    assert (status["say_b"], status["say_c"]) == ("skipped", "skipped")


def test_9_independent_templates() -> None:
    a2 = template("{l}", "a2", l=streaming("l", "x", "y"))
    run = World(template("foo", "a1"), a2).run()
    assert spoken(run, "a1") == "foo"
    assert spoken(run, "a2") == "xy"


def test_10_five_templates_are_done_once_each() -> None:
    templates = [template(f"{n} {{l}}", f"a{n}", l=streaming(f"l{n}", "x")) for n in range(5)]
    run = World(*templates).run()
    done = [e for e in said(run) if e["type"] == "template.done"]
    assert sorted((e["node"], e["text"]) for e in done) == [(f"a{n}", f"{n} x") for n in range(5)]
    check(run)


def test_11_who_says_what() -> None:
    s = ScriptNode("s", script=[Return({"q": "Q"})], ports=["q"])
    t = ScriptNode("t", {"x": streaming("l", "z", above=[s]).output}, [After(1, Return("T"))])
    run = World(TemplateNode("{q}\n{t}", "e", {"q": s.q, "t": t.output})).run()
    assert spoken(run, "e") == "Q\nT"
    assert deltas(run, "e") == [("s", "Q"), ("e", "\n"), ("t", "T")]


def test_12_success_closes_a_stream_that_nobody_closed() -> None:
    run = World(template("{l} end", l=streaming("l", "he", "llo"))).run()
    assert spoken(run) == "hello end"


def test_13_one_variable_twice_and_in_two_templates() -> None:
    model = streaming("l", "he", "llo")
    run = World(template("{l}+{l}", l=model), template("<{l}>", "b", l=model)).run()
    assert spoken(run, "a") == "hello+hello"
    assert spoken(run, "b") == "<hello>"
    assert times(run, "b", "template.delta") == [0, 1, 2, 3]


def test_14_a_value_that_says_more_than_its_chunks() -> None:
    model = ScriptNode("l", script=[Chunk("ab"), Return("abc")])
    run = World(template("{l}", l=model)).run()
    assert deltas(run, "a") == [("l", "ab"), ("l", "c")]
    assert spoken(run) == "abc"


@pytest.mark.parametrize("value", ["xyz", "a", "", None, 7, ["ab"]])
def test_a_value_that_contradicts_its_chunks_takes_their_place(value: Any) -> None:
    model = ScriptNode("l", script=[Chunk("ab"), After(1, Return(value))])
    run = World(template("<{l}>", l=model)).run()
    assert spoken(run) == f"<{as_text(value)}>"
    resets = [e for e in said(run) if e["type"] == "template.reset"]
    assert [(e["seg"], e["offset"], e["reason"]) for e in resets] == [(1, 1, "mismatch")]


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (Return("abc"), ["ab", "c", "+", "abc"]),
        (Return("xyz"), ["ab", "xyz", "+", "xyz"]),
        (Return(None), ["ab", "+"]),
        (Raise(OSError("gone")), ["ab", "+"]),
    ],
)
def test_what_is_over_is_said_as_it_ended_wherever_it_comes_later(
    last: Any, told: list[str]
) -> None:
    run = World(template("{l}+{l}", l=ScriptNode("l", script=[Chunk("ab"), After(1, last)]))).run()
    assert [text for _, text in deltas(run, "a")] == told
    assert len([e for e in said(run) if e["type"] == "template.reset"]) == (told[1] != "c")
    assert len([e for e in said(run) if e["type"] == "template.seg_end"]) == 2
    check(run)


def failing_once(name: str = "l", retries: int = 1) -> ScriptNode:
    def script(inputs: Any, attempt: int) -> list[Any]:
        if attempt == 1:
            return [After(1, Chunk("par")), After(1, Raise(ValueError("no")))]
        return [After(1, Chunk("ok")), After(1, Return("ok"))]

    return ScriptNode(name, script=script, policy=Policy(retries=retries))


def test_15_a_retry_takes_back_what_was_said() -> None:
    run = World(template("x{l}y", l=failing_once())).run()
    assert spoken(run) == "xoky"
    kinds = [(e["type"], e.get("text"), e.get("offset")) for e in said(run)][1:-1]
    assert kinds == [
        ("template.delta", "x", None),
        ("template.delta", "par", None),
        ("template.reset", None, 1),
        ("template.delta", "ok", None),
        ("template.seg_end", None, None),
        ("template.delta", "y", None),
    ]
    attempts = [e["source"]["attempt"] for e in said(run) if e.get("kind") == "variable"]
    assert attempts == [1, 2]
    starts = [e.attempt for e in run.events() if e.type == "node.started" and e.node == "l"]
    assert starts == [1, 2]


def test_a_source_that_can_be_tried_again_may_be_kept_back_until_it_succeeds() -> None:
    run = World(TemplateNode("x{l}y", "a", {"l": failing_once().output}, on_retry="hold")).run()
    assert spoken(run) == "xoky"
    assert deltas(run, "a") == [("a", "x"), ("l", "ok"), ("a", "y")]
    plain = World(
        TemplateNode("{l}", "a", {"l": streaming("l", "p", "q").output}, on_retry="hold")
    ).run()
    assert deltas(plain, "a") == [("l", "p"), ("l", "q")]  # it cannot be tried again


def test_a_retry_of_what_a_template_has_not_come_to_is_nothing_to_it() -> None:
    run = World(template("{s}{l}", s=streaming("s", "S", step=9), l=failing_once())).run()
    assert spoken(run) == "Sok"
    assert not [e for e in said(run) if e["type"] == "template.reset"]


def test_16_a_default_stands_in() -> None:
    model = ScriptNode(
        "l", script=[Chunk("par"), Raise(OSError("x"))], policy=Policy(default=("n/a",))
    )
    run = World(template("{l}", l=model)).run()
    assert spoken(run) == "n/a"
    assert run.status == "partial"


def test_17_who_waits_holds_up_nobody_else() -> None:
    never = ScriptNode("l", script=[After(100, Return("late"))])
    world = World(template("{l}", l=never), template("B", "b"))
    run = world.submit()
    world.time.run(until=1)
    done = [e for e in world.session.events.since(1) if e["type"] == "template.done"]
    assert [e["node"] for e in done] == ["b"]
    world.time.run()
    assert spoken(run) == "late"


VALUES = [
    (0, "0"),
    ("", ""),
    (None, ""),
    (False, "False"),
    (1.5, "1.5"),
    ([1, None, "é"], '[1, null, "é"]'),
    ({"a": [0]}, '{"a": [0]}'),
    ((1, 2), "[1, 2]"),
]


@pytest.mark.parametrize(("value", "text"), VALUES)
def test_18_values_as_text(value: Any, text: str) -> None:
    run = World(template("<{n}>", n=source("s", value))).run()
    assert spoken(run) == f"<{text}>"
    assert spoken(World(template("{n}", n=value)).run()) == text  # a constant


def test_19_who_listens_late_hears_the_same() -> None:
    world = World(template("x{l}y", l=streaming("l", "a", "b")))
    run = world.submit()
    world.time.run(until=1.5)
    halfway = [e for e in world.session.events.since(1) if e.get("run_id") == run.id]
    world.time.run()
    whole = [event.as_dict() for event in run.events()]
    assert whole[: len(halfway)] == halfway
    assert read(halfway, "a") == "xa"
    assert [event.as_dict() for event in run.events()] == whole


def test_21_abort_in_mid_stream_keeps_what_was_said() -> None:
    world = World(template("{l} never", l=streaming("l", *"abcdef")))
    run = world.submit()
    world.time.run(until=3)
    run.cancel()
    world.time.run()
    done = check(run)["a"]
    assert (done["status"], done["text"]) == ("aborted", "abc")
    kinds = [(e.type, e.node) for e in run.events()]
    assert kinds.index(("node.stream_end", "l")) < kinds.index(("template.done", "a"))
    assert kinds[-1] == ("run.aborted", None)
    [kept] = map(world.session.log.record, world.session.log.history(done["node"], 5))
    assert kept.status == "cancelled"
    assert world.session.log.value(kept.outputs["text"]) == "abc"
    assert world.status()["a"] == "cancelled"


def test_22_abort_before_the_start_says_nothing() -> None:
    world = World(template("Hello {l}", l=streaming("l", "a")))
    run = world.submit()
    world.session.runs.in_sight()[0].cancel()  # at once, before anything happens
    world.time.run()
    assert not said(run)


def test_a_template_that_is_stopped_alone_lets_its_sources_go_on() -> None:
    model = streaming("l", *"abcd")
    world = World(template("{l}!", l=model), template("<{l}>", "b", l=model))
    run = world.submit()
    world.time.run(until=2)
    world.session.runs.cancel(node=world.session.current.structure.name_of("a"))
    world.time.run()
    done = check(run)
    assert (done["a"]["status"], done["a"]["text"]) == ("aborted", "ab")
    assert spoken(run, "b") == "<abcd>"
    assert world.status()["a"] == "cancelled"


def test_a_template_that_is_stopped_before_it_speaks_says_nothing() -> None:
    r = route("r", ScriptNode("s", script=[After(2, Return("X"))]), "p", ["p", "q"])
    world = World(template("now {x}", x=r.p), after("z", r))
    run = world.submit()
    world.time.run(until=1)
    world.session.runs.cancel(node=world.session.current.structure.name_of("a"))
    world.time.run()
    assert not check(run)
    assert not said(run)
    assert world.status()["a"] == "cancelled"


def _no_room(*args: Any, **named: Any) -> Any:
    raise OSError("no room")


@pytest.mark.parametrize("why", ["a target fails", "fail_fast", "crash"])
def test_whoever_speaks_is_done_when_the_run_is_over(why: str) -> None:
    question = ops.Approve("ask", source("s", "fine").output)
    policy = Policy(on_error="fail_fast") if why == "fail_fast" else Policy()
    bad = ScriptNode("bad", script=[After(1, Raise(OSError("x")))], policy=policy)
    world = World(template("a{l} then {ok}.", l=streaming("l", "L"), ok=question.output), bad)
    run = world.submit(*(["a", "bad"] if why == "a target fails" else []))
    world.time.run(until=0.5)
    if why == "crash":
        world.session.current.services.keep = _no_room  # type: ignore[method-assign]
    world.time.run()
    assert run.status == "failed"
    assert check(run)["a"]["status"] == "aborted"
    assert not {"running", "queued"} & set(world.status().values())


def test_fail_fast_ends_what_is_being_said() -> None:
    failing = ScriptNode(
        "l", script=[After(2, Raise(OSError("x")))], policy=Policy(on_error="fail_fast")
    )
    other = streaming("m", *"abcdef")
    world = World(template("{m}!", m=other), after("z", failing))
    run = world.run()
    assert run.status == "failed"
    assert check(run)["a"]["text"].startswith("a")
    assert world.status()["a"] in ("cancelled", "blocked")


def test_what_is_taken_back_costs_what_it_is() -> None:
    def seconds(count: int) -> float:
        stream = Stream(NodeId("l"), "output")
        segments = [Segment(port="l")] * count
        speech = Speech(NodeId("a"), Utterance(segments, "text"), [stream] * count)
        began = time.process_time()
        for number in range(count):
            for text in ("wrong", "right"):
                if text == "right":
                    assert speech.take_back() == 5 * number
                speech.said[speech.at].append(text)
                speech.partial.append("text", text)
            speech.go_on()
        took = time.process_time() - began
        assert speech.text == speech.partial["text"] == "right" * count
        return took

    assert seconds(4000) < 24 * seconds(500) + 0.05


@given(st.lists(st.text("ab", max_size=3), min_size=1), st.data())
def test_a_text_that_is_cut_is_another_one(pieces: list[str], data: Any) -> None:
    partial = Partial()
    for piece in pieces:
        partial.append("text", piece)
    whole = "".join(pieces)
    mark, _ = partial.since("text") or ((0, 0), "")
    length = data.draw(st.integers(0, len(whole)))
    partial.cut("text", length)
    assert partial.since("text", mark) == ((*partial.version("text")[:1], length), whole[:length])
    partial.append("text", "c")
    assert partial["text"] == whole[:length] + "c"


# ---------------------------------------------------------------- certainty


def diamond(number: int, above: ScriptNode, chosen: str = "p") -> ScriptNode:
    r = route(f"r{number}", above, chosen, ["p", "q"])
    p, q = (ScriptNode(f"{n}{number}", {"x": r.ports[n]}, [Return(n)]) for n in "pq")
    inputs = {"p": p.output, "q": q.output}
    return ScriptNode(f"j{number}", inputs, [Return(f"j{number}")], optional=["p", "q"])


def test_30_what_all_ways_lead_to_is_certain_from_the_start() -> None:
    node = source()
    for number in range(30):
        node = diamond(number, node)
    run = World(template("So: {x}", x=node)).run()
    assert [e.type for e in run.events()][1:3] == ["template.activated", "template.delta"]
    assert spoken(run) == "So: j29"


@pytest.mark.parametrize("kind", ["one template", "joins in a row"])
def test_many_ways_out_cost_about_as_much_as_there_are(kind: str) -> None:
    """Certain is what hangs on the ways out of ``count`` choices in a row, once all are made."""

    def seconds(count: int) -> float:
        last, ways, join = source(), {}, None
        for number in range(count):
            r = route(f"r{number}", last, "p", ["p", "q"])
            last = ScriptNode(f"n{number}", {"x": r.p}, [Return("v")])
            ways[f"q{number}"] = r.q
            above = {"q": r.q} if join is None else {"q": r.q, "j": join.output}
            join = ScriptNode(f"j{number}", above, [Return("j")], optional=["q", "j"])
        assert join is not None
        inputs = {**ways, "s": last.output} if kind == "one template" else {"j": join.output}
        world = World(TemplateNode("x", "a", inputs))
        current = world.session.current
        planned, wanted = current.structure.nodes, [current.structure.name_of("a")]
        times = []
        for _ in range(3):
            began = time.process_time()
            Certainty(current.inputs, planned, wanted)
            times.append(time.process_time() - began)
        return min(times)

    assert seconds(400) < 30 * seconds(50) + 0.02


def test_what_both_routes_feed_is_certain_and_says_the_one_taken() -> None:
    r = route("r", source(), "q", ["p", "q"])
    p, q = (ScriptNode(n, {"x": r.ports[n]}, [After(1, Return(n))]) for n in "pq")
    run = World(template("now {p}{q}!", p=p, q=q)).run()
    assert spoken(run) == "now q!"
    assert [e.type for e in run.events()][1:3] == ["template.activated", "template.delta"]
    ends = [
        (e["seg"], e["status"], e.get("reason")) for e in said(run) if "seg" in e and "status" in e
    ]
    assert ends == [(1, "omitted", "skipped"), (2, "done", None)]


def test_a_route_that_leads_nowhere_makes_nothing_certain() -> None:
    r = route("r", source(), "p", ["p", "q", "nothing"])
    p, q = (ScriptNode(n, {"x": r.ports[n]}, [Return(n)]) for n in "pq")
    run = World(template("now {p}{q}!", p=p, q=q)).run()
    told = [(e.type, e.node) for e in run.events()]
    assert told.index(("template.activated", "a")) > told.index(("node.succeeded", "r"))
    assert spoken(run) == "now p!"


@pytest.mark.parametrize(("first", "second"), list(itertools.product("pq", repeat=2)))
def test_what_needs_two_routes_is_certain_when_both_have_chosen(first: str, second: str) -> None:
    r1, r2 = (route(f"r{n}", source(f"s{n}"), c, ["p", "q"]) for n, c in ((1, first), (2, second)))
    both = ScriptNode("both", {"x": r1.p, "y": r2.p}, [After(5, Chunk("B")), Return("B")])
    world = World(template("now {b}", b=both))
    run = world.run()
    if first == second == "p":
        assert spoken(run) == "now B"
        assert times(run, "a", "template.activated") == [0]
    else:
        assert not said(run)
        assert world.status()["a"] == "skipped"


def test_a_source_that_may_route_its_failure_is_certain_when_it_speaks() -> None:
    def answer(script: list[Any]) -> Run:
        model = ScriptNode(
            "l", script=script, ports=["output", "error"], policy=Policy(on_error="route")
        )
        sorry = TemplateNode("Sorry: {e}", "b", {"e": model.error})
        return World(TemplateNode("So: {l}", "a", {"l": model.output}), sorry).run()

    run = answer([After(1, Chunk("he")), After(1, Return({"output": "hello"}))])
    assert times(run, "a", "template.delta") == [1, 1, 2]
    assert spoken(run) == "So: hello"
    assert set(check(run)) == {"a"}
    run = answer([After(1, Chunk("he")), After(1, Raise(OSError("gone")))])
    done = check(run)
    assert (done["a"]["status"], done["a"]["text"]) == ("skipped", "")
    assert done["b"]["status"] == "succeeded"
    assert "gone" in done["b"]["text"]


def test_a_route_that_decided_before_the_run_is_known() -> None:
    world = two_ways("p")
    world.run()
    run = world.run("e1", force=True)
    assert spoken(run, "e1") == "I!\nP."
    assert [e.type for e in run.events()][1:3] == ["template.activated", "template.delta"]


def test_who_may_decide_against_its_only_output_makes_nothing_certain() -> None:
    world = World(template("Published: {ok}", ok=ops.Approve("ask", source("s", "fine").output)))
    assert not said(world.run())
    run = world.session.runs.answer(world.session.current.structure.name_of("ask"), False)
    world.time.run()
    assert not said(run)
    assert world.status()["a"] == "skipped"


# ---------------------------------------------------------------- failures, pauses, caches


def test_a_failure_is_left_out_and_the_rest_is_said() -> None:
    model = ScriptNode("l", script=[After(1, Chunk("par")), After(1, Raise(OSError("gone")))])
    world = World(template("a{l}b{m}c", l=model, m=streaming("m", "M", step=4)))
    run = world.run()
    done = check(run)["a"]
    assert (done["status"], done["text"]) == ("blocked", "abMc")
    [end] = [e for e in said(run) if e.get("status") == "omitted"]
    assert (end["seg"], end["reason"]) == (1, "failed")
    assert run.status == "partial"
    assert world.status()["a"] == "blocked"
    assert list(world.session.log.history(done["node"], 5)) == []


def test_what_hangs_on_a_failure_is_left_out_as_blocked() -> None:
    x = after("x", ScriptNode("l", script=[Raise(OSError("gone"))]))
    run = World(template("a{x}b", x=x)).run()
    [end] = [e for e in said(run) if e.get("status") == "omitted"]
    assert end["reason"] == "blocked"
    assert check(run)["a"]["text"] == "ab"


def test_a_stopped_source_leaves_what_it_has_said() -> None:
    world = World(template("a{l}b", l=streaming("l", *"xyz")))
    run = world.submit()
    world.time.run(until=2)
    world.session.runs.cancel(node=world.session.current.structure.name_of("l"))
    world.time.run()
    done = check(run)["a"]
    assert (done["status"], done["text"]) == ("blocked", "axyb")


def test_a_run_that_waits_for_a_person_says_the_rest_in_the_next() -> None:
    question = ops.Approve("ask", source("s", "fine").output)
    world = World(template("{l} then {ok}.", l=streaming("l", "L"), ok=question))
    run = world.run()
    assert run.status == "paused"
    assert read(said(run), "a") == "L then "
    assert not check(run)
    again = world.session.runs.answer(world.session.current.structure.name_of("ask"), True)
    world.time.run()
    assert spoken(again).startswith("L then ")


def test_a_known_text_is_said_whole_for_its_sources() -> None:
    form = InputNode("form", {"n": ui.Number(1)})
    model = ScriptNode(
        "l", {"n": form.n}, lambda inputs, attempt: [After(1, Return(str(inputs["n"])))]
    )
    world = World(template("n is {l}", l=model))
    world.run()
    sheet = world.session.current
    ref = sheet.structure.controls["form__n"]
    sheet.set_inputs({ref: 2})
    world.run()
    sheet.set_inputs({ref: 1})
    run = world.run()
    kinds = [e.type for e in run.events() if e.node == "a"]
    assert kinds[-1] in ("node.cached", "run.succeeded") or not kinds
    if kinds:
        assert spoken(run) == "n is 1"
        assert deltas(run, "a") == [("a", "n is "), ("l", "1")]


def test_what_is_drawn_is_said_when_it_is() -> None:
    counter = itertools.count(7)
    run = World(TemplateNode("<{seed}>", "a", {"seed": lambda: next(counter)})).run()
    assert spoken(run) == "<7>"
    assert deltas(run, "a") == [("a", "<"), ("a", "7"), ("a", ">")]


def test_controls_of_a_card_and_of_the_template_itself() -> None:
    form = InputNode("form", {"name": ui.Textbox("Ann")})
    run = World(
        TemplateNode("{n}, {m}", "a", {"n": form.ports["name"], "m": ui.Textbox("hi")})
    ).run()
    assert spoken(run) == "Ann, hi"
    assert deltas(run, "a") == [("form", "Ann"), ("a", ", "), ("a", "hi")]


@pytest.mark.parametrize(("before", "after_"), [("Ann", "Bob"), ("", "Bob"), ("Ann", "")])
def test_an_input_that_changes_in_mid_run_is_said_as_the_template_gets_it(
    before: str, after_: str
) -> None:
    form = InputNode("form", {"n": ui.Textbox(before)})
    text, model = "{n}<{l}>{n}", streaming("l", "a", "b")
    world = World(*(template(text, name, n=form.n, l=model) for name in ("a", "b")))
    run = world.submit()
    world.time.run(until=1)
    sheet = world.session.current
    sheet.set_inputs({sheet.structure.controls["form__n"]: after_})
    world.time.run()
    for name in ("a", "b"):
        assert spoken(run, name) == world.value(name, "text") == f"{after_}<ab>{after_}"
        told: list[tuple[str, str]] = []
        for event in said(run, name):
            if event["type"] == "template.reset":
                told.clear()
            elif event["type"] == "template.delta":
                told.append((event["source"]["node"], event["text"]))
        own = [("form", after_)] if after_ else []
        assert told == [*own, (name, "<"), ("l", "ab"), (name, ">"), *own]


# ---------------------------------------------------------------- scatter


def test_what_is_gathered_is_said_whole() -> None:
    items = source("items", ["a", "b"])
    up = ScriptNode(
        "up", {"x": items.output.each}, lambda i, _: [After(1, Chunk("?")), Return(i["x"].upper())]
    )
    run = World(TemplateNode("{all}", "a", {"all": up.output.all()})).run()
    assert deltas(run, "a") == [("up", '["A", "B"]')]
    assert spoken(run) == '["A", "B"]'


def test_a_scattered_template_makes_one_text_an_item() -> None:
    items = source("items", ["a", "b"])
    world = World(TemplateNode("<{x}>", "a", {"x": items.output.each}))
    run = world.run()
    assert run.status == "succeeded"
    assert world.value("a", "text") == ["<a>", "<b>"]
    for scope, text in (("[0]", "<a>"), ("[1]", "<b>")):
        of_item = [event.as_dict() for event in run.events() if event.scope == scope]
        assert read(of_item, "a") == text
        assert [e["text"] for e in of_item if e["type"] == "template.done"] == [text]
        kinds = [e["type"] for e in of_item]
        assert kinds.index("template.done") < kinds.index("node.succeeded")


# ---------------------------------------------------------------- a random graph against an oracle

piece = st.text("abc ", min_size=1, max_size=3)


@st.composite
def plans(draw: Callable[..., Any]) -> list[dict[str, Any]]:
    """Sources, routes with what hangs on them, and templates over any of them."""
    count = draw(st.integers(1, 7))
    plan: list[dict[str, Any]] = []
    for number in range(count):
        above = (
            draw(st.lists(st.integers(0, number - 1), max_size=2, unique=True)) if number else []
        )
        plan.append(
            {
                "kind": draw(st.sampled_from(["node", "node", "node", "route"]))
                if above
                else "node",
                "above": above,
                "way": draw(st.sampled_from("pq")),
                "chosen": draw(st.sampled_from("pq")),
                "pieces": draw(st.lists(piece, max_size=3)),
                "rest": draw(st.sampled_from(["", "", "rest"])),
                "contradicts": draw(st.integers(0, 9)) == 0,
                "failures": draw(st.sampled_from([0, 0, 0, 1, 2])),
                "retries": draw(st.sampled_from([0, 1])),
                "default": draw(st.integers(0, 5)) == 0,
                "step": draw(st.sampled_from([0, 1, 2.5])),
            }
        )
    return plan


INNER = 99  # stands for the template before this one
parts = st.lists(
    st.one_of(st.integers(0, 6), st.sampled_from(["x", " y ", "\n", INNER])), max_size=6
)


def value_of(step: dict[str, Any]) -> str:
    joined = "".join(step["pieces"])
    return "no " + joined if step["contradicts"] else joined + step["rest"]


def nodes_of(plan: list[dict[str, Any]]) -> list[ScriptNode]:
    nodes: list[ScriptNode] = []
    for number, step in enumerate(plan):

        def script(inputs: Any, attempt: int, step: dict[str, Any] = step) -> list[Any]:
            chunks = [After(step["step"], Chunk(text)) for text in step["pieces"]]
            if attempt <= step["failures"]:
                return [*chunks, After(step["step"], Raise(ValueError("no")))]
            if step["kind"] == "route":
                return [After(step["step"], Return({step["chosen"]: "v"}))]
            return [*chunks, After(step["step"], Return(value_of(step)))]

        inputs = {}
        for index in step["above"]:
            source_plan = plan[index]
            port = step["way"] if source_plan["kind"] == "route" else "output"
            inputs[f"i{index}"] = nodes[index].ports[port]
        is_route = step["kind"] == "route"
        policy = Policy(
            retries=step["retries"],
            default=("default",) if step["default"] and not is_route else (),
        )
        ports = ("p", "q") if is_route else ("output",)
        nodes.append(ScriptNode(f"n{number}", inputs, script, ports, policy=policy))
    return nodes


def oracle(plan: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return how each node ends and what it gives, computed one after the other."""
    ends: list[tuple[str, str]] = []
    for step in plan:
        states = [(plan[i], *ends[i]) for i in step["above"]]
        if any(how in ("failed", "blocked") for _, how, _ in states):
            ends.append(("blocked", ""))
        elif any(
            how == "skipped" or (above["kind"] == "route" and above["chosen"] != step["way"])
            for above, how, _ in states
        ):
            ends.append(("skipped", ""))
        elif step["failures"] > step["retries"]:
            is_default = step["default"] and step["kind"] != "route"
            ends.append(("recovered", "default") if is_default else ("failed", ""))
        else:
            ends.append(("succeeded", value_of(step)))
    return ends


@settings(deadline=None, max_examples=1_000)
@given(
    plans(),
    st.lists(parts, min_size=1, max_size=3),
    st.sampled_from(["eager", "hold"]),
    st.sampled_from(["reset", "hold"]),
    st.lists(st.sampled_from([0.0, 0.5, 1, 2, 3.5]), max_size=2),
)
def test_31_random_graphs_say_what_a_sequential_oracle_says(
    plan: list[dict[str, Any]],
    texts: list[list[Any]],
    lead: Any,
    on_retry: Any,
    pauses: list[float],
) -> None:
    nodes, ends = nodes_of(plan), oracle(plan)
    templates: list[TemplateNode] = []
    expected: dict[str, tuple[str, str]] = {}
    beneath: list[set[int]] = []
    for number, segments in enumerate(texts):
        segments = [
            part
            for part in segments
            if isinstance(part, str)
            or (part < len(plan) and plan[part]["kind"] == "node")
            or (part == INNER and number)
        ]
        text = "".join(part if isinstance(part, str) else f"{{v{part}}}" for part in segments)
        indices = dict.fromkeys(part for part in segments if isinstance(part, int))
        own = [i for i in indices if i != INNER]
        inputs = {f"v{i}": nodes[i].output for i in own}
        fates = {i: ends[i] for i in own}
        above = ancestors(plan, own)
        if INNER in indices:
            inputs[f"v{INNER}"] = templates[-1].text
            how, text_within = expected[templates[-1].name]
            fates[INNER] = (how, text_within if how == "succeeded" else "")
            above |= beneath[-1]
        templates.append(TemplateNode(text, f"t{number}", inputs, lead=lead, on_retry=on_retry))
        beneath.append(above | set(own))
        said_parts = (p if isinstance(p, str) else fates[p][1] for p in segments)
        hows = {how for how, _ in fates.values()}
        leading = [how for i, (how, _) in fates.items() if i not in above]
        if hows & {"failed", "blocked"}:
            expected[f"t{number}"] = ("blocked", "".join(said_parts))
        elif leading and set(leading) == {"skipped"}:
            expected[f"t{number}"] = ("skipped", "")
        else:
            expected[f"t{number}"] = ("succeeded", "".join(said_parts))
    world = World(*templates, *nodes)
    run = world.submit()
    for number, pause in enumerate(pauses):
        world.time.run(until=world.time.now + pause)
        (run.resume if number % 2 else run.pause)()
    world.time.run()
    run.resume()
    world.time.run()
    done = check(run)
    for name, (how, text) in expected.items():
        if how == "succeeded":
            assert (done[name]["status"], done[name]["text"]) == ("succeeded", text)
            assert world.value(name, "text") == text
        elif name in done:
            assert (done[name]["status"], done[name]["text"]) == (how, text)
        else:
            assert world.status()[name] == how


def ancestors(plan: list[dict[str, Any]], indices: Iterable[int]) -> set[int]:
    reached: set[int] = set()
    queue = collections.deque(indices)
    while queue:
        for index in plan[queue.popleft()]["above"]:
            if index not in reached:
                reached.add(index)
                queue.append(index)
    return reached
