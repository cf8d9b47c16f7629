"""Running a graph: values, order, failures, cancellation, what is asked twice."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from daggr_nb import Const, Context, FnNode, Graph, InputNode, NodeFailed, ops, ui
from daggr_nb.errors import (
    InputError,
    InputMutated,
    NotRunYet,
    OutputMismatch,
    RunCancelled,
    ScatterError,
)
from tests.unit.waiting import wait_until


def identity(x: Any) -> Any:
    return x


def add(a: int, b: int) -> int:
    return a + b


class Gate:
    """A function that waits until the test lets it go, and says when it has begun."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.open = threading.Event()

    def __call__(self, x: Any = 0) -> Any:
        self.begun.set()
        assert self.open.wait(20)
        return x


def gated(gate: Gate, name: str, **options: Any) -> FnNode:
    """A node that runs ``gate`` but does not count it as code, since events have no content."""
    return FnNode(gate, name, inputs={"x": 1}, version="1", **options)


def test_a_chain_hands_values_over_and_returns_the_leaf() -> None:
    one = FnNode(add, "one", inputs={"a": 1, "b": 2}, outputs=["sum"])
    two = FnNode(add, "two", inputs={"a": one.sum, "b": 10}, outputs=["sum"])
    graph = Graph("Sums", [two])
    assert graph.run() == {"two": {"sum": 13}}
    assert one.sum.value == 3
    assert graph.run(one) == {"one": {"sum": 3}}


@pytest.mark.parametrize("value", [None, 0, "", [], {}, (1, 2), {1, 2}, b"x", 1.5, [None]])
def test_one_port_carries_whatever_is_returned(value: Any) -> None:
    make = FnNode(lambda: value, "make", outputs=["it"])
    take = FnNode(identity, "take", inputs={"x": make.it})
    assert Graph("Any", [take]).run() == {"take": {"output": value}}


def test_objects_flow_as_themselves() -> None:
    numpy = pytest.importorskip("numpy")
    make = FnNode(lambda: numpy.arange(6).reshape(2, 3), "make", outputs=["array"])
    total = FnNode(lambda array: array.sum(axis=0), "total", inputs={"array": make.array})
    assert Graph("Arrays", [total]).run()["total"]["output"].tolist() == [3, 5, 7]


def test_several_ports_take_a_tuple_by_position() -> None:
    node = FnNode(divmod_of, "split", inputs={"a": 17, "b": 5}, outputs=["whole", "rest"])
    assert Graph("Split", [node]).run() == {"split": {"whole": 3, "rest": 2}}


def divmod_of(a: int, b: int) -> tuple[int, int]:
    return divmod(a, b)


@pytest.mark.parametrize(
    ("result", "said"), [((1, 2, 3), "3 values"), (5, "one int"), (None, "one NoneType")]
)
def test_a_wrong_number_of_values_is_an_error_that_names_the_ports(result: Any, said: str) -> None:
    graph = Graph("Wrong", [FnNode(lambda: result, "wrong", outputs=["a", "b"])])
    with pytest.raises(NodeFailed, match=f"2 outputs \\(a, b\\).*{said}") as caught:
        graph.run()
    assert isinstance(caught.value.__cause__, OutputMismatch)


def test_constants_callables_and_functions_as_values() -> None:
    draws = iter(range(100))
    node = FnNode(
        lambda fixed, drawn, fn: (fixed, drawn, fn(2)),
        "mixed",
        inputs={"fixed": 7, "drawn": draws.__next__, "fn": Const(str)},
        outputs=["fixed", "drawn", "called"],
    )
    graph = Graph("Kinds", [node])
    assert graph.run()["mixed"] == {"fixed": 7, "drawn": 0, "called": "2"}
    assert graph.history(node)[0].inputs["drawn"] == 0


def test_an_explicit_run_draws_anew_and_a_general_one_does_not() -> None:
    drawn = iter(range(100))
    node = FnNode(identity, "seeded", inputs={"x": lambda: next(drawn)}, ignore=["drawn"])
    graph = Graph("Seeds", [node])
    assert graph.run(node) == {"seeded": {"output": 0}}
    assert graph.run() == {"seeded": {"output": 0}}
    assert graph.run(node) == {"seeded": {"output": 1}}
    assert [run.outputs["output"] for run in graph.history(node)] == [1, 0]


def test_a_failure_blocks_its_descendants_and_nothing_else() -> None:
    def fail(x: int) -> int:
        raise ValueError(f"no {x}")

    bad = FnNode(fail, "bad", inputs={"x": 3})
    below = FnNode(identity, "below", inputs={"x": bad.output})
    other = FnNode(identity, "other", inputs={"x": 4})
    graph = Graph("Partly", [below, other])
    run = graph.submit()
    assert run.wait(20)
    assert run.status == "partial"
    assert run.steps == {"bad": "failed", "below": "blocked", "other": "succeeded"}
    assert other.output.value == 4
    with pytest.raises(NodeFailed, match="'bad' failed: ValueError: no 3") as caught:
        run.result()
    assert isinstance(caught.value.__cause__, ValueError)
    assert "raise ValueError" in caught.value.traceback
    assert "daggr_nb" not in caught.value.traceback
    record = graph.history(bad)[0]
    assert (record.status, record.outputs) == ("failed", {})
    assert "no 3" in (record.error or "")


def test_a_node_is_blocked_no_longer_than_what_it_waits_for_is_in_trouble() -> None:
    root = FnNode(add, "root", inputs={"a": ui.Number(1), "b": ui.Textbox("no number")})
    near = FnNode(identity, "near", inputs={"x": root.output})
    asked = ops.Approve("asked", root.output)
    far = FnNode(add, "far", inputs={"a": near.output, "b": asked.output})
    broken = FnNode(add, "broken", inputs={"a": 1, "b": ""})
    both = FnNode(add, "both", inputs={"a": far.output, "b": broken.output})
    graph = Graph("Trouble", [both], persist_key=False)
    graph.run(check=False)
    blocked = {name for name, node in graph.status().items() if node.status == "blocked"}
    assert blocked == {"near", "asked", "far", "both"}
    root.rebind(lambda a, b: a)
    graph.run(root)
    status = {name: node.status for name, node in graph.status().items()}
    assert status["near"] == status["far"] == "missing"
    assert status["both"] == "blocked"  # by the other one
    graph.edge(FnNode(identity, "whole", inputs={"x": 1}).output, both.b)
    assert graph.status()["both"].status == "missing"


def test_a_failed_target_fails_the_run() -> None:
    def fail() -> None:
        raise KeyError("x")

    bad = FnNode(fail, "bad")
    run = Graph("Target", [bad]).submit(bad)
    assert run.wait(20)
    assert run.status == "failed"


def test_a_failure_is_tried_again_by_the_next_run() -> None:
    tries = []

    def flaky() -> int:
        tries.append(1)
        if len(tries) < 2:
            raise OSError("down")
        return 5

    graph = Graph("Again", [FnNode(flaky, "flaky", ignore=["tries"])])
    graph.run(check=False)
    assert graph.run() == {"flaky": {"output": 5}}
    assert [run.status for run in graph.history("flaky")] == ["succeeded", "failed"]


def test_what_is_known_is_not_run_again_unless_forced() -> None:
    calls = []

    def count(x: int) -> int:
        calls.append(x)
        return x

    node = FnNode(count, "count", inputs={"x": ui.Number(1, precision=0)}, ignore=["calls"])
    graph = Graph("Known", [node])
    for value in (1, 2, 1, 2, 1):
        graph.inputs["count__x"] = value
        assert graph.run(node) == {"count": {"output": value}}
    assert calls == [1, 2]
    graph.run(force=True)
    assert calls == [1, 2, 1]


def test_a_volatile_node_always_runs() -> None:
    calls = []
    node = FnNode(lambda: calls.append(1), "clock", volatile=True, ignore=["calls"])
    graph = Graph("Volatile", [node])
    graph.run()
    graph.run()
    assert len(calls) == 2


def test_cancel_keeps_the_text_until_then_in_the_record() -> None:
    gate = Gate()

    def speak() -> Iterator[str]:
        yield "One"
        yield "One two"
        gate()
        yield "One two three"

    node = FnNode(speak, outputs=["text"], version="1")
    loud = FnNode(str.upper, "loud", inputs={"self": node.text}, outputs=["text"], version="1")
    graph = Graph("Stopped", [loud], persist_key=False)
    run = graph.submit()
    assert gate.begun.wait(20)
    run.cancel()
    assert run.wait(20)
    assert (node.last.status, node.last.outputs) == ("cancelled", {"text": "One two"})
    with pytest.raises(NotRunYet):
        _ = node.text.value
    gate.open.set()
    wait_until(graph, lambda: graph.status()["speak"].status == "cancelled")
    graph.select(graph.history(node)[0])  # to look at it: it counts for nothing
    assert graph.status()["speak"].freshness == "missing"
    assert graph.run() == {"loud": {"text": "ONE TWO THREE"}}


def test_cancel_keeps_what_is_done_and_drops_the_late_result() -> None:
    gate = Gate()
    first = FnNode(identity, "first", inputs={"x": 1})
    slow = gated(gate, "slow")
    after = FnNode(identity, "after", inputs={"x": slow.output})
    graph = Graph("Cancel", [first, after])
    run = graph.submit()
    assert gate.begun.wait(20)
    run.cancel()
    assert run.wait(20)
    assert run.status == "aborted"
    with pytest.raises(RunCancelled):
        run.result()
    assert graph.status()["slow"].status == "stopping"
    gate.open.set()
    wait_until(graph, lambda: graph.status()["slow"].status == "cancelled")
    assert [r.status for r in graph.history(slow)] == ["cancelled"]
    with pytest.raises(NotRunYet):
        _ = slow.output.value
    assert first.output.value == 1


def test_a_stopped_function_can_see_that_it_should_end() -> None:
    seen = threading.Event()
    began = threading.Event()

    def patient(ctx: Context) -> None:
        began.set()
        while not ctx.cancelled:
            threading.Event().wait(0.005)
        seen.set()

    graph = Graph("Polite", [FnNode(patient, "patient", version="1")])
    run = graph.submit()
    assert began.wait(20)
    run.cancel()
    assert seen.wait(20)


def test_functions_run_one_at_a_time_unless_they_say_otherwise() -> None:
    gates = [Gate(), Gate()]
    graph = Graph("Serial", [gated(gate, f"n{i}") for i, gate in enumerate(gates)])
    run = graph.submit()
    assert gates[0].begun.wait(20)
    assert not gates[1].begun.wait(0.05)
    gates[0].open.set()
    assert gates[1].begun.wait(20)
    gates[1].open.set()
    run.result(20)


@pytest.mark.parametrize(
    "options", [{"concurrent": True}, {"concurrency_group": "gpu", "max_concurrent": 2}]
)
def test_concurrent_functions_run_side_by_side(options: dict[str, Any]) -> None:
    gates = [Gate(), Gate()]
    graph = Graph("Parallel", [gated(gate, f"n{i}", **options) for i, gate in enumerate(gates)])
    run = graph.submit()
    for gate in gates:
        assert gate.begun.wait(20)
    for gate in gates:
        gate.open.set()
    run.result(20)


def test_a_second_request_waits_for_the_first_where_they_overlap() -> None:
    gate = Gate()
    slow = gated(gate, "slow")
    below = FnNode(identity, "below", inputs={"x": slow.output})
    graph = Graph("Twice", [below])
    first = graph.submit(slow)
    assert gate.begun.wait(20)
    second = graph.submit(below)
    gate.open.set()
    assert second.result(20) == {"below": {"output": 1}}
    assert first.status == "succeeded"
    assert len(graph.history(slow)) == 1


def test_a_run_can_be_awaited() -> None:
    graph = Graph("Await", [FnNode(add, "sum", inputs={"a": 1, "b": 2})])

    async def main() -> Any:
        return await graph.arun()

    assert asyncio.run(main()) == {"sum": {"output": 3}}


def test_prints_and_logs_belong_to_the_node_run(capsys: pytest.CaptureFixture[str]) -> None:
    def talk(ctx: Context) -> int:
        sys.stdout.write("printed\n")
        ctx.log("logged")
        return 1

    graph = Graph("Talk", [FnNode(talk, "talk")])
    graph.run()
    assert graph.history("talk")[0].logs == "printed\nlogged\n"
    assert capsys.readouterr().out == ""


def test_a_changed_input_is_an_error_that_names_node_and_port() -> None:
    def spoil(items: list[int]) -> int:
        items.append(4)
        return len(items)

    make = FnNode(lambda: [1, 2, 3], "make", outputs=["items"])
    bad = FnNode(spoil, "spoil", inputs={"items": make.items})
    with pytest.raises(NodeFailed, match=r"'spoil' changed its input 'items' in place") as caught:
        Graph("Spoil", [bad]).run()
    assert isinstance(caught.value.__cause__, InputMutated)


@pytest.mark.parametrize("end", ["return", "raise"])
def test_what_one_node_spoils_others_get_as_it_was(end: str) -> None:
    def spoil(items: list[int]) -> int:
        items.append(4)
        if end == "raise":
            raise KeyError("mine")
        return len(items)

    make = FnNode(lambda: [1, 2, 3], "make", outputs=["items"])
    bad = FnNode(spoil, "spoil", inputs={"items": make.items})
    good = FnNode(sum, "good", inputs={"iterable": make.items})
    graph = Graph("Others", [bad, good], persist_key=False)
    run = graph.submit()
    assert run.wait(20)
    assert run.steps == {"make": "succeeded", "spoil": "failed", "good": "succeeded"}
    assert good.output.value == 6
    assert make.items.value == [1, 2, 3]
    error = {"return": InputMutated, "raise": KeyError}[end]
    with pytest.raises(NodeFailed) as caught:
        run.check()
    assert isinstance(caught.value.__cause__, error)


def test_a_retry_gets_the_value_that_the_first_attempt_spoiled_as_it_was() -> None:
    seen: list[list[int]] = []

    def spoil(items: list[int]) -> int:
        seen.append(list(items))
        items.append(4)
        if len(seen) == 1:
            raise OSError("once")
        return len(seen)

    make = FnNode(lambda: [1, 2, 3], "make", outputs=["items"])
    bad = FnNode(spoil, "spoil", inputs={"items": make.items}, retries=1, version="1")
    Graph("Retry", [bad], persist_key=False).run(check=False)
    assert seen == [[1, 2, 3], [1, 2, 3]]


def test_a_control_that_a_function_spoils_keeps_its_value() -> None:
    picks = ui.Dropdown(["a", "b", "c"], multiselect=True)
    form = InputNode("Form", {"picks": picks})
    bad = FnNode(lambda xs: xs.clear(), "spoil", inputs={"xs": form.picks})
    graph = Graph("Form", [bad], persist_key=False)
    graph.inputs["Form__picks"] = ["a", "b"]
    with pytest.raises(NodeFailed, match="changed its input 'xs' in place"):
        graph.run()
    assert graph.inputs["Form__picks"] == ["a", "b"]


def test_arrays_are_handed_over_read_only() -> None:
    numpy = pytest.importorskip("numpy")

    def spoil(array: Any) -> None:
        array[0] = 9

    make = FnNode(lambda: numpy.zeros(3), "make", outputs=["array"])
    with pytest.raises(NodeFailed, match="read-only"):
        Graph("Arrays", [FnNode(spoil, "spoil", inputs={"array": make.array})]).run()


def test_inputs_are_set_together_or_not_at_all() -> None:
    form = InputNode("Form", {"n": ui.Slider(1, 10, 3), "tone": ui.Dropdown(["dry", "warm"])})
    graph = Graph("Form", [FnNode(add, "sum", inputs={"a": form.n, "b": 1})])
    graph.add(form)
    with pytest.raises(ValueError, match="from 1 to 10"):
        graph.set_inputs({"Form__tone": "warm", "Form__n": 11})
    assert dict(graph.inputs) == {"Form__n": 3, "Form__tone": "dry"}
    with pytest.raises(AttributeError, match="Did you mean 'Form__n'"):
        graph.inputs["Form__m"] = 1
    assert graph.run(inputs={"Form__n": 5}) == {"sum": {"output": 6}}


# ---------------------------------------------------------------- scatter


def test_scatter_and_gather_keep_order() -> None:
    make = FnNode(lambda: [3, 1, 2], "make", outputs=["items"])
    square = FnNode(lambda x: x * x, "square", inputs={"x": make.items.each})
    total = FnNode(identity, "total", inputs={"x": square.output.all()})
    graph = Graph("Squares", [total])
    assert graph.run() == {"total": {"output": [9, 1, 4]}}
    assert [item.outputs["output"] for item in graph.history(square)[0].items] == [9, 1, 4]


def test_an_empty_list_gathers_to_an_empty_list() -> None:
    make = FnNode(list, "make", outputs=["items"])
    each = FnNode(identity, "each", inputs={"x": make.items.each})
    assert Graph("Empty", [FnNode(identity, "all", inputs={"x": each.output.all()})]).run() == {
        "all": {"output": []}
    }


def test_one_changed_item_runs_one_item() -> None:
    calls: list[int] = []

    def slow(x: int) -> int:
        calls.append(x)
        return -x

    make = FnNode(
        lambda last: [1, 2, last],
        "make",
        inputs={"last": ui.Number(3, precision=0)},
        outputs=["xs"],
    )
    each = FnNode(slow, "each", inputs={"x": make.xs.each}, ignore=["calls"])
    graph = Graph("Items", [FnNode(identity, "all", inputs={"x": each.output.all()})])
    graph.run()
    graph.inputs["make__last"] = 9
    assert graph.run() == {"all": {"output": [-1, -2, -9]}}
    assert calls == [1, 2, 3, 9]


def test_a_failed_item_fails_the_node_and_the_others_are_kept() -> None:
    calls: list[int] = []

    def picky(x: int) -> int:
        calls.append(x)
        if x == 2:
            raise ValueError("two")
        return x

    make = FnNode(lambda: [1, 2, 3], "make", outputs=["xs"])
    each = FnNode(picky, "each", inputs={"x": make.xs.each}, ignore=["calls"])
    graph = Graph("Picky", [each])
    with pytest.raises(NodeFailed, match=r"item \[1\].*two"):
        graph.run()
    with pytest.raises(NodeFailed):
        graph.run()
    assert calls == [1, 2, 3, 2]


class Picky:
    """Fails for some numbers, until they are mended; says what it was called with."""

    def __init__(self, *bad: int) -> None:
        self.bad = set(bad)
        self.calls: list[int] = []

    def __call__(self, x: int) -> int:
        self.calls.append(x)
        if x in self.bad:
            raise ValueError(f"not {x}")
        return -x


def picky_graph(picky: Picky, **options: Any) -> tuple[Graph, FnNode]:
    make = FnNode(
        lambda last: [1, 2, 3, last],
        "make",
        inputs={"last": ui.Number(4, precision=0)},
        outputs=["xs"],
    )
    each = FnNode(picky, "each", inputs={"x": make.xs.each}, version="1", **options)
    return Graph("Picky", [each]), each


def test_one_failed_item_is_tried_again_and_the_others_are_left_as_they_are() -> None:
    picky = Picky(2, 3)
    graph, each = picky_graph(picky)
    graph.run(check=False)
    before = each.last.items
    picky.bad.clear()
    picky.calls.clear()
    with pytest.raises(NodeFailed, match=r"item \[2\]: not 3"):
        graph.run(each, item=1)
    assert picky.calls == [2]
    assert [item.status for item in each.last.items] == [
        "succeeded",
        "succeeded",
        "failed",
        "succeeded",
    ]
    kept = [now.id for now in each.last.items if now.id in {item.id for item in before}]
    assert kept == [before[0].id, before[2].id, before[3].id]
    assert graph.run(each, item=2) == {"each": {"output": [-1, -2, -3, -4]}}
    assert picky.calls == [2, 3]
    assert graph.status()["each"].freshness == "fresh"


def test_an_item_that_fails_again_is_on_record_anew() -> None:
    picky = Picky(2)
    graph, each = picky_graph(picky)
    graph.run(check=False)
    before = each.last
    with pytest.raises(NodeFailed, match=r"item \[1\]: not 2"):
        graph.run(each, item="1")
    assert each.last.id != before.id
    assert each.last.items[1].id != before.items[1].id
    assert each.last.items[1].status == "failed"


@pytest.mark.parametrize(
    ("keep", "value"), [("drop", [-1, -4]), ("keep_none", [-1, None, None, -4])]
)
def test_items_that_a_policy_left_out_are_tried_again(keep: Any, value: list[Any]) -> None:
    picky = Picky(2, 3)
    graph, each = picky_graph(picky, on_item_error=keep)
    assert graph.run() == {"each": {"output": value}}
    picky.bad = {3}
    picky.calls.clear()
    graph.run(each, item="failed")
    assert picky.calls == [2, 3]
    picky.bad.clear()
    assert graph.run(each, item=2) == {"each": {"output": [-1, -2, -3, -4]}}
    assert picky.calls == [2, 3, 3]


def test_an_item_alone_does_not_stand_beside_items_of_other_code_or_inputs() -> None:
    picky = Picky(2)
    graph, each = picky_graph(picky)
    graph.run(check=False)
    shown = each.last.id
    picky.calls.clear()
    graph.inputs["make__last"] = 9
    graph.run("make")
    with pytest.raises(InputError, match="Run the whole step"):
        graph.run(each, item=1)
    for wrong in (4, "1.0"):
        with pytest.raises(InputError, match="0 to 3"):
            graph.run(each, item=wrong)
    with pytest.raises(InputError, match="once per item"):
        graph.run("make", item=0)
    assert picky.calls == []
    assert each.last.id == shown, "nothing was put in the place of what is shown"


def test_an_item_is_tried_again_with_the_value_that_was_drawn_for_it() -> None:
    drawn = iter(range(100))
    calls: list[tuple[int, int]] = []

    def unlucky(x: int, seed: int) -> int:
        calls.append((x, seed))
        if len(calls) == 1:
            raise ValueError("first")
        return x + seed

    make = FnNode(lambda: [10, 20], "make", outputs=["xs"])
    inputs = {"x": make.xs.each, "seed": lambda: next(drawn)}
    each = FnNode(unlucky, "each", inputs=inputs, version="1")
    graph = Graph("Drawn", [each])
    graph.run(check=False)
    seed = calls[0][1]
    failed = next(i for i, item in enumerate(each.last.items) if item.status == "failed")
    assert graph.run(each, item=failed) == {"each": {"output": [10 + seed, 20 + seed]}}


def test_items_within_items_are_tried_again_by_their_path() -> None:
    picky = Picky(4)
    rows = FnNode(lambda: [[1, 2], [3, 4]], "rows", outputs=["row"])
    row = FnNode(identity, "row", inputs={"x": rows.row.each})
    each = FnNode(picky, "each", inputs={"x": row.output.each.each}, version="1")
    graph = Graph("Nested", [each])
    graph.run(check=False)
    picky.bad.clear()
    picky.calls.clear()
    assert graph.run(each, item="1.1") == {"each": {"output": [[-1, -2], [-3, -4]]}}
    assert picky.calls == [4]


def test_scattered_inputs_are_zipped_and_must_be_of_one_length() -> None:
    a = FnNode(lambda: [1, 2], "a", outputs=["xs"])
    b = FnNode(
        lambda n: list(range(n)), "b", inputs={"n": ui.Number(2, precision=0)}, outputs=["xs"]
    )
    both = FnNode(add, "both", inputs={"a": a.xs.each, "b": b.xs.each})
    graph = Graph("Zip", [FnNode(identity, "all", inputs={"x": both.output.all()})])
    assert graph.run() == {"all": {"output": [1, 3]}}
    graph.inputs["b__n"] = 3
    with pytest.raises(NodeFailed, match="a has 2, b has 3") as caught:
        graph.run()
    assert isinstance(caught.value.__cause__, ScatterError)
    assert graph.status()["both"].status == "failed"
    assert graph.history(both)[0].status == "failed"


def test_a_table_is_not_scattered_into_its_column_names() -> None:
    pandas = pytest.importorskip("pandas")
    frame = FnNode(lambda: pandas.DataFrame({"a": [1, 2]}), "frame", outputs=["rows"])
    each = FnNode(identity, "each", inputs={"x": frame.rows.each})
    with pytest.raises(NodeFailed, match=r'frame.to_dict\("records"\)'):
        Graph("Table", [each], persist_key=False).run()


def test_fields_of_items_and_chained_scatters() -> None:
    make = FnNode(lambda: [{"t": "a", "n": 1}, {"t": "b", "n": 2}], "make", outputs=["rows"])
    repeat = FnNode(
        lambda t, n: t * n, "repeat", inputs={"t": make.rows.each["t"], "n": make.rows.each["n"]}
    )
    upper = FnNode(str.upper, "upper", inputs={"self": repeat.output.all().each})
    graph = Graph("Fields", [FnNode(identity, "all", inputs={"x": upper.output.all()})])
    assert graph.run() == {"all": {"output": ["A", "BB"]}}


def test_scatter_nests() -> None:
    make = FnNode(lambda: ["ab", "", "c"], "make", outputs=["words"])
    letters = FnNode(list, "letters", inputs={"iterable": make.words.each})
    upper = FnNode(str.upper, "upper", inputs={"self": letters.output.each.each})
    inner = FnNode("".join, "inner", inputs={"iterable": upper.output.all()})
    graph = Graph("Nested", [FnNode(identity, "all", inputs={"x": inner.output.all()})])
    assert graph.run() == {"all": {"output": ["AB", "", "C"]}}
