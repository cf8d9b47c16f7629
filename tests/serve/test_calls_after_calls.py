"""Calls one after the other: what a call knows of the ones before it, and what it does not."""

from __future__ import annotations

import gc
import itertools
import weakref
from pathlib import Path
from typing import Any

import httpx
import pytest

from daggr_nb import Event, FnNode, Graph, InputNode, ui
from tests.serve.conftest import Serve


def call(client: httpx.Client, **inputs: Any) -> Any:
    answer = client.post("/api/call", json={"inputs": inputs})
    assert answer.status_code == 200, answer.text
    return answer.json()["outputs"]


def in_row(served: Serve, tmp_path: Path, **options: Any) -> tuple[httpx.Client, Graph]:
    """Serve form -> first -> last, which says which functions ran."""
    log = tmp_path / "ran"

    def first(a: float) -> float:
        with open(log, "a") as file:
            file.write("first\n")
        return a * 2

    def last(x: float, b: float) -> float:
        with open(log, "a") as file:
            file.write("last\n")
        return x + b

    form = InputNode("form", ports={"a": ui.Number(1), "b": ui.Number(10)})
    head = FnNode(first, inputs={"a": form.a}, **options)
    tail = FnNode(last, inputs={"x": head.output, "b": form.b})
    graph = Graph("In a row", [tail], store=tmp_path / "store")
    return served(graph), graph


def ran(tmp_path: Path) -> list[str]:
    path = tmp_path / "ran"
    lines = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


def test_inputs_begin_anew_with_every_call(served: Serve, tmp_path: Path) -> None:
    client, _ = in_row(served, tmp_path)
    assert call(client, form__a=5, form__b=1) == {"last": {"output": 11}}
    assert call(client) == {"last": {"output": 12}}
    assert call(client, form__b=3) == {"last": {"output": 5}}
    assert call(client, form__a=5) == {"last": {"output": 20}}


def test_what_is_on_record_is_not_run_again(served: Serve, tmp_path: Path) -> None:
    client, _ = in_row(served, tmp_path)
    for b in (1, 2, 3):
        call(client, form__b=b)
    assert ran(tmp_path) == ["first", "last", "last", "last"]
    call(client, form__b=2)
    assert ran(tmp_path) == []


def test_listeners_hear_nothing_of_how_a_call_finds_the_nodes(
    served: Serve, tmp_path: Path
) -> None:
    client, graph = in_row(served, tmp_path)
    graph.run()
    heard: list[Event] = []
    graph.subscribe(heard.append)
    call(client, form__a=5)
    graph.close()
    types = [event.type for event in heard]
    assert types.count("run.succeeded") == 2
    assert "state.freshness" not in types[types.index("run.succeeded") :]


def test_what_is_to_run_every_time_does(served: Serve, tmp_path: Path) -> None:
    client, _ = in_row(served, tmp_path, volatile=True)
    call(client)
    call(client)
    assert ran(tmp_path).count("first") == 2


def test_what_is_drawn_is_drawn_for_every_call(served: Serve) -> None:
    numbers = itertools.count(1)
    drawn = FnNode(
        lambda seed, x: seed * 100 + x,
        "it",
        inputs={"seed": lambda: next(numbers), "x": ui.Number(1)},
    )
    client = served(Graph("Drawn", [drawn], persist_key=False))
    got = [call(client, it__x=7)["it"]["output"] for _ in range(3)]
    assert len(set(got)) == 3


class Connection:
    """Something that cannot be stored."""

    def __init__(self) -> None:
        self.used = 0

    def __reduce__(self) -> Any:
        raise TypeError("a connection is open")


def test_what_cannot_be_stored_is_no_other_calls(served: Serve) -> None:
    def use(connection: Connection, n: float) -> float:
        connection.used += 1
        return connection.used

    opened = FnNode(Connection, "opened")
    used = FnNode(use, "used", inputs={"connection": opened.output, "n": ui.Number(0)})
    client = served(Graph("Opened", [used], persist_key=False))
    assert [call(client, used__n=n)["used"]["output"] for n in range(3)] == [1, 1, 1]


def test_a_call_that_failed_leaves_nothing(served: Serve) -> None:
    def divide(by: float) -> float:
        return 12 / by

    client = served(Graph("Divide", [FnNode(divide, inputs={"by": ui.Number(4)})]))
    assert call(client) == {"divide": {"output": 3}}
    assert client.post("/api/call", json={"inputs": {"divide__by": 0}}).status_code == 500
    assert client.post("/api/call", json={"inputs": {"divide__by": "x"}}).status_code == 400
    assert call(client) == {"divide": {"output": 3}}
    assert call(client, divide__by=3) == {"divide": {"output": 4}}


def test_what_was_pruned_is_made_again(served: Serve, tmp_path: Path) -> None:
    client, graph = in_row(served, tmp_path)
    call(client, form__a=2)
    call(client, form__a=3)
    graph.store.prune(keep=0)
    ran(tmp_path)
    assert call(client, form__a=3) == {"last": {"output": 16}}
    assert "last" in ran(tmp_path)


def test_a_function_that_reads_another_value_now_runs_again(served: Serve) -> None:
    scale = [2]

    def scaled(x: float) -> float:
        return x * scale[0]

    client = served(Graph("Scaled", [FnNode(scaled, inputs={"x": ui.Number(5)})]))
    assert call(client)["scaled"]["output"] == 10
    scale[0] = 3
    assert call(client)["scaled"]["output"] == 15


def test_the_graph_may_be_defined_again(served: Serve, tmp_path: Path) -> None:
    def graph_of(factor: int) -> Graph:
        def made(x: float) -> float:
            return x * factor

        return Graph("Again", [FnNode(made, inputs={"x": ui.Number(1)})], store=tmp_path / "store")

    client = served(graph_of(2))
    assert call(client, made__x=4)["made"]["output"] == 8
    graph_of(3).run()
    assert call(client, made__x=4)["made"]["output"] == 12


def test_a_node_that_has_another_name_is_called_by_it(served: Serve, tmp_path: Path) -> None:
    client, graph = in_row(served, tmp_path)
    call(client)
    graph.rename("first", "head")
    ran(tmp_path)
    assert call(client) == {"last": {"output": 12}}
    assert call(client, form__a=4) == {"last": {"output": 18}}


@pytest.mark.parametrize("count", [2, 20])
def test_calls_at_once_do_not_meet(served: Serve, tmp_path: Path, count: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    client, _ = in_row(served, tmp_path, concurrent=True)
    with ThreadPoolExecutor(count) as threads:
        for _ in range(2):
            got = list(threads.map(lambda n: call(client, form__a=n), range(count)))
            assert [each["last"]["output"] for each in got] == [n * 2 + 10 for n in range(count)]


class Grown:
    """Something that can be stored, and watched."""


def test_a_call_that_is_over_keeps_no_value(served: Serve) -> None:
    kept: list[weakref.ref[Grown]] = []

    def grow(n: float) -> Grown:
        value = Grown()
        kept.append(weakref.ref(value))
        return value

    grown = FnNode(grow, inputs={"n": ui.Number(0)})
    shown = FnNode(lambda it: "grown", "shown", inputs={"it": grown.output})
    client = served(Graph("Kept", [shown], persist_key=False))
    for n in (1, 2):
        assert call(client, grow__n=n) == {"shown": {"output": "grown"}}
    gc.collect()
    assert [ref() is None for ref in kept] == [True, True]


def test_a_variant_that_was_chosen_is_no_other_calls(served: Serve) -> None:
    plain = FnNode(lambda x: f"plain {x:g}", "plain", inputs={"x": ui.Number(1)})
    loud = FnNode(lambda x: f"LOUD {x:g}", "loud", inputs={"x": ui.Number(1)})
    choice = plain | loud
    client = served(Graph("Chosen", [choice], persist_key=False))
    name = choice.name
    first = call(client)
    chosen = call(client, **{f"{name}___selected_variant": 1})
    assert (first, chosen) == ({name: {"output": "plain 1"}}, {name: {"output": "LOUD 1"}})
    assert call(client) == first
