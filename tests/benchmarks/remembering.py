"""The memory of a graph: long histories, large arrays, what an edit makes stale, restoring.

    python -m tests.benchmarks.remembering ours|plain

prints the peak memory in MB of making five arrays of 100 MB, recorded or not.
"""

from __future__ import annotations

import dataclasses
import gc
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from daggr_nb import FnNode, Graph, digest, ui
from daggr_nb._engine.sheet.sheet import track
from tests.benchmarks.graphs import layered
from tests.benchmarks.measure import Finding, in_turns, median_ratio
from tests.benchmarks.peer import FAST
from tests.benchmarks.peers.shapes import NODES, REACHED, SEEDS, add

RECORDS = 10_000
WIDTH = 50
FLOATS = 12_500_000  # 100 MB
MILLI = 1e3


def findings() -> list[Finding]:
    return [*history(), *arrays(), *freshness(), *restoring()]


def wall(work: Callable[[], Any]) -> float:
    gc.collect()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def cpu(work: Callable[[], Any]) -> float:
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


# ---------------------------------------------------------------- a long history


def one(x: int) -> int:
    return x


def single(folder: Path) -> Graph:
    return Graph("Single", nodes=[FnNode(one, inputs={"x": 1})], store=folder)


def history() -> list[Finding]:
    with tempfile.TemporaryDirectory(dir=FAST) as name:
        folder = Path(name)
        fill(folder)
        opened, listed, fetched = in_turns(
            5, lambda: opening(folder), lambda: listing(folder), lambda: fetching(folder)
        )
    about = f"{RECORDS:,} records of a node"
    return [
        Finding(f"{about}: open", median(opened) * MILLI, "ms", 20),
        Finding(f"{about}: list the last 50", median(listed) * MILLI, "ms", 0.5),
        Finding(f"{about}: fetch one", median(fetched) * MILLI, "ms", 0.3),
    ]


def fill(folder: Path) -> None:
    """Record one run many times, as the log writes them, with the batches of a busy kernel."""
    graph = single(folder)
    graph.run()
    with graph.session.reading() as state:
        record = graph.history("one")[0].record
        for start in range(1, RECORDS, 100):
            commit = state.journal.commit
            for number in range(start, min(start + 100, RECORDS)):
                made = dataclasses.replace(record, id=f"{number:024x}-{commit.segment}", index=0)
                commit.records.append(made)
            state.flush()
    assert len(graph.history("one")) == RECORDS
    graph.close()


def opening(folder: Path) -> float:
    graph = single(folder)
    taken = wall(graph.status)
    assert graph.status()["one"].freshness == "fresh"
    graph.close()
    return taken


def listing(folder: Path) -> float:
    graph = single(folder)
    graph.status()
    taken = wall(lambda: graph.history("one", 50))
    graph.close()
    return taken


def fetching(folder: Path) -> float:
    graph = single(folder)
    old = graph.history("one")[RECORDS // 2].id
    graph.close()
    graph = single(folder)
    graph.status()
    taken = wall(lambda: graph.session.log.record(old))
    graph.close()
    return taken


# ---------------------------------------------------------------- large arrays


def make() -> Any:
    return np.random.default_rng(1).random(FLOATS)


def same(x: Any) -> Any:
    return x


def plus(x: Any) -> Any:
    return x + 1


def five(folder: Path, step: Callable[[Any], Any]) -> Graph:
    node = FnNode(make, name="make", outputs=["y"])
    for number in range(4):
        node = FnNode(step, name=f"step {number}", inputs={"x": node.y}, outputs=["y"])
    return Graph("Arrays", nodes=[node], store=folder)


def arrays() -> list[Finding]:
    array = make()
    digests = [cpu(lambda: digest(array)) for _ in range(3)]
    ours, plain = peak("ours"), peak("plain")
    kept, saved, back = [], [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory(dir=FAST) as name:
            kept.append(recorded(Path(name), same))
            back.append(reloaded(Path(name)))
            sizes = size(Path(name)) / array.nbytes
            saved.append(wall(lambda: np.save(Path(name) / "plain.npy", make())))
    note = f"{ours:.0f} MB, {plain:.0f} MB without recording"
    return [
        Finding("100 MB array through 5 nodes: disk / distinct data", sizes, "×", 1.05),
        Finding("– time / making it and one np.save", median_ratio(kept, saved), "×", 2),
        Finding("– reload of the last value", median(back), "s", 0.1),
        Finding("– digest of a GB", median(digests) * 10, "s", 0.15),
        Finding("five distinct arrays: peak memory / plain", ours / plain, "×", 1.1, note=note),
    ]


def recorded(folder: Path, step: Callable[[Any], Any]) -> float:
    graph = five(folder, step)
    taken = wall(graph.run)
    graph.close()
    return taken


def reloaded(folder: Path) -> float:
    graph = five(folder, same)
    graph.status()
    taken = wall(lambda: graph["step 3"].y.value.sum())
    graph.close()
    return taken


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def peak(how: str) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.remembering", how]
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120).stdout
    return float(printed.split()[-1])


def main(how: str) -> None:
    if how == "ours":
        with tempfile.TemporaryDirectory() as name:
            recorded(Path(name), plus)
    else:
        made = [make()]
        for _ in range(4):
            made.append(plus(made[-1]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


# ---------------------------------------------------------------- what an edit makes stale


def tree(nodes: int) -> Graph:
    """Rows of 50 below one root; every node takes two of the row above."""
    control = {"a": ui.Number(0, precision=0), "b": 1}
    root = FnNode(add, name="root", inputs=control, outputs=["y"])
    row = [root] * WIDTH
    for number in range(nodes // WIDTH):
        above = row
        row = [
            FnNode(
                add,
                name=f"n{number}_{place}",
                inputs={"a": above[place].y, "b": above[(place + 7) % WIDTH].y},
                outputs=["y"],
            )
            for place in range(WIDTH)
        ]
    leaf = FnNode(add, name="leaf", inputs={"a": row[0].y, "b": ui.Number(0)}, outputs=["y"])
    return Graph("Tree", nodes=[*row, leaf], persist_key=False)


def edits(graph: Graph, control: str, rounds: int = 9) -> list[float]:
    """Return the CPU seconds of making everything below a control stale, taken back in between."""
    taken = []
    for number in range(1, rounds + 1):
        taken.append(cpu(lambda value=number: graph.inputs.__setitem__(control, value)))
        graph.inputs[control] = 0
    return taken


def freshness() -> list[Finding]:
    small, large = tree(1_000), tree(10_000)
    small.run()
    large.run()
    all_small, all_large = edits(small, "root__a"), edits(large, "root__a", 5)
    leaf_small, leaf_large = edits(small, "leaf__b"), edits(large, "leaf__b")
    counted = [s.freshness for s in small.status().values()].count("fresh")
    assert counted == len(small), counted
    note = f"{median(leaf_small) * MILLI:.2f} and {median(leaf_large) * MILLI:.2f} ms"
    return [
        stale_set(),
        Finding("a root input changes, 1,000 nodes", median(all_small) * MILLI, "ms CPU", 2),
        Finding("a root input changes, 10,000 nodes", median(all_large) * MILLI, "ms CPU", 20),
        Finding(
            "an edit that reaches one node, of 10,000 / of 1,000",
            median_ratio(leaf_large[:9], leaf_small[:9]),
            "×",
            1.5,
            note=note,
        ),
    ]


def stale_set() -> Finding:
    """Judge what a changed seed of the layered graph reaches, against a walk to the 210 nodes."""
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        graph = layered(Path(folder))
        graph.run()
        rounds = in_turns(
            15, lambda: judging(graph), lambda: walking(graph), lambda: setting(graph)
        )
        graph.close()
    judged, walked, whole = rounds
    note = (
        f"{median(judged) * MILLI:.2f} ms, walk {median(walked) * MILLI:.2f} ms; "
        f"setting the input, all on record, {median(whole) * MILLI:.2f} ms"
    )
    what = f"stale set with reasons, {REACHED} of {NODES:,} / plain walk"
    return Finding(what, median_ratio(judged, walked), "×", 3, note=note)


def judging(graph: Graph) -> float:
    with graph.session.reading() as state:
        root = state.structure.name_of("n0_0")
        state.sheet.take_input((root, "a"), track(time.perf_counter(), {}))
        taken = cpu(lambda: state.freshness.update([root]))
        stale = [found for found in state.freshness.judged.values() if found.freshness == "stale"]
        assert sum(bool(found.reasons) for found in stale) == REACHED
        state.sheet.take_input((root, "a"), None)
        state.freshness.update([root])
    return taken


def walking(graph: Graph) -> float:
    structure = graph.session.current.structure
    root = structure.name_of("n0_0")
    return cpu(lambda: structure.topology.descendants([root]))


def setting(graph: Graph) -> float:
    taken = cpu(lambda: graph.inputs.__setitem__("n0_0__a", 1))
    graph.inputs["n0_0__a"] = SEEDS[0]
    return taken


# ---------------------------------------------------------------- restoring


def restoring() -> list[Finding]:
    graph = tree(1_000)
    graph.run()
    graph.run(inputs={"root__a": 1})
    return [
        Finding(
            "select of a root's result, 1,000 follow", median(selects(graph, "root")), "ms", 60
        ),
        Finding(
            "select of a leaf's result, 1,000 lead to it", median(selects(graph, "leaf")), "ms", 60
        ),
    ]


def selects(graph: Graph, node: str) -> Sequence[float]:
    newer, older = graph.history(node)[:2]
    taken = []
    for _ in range(5):
        for run in (older, newer):
            taken.append(cpu(lambda run=run: graph.select(run)) * MILLI)
    return taken


if __name__ == "__main__":
    main(sys.argv[1])
