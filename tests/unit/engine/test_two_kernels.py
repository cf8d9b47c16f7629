"""Two processes at work on one store at the same time: nobody loses anything."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy

from daggr_nb import FnNode, Graph, InputNode, ui

spawn = multiprocessing.get_context("spawn")
ROUNDS = 6
WAIT = 30


def large(n: float) -> Any:
    return numpy.full(40_000, n)


def total(numbers: Any) -> float:
    return float(numbers.sum())


def items(n: float) -> list[float]:
    return [n + i for i in range(4)]


def negative(x: float) -> float:
    return -x


def graph_in(store: Path) -> Graph:
    form = InputNode("form", ports={"n": ui.Number(0)})
    numbers = FnNode(large, inputs={"n": form.n})
    each = FnNode(negative, inputs={"x": FnNode(items, inputs={"n": form.n}).output.each})
    ends = [
        FnNode(total, inputs={"numbers": numbers.output}),
        FnNode(sum, "minus", inputs={"iterable": each.output.all()}),
    ]
    return Graph("Two", ends, store=store)


def seen_by(graph: Graph) -> dict[str, list[str]]:
    return {name: [run.id for run in graph.history(name)] for name in graph.nodes if name != "form"}


def together(work: Callable[..., None], store: Path) -> list[Any]:
    """Run ``work(who, store, barrier, answer)`` in two processes; return what they answer."""
    barrier, answers = spawn.Barrier(2), [spawn.Queue(), spawn.Queue()]
    workers = [
        spawn.Process(target=work, args=(who, store, barrier, answers[who])) for who in (0, 1)
    ]
    for worker in workers:
        worker.start()
    found = [answer.get(timeout=WAIT) for answer in answers]
    for worker in workers:
        worker.join(WAIT)
        assert worker.exitcode == 0
    return found


# ---------------------------------------------------------------- both write


def write(who: int, store: Path, barrier: Any, answer: Any) -> None:
    graph = graph_in(store)
    told: list[tuple[str, str]] = []
    for turn in range(ROUNDS):
        barrier.wait(WAIT)
        n = 100 * (who + 1) + turn
        run = graph.submit(inputs={"form__n": n})
        assert run.result(WAIT) == {
            "total": {"output": 40_000 * n},
            "minus": {"output": -(4 * n + 6)},
        }
        told += [
            (e.node, e.record) for e in run.events() if e.type == "node.succeeded" and not e.scope
        ]
    barrier.wait(WAIT)
    status = {name: status.freshness for name, status in graph.status().items()}
    values = graph["total"].output.value
    barrier.wait(WAIT)
    answer.put((told, seen_by(graph), status, values, graph.session.events.next_expected()))
    barrier.wait(WAIT)
    graph.close()


def test_both_write_at_once_and_no_record_is_lost(tmp_path: Path) -> None:
    first, second = together(write, tmp_path)
    assert first[1] == second[1]
    told = {name: {i for n, i in first[0] + second[0] if n == name} for name in first[1]}
    assert {name: set(ids) for name, ids in first[1].items()} == told
    assert all(len(ids) == 2 * ROUNDS for ids in first[1].values())
    for who, (_, _, status, value, _) in enumerate((first, second)):
        assert set(status.values()) == {"fresh"}
        assert value == 40_000 * (100 * (who + 1) + ROUNDS - 1)

    graph = graph_in(tmp_path)
    assert seen_by(graph) == first[1]
    for run in graph.history("total"):
        assert run.outputs["output"] == 40_000 * run.inputs["numbers"][0]
    shown = graph.session.current.sheet.shown
    assert all(shown[name].id in first[1][str(name)] for name in shown)
    assert graph.run()["total"]["output"] == 40_000 * graph.inputs["form__n"]
    assert {status.freshness for status in graph.status().values()} == {"fresh"}


# ---------------------------------------------------------------- one prunes


def prune_or_wait(who: int, store: Path, barrier: Any, answer: Any) -> None:
    graph = graph_in(store)
    if who == 0:
        for n in (1, 2, 3):
            graph.run(inputs={"form__n": n})
    barrier.wait(WAIT)  # the first is idle now, and shows 3
    if who == 1:
        graph.run(inputs={"form__n": 4})
        graph.store.prune(keep=0)
    barrier.wait(WAIT)
    results = []
    if who == 0:
        results.append(graph.run("total", force=True))
        results.append(graph.run(inputs={"form__n": 5}))
        results.append(graph.run(inputs={"form__n": 3}))
    barrier.wait(WAIT)
    answer.put((results, seen_by(graph)))
    barrier.wait(WAIT)
    graph.close()


def test_one_prunes_while_the_other_is_idle_and_then_goes_on(tmp_path: Path) -> None:
    (results, seen), (_, other) = together(prune_or_wait, tmp_path)
    assert [result["total"]["output"] for result in results] == [120_000, 200_000, 120_000]
    assert seen == other
    graph = graph_in(tmp_path)
    assert seen_by(graph) == seen
    runs = [run for name in seen for run in graph.history(name)]
    ids = {run.id for run in runs}
    for run in runs:
        assert run.status == "succeeded"
        assert run.outputs["output"] is not None
        assert all(value is not None for value in run.inputs.values())
        assert set(run.parents.values()) <= ids
    assert {status.freshness for status in graph.status().values()} == {"fresh"}
    assert graph["total"].output.value == 120_000
