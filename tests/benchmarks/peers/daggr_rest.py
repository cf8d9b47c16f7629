"""daggr's REST of two small graphs: ``python daggr_rest.py quick|slow PORT`` serves one of them."""

from __future__ import annotations

import sys
import time

import gradio
from daggr import FnNode, Graph

SLOW = 0.5


def echo(x: float) -> float:
    return x


def wait(x: float) -> float:
    time.sleep(SLOW)
    return x


def main(which: str, port: int) -> None:
    node = FnNode(
        {"quick": echo, "slow": wait}[which],
        name="step",
        inputs={"x": gradio.Number(value=1, label="x")},
        outputs={"y": gradio.Number(label="y")},
    )
    Graph(which, nodes=[node]).launch(host="127.0.0.1", port=port, open_browser=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
