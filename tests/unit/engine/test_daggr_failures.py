"""What daggr 0.8.0 gets wrong when it runs a graph, and must not happen here.

The numbers are those of the list of its failures; each was seen with the released package.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from daggr_nb import ChoiceNode, FnNode, Graph, InputNode, NodeFailed, errors, ops, ui
from daggr_nb._model.policy import Limits
from daggr_nb.testing import After, Return, ScriptNode, VirtualTime


def identity(x: Any) -> Any:
    return x


def show(x: Any) -> str:
    return repr(x)


def made(value: Any, name: str = "made") -> FnNode:
    """A node that returns ``value`` on its port ``xs``."""
    return FnNode(lambda: value, name, outputs=["xs"])


def run(*nodes: FnNode | ChoiceNode | ops.Approve) -> Any:
    """What a graph of ``nodes`` gives: the one value of its last node."""
    graph = Graph("Failure", list(nodes), persist_key=False)
    results = graph.run(timeout=30)
    return next(iter(results[nodes[-1].name].values()))


def gathered(node: FnNode) -> Any:
    return run(FnNode(identity, "gathered", inputs={"x": node.output.all()}))


class Together:
    """A function that returns only if ``count`` calls of it run at the same time."""

    def __init__(self, count: int) -> None:
        self._barrier = threading.Barrier(count)

    def __call__(self, x: Any) -> Any:
        self._barrier.wait(20)  # raises when the others do not come
        return x


# ---------------------------------------------------------------- 15: choices


def first(text: str) -> str:
    return f"first {text}"


def second(text: str) -> str:
    return f"second {text}"


def choice() -> ChoiceNode:
    return ChoiceNode(
        [
            FnNode(first, inputs={"text": ui.Textbox("default")}),
            FnNode(second, inputs={"text": ui.Textbox("default")}),
        ],
        name="pick",
    )


@pytest.mark.parametrize("variant", ["first", "second"])
def test_failure_15_an_edit_of_a_variants_input_reaches_its_function(variant: str) -> None:
    """daggr calls the variant with its component's default, whatever was typed."""
    graph = Graph("Choice", [choice()], persist_key=False)
    graph.inputs["pick__variant"] = variant
    graph.inputs[f"pick__{variant}.text"] = "edited"
    assert graph.run() == {"pick": {"output": f"{variant} edited"}}


def test_failure_15_inputs_of_variants_have_ids_like_all_others() -> None:
    """daggr's schema leaves choices out: no input at all is listed for this graph."""
    graph = Graph("Choice", [choice()], persist_key=False)
    assert set(graph.inputs) == {"pick__variant", "pick__first.text", "pick__second.text"}


# ---------------------------------------------------------------- 16: scatter


def test_failure_16_two_scattered_sources_zip() -> None:
    """daggr iterates the first source and hands its items to both inputs: 1+1, 2+2, 3+3."""
    inputs = {"a": made([1, 2, 3], "a").xs.each, "b": made([10, 20, 30], "b").xs.each}
    assert gathered(FnNode(lambda a, b: f"{a}+{b}", "both", inputs=inputs)) == [
        "1+10",
        "2+20",
        "3+30",
    ]


def test_failure_16_scattered_sources_of_different_length_are_an_error() -> None:
    """daggr never looks at the second source, so it cannot notice."""
    inputs = {"a": made([1, 2], "a").xs.each, "b": made([10], "b").xs.each}
    with pytest.raises(NodeFailed, match="a has 2, b has 1") as caught:
        gathered(FnNode(lambda a, b: a + b, "both", inputs=inputs))
    assert isinstance(caught.value.__cause__, errors.ScatterError)


def test_failure_16_scatter_nests() -> None:
    """daggr makes one item of its own bookkeeping and hands that dict to the inner function."""
    letters = FnNode(list, "letters", inputs={"iterable": made(["ab", "", "c"]).xs.each})
    upper = FnNode(str.upper, "upper", inputs={"self": letters.output.each.each})
    words = FnNode("".join, "words", inputs={"iterable": upper.output.all()})
    assert gathered(words) == ["AB", "", "C"]


def test_failure_16_items_of_a_concurrent_function_run_at_once() -> None:
    """daggr awaits the items of a function one by one, also with ``concurrent=True``."""
    inputs = {"x": made([1, 2, 3]).xs.each}
    node = FnNode(Together(3), "together", inputs=inputs, version="1", concurrent=True)
    assert gathered(node) == [1, 2, 3]


def test_failure_16_an_items_exception_is_no_value() -> None:
    """daggr goes on with ``{"error": "no two"}`` in the place of the item."""

    def picky(x: int) -> int:
        if x == 2:
            raise ValueError("no two")
        return x

    reached: list[Any] = []
    each = FnNode(picky, "picky", inputs={"x": made([1, 2, 3]).xs.each})
    after = FnNode(reached.append, "after", inputs={"object": each.output.all()}, version="1")
    with pytest.raises(NodeFailed, match=r"item \[1\]: no two") as caught:
        Graph("Item", [after], persist_key=False).run()
    assert isinstance(caught.value.__cause__, ValueError)
    assert reached == []


def test_failure_16_one_item_can_be_run_again_alone() -> None:
    """daggr calls the function for every item again; its server knows no request for one."""
    calls: list[int] = []
    broken = True

    def flaky(x: int) -> int:
        calls.append(x)
        if x == 2 and broken:
            raise OSError("down")
        return 10 * x

    each = FnNode(flaky, inputs={"x": made([1, 2, 3]).xs.each}, version="1")
    graph = Graph("Again", [each], persist_key=False)
    graph.run(check=False)
    broken = False
    graph.run()
    assert sorted(calls) == [1, 2, 2, 3]
    items = graph.history(each)[0].items
    assert [item.outputs["output"] for item in items] == [10, 20, 30]


def test_failure_16_a_missing_all_is_an_error_when_the_graph_is_built() -> None:
    """daggr hands ``{"_scattered_results": …, "_items": …}`` to the function."""
    each = FnNode(identity, "each", inputs={"x": made([1, 2]).xs.each})
    after = FnNode(identity, "after", inputs={"x": each.output})
    with pytest.raises(errors.ScatterError, match=r"Write each\.output\.all\(\) for the list"):
        Graph("Missing", [after], persist_key=False)


def generated() -> Iterator[int]:
    return (i for i in range(3))


@pytest.mark.parametrize(
    ("make", "items"),
    [
        (lambda: range(3), [0, 1, 2]),
        (lambda: (0, 1, 2), [0, 1, 2]),
        (generated, [0, 1, 2]),
        (lambda: {7}, [7]),
        (lambda: dict.fromkeys("ab").keys(), ["a", "b"]),
        (list, []),
    ],
    ids=["range", "tuple", "generator", "set", "keys", "empty"],
)
def test_failure_16_every_iterable_scatters(
    make: Callable[[], Iterable[Any]], items: list[Any]
) -> None:
    """daggr makes one item of everything but a list: the function is called with the range."""
    source = FnNode(make, "make", outputs=["xs"], version=repr(items))
    assert gathered(FnNode(identity, "each", inputs={"x": source.xs.each})) == items


def test_failure_16_an_array_scatters() -> None:
    """daggr calls the function once, with the whole array."""
    numpy = pytest.importorskip("numpy")
    each = FnNode(identity, "each", inputs={"x": made(numpy.arange(3)).xs.each})
    assert gathered(each) == [0, 1, 2]


# ---------------------------------------------------------------- 17: concurrency


def test_failure_17_naming_a_group_is_enough() -> None:
    """daggr ignores the group without ``concurrent=True`` and runs one at a time."""
    both = Together(2)
    options: dict[str, Any] = {"version": "1", "concurrency_group": "gpu", "max_concurrent": 2}
    one = FnNode(both, "one", inputs={"x": 1}, **options)
    other = FnNode(both, "other", inputs={"x": 2}, **options)
    join = FnNode(lambda a, b: a + b, "join", inputs={"a": one.output, "b": other.output})
    assert run(join) == 3


def test_failure_17_independent_branches_run_in_parallel() -> None:
    """daggr runs the nodes of one request one after the other, whatever their concurrency."""
    both = Together(2)
    one = FnNode(both, "one", inputs={"x": 1}, version="1", concurrent=True)
    other = FnNode(both, "other", inputs={"x": 2}, version="1", concurrent=True)
    join = FnNode(lambda a, b: a + b, "join", inputs={"a": one.output, "b": other.output})
    assert run(join) == 3


def test_failure_17_variants_keep_to_the_limits() -> None:
    """daggr runs variants outside every semaphore: all three at the same time."""
    time = VirtualTime()
    one_at_a_time = Limits("functions", 1)
    choices = [
        ChoiceNode([ScriptNode(f"v{i}", script=[After(1, Return(i))], limits=one_at_a_time)])
        for i in range(3)
    ]
    session = time.session(choices)
    going = session.submit([])
    time.run()
    assert going.status == "succeeded"
    assert time.now == 3


# ---------------------------------------------------------------- 18: stop


def test_failure_18_what_does_not_stop_keeps_its_slot_and_its_late_result_is_dropped() -> None:
    """daggr cancels the task, leaves its thread running and starts the next beside it."""
    time = VirtualTime()
    limits = Limits("functions", 1)
    deaf = ScriptNode("deaf", script=[After(50, Return("late"))], limits=limits)
    next_one = ScriptNode("next", script=[Return("ran")], limits=limits)
    session = time.session([deaf, next_one])
    names = session.current.structure.name_of
    stopped = session.submit([names("deaf")], "to_here")
    time.run(until=1)
    stopped.cancel()
    time.run(until=2)
    assert stopped.status == "aborted"
    assert session.current.status_of(names("deaf")) == "stopping"
    waiting = session.submit([names("next")], "to_here")
    time.run(until=49)
    assert waiting.steps == {}
    time.run()
    assert (waiting.result(), time.now) == ({"next": {"output": "ran"}}, 50)
    assert session.current.status_of(names("deaf")) == "cancelled"
    with pytest.raises(errors.NotRunYet):
        session.current.inputs.value(names("deaf"), "output")


def test_failure_18_stop_ends_a_real_thread_honestly() -> None:
    """daggr says "cancelled" while the function goes on, and lets another of its group in."""
    begun, leave = threading.Event(), threading.Event()
    order: list[str] = []

    def deaf() -> str:
        begun.set()
        assert leave.wait(20)
        order.append("deaf ends")
        return "late"

    def after() -> str:
        order.append("next begins")
        return "ran"

    graph = Graph(
        "Stop", [FnNode(deaf, version="1"), FnNode(after, version="1")], persist_key=False
    )
    stopped = graph.submit("deaf")
    assert begun.wait(20)
    stopped.cancel()
    assert stopped.wait(20)
    assert graph.status()["deaf"].status == "stopping"
    waiting = graph.submit("after")
    queued = (e for e in waiting.events() if e.type == "node.queued")
    assert next(queued).node == "after"
    leave.set()
    assert waiting.result(20) == {"after": {"output": "ran"}}
    assert order == ["deaf ends", "next begins"]
    with pytest.raises(errors.NotRunYet):
        _ = graph["deaf"].output.value


# ---------------------------------------------------------------- 19: approval


def test_failure_19_approve_pauses_and_hands_its_input_on() -> None:
    """daggr does not pause: it replaces the input with "" and runs what follows with that."""
    sent: list[str] = []

    def send(text: str) -> str:
        sent.append(text)
        return f"sent {text}"

    approve = ops.Approve("approve", input=FnNode(lambda: "the draft", "draft").output)
    graph = Graph(
        "Approve", [FnNode(send, inputs={"text": approve.output}, version="1")], persist_key=False
    )
    paused = graph.submit()
    assert paused.wait(20)
    assert (paused.status, sent) == ("paused", [])
    assert [(asked.node, asked.options) for asked in graph.questions()] == [
        ("approve", ["the draft"])
    ]
    assert graph.answer("approve", True).result(20)["send"] == {"output": "sent the draft"}
    assert sent == ["the draft"]


def test_failure_19_what_was_not_approved_goes_nowhere() -> None:
    """daggr runs what follows in any case: its node does not wait for anybody."""
    approve = ops.Approve("approve", input=FnNode(lambda: "the draft", "draft").output)
    graph = Graph("Reject", [FnNode(show, inputs={"x": approve.output})], persist_key=False)
    graph.submit().wait(20)
    graph.answer("approve", False).wait(20)
    assert graph.status()["show"].status == "skipped"


# ---------------------------------------------------------------- 20: values


def test_failure_20_none_stays_none() -> None:
    """daggr sends ``{}`` on."""
    assert run(FnNode(show, inputs={"x": FnNode(lambda: None, "nothing").output})) == "None"


def test_failure_20_generators_and_coroutines_are_run() -> None:
    """daggr hands the generator, or the coroutine nobody awaits, to the next function."""

    def typed() -> Iterator[str]:
        yield "a"
        yield "ab"

    async def awaited() -> int:
        return 5

    async def both() -> Any:
        yield 1
        yield 2

    assert run(FnNode(show, inputs={"x": FnNode(typed).output})) == "'ab'"
    assert run(FnNode(show, inputs={"x": FnNode(awaited).output})) == "5"
    assert run(FnNode(show, inputs={"x": FnNode(both).output})) == "2"


def test_failure_20_what_one_branch_changes_in_place_does_not_reach_another() -> None:
    """daggr's second branch sees the list sorted and longer by one."""

    def spoil(xs: list[int]) -> int:
        xs.sort()
        xs.append(99)
        return len(xs)

    source = made([3, 1, 2], "source")
    other = FnNode(list, "other", inputs={"iterable": source.xs})
    graph = Graph("Spoil", [FnNode(spoil, inputs={"xs": source.xs}), other], persist_key=False)
    with pytest.raises(NodeFailed, match=r"'spoil' changed its input 'xs' in place") as caught:
        graph.run()
    assert isinstance(caught.value.__cause__, errors.InputMutated)
    assert other.output.value == [3, 1, 2]
    assert source.xs.value == [3, 1, 2]


def test_failure_20_postprocess_gets_a_list_whole() -> None:
    """daggr calls ``postprocess(1, 2)`` for a function that returned ``[1, 2]``."""
    assert run(FnNode(lambda: [1, 2], "pair", postprocess=sum)) == 3


# ---------------------------------------------------------------- 21: names


def test_failure_21_names_that_differ_in_a_character_are_two_nodes() -> None:
    """daggr gives both the id ``my_node``, and their inputs the id ``my_node__x``."""
    nodes = [
        FnNode(identity, name, inputs={"x": ui.Number(place)})
        for place, name in enumerate(["my node", "my-node", "my_node"])
    ]
    graph = Graph("Names", nodes, persist_key=False)
    graph.inputs["my-node__x"] = 7
    assert graph.run() == {
        "my node": {"output": 0},
        "my-node": {"output": 7},
        "my_node": {"output": 2},
    }
    assert len(graph.inputs) == 3
    snapshot = graph.canvas().get_state()["snapshot"]
    assert {node["id"] for node in snapshot["nodes"]} == {"my node", "my-node", "my_node"}


def test_failure_21_one_function_makes_as_many_nodes_as_you_like() -> None:
    """daggr raises: "Node with name 'identity' already exists"."""
    chain = FnNode(identity, inputs={"x": 1})
    for _ in range(3):
        chain = FnNode(identity, inputs={"x": chain.output})
    graph = Graph("Twice", [chain], persist_key=False)
    assert list(graph.nodes) == ["identity", "identity_1", "identity_2", "identity_3"]
    assert graph.run() == {"identity_3": {"output": 1}}


# ---------------------------------------------------------------- 22: components


def test_failure_22_both_nodes_of_one_component_get_what_was_set() -> None:
    """daggr's canvas draws one control for both, and the other node runs with the default."""
    box = ui.Textbox("default")
    one = FnNode(first, inputs={"text": box})
    other = FnNode(second, inputs={"text": box})
    graph = Graph("Component", [one, other], persist_key=False)
    snapshot = graph.canvas().get_state()["snapshot"]
    drawn = {
        (node["id"], row["name"])
        for node in snapshot["nodes"]
        for row in node["inputs"]
        if row["component"]
    }
    assert drawn == {("first", "text"), ("second", "text")}
    graph.set_inputs({"first__text": "edited", "second__text": "edited"})
    assert graph.run() == {
        "first": {"output": "first edited"},
        "second": {"output": "second edited"},
    }


def test_failure_22_a_form_feeds_one_control_to_many() -> None:
    """daggr needs the same component twice for this, and only one of them is edited."""
    form = InputNode("form", {"text": ui.Textbox("default")})
    nodes = [FnNode(fn, inputs={"text": form.text}) for fn in (first, second)]
    graph = Graph("Form", nodes, persist_key=False)
    graph.inputs["form__text"] = "edited"
    assert graph.run() == {
        "first": {"output": "first edited"},
        "second": {"output": "second edited"},
    }
