"""Sheets: inputs, results and layout of their own over one history; and taking steps back."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb.errors import InputError, UnknownSheetError


def write(tone: str) -> str:
    return f"a {tone} text"


def shout(text: str) -> str:
    return text.upper()


def letters(**options: Any) -> Graph:
    text = FnNode(write, inputs={"tone": ui.Textbox("dry")})
    loud = FnNode(shout, inputs={"text": text.output})
    return Graph("Letters", nodes=[loud], **(options or {"persist_key": False}))


def shown(graph: Graph) -> tuple[Any, Any]:
    return graph.inputs["write__tone"], graph["shout"].output.value


def test_every_sheet_has_inputs_and_results_of_its_own() -> None:
    graph = letters()
    graph.run()
    graph.sheets.create("Warm")
    graph.sheets.use("Warm")
    assert graph.inputs["write__tone"] == "dry"
    assert {s.status for s in graph.status().values()} == {"missing"}
    graph.run(inputs={"write__tone": "warm"})
    assert shown(graph) == ("warm", "A WARM TEXT")
    graph.sheets.use("Sheet 1")
    assert shown(graph) == ("dry", "A DRY TEXT")
    assert graph.plan() == []
    assert [run.outputs["output"] for run in graph.history("shout")] == [
        "A WARM TEXT",
        "A DRY TEXT",
    ]


def test_what_is_known_from_one_sheet_is_not_run_again_on_another() -> None:
    graph = letters()
    graph.run()
    graph.sheets.create("Other")
    graph.sheets.use("Other")
    run = graph.submit()
    run.wait(10)
    assert run.steps == {"write": "cached", "shout": "cached"}


def test_a_duplicate_begins_as_its_original() -> None:
    graph = letters()
    graph.run(inputs={"write__tone": "warm"})
    name = graph.sheets.duplicate()
    graph.sheets.use(name)
    assert shown(graph) == ("warm", "A WARM TEXT")
    assert graph.plan() == []
    graph.inputs["write__tone"] = "cold"
    graph.sheets.use("Sheet 1")
    assert shown(graph) == ("warm", "A WARM TEXT")


def test_sheets_survive_a_restart(tmp_path: Path) -> None:
    graph = letters(store=tmp_path)
    graph.run()
    graph.sheets.create("Warm")
    graph.sheets.use("Warm")
    graph.run(inputs={"write__tone": "warm"})
    graph.sheets.rename("Warm", "Kind")
    graph.close()
    graph = letters(store=tmp_path)
    assert list(graph.sheets) == ["Sheet 1", "Kind"]
    assert graph.sheets.current == "Kind"
    assert shown(graph) == ("warm", "A WARM TEXT")
    graph.sheets.use("Sheet 1")
    assert shown(graph) == ("dry", "A DRY TEXT")
    graph.close()


def test_a_run_goes_on_on_the_sheet_where_it_began() -> None:
    going, go_on = threading.Event(), threading.Event()

    def slow(tone: str) -> str:
        going.set()
        assert go_on.wait(10)
        return tone

    node = FnNode(slow, inputs={"tone": ui.Textbox("first")}, ignore=["going", "go_on"])
    graph = Graph("Slow", nodes=[node], persist_key=False)
    run = graph.submit()
    assert going.wait(10)
    graph.sheets.create("Other")
    graph.sheets.use("Other")
    assert graph.status()["slow"].status == "missing"
    go_on.set()
    assert run.result(10)["slow"]["output"] == "first"
    assert graph.status()["slow"].status == "missing"
    graph.sheets.use("Sheet 1")
    assert node.output.value == "first"


def test_deleting_shows_the_neighbour_and_keeps_the_history() -> None:
    graph = letters()
    graph.run()
    graph.sheets.create("Gone")
    graph.sheets.use("Gone")
    graph.run(inputs={"write__tone": "lost"})
    graph.sheets.delete("Gone")
    assert graph.sheets.current == "Sheet 1"
    assert shown(graph) == ("dry", "A DRY TEXT")
    assert len(graph.history("write")) == 2
    with pytest.raises(InputError, match="only sheet"):
        graph.sheets.delete("Sheet 1")


def test_an_edit_of_the_code_marks_every_sheet() -> None:
    limit = [1]

    def limited() -> int:
        return limit[0]

    graph = Graph("Code", nodes=[FnNode(limited)], persist_key=False)
    graph.run()
    graph.sheets.duplicate(to="Copy")
    limit[0] = 2
    assert graph.status()["limited"].freshness == "stale"
    graph.sheets.use("Copy")
    assert graph.status()["limited"].freshness == "stale"


def test_names_are_checked() -> None:
    graph = letters()
    assert graph.sheets.create() == "Sheet 2"
    assert graph.sheets.create() == "Sheet 3"
    with pytest.raises(InputError, match="'Sheet 2' already"):
        graph.sheets.create("Sheet 2")
    with pytest.raises(InputError, match="not empty"):
        graph.sheets.rename("Sheet 2", " ")
    with pytest.raises(UnknownSheetError, match="Did you mean 'Sheet 3'"):
        graph.sheets.use("Shet 3")
    assert "Sheet 2" in graph.sheets
    assert repr(graph.sheets) == "<Sheets *'Sheet 1', 'Sheet 2', 'Sheet 3'>"


def test_a_restore_is_one_step_to_undo() -> None:
    graph = letters()
    graph.run()
    graph.run(inputs={"write__tone": "warm"})
    graph.select(graph.history("shout")[-1])
    assert shown(graph) == ("dry", "A DRY TEXT")
    assert graph.undo()
    assert shown(graph) == ("warm", "A WARM TEXT")
    assert graph.plan() == []
    assert graph.undo()  # the edit before
    assert graph.inputs["write__tone"] == "dry"
    assert graph.status()["write"].freshness == "stale"
    assert not graph.undo()


def test_what_was_undone_is_made_again_step_by_step() -> None:
    graph = letters()
    graph.run()
    graph.run(inputs={"write__tone": "warm"})
    graph.select(graph.history("shout")[-1])
    graph.override(graph["write"].output, "mine")
    states = [shown(graph)]
    while graph.undo():
        states.append(shown(graph))
    assert len(states) == 4
    for state in states[-2::-1]:
        assert graph.redo()
        assert shown(graph) == state
    assert not graph.redo()
    assert graph.undo()  # and once more the other way
    assert shown(graph) == states[1]


def test_a_new_edit_ends_what_could_be_made_again() -> None:
    graph = letters()
    graph.run(inputs={"write__tone": "warm"})
    graph.undo()
    graph.inputs["write__tone"] = "sad"
    assert not graph.redo()
    assert graph.inputs["write__tone"] == "sad"
    graph.undo()
    assert graph.redo()
    assert graph.inputs["write__tone"] == "sad"


def test_redo_leaves_alone_what_was_run_since() -> None:
    graph = letters()
    graph.run()
    graph.run(inputs={"write__tone": "warm"})
    graph.select(graph.history("write")[-1])
    graph.undo()
    graph.run("write", force=True)
    newest = graph.history("write")[0].id
    graph.redo()
    assert graph.session.current.sheet.shown[graph["write"].name].id == newest  # type: ignore[index]


def test_undo_leaves_alone_what_was_run_since() -> None:
    graph = letters()
    graph.run()
    graph.run(inputs={"write__tone": "warm"})
    graph.select(graph.history("write")[-1])
    graph.run("write", force=True)
    newest = graph.history("write")[0].id
    graph.undo()
    assert graph.session.current.sheet.shown[graph["write"].name].id == newest  # type: ignore[index]


def test_an_override_can_be_undone() -> None:
    graph = letters()
    graph.run()
    graph.override(graph["write"].output, "mine")
    graph.undo()
    assert graph["write"].output.value == "a dry text"
    assert graph.plan() == []
