"""daggr's own page of a graph: ``python daggr_page.py NODES PORT`` serves it until it is ended."""

from __future__ import annotations

import itertools
import sys

import gradio
from daggr import FnNode, Graph

counter = itertools.count(1)


def number() -> int:
    return next(counter)


def more(x: int) -> int:
    return x + 1


def node(fn: object, name: str, **inputs: object) -> FnNode:
    return FnNode(fn, name=name, inputs=inputs, outputs={"y": gradio.Number(label="y")})


def main(count: int, port: int) -> None:
    nodes = [node(number, "s0")]
    for i in range(1, count):
        nodes.append(node(more, f"s{i}", x=nodes[(i - 1) // 2].y))
    Graph(f"page {count}", nodes=nodes).launch(host="127.0.0.1", port=port, open_browser=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
