"""Hamilton: a driver ``with_cache``, its own stores (SQLite for metadata, a file per result)."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

from hamilton import driver
from hamilton.ad_hoc_utils import create_temporary_module
from hamilton.execution.executors import SynchronousLocalTaskExecutor
from hamilton.function_modifiers import parameterize, source, value
from hamilton.htypes import Collect, Parallelizable
from serving import Timed, serve, timed
from shapes import NODES, SEEDS, WIDTH, below_the_first, last_layer, name

ITEMS = 1_000

FIRST = {name(0, row): {"a": value(SEEDS[row]), "b": value(row)} for row in range(WIDTH)}
REST = {node: {"a": source(a), "b": source(b)} for node, a, b in below_the_first()}
STEPS = {f"s{i}": {"x": source(f"s{i - 1}") if i else value(0)} for i in range(NODES)}


@parameterize(**FIRST, **REST)
def add(a: int, b: int) -> int:
    return a + b


@parameterize(**STEPS)
def step(x: int) -> int:
    return x + 1


def item() -> Parallelizable[int]:
    yield from range(ITEMS)


def squared(item: int) -> int:
    return item * item


def total(squared: Collect[int]) -> int:
    return sum(squared)


LAYERED = create_temporary_module(add, module_name="layered")
CHAIN = create_temporary_module(step, module_name="chain")
SCATTER = create_temporary_module(item, squared, total, module_name="scatter")


def built(module: ModuleType, folder: Path) -> driver.Builder:
    return driver.Builder().with_modules(module).with_cache(path=folder)


def layered(folder: Path) -> Timed:
    made = built(LAYERED, folder).build()
    found = timed(lambda: made.execute(last_layer()))
    keeps(folder, NODES)
    return found._replace(answer=[found.answer[node] for node in last_layer()])


def chain(folder: Path) -> Timed:
    made = built(CHAIN, folder).build()
    last = f"s{NODES - 1}"
    found = timed(lambda: made.execute([last]))
    keeps(folder, NODES)
    return found._replace(answer=found.answer[last])


def scatter(folder: Path) -> Timed:
    made = (
        built(SCATTER, folder)
        .enable_dynamic_execution(allow_experimental_mode=True)
        .with_remote_executor(SynchronousLocalTaskExecutor())
        .build()
    )
    found = timed(lambda: made.execute(["total"]))
    keeps(folder, ITEMS)
    return found._replace(answer=found.answer["total"])


def keeps(folder: Path, results: int) -> None:
    kept = sum(1 for path in folder.iterdir() if path.suffix != ".db")
    assert kept >= results, f"{kept} results on disk"


if __name__ == "__main__":
    sys.setrecursionlimit(100_000)  # Hamilton walks a chain by recursion
    serve({"layered": layered, "chain": chain, "scatter": scatter})
