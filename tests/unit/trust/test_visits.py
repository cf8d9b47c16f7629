"""Visitors share results of runs and nothing else: no edit, no answer, no star, no history."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, ItemList, ops, ui
from daggr_nb.errors import NotForVisitorsError
from tests.unit.canvas.test_bridge import View
from tests.unit.trust.visits import Visitor, refused, run, told


def lines(n: int) -> list[dict[str, Any]]:
    return [{"text": f"line {i}"} for i in range(n)]


def joined(rows: list[dict[str, str]]) -> str:
    return ", ".join(row["text"] for row in rows)


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Graph]:
    made = FnNode(
        lines, inputs={"n": ui.Slider(1, 9, 2)}, outputs={"rows": ItemList(text=ui.Textbox())}
    )
    graph = Graph("Shared", [FnNode(joined, inputs={"rows": made.rows})], store=tmp_path)
    graph.run()
    yield graph
    graph.close()


EDIT = {"node": "lines", "port": "rows", "value": [{"text": "forged"}]}


def set_n(view: View, n: int) -> None:
    assert refused(view, "set_input", node="lines", port="n", value=n) == ""


def test_t10_an_edit_of_a_visitor_answers_nobody_else(graph: Graph) -> None:
    one = Visitor(graph)
    set_n(one, 3)
    run(one)
    assert refused(one, "override", **EDIT) == ""
    run(one)
    assert one.shown("joined", "output") == "forged"
    set_n(one, 4)
    run(one)
    set_n(one, 3)
    run(one)
    assert one.shown("joined", "output") == "forged", "in the visit it stands for the run"
    two = Visitor(graph)
    set_n(two, 3)
    run(two)
    assert two.shown("joined", "output") == "line 0, line 1, line 2"
    assert graph.run(inputs={"lines__n": 3})["joined"]["output"] == "line 0, line 1, line 2"


def test_t10_an_edit_answers_on_its_own_sheet_only(graph: Graph) -> None:
    graph.override(graph["lines"].rows, [{"text": "mine"}])
    graph.run()
    graph.inputs["lines__n"] = 5
    graph.run()
    graph.sheets.create("Other")
    graph.sheets.use("Other")
    assert graph.run()["joined"]["output"] == "line 0, line 1"
    graph.sheets.use("Sheet 1")
    graph.inputs["lines__n"] = 2
    assert graph.run()["joined"]["output"] == "mine"


def test_t10_an_edit_answers_so_after_many_runs_and_a_restart(graph: Graph) -> None:
    graph.override(graph["lines"].rows, [{"text": "mine"}])
    for _ in range(70):
        graph.run(graph["lines"], inputs={"lines__n": 5}, force=True)
    graph.close()
    graph.inputs["lines__n"] = 2
    assert graph.run("joined")["joined"]["output"] == "mine"
    graph.sheets.create("Other")
    graph.sheets.use("Other")
    assert graph.run("joined")["joined"]["output"] == "line 0, line 1"


def test_t10_an_answer_of_a_visitor_answers_nobody_else(tmp_path: Path) -> None:
    source = FnNode(lambda: ["a", "b"], "source")
    graph = Graph("Asked", [ops.ChooseOne("choice", options=source.output)], store=tmp_path)
    one, two = Visitor(graph), Visitor(graph)
    for visitor, index in ((one, 1), (two, 0)):
        run(visitor)
        nodes = {node["id"]: node for node in visitor.bridge.snapshot()["nodes"]}
        question = nodes["choice"]["state"]["question"]
        assert question is not None, "nobody has answered it here"
        told(visitor, "answer", node="choice", key=question["key"], answer=index)
        run(visitor)
        assert visitor.shown("choice", "selected") == "ab"[index]
    graph.run(check=False)
    assert [question.node for question in graph.questions()] == ["choice"]


def test_t10_a_visit_lists_what_it_made_or_was_shown(graph: Graph) -> None:
    one, two = Visitor(graph), Visitor(graph)
    graph.run(inputs={"lines__n": 8})
    for n in (6, 7):
        set_n(one, n)
        run(one)
    listed = told(one, "list_runs", node="lines")["rows"]
    assert [row["index"] for row in listed] == [3, 2, 1]
    assert [row["label"] for row in listed] == ["n: 6 → 7", "n: 2 → 6", "first run"]
    assert len(told(one, "list_runs", node="lines", limit=2)["rows"]) == 2
    nodes = {node["id"]: node for node in one.bridge.snapshot()["nodes"]}
    assert nodes["lines"]["state"]["history"]["total"] == 3
    assert [row["label"] for row in told(two, "list_runs", node="lines")["rows"]] == ["first run"]
    own, others = listed[0]["record"], graph.history("lines")[0].id
    mine = {"record": own}
    assert refused(one, "show_record", **mine) == ""
    theirs = [own, others, *(record.id for record in graph.history("lines"))]
    for view in (one, two):
        known = {row["record"] for row in told(view, "list_runs", node="lines")["rows"]}
        for record in theirs:
            fields: dict[str, dict[str, Any]] = {
                "show_record": {"record": record},
                "select": {"node": "lines", "record": record},
                "compare": {"node": "lines", "records": [record, record]},
                "fetch": {"node": "lines", "port": "rows", "record": record},
            }
            for kind, said in fields.items():
                error = refused(view, kind, **said)
                assert bool(error) == (record not in known), (kind, error)
                assert not error or "of this visit" in error
    assert len(told(View(graph), "list_runs", node="lines")["rows"]) == 4, "the owner sees all"


def test_t10_items_are_of_the_visit_as_their_node_is(tmp_path: Path) -> None:
    numbers = FnNode(lambda n: list(range(n)), "numbers", inputs={"n": ui.Slider(1, 9, 2)})
    node = FnNode(lambda x: x * x, "square", inputs={"x": numbers.output.each})
    graph = Graph("Items", [node], store=tmp_path)
    graph.run()
    graph.run(inputs={"numbers__n": 4})
    one = Visitor(graph)
    rows = told(one, "list_items", node="square")["rows"]
    assert len(rows) == 4
    for row in rows:
        assert refused(one, "show_record", record=row["record"]) == ""
    older = graph.history("square")[1].items[0].id
    graph.run(inputs={"numbers__n": 9})
    other = graph.history("square")[0].items[8].id
    assert "of this visit" in refused(one, "show_record", record=other)
    assert refused(one, "show_record", record=older) == "", "an item that is shown as well"


def test_t10_what_is_everybodys_stays_as_it_is(graph: Graph) -> None:
    record = graph.history("lines")[0]
    graph.store.star(record)
    graph.sheets.create("Drafts")
    visitor = Visitor(graph)
    assert "who owns this page" in refused(visitor, "star", record=record.id, on=False)
    assert "who owns this page" in refused(visitor, "export", form="html")
    error = refused(visitor, "sheet", action="delete", name="Drafts")
    assert "'Drafts' is on record" in error
    assert "is on record" in refused(visitor, "sheet", action="rename", name="Drafts", to="x")
    assert refused(visitor, "sheet", action="use", name="Drafts") == ""
    assert refused(visitor, "sheet", action="create", to="Mine") == ""
    assert refused(visitor, "sheet", action="rename", name="Mine", to="My own") == ""
    assert refused(visitor, "sheet", action="delete", name="My own") == ""
    assert [run.id for run in graph.store.starred] == [record.id]
    assert list(graph.sheets) == ["Sheet 1", "Drafts"]
    for _ in range(20):
        assert refused(visitor, "sheet", action="create") == ""
    assert "may add 20 sheets" in refused(visitor, "sheet", action="create")


def test_t10_python_on_a_visited_page_has_the_history_of_the_visit(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = graph.store.folder.parent  # type: ignore[union-attr]
    graph.run(inputs={"lines__n": 6})
    graph.close()
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    visit = Graph("Shared", list(graph), store=home)
    assert len(visit.history("lines")) == 1
    visit.run(inputs={"lines__n": 7})
    assert len(visit.history("lines")) == 2
    for deed in (
        visit.store.prune,
        lambda: visit.store.export(home / "out.zip"),
        lambda: visit.store.load(home / "out.zip"),
        lambda: visit.store.star(visit.history("lines")[0]),
    ):
        with pytest.raises(NotForVisitorsError, match="who owns this page"):
            deed()
    visit.close()


def test_t10_visits_leave_no_cursor_behind(graph: Graph) -> None:
    before = graph.session.log.index.read("lines").cursors.keys()
    for _ in range(3):
        visitor = Visitor(graph)
        set_n(visitor, 9)
        run(visitor)
    assert graph.session.log.index.read("lines").cursors.keys() == before


def size_of(text: str, file: Any) -> int:
    if text == "fail":
        raise ValueError(text)
    return len(text)


def stored(graph: Graph) -> set[str]:
    return {*graph.session.log.store.keys("a:")}


def test_t10_what_a_visitor_enters_stays_in_memory_until_something_comes_of_it(
    tmp_path: Path,
) -> None:
    inputs = {"text": ui.Textbox(), "file": ui.File()}
    graph = Graph("Memory", [FnNode(size_of, "it", inputs=inputs)], store=tmp_path)
    graph.run(inputs={"it__text": "author"})
    before = stored(graph)
    visitor = Visitor(graph)
    for length in (1_000, 10_000, 200_000):
        value = "x" * length
        assert refused(visitor, "set_input", node="it", port="text", value=value) == ""
    large = visitor.upload("large.bin", b"y" * 3_000_000)
    assert refused(visitor, "set_input", node="it", port="file", value=large) == ""
    visitor.session.close()
    assert stored(graph) == before
    folder = graph.store.folder
    assert folder is not None
    assert not list((folder / "drafts").glob("*"))

    visitor = Visitor(graph)
    large = visitor.upload("large.bin", b"y" * 3_000_000)
    told(visitor, "set_input", node="it", port="file", value=large)
    for text in ("x" * 5_000, "fail"):
        told(visitor, "set_input", node="it", port="text", value=text)
        run(visitor)
    failed, succeeded = graph.history("it")[:2]
    assert (failed.inputs["text"], failed.status) == ("fail", "failed")
    assert succeeded.inputs["text"] == "x" * 5_000
    for each in (failed, succeeded):
        assert each.inputs["file"].read_bytes() == b"y" * 3_000_000
    visitor.session.close()


def test_t10_so_it_is_with_what_is_entered_item_by_item(tmp_path: Path) -> None:
    form = InputNode("form", {"rows": ItemList(text=ui.Textbox())})
    node = FnNode(len, "it", inputs={"obj": form.rows.each["text"]}, outputs=["n"])
    graph = Graph("Rows", [node], store=tmp_path)
    graph.status()
    visitor, rows = Visitor(graph), [{"text": str(i) * 2_000} for i in range(3)]
    assert refused(visitor, "set_input", node="form", port="rows", value=rows) == ""
    run(visitor)
    assert visitor.shown("it", "n") == [2_000] * 3
    [record] = graph.history("it")
    assert record.outputs["n"] == [2_000] * 3
    [values] = record.inputs.values()
    assert next(iter(values)) in (rows[0], rows[0]["text"])
    assert [item.inputs["obj"] for item in record.items] == [row["text"] for row in rows]


def test_t10_who_says_more_than_can_be_answered_is_told_so(tmp_path: Path) -> None:
    node = FnNode(lambda n: n, "it", inputs={"n": ui.Number(1)})
    graph = Graph("Flood", [node], store=tmp_path)
    visitor = Visitor(graph)
    with visitor.session.lock:  # nothing can be answered
        for count in range(2_000):
            said = {"kind": "list_runs", "id": str(count), "node": "it"}
            visitor.bridge.receive(said)
    answers = [visitor.hear()[0] for _ in range(2_000)]
    assert {answer["id"] for answer in answers} == {str(count) for count in range(2_000)}
    late = [answer for answer in answers if answer["kind"] == "command_rejected"]
    assert 1_000 < len(late) < 2_000
    assert "More was sent at once" in late[0]["error"]


def test_t10_a_visitor_starts_so_many_runs_at_once(tmp_path: Path) -> None:
    def wait(n: int) -> int:
        assert go_on.wait(20)
        return n

    go_on = threading.Event()
    graph = Graph("Runs", [FnNode(wait, inputs={"n": ui.Number(1)})], store=tmp_path)
    visitor = Visitor(graph)
    errors = [refused(visitor, "run", targets=["wait"]) for _ in range(40)]
    go_on.set()
    assert errors[0] == ""
    assert "more than a visitor may start" in errors[-1]


def test_t10_a_visitor_sets_what_the_canvas_lets_people_set(tmp_path: Path) -> None:
    fixed = ui.Number(1, interactive=False)
    node = FnNode(lambda n, m: f"{n} {m}", "it", inputs={"n": fixed, "m": ui.Number(2)})
    graph = Graph("Fixed", [node], store=tmp_path)
    graph.run()
    visitor, where = Visitor(graph), {"node": "it", "port": "n"}
    assert "it is not interactive" in refused(visitor, "set_input", **where, value=5)
    assert refused(visitor, "set_input", node="it", port="m", value=5) == ""
    for value in ("forged", 5, [{"text": "x"}]):
        error = refused(visitor, "override", node="it", port="output", value=value)
        assert "a list of items, which visitors may edit" in error
    assert refused(View(graph), "override", node="it", port="output", value="mine") == ""


def test_t10_a_run_that_a_visitor_stops_has_its_inputs_on_record(tmp_path: Path) -> None:
    began, go_on = threading.Event(), threading.Event()

    def wait(text: str, file: Any) -> str:
        began.set()
        assert go_on.wait(20)
        return text

    slow = FnNode(wait, "slow", inputs={"text": ui.Textbox(), "file": ui.File()}, concurrent=False)
    graph = Graph("Stopped", [slow], store=tmp_path)
    graph.status()
    visitor = Visitor(graph)
    file = visitor.upload("mine.bin", b"y" * 3_000_000)
    told(visitor, "set_input", node="slow", port="text", value="x" * 50_000)
    told(visitor, "set_input", node="slow", port="file", value=file)
    visitor.say("run")
    assert began.wait(20)
    visitor.until(lambda: visitor.run is not None)
    visitor.say("stop")
    visitor.until(lambda: visitor.run is None)
    go_on.set()
    visitor.session.close()
    [record] = graph.history("slow")
    assert record.status == "cancelled"
    assert record.inputs["text"] == "x" * 50_000
    assert record.inputs["file"].read_bytes() == b"y" * 3_000_000
