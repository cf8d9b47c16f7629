"""daggr: its executor runs node after node and its ``SessionState`` saves each, as its server does.

The page's Run button also sends the whole graph after every node; that is left out here.
"""

from __future__ import annotations

import asyncio
import sqlite3
from functools import cache
from pathlib import Path

from daggr import FnNode, Graph
from daggr.executor import AsyncExecutor
from daggr.session import ExecutionSession
from daggr.state import SessionState
from serving import Timed, serve, timed
from shapes import NODES, SEEDS, WIDTH, add, below_the_first, last_layer, name, square, step

ITEMS = 1_000


@cache
def layered_graph() -> Graph:
    nodes = {}
    for row in range(WIDTH):
        nodes[name(0, row)] = node(add, name(0, row), a=SEEDS[row], b=row)
    for this, first, second in below_the_first():
        nodes[this] = node(add, this, a=nodes[first].y, b=nodes[second].y)
    return Graph("layered", nodes=list(nodes.values()))


@cache
def chain_graph() -> Graph:
    nodes = [node(step, "s0", x=0)]
    for i in range(1, NODES):
        nodes.append(node(step, f"s{i}", x=nodes[-1].y))
    return Graph("chain", nodes=nodes)


@cache
def scatter_graph() -> Graph:
    source = node(lambda: list(range(ITEMS)), "numbers")
    each = node(square, "squared", x=source.y.each)
    return Graph("scatter", nodes=[source, each, node(sum_of, "total", xs=each.y.all())])


def sum_of(xs: list[int]) -> int:
    return sum(xs)


def node(fn: object, name: str, **inputs: object) -> FnNode:
    return FnNode(fn, name=name, inputs=inputs, outputs={"y": None})


def layered(folder: Path) -> Timed:
    found = run(layered_graph(), folder, NODES)
    return found._replace(answer=[found.answer[node]["y"] for node in last_layer()])


def chain(folder: Path) -> Timed:
    found = run(chain_graph(), folder, NODES)
    return found._replace(answer=found.answer[f"s{NODES - 1}"]["y"])


def scatter(folder: Path) -> Timed:
    found = run(scatter_graph(), folder, 3)
    return found._replace(answer=found.answer["total"]["y"])


def run(graph: Graph, folder: Path, rows: int) -> Timed:
    path = str(folder / "sessions.db")
    state = SessionState(path)
    sheet = state.create_sheet("local", graph.name)

    async def work() -> dict[str, object]:
        executor, session = AsyncExecutor(graph), ExecutionSession(graph)
        for each in graph.get_execution_order():
            result = await executor.execute_node(session, each)
            state.save_result(sheet, each, result)
        return session.results

    found = timed(lambda: asyncio.run(work()))
    with sqlite3.connect(path) as connection:
        (kept,) = connection.execute("SELECT count(*) FROM node_results").fetchone()
    assert kept == rows, f"{kept} results on disk"
    return found


if __name__ == "__main__":
    serve({"layered": layered, "chain": chain, "scatter": scatter})
