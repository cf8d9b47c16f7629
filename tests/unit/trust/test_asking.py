"""What is too large to be stored unasked stays where it is until somebody says so (T21)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb._canvas.remarks import remarks
from daggr_nb._handles.store import Archive
from daggr_nb._provenance.log.store import DiskStore
from daggr_nb.errors import NotForVisitorsError, NotRunYet, StoreError
from tests.unit.trust.visits import Visitor

LIMIT = 1_000_000
calls: list[str] = []


def large() -> Any:
    calls.append("large")
    return numpy.full(LIMIT, 7, "int64")


def total(numbers: Any) -> int:
    return int(numbers.sum())


def graph_in(folder: Path, function: Any = large, **options: Any) -> Graph:
    made = FnNode(function, "made", version="1", **options)
    graph = Graph("Asking", [FnNode(total, inputs={"numbers": made.output})], store=folder)
    graph.store.ask_above = LIMIT
    return graph


def said(graph: Graph, name: str = "made") -> str:
    with graph.session.reading() as current:
        return "\n".join(remarks(current, name))  # type: ignore[arg-type]


def stored(graph: Graph) -> int:
    """How many bytes of values are stored."""
    store = graph.session.log.store
    return sum(len(store.get(key) or b"") for key in store.keys("a:"))


@pytest.fixture(autouse=True)
def _begin() -> None:
    calls.clear()


def test_t21_what_is_too_large_is_kept_in_memory_until_somebody_says_so(tmp_path: Path) -> None:
    graph = graph_in(tmp_path)
    assert graph.run()["total"]["output"] == 7 * LIMIT
    assert stored(graph) < 10_000
    assert "`output` has 8.0 MB, more than the 1.0 MB that are stored unasked" in said(graph)
    assert "kept in memory only" in said(graph)
    assert "graph.store.keep('made')" in said(graph)
    assert {status.freshness for status in graph.status().values()} == {"fresh"}
    graph.store.keep("made")
    assert stored(graph) > 8 * LIMIT
    assert said(graph) == ""
    assert {status.freshness for status in graph.status().values()} == {"fresh"}
    graph.close()
    again = graph_in(tmp_path)
    assert {status.freshness for status in again.status().values()} == {"fresh"}
    assert again["made"].output.value.sum() == 7 * LIMIT
    assert again.run()["total"]["output"] == 7 * LIMIT
    assert calls == ["large"]
    again.close()


def test_t21_what_nobody_said_is_made_anew_by_the_next_kernel(tmp_path: Path) -> None:
    graph = graph_in(tmp_path)
    graph.run()
    graph.close()
    again = graph_in(tmp_path)
    assert again.status()["made"].freshness == "unverified"
    assert again.status()["total"].status == "succeeded"
    again.run("made", force=True)
    assert calls == ["large", "large"]
    assert {status.freshness for status in again.status().values()} == {"fresh"}
    again.close()


def test_t21_a_file_is_not_copied_and_counts_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "made.bin"

    def write() -> Path:
        calls.append("write")
        path.write_bytes(b"x" * 3 * LIMIT)
        return path

    def graph() -> Graph:
        node = FnNode(write, "made", version="1", outputs={"file": ui.File()})
        graph = Graph("Files", [node], store=tmp_path / "store")
        graph.store.ask_above = LIMIT
        return graph

    first = graph()
    first.run()
    assert stored(first) < 10_000
    assert "`file` has 3.0 MB" in said(first)
    assert "not copied from where it is" in said(first)
    first.close()
    again = graph()
    assert again["made"].file.value == path
    assert again.status()["made"].freshness == "fresh"
    again.run(force=True)
    again.store.keep(again["made"])
    assert said(again) == ""
    assert stored(again) > 3 * LIMIT
    path.unlink()
    assert again["made"].file.value.read_bytes() == b"x" * 3 * LIMIT
    assert calls == ["write"] * 2
    again.close()


def test_t21_items_are_stored_each_by_its_own_size(tmp_path: Path) -> None:
    def rows() -> list[int]:
        return [1, 2, 30]

    def item(n: int) -> Any:
        return numpy.full(n * 50_000, n, "int64")

    each = FnNode(item, inputs={"n": FnNode(rows).output.each})
    graph = Graph("Items", [each], store=tmp_path)
    graph.store.ask_above = LIMIT
    assert [len(value) for value in graph.run()["item"]["output"]] == [50_000, 100_000, 1_500_000]
    assert 1_200_000 < stored(graph) < 1_300_000
    graph.store.keep("item")
    assert stored(graph) > 13_000_000
    graph.close()
    store = DiskStore(tmp_path / "items")
    assert not list((tmp_path / "items" / "drafts").glob("*"))
    store.close()


def test_t21_what_was_stored_before_is_asked_for_no_more(tmp_path: Path) -> None:
    graph = graph_in(tmp_path)
    graph.store.ask_above = 100 * LIMIT
    graph.run()
    graph.store.ask_above = LIMIT
    graph.run(force=True)
    assert said(graph) == ""
    assert len(calls) == 2
    graph.close()


@pytest.mark.parametrize("odd", [-1, "much", None, 1.5, True])
def test_t21_the_bound_is_a_number_of_bytes(
    odd: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = graph_in(tmp_path)
    with pytest.raises(StoreError, match="expected a number of bytes from 0"):
        graph.store.ask_above = odd
    assert graph.store.ask_above == LIMIT
    graph.close()
    monkeypatch.setenv("DAGGR_NB_ASK_ABOVE", "12345")
    other = Graph("Other", [FnNode(large)], store=tmp_path)
    assert other.store.ask_above == 12_345
    with pytest.raises(NotRunYet):
        other.store.keep("large")
    other.close()


def test_t21_visitors_decide_nothing_of_it(tmp_path: Path) -> None:
    graph = graph_in(tmp_path)
    graph.run()
    archive = Archive(Visitor(graph).session, "asking", "Asking")
    for decide in (lambda: archive.keep("made"), lambda: setattr(archive, "ask_above", 1)):
        with pytest.raises(NotForVisitorsError):
            decide()
    assert archive.ask_above == 4_000_000_000
    graph.close()
