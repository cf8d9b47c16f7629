"""Functions that run another graph, or read what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, ui


class Pair:
    """A graph, and another whose function captures it; ``calls`` notes who ran."""

    def __init__(self, store: Path | None = None, factor: int = 2) -> None:
        self.calls: list[str] = []
        options: dict[str, Any] = {"persist_key": False} if store is None else {"store": store}

        def times(n: int) -> int:
            self.calls.append("times")
            return n * factor

        form = InputNode("form", ports={"n": ui.Number(3)})
        inner = self.inner = Graph(
            "Inner", [FnNode(times, inputs={"n": form.n}, ignore=["self"])], **options
        )

        def runs() -> Any:
            self.calls.append("runs")
            return inner.run()["times"]["output"]

        def reads() -> Any:
            self.calls.append("reads")
            return inner.results["times"].get("output", None)

        nodes = [FnNode(runs, ignore=["self"]), FnNode(reads, ignore=["self"])]
        self.outer = Graph("Outer", nodes, **options)

    def freshness(self) -> dict[str, str]:
        return {name: status.freshness for name, status in self.outer.status().items()}

    def reasons(self, name: str) -> list[str]:
        return [reason.text for reason in self.outer.status()[name].reasons]

    def close(self) -> None:
        self.outer.close()
        self.inner.close()


def test_who_runs_a_graph_is_fresh_until_that_would_give_something_else() -> None:
    pair = Pair()
    assert pair.outer.run("runs")["runs"]["output"] == 6
    assert pair.freshness()["runs"] == "fresh"
    pair.inner.run(force=True)
    pair.outer.run("runs")
    assert pair.calls.count("runs") == 1
    pair.inner.set_inputs({"form__n": 5})
    assert pair.freshness()["runs"] == "stale"
    assert any("form.n" in text for text in pair.reasons("runs"))
    assert pair.outer.run("runs")["runs"]["output"] == 10
    assert pair.freshness()["runs"] == "fresh"


def test_who_reads_a_graph_is_stale_when_it_shows_something_else() -> None:
    pair = Pair()
    pair.inner.run()
    assert pair.outer.run("reads")["reads"]["output"] == 6
    assert pair.freshness()["reads"] == "fresh"
    pair.inner.run(inputs={"form__n": 5})
    assert pair.freshness()["reads"] == "stale"
    assert pair.outer.run("reads")["reads"]["output"] == 10


def test_the_code_of_a_captured_graph_counts() -> None:
    pair = Pair()
    pair.outer.run("runs")

    def times(n: int) -> int:
        return n * 100

    pair.inner.nodes["times"].rebind(times, "fn")
    assert pair.freshness()["runs"] == "stale"
    assert any("times" in text for text in pair.reasons("runs"))
    assert pair.outer.run("runs")["runs"]["output"] == 300


@pytest.mark.parametrize(("factor", "freshness"), [(2, "fresh"), (4, "stale")])
def test_in_the_next_kernel_it_is_compared_with_what_it_was(
    tmp_path: Path, factor: int, freshness: str
) -> None:
    pair = Pair(tmp_path)
    pair.outer.run("runs")
    pair.close()
    again = Pair(tmp_path, factor)
    assert again.freshness()["runs"] == freshness
    assert again.outer.run("runs")["runs"]["output"] == 3 * factor
    again.close()
