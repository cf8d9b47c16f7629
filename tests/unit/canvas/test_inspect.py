"""What a canvas asks about runs, items, variants and plans, without a browser."""

from __future__ import annotations

import contextlib
import copy
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import Context, FnNode, Graph, InputNode, ui
from daggr_nb._canvas.differences import difference
from tests.unit.canvas.test_bridge import View


def scale(x: float, by: float) -> float:
    sys.stdout.write("scaling\n")
    return x * by


def third(x: int) -> float:
    if x == 3:
        raise ValueError("not three")
    return 1 / x


@pytest.fixture
def graph() -> Graph:
    form = InputNode("Form", {"by": ui.Slider(0, 9, 2)})
    one = FnNode(scale, "one", inputs={"x": ui.Number(3), "by": form.by})
    two = FnNode(scale, "two", inputs={"x": one.output, "by": 10})
    return Graph("Scaling", [two], persist_key=False)


@pytest.fixture
def view(graph: Graph) -> View:
    return View(graph)


def asked(view: View, kind: str, **fields: Any) -> dict[str, Any]:
    """Ask and return the answer; what else arrives before it is taken in."""
    view.say(kind, **fields)
    while True:
        message, _ = view.hear()
        if message.get("id") == "c1":
            return message


# ---------------------------------------------------------------- plans


def test_a_plan_says_what_would_run_and_why(view: View, graph: Graph) -> None:
    graph.run()
    graph.inputs["one__x"] = 4
    planned = asked(view, "plan", targets=["two"], mode="to_here")
    assert planned["kind"] == "planned"
    assert [step["node"] for step in planned["steps"]] == ["one", "two"]
    assert planned["steps"][0]["reasons"][0]["text"] == "x: 3 → 4"
    step = asked(view, "plan", targets=["two"], mode="step")
    assert [one["node"] for one in step["steps"]] == ["two"]
    assert [run.status for run in graph.history("one")] == ["succeeded"], "nothing has run"


def test_a_plan_is_that_of_the_run(view: View, graph: Graph) -> None:
    modes: list[dict[str, Any]] = [
        {"mode": "stale"},
        {"mode": "downstream", "targets": ["one"]},
        {"mode": "step", "targets": ["one"], "force": True},
    ]
    for way in modes:
        planned = asked(view, "plan", **way)
        run = graph.session.submit(way.get("targets", []), way["mode"], way.get("force", False))
        run.result()
        assert set(run.steps) == {step["node"] for step in planned["steps"]}


# ---------------------------------------------------------------- history


def test_the_history_of_a_node_is_listed_newest_first(view: View, graph: Graph) -> None:
    for x in (3, 4, 5):
        graph.inputs["one__x"] = x
        graph.run("one")
    rows = asked(view, "list_runs", node="one")["rows"]
    assert [row["index"] for row in rows] == [3, 2, 1]
    assert [row["label"] for row in rows] == ["x: 4 → 5", "x: 3 → 4", "first run"]
    assert [row["shown"] for row in rows] == [True, False, False]
    page = asked(view, "list_runs", node="one", limit=2)
    assert (len(page["rows"]), page["more"]) == (2, True)
    rest = asked(view, "list_runs", node="one", before=2)
    assert ([row["index"] for row in rest["rows"]], rest["more"]) == ([1], False)


def test_a_record_is_starred_and_no_longer(view: View, graph: Graph) -> None:
    graph.run()
    record = asked(view, "list_runs", node="one")["rows"][0]["record"]
    assert asked(view, "star", record=record, on=True)["kind"] == "done"
    assert asked(view, "list_runs", node="one")["rows"][0]["starred"]
    assert [run.id for run in graph.store.starred] == [record]
    asked(view, "star", record=record, on=False)
    assert graph.store.starred == []


def test_two_runs_are_compared(view: View, graph: Graph) -> None:
    graph.run()
    graph.inputs["one__x"] = 4
    graph.run()
    newest, oldest = (row["record"] for row in asked(view, "list_runs", node="one")["rows"])
    found = asked(view, "compare", node="one", records=[newest, oldest])
    assert (found["former"]["index"], found["latter"]["index"]) == (1, 2)
    assert [(p["name"], p["same"]) for p in found["inputs"]] == [("x", False), ("by", True)]
    x = found["inputs"][0]
    assert (x["former"]["data"], x["latter"]["data"]) == (3, 4)
    (output,) = found["outputs"]
    assert (output["former"]["data"], output["latter"]["data"]) == (6, 8)
    assert found["code"] == []


def test_values_of_former_runs_are_fetched_by_record(view: View, graph: Graph) -> None:
    graph.run()
    graph.inputs["one__x"] = 4
    graph.run()
    oldest = asked(view, "list_runs", node="one")["rows"][-1]["record"]
    asked(view, "fetch", node="one", port="output", record=oldest)
    assert view.fetched == [b"6"]
    asked(view, "fetch", node="one", port="x", record=oldest, control=True)
    assert view.fetched == [b"3"]
    assert "no 'y'" in asked(view, "fetch", node="one", port="y", record=oldest)["error"]


def test_a_run_is_looked_into(view: View, graph: Graph) -> None:
    graph.run()
    record = asked(view, "list_runs", node="one")["rows"][0]["record"]
    found = asked(view, "show_record", record=record)
    assert {v["name"]: v["preview"]["data"] for v in found["inputs"]} == {"x": 3, "by": 2}
    assert found["outputs"][0]["preview"]["data"] == 6
    assert found["log"] == "scaling\n"


def test_of_a_long_log_the_end_is_shown_and_the_beginning_kept() -> None:
    def chat(count: int, ctx: Context) -> None:
        for i in range(count):
            ctx.log(f"line {i} " + "x" * 60)

    graph = Graph("Chat", [FnNode(chat, inputs={"count": ui.Number(3, precision=0)})])
    view = View(graph)
    graph.run()
    view.until(lambda: view.state("chat")["log"].count("\n") == 3)
    graph.run(inputs={"chat__count": 10_000})
    view.until(lambda: "line 9999" in view.state("chat")["log"])
    first, *lines, last, rest = view.state("chat")["log"].split("\n")
    assert lines[0].startswith("line 99")
    assert (last[:9], rest) == ("line 9999", "")
    assert first.startswith("… ")
    assert first.endswith(" lines before these")
    kept = graph.history("chat")[0].record.logs.split("\n")
    assert kept[0].startswith("line 0 ")
    assert [line for line in kept if "characters are left out here" in line]
    assert 190_000 < len("\n".join(kept)) < 210_000


# ---------------------------------------------------------------- items


@pytest.fixture
def scattered() -> Graph:
    numbers = FnNode(lambda: list(range(1, 41)), "numbers", outputs=["all"])
    each = FnNode(third, "each", inputs={"x": numbers.all.each}, outputs=["share"])
    return Graph("Scattered", [each], persist_key=False)


def test_items_are_sent_page_by_page(scattered: Graph) -> None:
    view = View(scattered)
    scattered.submit().events()
    view.until(lambda: view.state("each")["status"] == "failed")
    items = view.state("each")["items"]
    assert (items["total"], items["failed"], len(items["rows"])) == (40, 1, 8)
    assert items["rows"][0]["path"] == "2", "failed ones come first"
    page = asked(view, "list_items", node="each", offset=30, limit=5)
    assert (page["total"], [row["path"] for row in page["rows"]]) == (
        40,
        ["30", "31", "32", "33", "34"],
    )
    assert page["rows"][0]["label"] == "31"
    (failed,) = asked(view, "list_items", node="each", failed=True)["rows"]
    assert (failed["path"], failed["error"]["message"]) == ("2", "not three")
    found = asked(view, "show_record", record=failed["record"])
    assert "raise ValueError" in found["error"]["traceback"]
    assert found["inputs"][0]["preview"]["data"] == 3
    fine = page["rows"][0]["record"]
    shown = asked(view, "show_record", record=fine)
    assert shown["outputs"][0]["preview"]["data"] == 1 / 31


def test_items_of_a_node_that_has_none(view: View) -> None:
    assert asked(view, "list_items", node="one")["rows"] == []


def test_one_failed_item_is_tried_again(scattered: Graph) -> None:
    view = View(scattered)
    scattered.run(check=False)
    name = next(n for n in view.nodes if scattered.history(n)[0].items)
    before = [item.id for item in scattered.history(name)[0].items]
    view.say("run", targets=[name], mode="step", item="2")
    while scattered.history(name)[0].items[2].id == before[2]:
        view.hear()
    now = [item.id for item in scattered.history(name)[0].items]
    assert [place for place, item in enumerate(now) if item != before[place]] == [2]


def test_an_item_that_is_none_is_refused_and_nothing_runs(scattered: Graph) -> None:
    view = View(scattered)
    scattered.run(check=False)
    name = next(n for n in view.nodes if scattered.history(n)[0].items)
    answer = asked(view, "run", targets=[name], mode="step", item="77")
    assert answer["kind"] == "command_rejected"
    assert "'77'" in answer["error"]
    assert len(scattered.history(name)) == 1


# ---------------------------------------------------------------- choices


@pytest.fixture
def choice() -> Graph:
    def short(text: str) -> str:
        return text[:3]

    def loud(text: str) -> str:
        return text.upper()

    style = FnNode(short, inputs={"text": ui.Textbox(value="otters")}) | FnNode(
        loud, inputs={"text": ui.Textbox(value="otters")}
    )
    return Graph("Choice", [style], persist_key=False)


def test_several_variants_run_and_the_choice_stays(choice: Graph) -> None:
    view = View(choice)
    name = next(iter(view.nodes))
    before = asked(view, "list_variants", node=name)["variants"]
    assert [(v["name"], v["chosen"], v["run"]) for v in before] == [
        ("short", True, None),
        ("loud", False, None),
    ]
    asked(view, "run_variants", node=name, variants=["short", "loud"])
    variants: list[dict[str, Any]] = []
    while not variants or any(v["running"] for v in variants):
        variants = asked(view, "list_variants", node=name)["variants"]
    texts = [v["outputs"][0]["preview"]["data"] for v in variants]
    assert texts == ["ott", "OTTERS"]
    assert choice.inputs[f"{name}__variant"] == "short"
    assert len(choice.history(name)) == 2
    assert choice.undo() is False, "no edit of the person's"


@pytest.mark.parametrize("by", ["stop", "stop_variants"])
def test_variants_at_work_are_seen_and_stopped(by: str) -> None:
    begun = threading.Semaphore(0)

    def endless(text: str, ctx: Context) -> str:
        begun.release()
        while not ctx.cancelled:
            threading.Event().wait(0.01)
        return text

    def other(text: str, ctx: Context) -> str:
        return endless(text, ctx)

    text = {"text": ui.Textbox(value="otters")}
    ways = [FnNode(f, inputs=text, version="1", concurrent=True) for f in (endless, other)]
    graph = Graph("Endless", [ways[0] | ways[1]], persist_key=False)
    view = View(graph)
    name = next(iter(view.nodes))
    view.say("run_variants", node=name, variants=["endless", "other"])
    for _ in range(2):
        assert begun.acquire(timeout=20)
    while view.run is None or view.run["total"] < 2:
        view.hear()
    assert [v["running"] for v in asked(view, "list_variants", node=name)["variants"]] == [True] * 2
    assert view.nodes[name]["state"]["status"] == "missing", "the sheet itself runs nothing"
    view.say(by, **({"node": name} if by == "stop_variants" else {}))
    while view.run is not None:
        view.hear()
    listed = asked(view, "list_variants", node=name)["variants"]
    assert [(v["running"], v["run"]["status"]) for v in listed] == [(False, "cancelled")] * 2


def test_a_stop_leaves_runs_beside_another_sheet_alone(choice: Graph) -> None:
    gate, begun = threading.Event(), threading.Event()

    def waits(text: str) -> str:
        begun.set()
        assert gate.wait(20)
        return text

    text = {"text": ui.Textbox(value="otters")}
    style = FnNode(waits, inputs=text, version="1") | FnNode(str.upper, "loud", inputs={"self": 1})
    graph = Graph("Two sheets", [style], persist_key=False)
    view = View(graph)
    name = next(iter(view.nodes))
    view.say("run_variants", node=name, variants=["waits"])
    assert begun.wait(20)
    graph.sheets.create("other")
    graph.sheets.use("other")
    asked(view, "list_variants", node=name)
    assert view.bridge.snapshot()["run"] is None
    view.say("stop")
    gate.set()
    while graph.session.runs.busy:
        pass
    assert graph.history(name)[0].status == "succeeded"


def test_variants_that_are_none(choice: Graph, view: View) -> None:
    chosen = View(choice)
    name = next(iter(chosen.nodes))
    answer = asked(chosen, "run_variants", node=name, variants=["lout"])
    assert "Did you mean 'loud'" in answer["error"]
    assert "no choice" in asked(view, "list_variants", node="one")["error"]


# ---------------------------------------------------------------- collapsed and tidy


def test_collapsed_cards_make_room_and_are_kept(tmp_path: Any) -> None:
    def make() -> Graph:
        form = InputNode("Form", {"by": ui.Slider(0, 9, 2)})
        nodes = [FnNode(scale, n, inputs={"x": ui.Number(3), "by": form.by}) for n in "abc"]
        return Graph("Kept", nodes, store=tmp_path)

    graph = make()
    view = View(graph)
    view.say("measured", heights=dict.fromkeys(view.nodes, 300.0))
    before = dict(view.bridge.positions)
    view.say("collapse", nodes=["a"], on=True)
    collapsed: list[dict[str, bool]] = []
    while not collapsed:
        message, _ = view.hear()
        changes = message.get("changes", [])
        collapsed = [c["nodes"] for c in changes if c["kind"] == "collapsed"]
    assert collapsed == [{"a": True}]
    gap = view.bridge.positions["b"][1] - view.bridge.positions["a"][1]
    assert gap < before["b"][1] - before["a"][1]
    graph.close()
    again = View(make())
    assert [n for n, card in again.nodes.items() if card["collapsed"]] == ["a"]


def test_tidy_gives_positions_back_to_the_layout(view: View, graph: Graph) -> None:
    laid = dict(view.bridge.positions)
    view.say("move", node="one", x=900, y=700)
    while view.bridge.positions["one"] != (900, 700):
        view.hear()
    view.say("tidy")
    while view.bridge.positions != laid:
        view.hear()
    assert not graph.session.current.sheet.positions


# ---------------------------------------------------------------- exports


@pytest.mark.parametrize("form", ["svg", "html"])
def test_an_export_is_a_document_of_its_own(view: View, graph: Graph, form: str) -> None:
    graph.run()
    asked(view, "export", form=form)
    (data,) = view.fetched
    text = data.decode()
    assert "one" in text
    assert "<script" not in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_the_lists_of_a_scattered_node_are_shown_item_by_item() -> None:
    make = FnNode(lambda: ["a", "b"], "make", outputs=["word"])
    page = FnNode(
        lambda w: f"*{w}*", "page", inputs={"w": make.word.each}, outputs={"text": ui.Markdown()}
    )
    graph = Graph("Pages", [page], persist_key=False)
    view = View(graph)
    graph.run()
    view.until(lambda: "text" in view.nodes["page"]["values"])
    shown = view.nodes["page"]["values"]["text"]
    assert shown["mime"] == "application/x-daggr-each"
    assert [(item["mime"], item["data"]) for item in shown["items"]] == [
        ("text/markdown", "*a*"),
        ("text/markdown", "*b*"),
    ]
    record = graph.history("page")[0]
    whole, one = (asked(view, "show_record", record=each.id) for each in (record, record.items[1]))
    assert whole["outputs"][0]["preview"]["mime"] == "application/x-daggr-each"
    assert one["outputs"][0]["preview"]["mime"] == "text/markdown"
    view.say("fetch", node="page", port="text", path=[1])
    view.until(lambda: view.fetched)
    assert bytes(view.fetched[0]) == b"*b*"


def test_a_long_value_in_the_history_is_shown_from_where_it_differs() -> None:
    start = "Write a letter to the keeper of the otters, and be"
    node = FnNode(str.upper, "letter", inputs={"self": ui.Textbox(value=f"{start} dry.")})
    graph = Graph("Long", [node], persist_key=False)
    view = View(graph)
    graph.run()
    graph.run(inputs={"letter__self": f"{start} warm."})
    newest = asked(view, "list_runs", node="letter")["rows"][0]
    assert newest["label"] == "self: …dry. → …warm."


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (1904.448755304796, 782.5537970681771, "1904.45 → 782.554"),
        (0.1 + 0.2, 0.3, "0.30000000000000004 → 0.3"),
        (1e-09, 2e-09, "1e-09 → 2e-09"),
        (2.0, 3.0, "2 → 3"),
    ],
)
def test_of_numbers_as_much_is_told_as_tells_them_apart(
    before: float, now: float, told: str
) -> None:
    graph = Graph("Numbers", [FnNode(scale, inputs={"x": ui.Number(before), "by": 1})])
    view = View(graph)
    graph.run()
    graph.inputs["scale__x"] = now
    assert [reason.text for reason in graph.status()["scale"].reasons] == [f"x: {told}"]
    graph.run()
    assert asked(view, "list_runs", node="scale")["rows"][0]["label"] == f"x: {told}"


def test_a_blocked_card_says_what_it_waits_for() -> None:
    first = FnNode(third, "first", inputs={"x": 3})
    second = FnNode(scale, "second", inputs={"x": first.output, "by": 2})
    third_one = FnNode(scale, "third", inputs={"x": second.output, "by": 2})
    graph = Graph("Blocked", [third_one], persist_key=False)
    view = View(graph)
    graph.run(check=False)
    view.until(lambda: view.state("third")["status"] == "blocked")
    texts = [view.state(name)["reasons"][0]["text"] for name in ("second", "third")]
    assert texts == ["waits for first, which failed", "waits for second, which is blocked"]


# ---------------------------------------------------------------- what a person changed


def faded(sound: list[float], decay: float = 0.6) -> list[float]:
    return [each * decay for each in sound]


def tone(pitch: int = 440) -> list[float]:
    return [pitch * 1.0, pitch * 2.0]


def loudest(sound: list[float]) -> float:
    return max(sound)


def sounds() -> Graph:
    form = InputNode("Form", {"pitch": ui.Number(440, precision=0)})
    made = FnNode(tone, "tone", inputs={"pitch": form.pitch})
    echo = FnNode(faded, "echo", inputs={"sound": made.output, "decay": ui.Number(0.6)})
    peak = FnNode(loudest, "peak", inputs={"sound": echo.output})
    return Graph("Echo", [peak], persist_key=False)


def test_a_run_is_told_by_what_was_changed_above_it() -> None:
    graph = sounds()
    view = View(graph)
    graph.run()
    graph.run(inputs={"echo__decay": 0.7})
    graph.run(inputs={"Form__pitch": 220, "echo__decay": 0.5})
    rows = asked(view, "list_runs", node="peak")["rows"]
    assert [row["label"] for row in rows] == [
        "decay: 0.7 → 0.5, pitch: 440 → 220",
        "decay: 0.6 → 0.7",
        "first run",
    ]
    (change,) = rows[1]["changes"]
    assert (change["node"], change["former"], change["latter"]) == ("echo", "0.6", "0.7")
    assert [change["node"] for change in rows[0]["changes"]] == ["echo", "Form"]


def test_a_comparison_begins_with_what_was_changed_above() -> None:
    graph = sounds()
    view = View(graph)
    graph.run()
    graph.run(inputs={"echo__decay": 0.7})
    newest, oldest = (row["record"] for row in asked(view, "list_runs", node="peak")["rows"])
    found = asked(view, "compare", node="peak", records=[newest, oldest])
    (cause,) = found["causes"]
    assert (cause["node"], cause["name"], cause["how"]) == ("echo", "decay", "+0.1")
    assert (cause["former"]["data"], cause["latter"]["data"]) == (0.6, 0.7)
    assert found["inputs"][0]["how"] == "item 1: 264.0 → 308.0, item 2: 528.0 → 616.0"
    asked(view, "fetch", node="peak", port=cause["port"], record=cause["records"][0], control=True)
    assert view.fetched == [b"0.6"]


def test_a_run_of_new_code_above_is_told_by_that(tmp_path: Path) -> None:
    def way(x: int = 1) -> int:
        return x + 1

    def other(x: int = 1) -> int:
        return x + 2

    for made in (way, other):
        first = FnNode(made, "first", inputs={"x": ui.Number(1, precision=0)}, outputs=["y"])
        last = FnNode(scale, "last", inputs={"x": first.y, "by": 2})
        graph = Graph("Code", [last], store=tmp_path)
        graph.run()
        view = View(graph)
    rows = asked(view, "list_runs", node="last")["rows"]
    assert rows[0]["changes"][0]["node"] == "first"
    assert "first" in rows[0]["label"]
    records = [row["record"] for row in rows]
    assert asked(view, "compare", node="last", records=records)["code"][0]["diff"]


def test_a_run_has_a_label_of_a_person_s(view: View, graph: Graph) -> None:
    graph.run()
    record = asked(view, "list_runs", node="one")["rows"][0]["record"]
    assert asked(view, "label", record=record, text="  the good\none ")["kind"] == "done"
    assert asked(view, "list_runs", node="one")["rows"][0]["name"] == "the good one"
    (run,) = graph.history("one")
    assert run.label == "the good one"
    assert "200" in asked(view, "label", record=record, text="x" * 201)["error"]
    graph.store.label(run, "")
    assert run.label == ""
    assert asked(view, "list_runs", node="one")["rows"][0]["name"] == ""


def test_of_a_run_the_first_result_is_looked_at_alone(view: View, graph: Graph) -> None:
    graph.run()
    record = asked(view, "list_runs", node="one")["rows"][0]["record"]
    found = asked(view, "show_record", record=record, first=True)
    assert [value["preview"]["data"] for value in found["outputs"]] == [6]
    assert (found["inputs"], found["log"]) == ([], "")


@pytest.mark.parametrize(
    ("former", "latter", "how"),
    [
        (1, 4, "+3"),
        (0.7, 0.6, "−0.1"),
        ("a", 1, "str → int"),
        ([1, 2, 3], [1, 2], "3 items → 2"),
        ([1, 2, 3], [1, 5, 3], "item 2: 2 → 5"),
        ([1, 2, 3, 4], [5, 6, 7, 4], "3 of 4 items differ"),
        ({"a": 1, "b": 2}, {"a": 3, "c": 2}, "a: 1 → 3, b is gone, 1 more"),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "a: item 2: b: 2 → 3"),
        ("some words", "other words", ""),
        (True, False, ""),
        (None, 1, "NoneType → int"),
    ],
)
def test_values_differ_in_few_words(former: Any, latter: Any, how: str) -> None:
    assert difference(former, latter).words == how


def test_arrays_and_pictures_differ_in_few_words() -> None:
    numpy, pil = pytest.importorskip("numpy"), pytest.importorskip("PIL.Image")
    former = numpy.array([1.0, 2.0, float("nan")])
    assert (
        difference(former, former + numpy.array([0, 0.5, 0])).words
        == "1 of 3 values differ, by 0.5 at most"
    )
    assert difference(former, former[:2]).words == "3 → 2"
    assert difference((8, former), (8, former * 2)).words == (
        "item 2: 2 of 3 values differ, by 2 at most"
    )
    red, blue = (pil.new("RGB", (4, 4), colour) for colour in ("red", "blue"))
    assert difference(red, blue).words == "100% of pixels differ"


def test_tables_differ_by_their_cells() -> None:
    pandas = pytest.importorskip("pandas")
    former = pandas.DataFrame({"measure": ["rms", "peak", "mean"], "value": [1.5, 2.0, 3.0]})
    latter = former.assign(value=[1.5, 2.5, 3.0])
    told = difference(former, latter)
    assert told.words == "1 of 3 rows differ"
    assert told.table is not None
    (row,) = told.table.rows
    assert (row.former, row.latter, row.changed) == (["peak", 2.0], ["peak", 2.5], [1])
    shorter = difference(former, former.drop(index=1)).table
    assert shorter is not None
    assert [(row.former, row.latter) for row in shorter.rows] == [(["peak", 2.0], None)]
    wider = difference(former, former.assign(unit="dB"))
    assert "new: unit" in wider.words


class Moody:
    """Nobody can compare it."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("do not ask")

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        raise SystemExit


@pytest.mark.parametrize("value", [Moody(), [Moody()], {"a": Moody()}])
def test_what_cannot_be_compared_stops_no_comparison(value: Any) -> None:
    other = copy.deepcopy(value)
    assert isinstance(difference(value, other).words, str)


# ---------------------------------------------------------------- sweeps


def test_the_runs_of_a_sweep_are_one_group() -> None:
    graph = sounds()
    view = View(graph)
    graph.run()
    graph.sweep({"echo__decay": [0.5, 0.6, 0.7], "Form__pitch": [440, 880]}, at_once=1)
    listed = asked(view, "list_runs", node="peak")
    (sweep,) = listed["sweeps"]
    assert sweep["inputs"] == ["decay", "pitch"]
    assert [cell["values"] for cell in sweep["cells"]] == [
        [decay, pitch] for decay in ("0.5", "0.6", "0.7") for pitch in ("440", "880")
    ]
    by_id = {run.id: run for run in graph.history("peak")}
    values = [by_id[cell["run"]["record"]].outputs["output"] for cell in sweep["cells"]]
    assert values == pytest.approx([440, 880, 528, 1056, 616, 1232])
    groups = {row["index"]: row["sweep"] for row in listed["rows"]}
    assert groups.pop(1) == "", "it was known before the sweep"
    assert groups.keys() == {2, 3, 4, 5, 6}
    assert {*groups.values()} == {sweep["id"]}
    tone_runs = asked(view, "list_runs", node="tone")
    assert len(tone_runs["sweeps"]) == 1


def test_sweeps_and_labels_are_kept_exported_and_pruned(tmp_path: Path) -> None:
    def graph_in(folder: str) -> Graph:
        node = FnNode(scale, "one", inputs={"x": ui.Number(3), "by": 2})
        return Graph("Kept", [node], store=tmp_path / folder)

    with contextlib.closing(graph_in("a")) as graph:
        graph.sweep({"one__x": [1, 2, 3]}, at_once=1)
        graph.store.label(graph.history("one")[0], "the last")
        graph.store.label(graph.history("one")[-1], "the first")
        graph.store.export(tmp_path / "kept.zip")
    with contextlib.closing(graph_in("b")) as other:
        other.store.load(tmp_path / "kept.zip")
        listed = asked(View(other), "list_runs", node="one")
        assert [row["name"] for row in listed["rows"]] == ["the last", "", "the first"]
        assert len(listed["sweeps"][0]["cells"]) == 3
        other.store.prune(keep=2)
        listed = asked(View(other), "list_runs", node="one")
        assert len(listed["sweeps"][0]["cells"]) == 2
        assert [row["name"] for row in listed["rows"]] == ["the last", ""]


def test_a_secret_in_a_sweep_is_not_written_down() -> None:
    node = FnNode(str.upper, "it", inputs={"self": ui.Textbox(type="password")})
    graph = Graph("Secrets", [node], persist_key=False)
    graph.sweep({"it__self": ["correct horse", "battery staple"]})
    (sweep,) = asked(View(graph), "list_runs", node="it")["sweeps"]
    assert "horse" not in str(sweep)


def test_a_run_is_told_from_the_one_before_it_on_its_sheet() -> None:
    graph = sounds()
    view = View(graph)
    graph.run()
    graph.sweep({"echo__decay": [0.1, 0.2]}, at_once=1)
    graph.run(inputs={"echo__decay": 0.7})
    rows = asked(view, "list_runs", node="peak")["rows"]
    assert rows[0]["label"] == "decay: 0.6 → 0.7"
    assert rows[1]["label"] == "decay: 0.1 → 0.2"


# ---------------------------------------------------------------- step by step


def test_each_step_back_shows_the_result_before_and_says_so() -> None:
    graph = Graph("Steps", [FnNode(third, "third", inputs={"x": ui.Number(1, precision=0)})])
    view = View(graph)
    for x in (1, 2, 3, 4):
        graph.run(inputs={"third__x": x}, check=False)
    view.say("sync", rev=-1)
    view.until(lambda: view.state("third")["history"]["index"] == 4)
    runs = graph.history("third")[::-1]
    for place in (3, 2, 1, 2, 3, 4):
        history = view.state("third")["history"]
        record = history["older"] if place < history["index"] else history["newer"]
        assert record == runs[place - 1].id
        view.say("select", node="third", record=record)
        view.until(lambda place=place: view.state("third")["history"]["index"] == place)
        state = view.state("third")
        assert state["history"]["total"] == 4
        assert state["status"] == runs[place - 1].status
        assert graph.inputs["third__x"] == runs[place - 1].inputs["x"]
    assert view.state("third")["history"]["newer"] is None
