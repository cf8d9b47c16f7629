"""A page of parts tells what they show, and nothing else; a visitor touches nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, ItemList, ui
from daggr_nb._canvas.excerpts import PartKind, excerpt_of
from tests.unit.canvas.test_bridge import View
from tests.unit.trust.visits import Visitor, refused, run, told
from tests.waiting import wait_for


def price(topic: str, margin: float) -> str:
    """How we calculate."""
    print("our supplier is PRINTED")  # noqa: T201 - its log
    if topic == "fail":
        raise ValueError(f"no price for {topic}")
    return f"{topic} at {margin}"


def offer(price: str) -> list[dict[str, str]]:
    return [{"line": price}]


HIDDEN = ("MARGIN-4711", "PRINTED", "INTERNAL", "supplier", "calculate", "secret_step")


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Graph]:
    form = InputNode(
        "form", {"topic": ui.Textbox(value="otters"), "draw": ui.Button("Draw"), "file": ui.File()}
    )
    hidden = FnNode(
        price,
        "secret_step",
        inputs={"topic": form.topic, "margin": ui.Textbox(value="MARGIN-4711")},
    )
    rows = {"rows": ItemList(line=ui.Textbox())}
    page = FnNode(offer, "page", inputs={"price": hidden.output}, outputs=rows)
    other = FnNode(lambda n: f"INTERNAL {n}", "other", inputs={"n": ui.Number(1)})
    graph = Graph("Shop", [page, other], store=tmp_path)
    graph.run()
    yield graph
    graph.close()


def part(graph: Graph, kind: PartKind, *ports: tuple[str, str], nodes: Any = ()) -> Visitor:
    return Visitor(graph, excerpt_of(kind, ports, nodes))


def everything_told(visitor: Visitor) -> str:
    """What a page hears while people work: as it would begin after every step, and the changes."""
    heard: list[Any] = [visitor.bridge.snapshot()]
    author = visitor.session.current
    for topic in ("herons", "fail", "otters"):
        author.set_inputs({("form", "topic"): topic, ("other", "n"): 5})  # type: ignore[dict-item]
        run(visitor)
        heard.append(visitor.bridge.snapshot())
    author.say("a notice that is INTERNAL")
    visitor.session.sheets.use(visitor.session.sheets.create("INTERNAL sheet"))
    visitor.bridge.receive({"kind": "sync", "id": "done", "rev": -1})
    arrived: dict[str, Any] = {}
    while arrived.get("sheet") != "INTERNAL sheet":
        arrived = visitor.hear()[0]
        heard.append({**arrived, "sheet": ""} if "sheet" in arrived else arrived)
    visitor.session.sheets.use("Sheet 1")
    return json.dumps(heard)


def test_t10_a_form_tells_its_own_controls_and_nothing_else(graph: Graph) -> None:
    visitor = part(graph, "form", ("form", "topic"))
    assert list(visitor.nodes) == ["form"]
    assert [output["name"] for output in visitor.nodes["form"]["outputs"]] == ["topic"]
    heard = everything_told(visitor)
    assert "herons" in heard, "what is entered elsewhere is shown"
    for word in (*HIDDEN, "page", "draw", "no price", "other"):
        assert word not in heard, word


def test_t10_a_form_of_everything_tells_the_controls_and_nothing_else(graph: Graph) -> None:
    visitor = part(graph, "form")
    shown = {
        name: [port["name"] for port in (*node["inputs"], *node["outputs"])]
        for name, node in visitor.nodes.items()
    }
    assert shown == {"form": ["topic", "draw", "file"], "secret_step": ["margin"], "other": ["n"]}
    heard = everything_told(visitor)
    assert "MARGIN-4711" in heard
    for word in ("PRINTED", "INTERNAL", "supplier", "calculate", "page", "no price", "->"):
        assert word not in heard, word


def test_t10_a_result_tells_itself_and_why_it_is_not_there(graph: Graph) -> None:
    visitor = part(graph, "output", ("page", "rows"))
    [row] = visitor.nodes["page"]["values"]["rows"]["data"]
    assert row["line"] == "otters at MARGIN-4711"
    heard = everything_told(visitor)
    assert "herons at" in heard
    for word in (*HIDDEN[1:], "topic", "no price", "traceback: ", "other"):
        assert word not in heard, word
    failing = part(graph, "output", ("secret_step", "output"))
    failing.session.current.set_inputs({("form", "topic"): "fail"})  # type: ignore[dict-item]
    run(failing)
    failing.until(lambda: failing.state("secret_step")["status"] == "failed")
    error = failing.state("secret_step")["error"]
    assert error == {"type": "ValueError", "message": "no price for fail", "traceback": ""}
    assert failing.state("secret_step")["log"] == ""


def test_t10_a_history_and_a_button_tell_no_card(graph: Graph) -> None:
    history, button = (part(graph, kind, nodes=["secret_step"]) for kind in ("history", "run"))  # type: ignore[arg-type]
    for visitor in (history, button):
        [card] = visitor.bridge.snapshot()["nodes"]
        assert (card["id"], card["inputs"], card["outputs"]) == ("secret_step", [], [])
        assert card["values"] == {}
        heard = everything_told(visitor)
        for word in ("PRINTED", "INTERNAL", "supplier", "calculate", "no price", "other"):
            assert word not in heard, word
    assert history.state("secret_step")["history"]["total"] >= 1
    assert button.state("secret_step")["history"]["total"] == 0


RUN = {"targets": ["secret_step"], "mode": "to_here"}
TOPIC, MARGIN = {"node": "form", "port": "topic"}, {"node": "secret_step", "port": "margin"}
ROWS = {"node": "page", "port": "rows"}


def commands(record: str) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """What each part offers; all of it is refused to the others, unless they offer it, too."""
    press = {"targets": ["form"], "mode": "downstream"}
    node = {"node": "secret_step"}
    return {
        "form": [
            ("set_input", TOPIC | {"value": "x"}),
            ("fetch", {"node": "form", "port": "file", "control": True}),
            ("run", press),
            ("upload", {"upload": "u", "name": "a.bin", "size": 2, "at": 0}),
        ],
        "output": [
            ("fetch", ROWS),
            ("override", ROWS | {"value": [{"line": "x"}]}),
            ("upload", {"upload": "u", "name": "a.bin", "size": 2, "at": 0}),
        ],
        "history": [
            ("list_runs", node),
            ("show_record", {"record": record}),
            ("compare", node | {"records": [record, record]}),
            ("fetch", node | {"port": "output", "record": record}),
            ("select", node | {"record": record}),
        ],
        "run": [("run", RUN), ("plan", RUN), ("stop", {})],
    }


OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("set_input", MARGIN | {"value": "x"}),
    ("fetch", MARGIN | {"control": True}),
    ("fetch", {"node": "secret_step", "port": "output"}),
    ("fetch", {"node": "other", "port": "output"}),
    ("run", {}),
    ("run", {"targets": ["other"], "mode": "to_here"}),
    ("run", RUN | {"force": True}),
    ("run", RUN | {"mode": "downstream"}),
    ("plan", {}),
    ("stop", {"node": "other"}),
    ("list_runs", {"node": "other"}),
    ("list_items", {"node": "page"}),
    ("list_variants", {"node": "page"}),
    ("run_variants", {"node": "page", "variants": ["x"]}),
    ("stop_variants", {"node": "page"}),
    ("sheet", {"action": "create"}),
    ("undo", {}),
    ("move", {"node": "page", "x": 1, "y": 1}),
    ("tidy", {}),
    ("collapse", {"nodes": ["page"], "on": True}),
    ("export", {"form": "html"}),
]
PARTS: dict[PartKind, tuple[list[tuple[str, str]], list[str]]] = {
    "form": ([("form", "topic"), ("form", "draw"), ("form", "file")], []),
    "output": ([("page", "rows")], []),
    "history": ([], ["secret_step"]),
    "run": ([], ["secret_step"]),
}


@pytest.mark.parametrize("kind", PARTS)
def test_t10_a_visitor_touches_what_a_part_shows_and_nothing_else(
    kind: PartKind, graph: Graph
) -> None:
    ports, nodes = PARTS[kind]
    record = graph.history("secret_step")[0].id
    offers = commands(record)
    own = [(name, json.dumps(fields)) for name, fields in offers[kind]]
    visitor = part(graph, kind, *ports, nodes=nodes)
    for name, fields in offers[kind]:
        error = refused(visitor, name, b"ab", **fields)
        assert "shows a part of the graph" not in error, (name, error)
        run(visitor)
    foreign = [command for other in offers.values() for command in other] + OTHERS
    for name, fields in foreign:
        if (name, json.dumps(fields)) not in own:
            error = refused(visitor, name, b"ab", **fields)
            owner = name == "export" and "who owns this page" in error
            assert owner or "shows a part of the graph" in error, (name, fields, error)


def test_t10_a_press_in_a_form_runs_what_hangs_on_it(graph: Graph) -> None:
    visitor = part(graph, "form", ("form", "topic"), ("form", "draw"))
    assert refused(visitor, "set_input", **TOPIC, value="newts") == ""
    assert refused(visitor, "set_input", node="form", port="draw", value=1) == ""
    visitor.say("run", targets=["form"], mode="downstream")
    wait_for(lambda: visitor.shown("page", "rows"), [{"line": "newts at MARGIN-4711"}])


def test_t10_a_form_says_which_way_counts_and_lets_nobody_choose(tmp_path: Path) -> None:
    def loud(text: str) -> str:
        return text.upper()

    def short(text: str, size: int) -> str:
        return text[:size]

    text = ui.Textbox(value="otters")
    way = FnNode(loud, inputs={"text": text}) | FnNode(
        short, inputs={"text": text, "size": ui.Number(3)}
    )
    graph = Graph("Ways", [way], store=tmp_path)
    name, choice = next(iter(graph.nodes.items()))
    sized = next(port for port in choice.inputs if port.endswith("size"))
    visitor = part(graph, "form", (name, sized))
    selector = str(choice.selector)
    assert [row["name"] for row in visitor.nodes[name]["inputs"]] == [selector, sized]
    error = refused(visitor, "set_input", node=name, port=selector, value="short")
    assert "shows a part of the graph" in error
    graph.close()


def test_t10_the_owner_of_a_part_does_as_before(graph: Graph) -> None:
    view = View(graph)
    view.bridge.end()
    form = graph.form(graph["form"].topic)
    assert [node["id"] for node in form.get_state()["snapshot"]["nodes"]] == ["form"]
    assert told(View(graph), "list_runs", node="page")["rows"]
