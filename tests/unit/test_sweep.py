"""Many combinations of inputs as a table."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from daggr_nb import Context, FnNode, Graph, ui
from daggr_nb.errors import InputError, UnknownPortError

calls: list[tuple[Any, ...]] = []


def describe(tone: str, n: int) -> str:
    calls.append((tone, n))
    if tone == "angry":
        raise ValueError("too angry")
    return tone * n


def measure(text: str) -> int:
    return len(text)


@pytest.fixture
def graph() -> Graph:
    calls.clear()
    inputs = {"tone": ui.Dropdown(["dry", "warm", "angry"]), "n": ui.Number(value=1, precision=0)}
    first = FnNode(describe, inputs=inputs, outputs=["text"], ignore=["calls"])
    return Graph("Swept", [FnNode(measure, inputs={"text": first.text}, outputs=["length"])])


def test_every_combination_is_a_row_in_order(graph: Graph) -> None:
    sweep = graph.sweep({"describe__tone": ["dry", "warm"], "describe__n": [1, 2]})
    assert [(*row.inputs.values(), *row.outputs.values()) for row in sweep] == [
        ("dry", 1, 3),
        ("dry", 2, 6),
        ("warm", 1, 4),
        ("warm", 2, 8),
    ]
    assert repr(sweep) == "<Sweep of 4: 4 succeeded>"


def test_lists_can_be_paired_one_by_one(graph: Graph) -> None:
    choices = {"describe__tone": ["dry", "warm"], "describe__n": [1, 2]}
    sweep = graph.sweep(choices, pairing="zip")
    assert [row.outputs["measure.length"] for row in sweep] == [3, 8]


def test_the_sheet_stays_as_it_is_and_what_is_known_is_not_run_again(graph: Graph) -> None:
    graph.run()
    graph.sweep({"describe__n": [1, 2, 3]})
    assert graph.inputs["describe__n"] == 1
    assert graph.results["measure"]["length"] == 3
    assert sorted(calls) == [("dry", 1), ("dry", 2), ("dry", 3)]
    graph.sweep({"describe__n": [1, 2, 3]})
    assert len(calls) == 3
    graph.close()
    again = Graph("Swept", list(graph.nodes.values()))
    assert again.inputs["describe__n"] == 1
    assert again.results["measure"]["length"] == 3


def test_a_row_leads_to_its_records_which_can_be_shown_with_their_inputs(graph: Graph) -> None:
    row = graph.sweep({"describe__tone": ["dry", "warm"], "describe__n": [2, 3]})[3]
    graph.select(row.records["measure"])
    assert graph.results["measure"]["length"] == 12
    assert graph.inputs["describe__tone"] == "warm"
    assert graph.inputs["describe__n"] == 3
    assert {s.freshness for s in graph.status().values()} == {"fresh"}


def test_a_row_that_fails_says_why_and_the_others_go_on(graph: Graph) -> None:
    sweep = graph.sweep({"describe__tone": ["angry", "dry"]})
    assert [row.status for row in sweep] == ["failed", "succeeded"]
    assert "ValueError: too angry" in sweep[0].error
    assert sweep[0].outputs == {}
    assert "too angry" in sweep._repr_html_()


def test_targets_other_than_the_leaves(graph: Graph) -> None:
    sweep = graph.sweep({"describe__n": [2]}, "describe")
    assert sweep[0].outputs == {"describe.text": "drydry"}


def test_bounds_of_a_node_hold_for_all_rows_together() -> None:
    lock, most, now = threading.Lock(), 0, 0

    def watched(x: int) -> int:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        with lock:
            now -= 1
        return x

    node = FnNode(watched, inputs={"x": ui.Number(value=0)}, outputs=["y"])
    graph = Graph("Bounded", [node], persist_key=False)
    graph.sweep({"watched__x": range(12)}, at_once=6)
    assert most == 1


def test_who_stops_everything_stops_the_sweep() -> None:
    begun = threading.Event()

    def endless(x: int, ctx: Context) -> int:
        begun.set()
        while not ctx.cancelled:
            threading.Event().wait(0.01)
        return x

    graph = Graph(
        "Endless",
        [FnNode(endless, inputs={"x": ui.Number(value=0)}, version="1")],
        persist_key=False,
    )

    def stop() -> None:
        assert begun.wait(20)
        graph.session.runs.cancel()

    stopping = threading.Thread(target=stop)
    stopping.start()
    sweep = graph.sweep({"endless__x": range(1, 9)}, at_once=1)
    stopping.join()
    assert sweep[0].status == "aborted"
    assert {row.status for row in sweep[1:]} == {"cancelled"}


def test_a_table_for_pandas(graph: Graph) -> None:
    pandas = pytest.importorskip("pandas")
    frame = graph.sweep({"describe__n": [1, 2]}).to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["measure.length"]) == [3, 6]
    assert frame["records"][1]["measure"].outputs["length"] == 6


@pytest.mark.parametrize(
    ("choices", "options", "error", "words"),
    [
        ({"describe__tone": "dry"}, {}, InputError, r"list of values .* write \['dry'\]"),
        ({"describe__tone": ["wet"]}, {}, InputError, "one of 'dry'"),
        ({"describe__n": []}, {}, InputError, "at least one value"),
        ({}, {}, InputError, "at least one value"),
        ({"describe__m": [1]}, {}, UnknownPortError, "Did you mean"),
        ({"describe__n": [1]}, {"pairing": "all"}, InputError, "'product' or 'zip'"),
        (
            {"describe__n": [1], "describe__tone": ["dry", "warm"]},
            {"pairing": "zip"},
            InputError,
            "one length",
        ),
    ],
)
def test_what_cannot_be_swept_is_refused_before_anything_runs(
    graph: Graph, choices: Any, options: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        graph.sweep(choices, **options)
    assert calls == []
