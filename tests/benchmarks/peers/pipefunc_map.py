"""pipefunc: ``Pipeline.map`` into a run folder, ``file_array`` storage, in this process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from pipefunc import PipeFunc, Pipeline
from serving import Timed, serve, timed
from shapes import NODES, SEEDS, WIDTH, add, below_the_first, last_layer, name, square, step

ITEMS = 1_000
SEED_INPUTS = {f"seed{row}": seed for row, seed in enumerate(SEEDS)}


@cache
def layered_pipeline() -> Pipeline:
    nodes = [
        PipeFunc(add, name(0, row), renames={"a": f"seed{row}"}, bound={"b": row})
        for row in range(WIDTH)
    ]
    nodes += [PipeFunc(add, node, renames={"a": a, "b": b}) for node, a, b in below_the_first()]
    return Pipeline(nodes, validate_type_annotations=False)


@cache
def chain_pipeline() -> Pipeline:
    nodes = [PipeFunc(step, f"s{i + 1}", renames={"x": f"s{i}"}) for i in range(NODES)]
    return Pipeline(nodes, validate_type_annotations=False)


def layered(folder: Path) -> Timed:
    pipeline = layered_pipeline()
    found = timed(lambda: mapped(pipeline, SEED_INPUTS, folder))
    keeps(folder, NODES)
    return found._replace(answer=[found.answer[node].output for node in last_layer()])


def chain(folder: Path) -> Timed:
    pipeline = chain_pipeline()
    found = timed(lambda: mapped(pipeline, {"s0": 0}, folder))
    keeps(folder, NODES)
    return found._replace(answer=found.answer[f"s{NODES}"].output)


def total(ys: np.ndarray) -> int:
    return int(sum(ys))


def scatter(folder: Path) -> Timed:
    each = PipeFunc(square, "ys", mapspec="x[i] -> ys[i]")
    pipeline = Pipeline([each, PipeFunc(total, "total")], validate_type_annotations=False)
    found = timed(lambda: mapped(pipeline, {"x": list(range(ITEMS))}, folder))
    keeps(folder, ITEMS + 1)
    return found._replace(answer=found.answer["total"].output)


def keeps(folder: Path, results: int) -> None:
    kept = sum(1 for path in (folder / "outputs").rglob("*") if path.is_file())
    assert kept >= results, f"{kept} results on disk"


def mapped(pipeline: Pipeline, inputs: dict[str, object], folder: Path) -> object:
    return pipeline.map(inputs, folder, storage="file_array", parallel=False, show_progress=False)


if __name__ == "__main__":
    serve({"layered": layered, "chain": chain, "scatter": scatter})
