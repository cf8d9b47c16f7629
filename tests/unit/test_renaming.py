"""Nodes that are renamed or removed: what is on record of them, on sheets, on screen, in cells."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, Port, errors, ops, ui
from daggr_nb._provenance.log.sweeps import sweeps_of
from daggr_nb.errors import DaggrError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGGR_NB_HOME", str(tmp_path))


def upper(text: str) -> str:
    return text.upper()


def shout(text: str) -> str:
    return text + "!"


def paper(name: str = "draft", **options: Any) -> Graph:
    draft = FnNode(upper, name, inputs={"text": ui.Textbox(value="otters")})
    return Graph("Paper", [FnNode(shout, "edit", inputs={"text": draft.output})], **options)


def reopened(graph: Graph, name: str = "draft") -> Graph:
    graph.close()
    return paper(name)


def test_a_renamed_node_keeps_its_history_inputs_and_results() -> None:
    graph = paper()
    graph.run()
    graph.inputs["draft__text"] = "seals"
    graph.run()
    assert graph.rename("draft", "intro") is graph
    assert list(graph.nodes) == ["intro", "edit"]
    assert graph.edges[0].id == "intro.output->edit.text"
    assert graph.inputs["intro__text"] == "seals"
    assert graph.results["intro"]["output"] == "SEALS"
    assert [run.outputs["output"] for run in graph.history("intro")] == ["SEALS", "OTTERS"]
    assert {run.node for run in graph.history("intro")} == {"intro"}
    assert graph.plan() == []


def test_a_store_that_is_opened_later_has_it_under_the_new_name() -> None:
    graph = paper()
    graph.inputs["draft__text"] = "seals"
    graph.run()
    graph.session.current.move({"draft": (120.0, 40.0)})  # type: ignore[dict-item]
    graph.rename(graph["draft"], "intro")
    later = reopened(graph, "intro")
    assert later.plan() == []
    assert later.results["intro"]["output"] == "SEALS"
    assert [run.node for run in later.history("intro")] == ["intro"]
    assert later.session.current.sheet.positions == {"intro": (120.0, 40.0)}


def test_code_that_says_the_former_name_means_the_same_node() -> None:
    graph = paper()
    graph.run()
    graph.rename("draft", "intro")
    again = paper()  # the cell that defines the graph runs again
    assert list(again.nodes) == ["intro", "edit"]
    assert again.plan() == []
    later = reopened(again)  # in another kernel
    assert list(later.nodes) == ["intro", "edit"]
    later.rename("draft", "intro")  # by the cell that renamed it
    assert later.plan() == []
    later.rename("intro", "opening")
    assert list(paper("draft").nodes) == ["opening", "edit"]
    assert list(paper("intro").nodes) == ["opening", "edit"]


def test_another_node_may_have_the_former_name() -> None:
    graph = paper()
    graph.run()
    graph.rename("draft", "intro")
    graph.add(FnNode(lambda: 1, "draft"))
    assert set(graph.nodes) == {"intro", "edit", "draft"}
    assert graph.history("draft") == []
    graph.run()
    assert list(paper("draft").nodes) == ["draft", "edit"]


def test_renamed_there_and_back() -> None:
    graph = paper()
    graph.run()
    for name in ("intro", "draft", "intro", "draft"):
        graph.rename(*[n for n in graph.nodes if n != "edit"], name)
    assert list(reopened(graph).nodes) == ["draft", "edit"]
    assert len(paper().history("draft")) == 1


def test_lineage_of_what_hangs_on_it_is_found() -> None:
    graph = paper()
    graph.run()
    first = graph.history("edit")[0]
    graph.run(inputs={"draft__text": "seals"})
    graph.rename("draft", "intro")
    graph.select(first)
    assert graph.inputs["intro__text"] == "otters"
    assert graph.results["intro"]["output"] == "OTTERS"
    assert graph.plan() == []
    document = graph.prov(graph.history("edit")[0])
    assert "draft" not in str(document)


def test_what_was_done_before_can_be_undone() -> None:
    graph = paper()
    graph.run()
    graph.inputs["draft__text"] = "seals"
    graph.rename("draft", "intro")
    assert graph.undo()
    assert graph.inputs["intro__text"] == "otters"
    assert graph.plan() == []
    graph.rename("intro", "opening")
    assert graph.redo()
    assert graph.inputs["opening__text"] == "seals"


def test_all_sheets_have_it() -> None:
    graph = paper()
    graph.inputs["draft__text"] = "seals"
    graph.run()
    graph.sheets.duplicate(to="Second")
    graph.sheets.use("Second")
    graph.inputs["draft__text"] = "whales"
    graph.run()
    graph.rename("draft", "intro")
    for sheet, word in (("Sheet 1", "seals"), ("Second", "whales")):
        graph.sheets.use(sheet)
        assert graph.inputs["intro__text"] == word
        assert graph.results["intro"]["output"] == word.upper()
        assert graph.plan() == []


def scattered(name: str = "each") -> Graph:
    words = InputNode("form", ports={"words": ui.JSON(value=["a", "b", "c"])})
    return Graph("Items", [FnNode(upper, name, inputs={"text": words.words.each})])


def test_items_go_along() -> None:
    graph = scattered()
    graph.run()
    graph.rename("each", "loud")
    assert [run.node for run in graph.history("loud")[0].items] == ["loud"] * 3
    graph.close()
    graph = scattered("loud")
    graph.inputs["form__words"] = ["a", "b", "d"]
    graph.run()
    kept, made = graph.history("loud")[1].items, graph.history("loud")[0].items
    assert [a.id == b.id for a, b in zip(kept, made, strict=True)] == [True, True, False]


def test_sweeps_stars_and_labels_go_along() -> None:
    graph = paper()
    graph.sweep({"draft__text": ["a", "b"]})
    graph.run()
    run = graph.history("draft")[0]
    graph.store.star(run)
    graph.store.label(run, "good")
    graph.rename("draft", "intro")
    assert [run.node for run in graph.store.starred] == ["intro"]
    assert graph.history("intro")[0].label == "good"
    assert [len(sweep.places) for sweep in sweeps_of(graph.session.log, "intro")] == [2]
    assert sweeps_of(graph.session.log, "draft") == []


def test_many_runs_go_along() -> None:
    graph = paper()
    for number in range(150):
        graph.inputs["draft__text"] = str(number)
        graph.run("draft")
    graph.rename("draft", "intro")
    runs = graph.history("intro")
    assert [run.outputs["output"] for run in runs] == [str(n) for n in reversed(range(150))]
    graph.run(inputs={"intro__text": "3"})
    assert len(graph.history("intro")) == 150  # what is known is found


def test_two_histories_become_one_in_the_order_of_time() -> None:
    graph = paper("intro")
    graph.run()
    with pytest.warns(errors.RenameWarning, match="Is draft what was intro"):
        graph = paper("draft")
    graph.run(inputs={"draft__text": "seals"})
    graph.rename("draft", "intro")
    runs = graph.history("intro")
    assert [run.outputs["output"] for run in runs] == ["SEALS", "OTTERS"]
    assert [run.record.index for run in runs] == [2, 1]
    assert graph.results["intro"]["output"] == "SEALS"
    graph.store.prune(keep=2)
    assert len(graph.history("intro")) == 2


def test_who_observes_does_not_hold_a_rename_up() -> None:
    """An observer looks at a value whenever there may be another one, also in this moment."""
    graph = paper()
    heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
    graph["draft"].text.observe(heard.put)

    def rename() -> None:
        names = ["draft", "sketch"]
        for number in range(30):
            graph.inputs[f"{names[0]}__text"] = f"otters {number}"
            graph.rename(*names)
            names.reverse()

    renaming = threading.Thread(target=rename, daemon=True)
    renaming.start()
    renaming.join(20)
    assert not renaming.is_alive()
    while heard.get(timeout=20)["new"] != "otters 29":
        pass
    graph.close()


def test_observers_and_autorun_go_along() -> None:
    graph = paper()
    graph.run()
    heard: queue.Queue[Any] = queue.Queue()
    graph["draft"].output.observe(heard.put)
    graph.autorun = ["draft"]
    graph.rename("draft", "intro")
    assert graph.autorun == ["intro"]
    graph.autorun = None
    graph.run(inputs={"intro__text": "seals"})
    assert heard.get(timeout=10)["node"] == "intro"


def test_others_keep_the_names_that_they_were_given_in_order() -> None:
    nodes = [FnNode(upper, inputs={"text": text}) for text in "ab"]
    graph = Graph("Two", nodes)
    graph.run()
    graph.rename("upper", "first")
    assert list(graph.nodes) == ["first", "upper_1"]
    assert list(Graph("Two", [FnNode(upper, inputs={"text": t}) for t in "ab"]).nodes) == [
        "first",
        "upper_1",
    ]


MISUSE: dict[str, tuple[Any, Any, type[DaggrError], str]] = {
    "in use": ("draft", "edit", errors.DuplicateNodeError, "has a node called 'edit' already"),
    "empty": ("draft", " ", errors.GraphError, "text that is not empty"),
    "no text": ("draft", 3, errors.GraphError, "expected text"),
    "an item": ("draft", "a[0]", errors.GraphError, "what an item of 'a' is called"),
    "unknown": ("daft", "intro", errors.UnknownNodeError, "mean 'draft'"),
    "stranger": (
        FnNode(upper, "draft", inputs={"text": "x"}),
        "intro",
        errors.UnknownNodeError,
        "not in this graph",
    ),
}


@pytest.mark.parametrize("case", MISUSE.values(), ids=MISUSE)
def test_what_cannot_be_renamed_stays_as_it_is(
    case: tuple[Any, Any, type[DaggrError], str],
) -> None:
    node, name, kind, text = case
    graph = paper()
    graph.run()
    with pytest.raises(kind, match=text.replace("[", r"\[")):
        graph.rename(node, name)
    assert list(graph.nodes) == ["draft", "edit"]
    assert graph.plan() == []
    assert len(graph.history("draft")) == 1


def test_a_node_that_another_graph_has_taken_is_renamed_there() -> None:
    graph = paper()
    other = Graph("Other", [graph["draft"]])
    with pytest.raises(errors.GraphError, match="in another graph by now"):
        graph.rename("draft", "intro")
    other.rename("draft", "intro")
    assert list(graph.nodes) == ["draft", "edit"]


def test_nothing_is_renamed_while_something_runs() -> None:
    gate, begun = threading.Event(), threading.Event()

    def wait() -> int:
        begun.set()
        gate.wait(30)
        return 1

    graph = Graph("Slow", [FnNode(wait, "wait", ignore=["gate", "begun"])])
    run = graph.submit()
    begun.wait(30)
    try:
        with pytest.raises(errors.RunError, match="Wait for it or stop it, then rename"):
            graph.rename("wait", "rest")
    finally:
        gate.set()
    run.result()
    graph.rename("wait", "rest")
    assert graph.results["rest"]["output"] == 1


def test_a_graph_that_keeps_nothing_can_rename() -> None:
    graph = paper(persist_key=False)
    graph.run()
    graph.rename("draft", "intro")
    assert graph.results["intro"]["output"] == "OTTERS"
    assert graph.plan() == []


def asking(name: str = "review") -> Graph:
    draft = FnNode(upper, "draft", inputs={"text": ui.Textbox(value="otters")})
    review = ops.Approve(name, input=draft.output)
    return Graph("Asked", [FnNode(shout, "send", inputs={"text": review.output})])


def test_a_question_to_a_person_goes_along_and_so_does_what_waits_for_the_answer() -> None:
    graph = asking()
    graph.submit().wait()
    graph.rename("review", "check")
    graph.rename("send", "mail")
    assert [question.node for question in graph.questions()] == ["check"]
    graph.close()
    graph = asking("check")
    assert list(graph.nodes) == ["draft", "check", "mail"]
    run = graph.answer("check", True)
    assert run.result()["mail"] == {"output": "OTTERS!"}
    graph.rename("check", "review")
    assert graph.plan() == []


def test_a_store_that_cannot_be_written_leaves_all_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = paper()
    graph.run()

    def full(*arguments: Any) -> None:
        raise errors.StoreError("No room.")

    graph.session.current.move({"draft": (1.0, 2.0)})  # type: ignore[dict-item]
    with monkeypatch.context() as patch:
        patch.setattr("daggr_nb._provenance.log.sheet_rows.write", full)
        with pytest.raises(errors.StoreError, match="No room"):
            graph.rename("draft", "intro")
    assert list(graph.nodes) == ["draft", "edit"]
    assert [run.node for run in graph.history("draft")] == ["draft"]
    assert graph.plan() == []
    graph.rename("draft", "intro")
    assert [run.node for run in graph.history("intro")] == ["intro"]


def test_what_is_exported_knows_the_former_names(tmp_path: Path) -> None:
    graph = paper()
    graph.run()
    graph.rename("draft", "intro")
    graph.store.export(tmp_path / "taken.zip")
    other = paper(store=tmp_path / "elsewhere")
    other.store.load(tmp_path / "taken.zip")
    other.close()
    other = paper(store=tmp_path / "elsewhere")
    assert list(other.nodes) == ["intro", "edit"]
    assert other.plan() == []


def test_another_kernel_that_has_the_store_open_finds_it_when_its_cell_runs(
    tmp_path: Path,
) -> None:
    graph = paper()
    graph.run()
    script = """
import sys
from tests.unit.test_renaming import paper
graph = paper()
graph.rename("draft", "intro")
graph.run(inputs={"intro__text": "seals"})
"""
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", script], cwd=root, check=True, timeout=120)
    again = paper()
    assert list(again.nodes) == ["intro", "edit"]
    assert [run.outputs["output"] for run in again.history("intro")] == ["SEALS", "OTTERS"]
    assert again.results["intro"]["output"] == "OTTERS"


# -- removing


def test_a_leaf_is_removed_with_its_edges_and_comes_back_with_what_is_on_record() -> None:
    graph = paper()
    graph.run()
    edit = graph["edit"]
    assert graph.remove(edit) is graph
    assert (list(graph.nodes), graph.edges) == (["draft"], [])
    assert edit.free
    assert graph.plan() == []
    graph.add(edit)
    assert graph.results["edit"]["output"] == "OTTERS!"
    assert list(paper().nodes) == ["draft", "edit"]


def test_what_feeds_others_is_not_removed_by_mistake() -> None:
    graph = paper()
    graph.run()
    with pytest.raises(errors.GraphError, match=r"'draft' feeds edit.text, .*children=\"remove\""):
        graph.remove("draft")
    assert list(graph.nodes) == ["draft", "edit"]
    assert graph.plan() == []
    with pytest.raises(errors.GraphError, match="children= expected"):
        graph.remove("draft", children="all")  # type: ignore[arg-type]


def test_what_it_feeds_goes_with_it_or_loses_the_edge() -> None:
    assert list(paper().remove("draft", children="remove").nodes) == []
    assert list(paper().remove("draft", "edit").nodes) == []
    graph = paper().remove("draft", children="disconnect")
    assert list(graph.nodes) == ["edit"]
    assert graph.run(inputs={"edit__text": "whales"})["edit"]["output"] == "whales!"
    whole = FnNode(upper, "whole", inputs={"text": "seals"})
    graph.edge(whole.output, graph["edit"].text)
    assert graph.run()["edit"]["output"] == "SEALS!"


def test_what_is_removed_while_it_is_to_run_is_not_run() -> None:
    gate, begun = threading.Event(), threading.Event()

    def wait() -> str:
        begun.set()
        assert gate.wait(30)
        return "otters"

    first = FnNode(wait, "wait", version="1")
    graph = Graph("Removing", [FnNode(shout, "edit", inputs={"text": first.output})])
    run = graph.submit()
    assert begun.wait(30)
    graph.remove("edit")
    gate.set()
    run.wait(30)
    assert graph.results["wait"]["output"] == "otters"
    assert graph.run() == {"wait": {"output": "otters"}}


def test_an_edit_of_a_node_that_was_removed_is_not_undone_on_the_others() -> None:
    graph = paper()
    graph.run()
    graph.inputs["draft__text"] = "seals"
    graph.remove("draft", children="disconnect")
    graph.undo()
    assert list(graph.nodes) == ["edit"]


# -- a function that was renamed


def draft(text: str = "otters") -> str:
    return text.title()


def draft2(text: str = "otters") -> str:
    return text.title()


def other(text: str = "otters") -> str:
    return text.lower()


def chain(*functions: Any) -> Graph:
    nodes: list[FnNode] = []
    source: Port | str = "otters"
    for function in functions:
        nodes.append(FnNode(function, inputs={"text": source}))
        source = nodes[-1].output
    return Graph("Chain", nodes[-1:])


def quiet(*functions: Any) -> Graph:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.RenameWarning)
        return chain(*functions)


def test_a_renamed_function_is_asked_about_once_and_takes_its_history_over() -> None:
    graph = chain(draft, shout)
    graph.run()
    with pytest.warns(errors.RenameWarning, match="Is draft2 what was draft") as warned:
        graph = chain(draft2, shout)
    assert len(warned) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = chain(draft2, shout)
    (rename,) = again.renames
    assert (rename.node, rename.former, rename.runs) == ("draft2", "draft", 1)
    rename.accept()
    assert again.renames == []
    assert [run.node for run in again.history("draft2")] == ["draft2"]
    again.run()
    assert len(again.history("draft2")) == 2


def test_no_is_remembered() -> None:
    quiet(draft).run()
    graph = quiet(draft2)
    graph.renames[0].decline()
    assert graph.renames == []
    graph.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        graph = chain(draft2)
        assert graph.plan()
    assert graph.renames == []
    assert graph.history("draft2") == []


def test_the_same_place_is_asked_about_when_the_code_is_another() -> None:
    quiet(draft, shout).run()
    graph = quiet(other, shout)
    assert [(rename.former, rename.node) for rename in graph.renames] == [("draft", "other")]
    graph.rename("draft", "other")
    assert len(graph.history("other")) == 1
    assert graph.renames == []


def test_another_kernel_knows_the_same_code() -> None:
    graph = quiet(draft, shout)
    graph.run()
    graph.close()
    graph = chain(draft2, shout)
    with pytest.warns(errors.RenameWarning):
        graph.plan()
    assert [rename.former for rename in graph.renames] == ["draft"]


def test_what_is_equally_likely_is_not_asked_about() -> None:
    first, second = (FnNode(draft, n, inputs={"text": n}) for n in ("one", "two"))
    Graph("Twins", [first, second]).run()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        graph = Graph("Twins", [FnNode(draft2, "three", inputs={"text": "one"})])
    assert graph.renames == []


def test_a_question_goes_when_the_former_node_is_back() -> None:
    quiet(draft).run()
    assert quiet(draft2).renames
    assert quiet(draft).renames == []
    assert quiet(draft2).renames
