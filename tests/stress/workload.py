"""What a busy person does to a graph in a kernel that is killed; and what must be left."""

from __future__ import annotations

import itertools
import os
import random
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy

from daggr_nb import Event, FnNode, Graph, InputNode, NodeRun, ui

PRUNING = "pruning"


def large(n: float) -> Any:
    return numpy.full(30_000 + int(n), n)  # above 128 KB: a file of its own


def rows(n: float, word: str) -> list[str]:
    return [f"{word} {i}" for i in range(1 + int(n) % 7)]


def shout(row: str) -> str:
    return row.upper() * 200


def joined(parts: list[str], numbers: Any) -> dict[str, Any]:
    return {"text": "".join(parts), "sum": float(numbers.sum())}


FUNCTIONS = {"large": large, "rows": rows, "joined": joined}


def graph_in(store: Path) -> Graph:
    form = InputNode("form", ports={"n": ui.Number(1), "word": ui.Textbox("a")})
    numbers = FnNode(large, inputs={"n": form.n})
    words = FnNode(rows, inputs={"n": form.n, "word": form.word})
    each = FnNode(shout, inputs={"row": words.output.each})
    end = FnNode(joined, inputs={"parts": each.output.all(), "numbers": numbers.output})
    return Graph("Killed", [end], store=store)


class Report:
    """Lines in a file, there also if the kernel ends at once; each success by node and record."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._news = threading.Condition()
        self._seen = 0

    def note(self, line: str) -> None:
        os.write(self._file, f"{line}\n".encode())

    def tell(self, event: Event) -> None:
        if event.type == "node.succeeded":
            self.note(f"{event.node}{event.scope} {event.record}")
        with self._news:
            self._seen = event.seq
            self._news.notify_all()

    def catch_up(self, seq: int) -> None:
        with self._news:
            self._news.wait_for(lambda: self._seen >= seq, 30)


def work(store: Path, report: Path, seed: int) -> Iterator[int]:
    """Edit, run, restore, prune and change sheets at random; yields after every act."""
    chance, told = random.Random(seed), Report(report)
    graph = graph_in(store)
    graph.subscribe(told.tell, from_seq=graph.session.events.next_expected())

    def edit() -> None:
        graph.inputs["form__n"] = chance.randrange(50)
        graph.inputs["form__word"] = chance.choice("abc") * chance.randrange(1, 90)

    def restore() -> None:
        runs = graph.history("joined")
        if runs:
            graph.select(chance.choice(runs))

    def change_sheet() -> None:
        if len(graph.sheets) < 3:
            graph.sheets.create()
        graph.sheets.use(chance.choice(list(graph.sheets)))

    def prune() -> None:
        told.catch_up(graph.session.events.next_expected() - 1)
        told.note(PRUNING)
        graph.store.prune(keep=3)

    def again() -> None:
        graph.run("joined", force=True)

    edit()
    graph.run()
    for count in itertools.count():
        acts = [edit, edit, graph.run, graph.run, again, restore, change_sheet, prune]
        chance.choice(acts)()
        yield count


# ---------------------------------------------------------------- afterwards


def must_be_there(lines: list[str]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return what was reported and must be on record, and what may have been pruned since."""
    last = max((i for i, line in enumerate(lines) if line == PRUNING), default=-1)
    told = [(i, *line.split()) for i, line in enumerate(lines) if line != PRUNING]
    return (
        {(place, record) for i, place, record in told if i > last},
        {(place, record) for i, place, record in told if i < last},
    )


def check(store: Path, lines: list[str]) -> int:
    """Check that what was reported is on record and reads back equal; return how much that is."""
    must, may = must_be_there(lines)
    graph = graph_in(store)
    assert not graph.session.current.problems
    log = graph.session.log
    count = 0
    for place, identity in must | may:
        if (place, identity) in may and not log.has(identity):
            continue
        run = NodeRun(identity, log)
        assert run.status == "succeeded"
        assert identity in set(log.history(place)), place
        assert is_right(run), (place, identity)
        count += 1
    for name in graph.nodes:
        for run in graph.history(name):
            assert run.status in ("succeeded", "cancelled")
            assert run.status == "cancelled" or is_right(run)
    assert graph.run()["joined"]["output"] == expected_of(graph)
    graph.close()
    return count


def is_right(run: NodeRun) -> bool:
    """Whether the outputs of a run are what its inputs make."""
    inputs, output = dict(run.inputs), run.outputs["output"]
    if run.node == "shout":
        row = inputs["row"]
        expected: Any = shout(row) if isinstance(row, str) else [shout(one) for one in row]
    else:
        expected = FUNCTIONS[run.node](**inputs)
    if isinstance(expected, numpy.ndarray):
        return bool(numpy.array_equal(expected, output))
    return bool(expected == output)


def expected_of(graph: Graph) -> Mapping[str, Any]:
    n, word = graph.inputs["form__n"], graph.inputs["form__word"]
    return joined([shout(row) for row in rows(n, word)], large(n))
