"""The cells that define a graph, run again and again: nothing grows, nothing is lost."""

from __future__ import annotations

import gc
import threading

import pytest

pytest.importorskip("IPython")
import ipywidgets
from IPython.core.interactiveshell import InteractiveShell

from daggr_nb._engine.session.session import Session
from daggr_nb._model.node import Node

CELLS = (
    "import ipywidgets\nfrom daggr_nb import FnNode, Graph, InputNode, ui",
    "def clean(text): return text.strip()",
    "def loud(text, n): return clean(text).upper() * n",
    "times = times if 'times' in globals() else ipywidgets.IntSlider(value=2, min=1, max=5)",
    """form = InputNode("form", ports={"text": ui.Textbox(" otter ")})
shout = FnNode(loud, "shout", inputs={"text": form.text, "n": times}, outputs=["text"])
heard = []
def hear(change): heard.append(change.new)""",
    "graph = Graph('Again', nodes=[shout])\nshout.text.observe(hear)\ncanvas = graph.canvas()",
)
RERUNS = 60  # as many show the slope; `make stress` runs them 300 times


def alive() -> dict[str, int]:
    """How many of what could pile up."""
    gc.collect()
    kinds = {"sessions": Session, "nodes": Node}
    found = gc.get_objects()
    counts = {name: sum(isinstance(o, kind) for o in found) for name, kind in kinds.items()}
    widgets = ipywidgets.widgets.widget._instances  # noqa: SLF001 - no public list
    return counts | {"widgets": len(widgets), "threads": threading.active_count()}


def test_many_reruns_grow_nothing_and_lose_nothing(shell: InteractiveShell) -> None:
    grows_nothing(shell, RERUNS)


def grows_nothing(shell: InteractiveShell, reruns: int) -> None:
    """Run the cells ``reruns`` times; raise if anything piles up or is lost."""

    def rerun(count: int) -> None:
        for _ in range(count):
            for cell in CELLS:
                assert shell.run_cell(cell).success

    rerun(1)
    shell.run_cell("graph.run()")
    rerun(9)
    before = alive()
    rerun(reruns - 10)
    assert alive() == before

    graph = shell.user_ns["graph"]
    assert graph.status()["shout"].freshness == "fresh"
    assert [run.outputs["text"] for run in graph.history("shout")] == ["OTTEROTTER"]
    assert graph.canvas() is shell.user_ns["canvas"]
    graph.close()
