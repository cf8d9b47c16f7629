"""Keeping, letting go of, and taking along what is on record."""

from __future__ import annotations

import json
import pickle
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb.errors import DaggrError, RunError, StoreError, UntrustedError


class Odd:
    """Has no form of its own: it is pickled."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Odd) and other.n == self.n

    def __hash__(self) -> int:
        return self.n


def numbers(n: int) -> Any:
    return np.full(1000, n)


def total(x: Any) -> int:
    return int(x.sum())


def wrap(x: int) -> Odd:
    return Odd(x)


def graph_in(store: Path | None, **options: Any) -> Graph:
    data = FnNode(numbers, inputs={"n": ui.Number(1, precision=0)})
    last = FnNode(wrap, inputs={"x": FnNode(total, inputs={"x": data.output}).output})
    options = {"store": store} if store is not None else {"persist_key": False}
    return Graph("Kept", nodes=[last], **options)


def fill(graph: Graph, runs: int) -> None:
    for n in range(1, runs + 1):
        graph.run(inputs={"numbers__n": n})


def outputs(graph: Graph) -> list[Any]:
    return [run.outputs["output"] for run in graph.history("total")]


@pytest.fixture(params=[True, False], ids=["disk", "memory"])
def graph(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    graph = graph_in(tmp_path / "store" if request.param else None)
    yield graph
    graph.close()


def test_prune_keeps_the_newest_and_what_led_to_them(graph: Graph) -> None:
    fill(graph, 10)
    before = graph.store.size
    gone = graph.store.prune(keep=3)
    assert gone.records == 21
    assert gone.values >= 7
    assert graph.store.size < before
    assert outputs(graph) == [10_000, 9_000, 8_000]
    assert [run.record.index for run in graph.history("total")] == [3, 2, 1]
    assert graph.plan() == []
    graph.select(graph.history("wrap")[-1])
    assert graph.inputs["numbers__n"] == 8
    assert graph["numbers"].output.value.sum() == 8_000


def test_prune_keeps_what_is_shown_and_starred(graph: Graph) -> None:
    fill(graph, 6)
    graph.store.star(graph.history("wrap")[-1])
    graph.sheets.create("Two")
    graph.sheets.use("Two")
    graph.run(inputs={"numbers__n": 3})  # known: the sheet shows it
    graph.sheets.use("Sheet 1")
    graph.store.prune(keep=0)
    assert outputs(graph) == [6_000, 3_000, 1_000]
    assert [run.outputs["output"].n for run in graph.store.starred] == [1_000]
    graph.sheets.use("Two")
    assert graph["total"].output.value == 3_000


def test_going_on_after_a_prune(graph: Graph) -> None:
    fill(graph, 4)
    graph.store.prune(keep=1)
    graph.run(inputs={"numbers__n": 2})  # let go of: runs again
    assert outputs(graph) == [2_000, 4_000]
    assert graph["numbers"].output.value.sum() == 2_000


def test_a_prune_survives_a_restart(tmp_path: Path) -> None:
    graph = graph_in(tmp_path)
    fill(graph, 80)  # beyond a page of the index
    graph.store.prune(keep=40)
    graph.close()
    graph = graph_in(tmp_path)
    assert outputs(graph)[-1] == 41_000
    assert graph["total"].output.value == 80_000
    assert graph.plan() == []
    graph.close()


def test_no_prune_while_something_runs() -> None:
    going, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        going.set()
        go_on.wait(10)

    graph = Graph("Slow", nodes=[FnNode(slow, ignore=["going", "go_on"])], persist_key=False)
    run = graph.submit()
    assert going.wait(10)
    with pytest.raises(RunError, match="in progress"):
        graph.store.prune()
    go_on.set()
    run.wait(10)
    with pytest.raises(StoreError, match="number from 0"):
        graph.store.prune(keep=-1)


@pytest.mark.parametrize("name", ["kept.zip", "kept"])
def test_an_export_opens_elsewhere(tmp_path: Path, name: str) -> None:
    graph = graph_in(tmp_path / "here")
    fill(graph, 3)
    graph.select(graph.history("total")[1])
    graph.sheets.duplicate(to="Copy")
    written = graph.store.export(tmp_path / name)
    assert written.records == 9
    graph.close()
    other = graph_in(tmp_path / "there")
    assert other.store.load(tmp_path / name) == written
    assert list(other.sheets) == ["Sheet 1", "Copy"]
    assert other.inputs["numbers__n"] == 2
    assert outputs(other) == [3_000, 2_000, 1_000]
    assert other["total"].output.value == 2_000
    assert other.plan() == []  # nothing needs to run
    assert other.store.load(tmp_path / name).records == 0
    other.close()


def test_loading_beside_records_of_ones_own_moves_nothing_on_screen(tmp_path: Path) -> None:
    graph = graph_in(tmp_path / "here")
    fill(graph, 2)
    graph.store.export(tmp_path / "kept.zip")
    graph.close()
    other = graph_in(tmp_path / "there")
    other.run(inputs={"numbers__n": 7})
    other.store.load(tmp_path / "kept.zip")
    assert other["total"].output.value == 7_000
    assert sorted(outputs(other)) == [1_000, 2_000, 7_000]
    other.close()


def test_a_forged_pickle_in_an_export_is_not_loaded(tmp_path: Path) -> None:
    graph = graph_in(tmp_path / "here")
    fill(graph, 1)
    digest = graph.history("wrap")[0].record.outputs["output"].digest
    graph.store.export(tmp_path / "kept")
    graph.close()
    forged = tmp_path / "kept" / "values" / digest
    forged.write_bytes(b"\0" * 32 + pickle.dumps(Bomb()))
    other = graph_in(tmp_path / "there")
    other.store.load(tmp_path / "kept")
    record = other.history("wrap")[0]
    with pytest.raises(UntrustedError, match=f"{record.id}.*without your signature"):
        record.outputs["output"]
    with pytest.raises(UntrustedError, match=record.id):
        other["wrap"].output.value  # noqa: B018
    other.close()


class Bomb:
    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was loaded",))


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    graph = graph_in(tmp_path / "store")
    fill(graph, 1)
    (tmp_path / "text.zip").write_text("no zip")
    (tmp_path / "empty").mkdir()
    with zipfile.ZipFile(tmp_path / "future.zip", "w") as file:
        file.writestr("manifest.json", json.dumps({"format": 99}))
    for name, said in (
        ("text.zip", "cannot be read"),
        ("empty", "manifest.json"),
        ("future.zip", "format 99"),
        ("missing.zip", "missing.zip"),
    ):
        with pytest.raises(StoreError, match=said):
            graph.store.load(tmp_path / name)
    with pytest.raises(StoreError, match="there already"):
        graph.store.export(tmp_path / "empty")
    assert outputs(graph) == [1_000]
    graph.close()


def test_names_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    graph = graph_in(tmp_path / "here")
    fill(graph, 1)
    graph.store.export(tmp_path / "kept.zip")
    with zipfile.ZipFile(tmp_path / "kept.zip", "a") as file:
        file.writestr("values/../../escaped", b"x")
        file.writestr("values/not a digest", b"x")
    graph.close()
    other = graph_in(tmp_path / "there")
    other.store.load(tmp_path / "kept.zip")
    assert not list(tmp_path.rglob("escaped"))
    assert outputs(other) == [1_000]
    other.close()


def test_a_damaged_export_changes_nothing(tmp_path: Path) -> None:
    graph = graph_in(tmp_path / "here")
    fill(graph, 2)
    graph.store.export(tmp_path / "kept")
    graph.close()
    lines = (tmp_path / "kept" / "records.jsonl").read_bytes()
    (tmp_path / "kept" / "records.jsonl").write_bytes(lines[:-40])
    other = graph_in(tmp_path / "there")
    with pytest.raises(DaggrError, match=r"Line 6 of records\.jsonl"):
        other.store.load(tmp_path / "kept")
    assert outputs(other) == []
    other.close()


def test_lineage_as_prov_json(graph: Graph) -> None:
    fill(graph, 1)
    document = graph.prov(graph.history("wrap")[0])
    assert json.loads(json.dumps(document)) == document
    nodes = {activity["daggr:node"] for activity in document["activity"].values()}
    assert nodes == {"numbers", "total", "wrap"}
    used, made = document["used"].values(), document["wasGeneratedBy"].values()
    assert len(used) == len(made) == 3
    for edge in (*used, *made):
        assert edge["prov:entity"] in document["entity"]
        assert edge["prov:activity"] in document["activity"]
    roots = [document["entity"][edge["prov:entity"]] for edge in used]
    assert {"daggr:encoding": "json", "prov:value": "1"} in roots
    assert len(document["wasInformedBy"]) == 2
    assert set(document["prefix"]) == {"daggr", "prov"}
