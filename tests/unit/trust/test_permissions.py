"""Every command is decided for visitors, as SECURITY.md says, and the refusals are real."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from daggr_nb import Conversation, FnNode, Graph, ItemList, ops, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._canvas.excerpts import PartKind, excerpt_of
from daggr_nb._protocol.commands import COMMANDS, CommandBase, Permission
from daggr_nb._protocol.permissions import permission_table
from daggr_nb._provenance.log.prune import stars
from tests.unit.trust.visits import Visitor, refused, run, told

ROOT = Path(__file__).resolve().parents[3]


def kind_of(command: type[CommandBase]) -> str:
    return str(command.model_fields["kind"].default)


KINDS = {kind_of(command): command for command in COMMANDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_says_what_a_visitor_may_do_of_it(kind: str) -> None:
    assert vars(KINDS[kind]).get("visitor") in get_args(Permission), "declared by itself"


def test_the_table_in_the_document_is_that_of_the_code() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    _, begin, rest = text.partition("<!-- commands: python -m daggr_nb._protocol.permissions -->\n")
    table, end, _ = rest.partition("<!-- /commands -->")
    assert (begin != "", end != "") == (True, True)
    assert table == permission_table()
    assert len(table.splitlines()) == 2 + len(COMMANDS)


def short(text: str) -> str:
    return text[:3]


def loud(text: str) -> str:
    return text.upper()


def rows(text: str) -> list[dict[str, str]]:
    return [{"text": text}]


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    text = {"text": ui.Textbox(value="otters")}
    way = FnNode(short, "way", inputs=dict(text)) | FnNode(loud, "loud", inputs=dict(text))
    made = FnNode(rows, inputs={"text": way.output}, outputs={"rows": ItemList(text=ui.Textbox())})
    ask = ops.ChooseOne("choice", options=made.rows)
    said = Conversation("said", value="Otters?")
    reply = FnNode(loud, "reply", inputs={"text": said.message}, outputs={"text": ui.Textbox()})
    graph = Graph("All", [ask, reply], store=tmp_path)
    graph.run(check=False)
    graph.run(inputs={"way__variant": "loud"}, check=False)
    graph.sheets.create("Other")
    graph.store.star(graph.history("way")[0])
    graph.inputs["way__variant"] = "way"
    return graph


def own_fields(visitor: Visitor) -> dict[str, dict[str, Any]]:
    """What every command says of what a visitor may see."""
    nodes = {node["id"]: node for node in visitor.bridge.snapshot()["nodes"]}
    record = told(visitor, "list_runs", node="way")["rows"][0]["record"]
    question = nodes["choice"]["state"]["question"]
    node, rows_port = {"node": "way"}, {"node": "rows", "port": "rows"}
    return {
        "sync": {"rev": 0},
        "run": {},
        "plan": {},
        "stop": {},
        "set_input": node | {"port": "variant", "value": "loud"},
        "select": node | {"record": record},
        "fetch": node | {"port": "output"},
        "fetch_module": {"module": "math"},
        "upload": {"upload": "u", "name": "a.bin", "size": 2, "at": 0},
        "cancel_upload": {"upload": "u"},
        "answer": {"node": "choice", "key": question["key"], "answer": 0},
        "chat": {"node": "said", "action": "say", "text": "Seals?"},
        "override": rows_port | {"value": [{"text": "x"}]},
        "sheet": {"action": "create"},
        "list_items": node,
        "list_runs": node,
        "compare": node | {"records": [record, record]},
        "show_record": {"record": record},
        "star": {"record": record, "on": True},
        "label": {"record": record, "text": "mine"},
        "list_variants": node,
        "run_variants": node | {"variants": ["loud"]},
        "stop_variants": node,
        "collapse": {"nodes": ["way"], "on": True},
        "tidy": {},
        "export": {"form": "svg"},
        "undo": {},
        "set_autorun": {"on": True},
        "move": node | {"x": 1, "y": 2},
        "resize": node | {"width": 300},
        "measured": {"heights": {"way": 100}},
    }


def foreign_fields(others: str, question: str) -> dict[str, list[dict[str, Any]]]:
    """What a visitor says of what is not theirs, for every command of which they have their own."""
    way, form = {"node": "way"}, {"node": "rows"}
    hidden = form | {"port": "rows"}  # not on a page that shows ``way`` alone
    handle = {"$file": f"{'0' * 32}/a"}
    return {
        "stop": [form],
        "set_input": [{"node": "choice", "port": "options", "value": handle}],
        "select": [way | {"record": others}],
        "fetch": [way | {"port": "output", "record": others}, hidden],
        "upload": [{"upload": "u", "name": "a", "size": 10**10, "at": 0}],
        "cancel_upload": [],  # ids are looked up among the view's own
        "answer": [{"node": "choice", "key": question, "answer": 0}],
        "chat": [
            {"node": "said", "action": "say", "text": "x"},
            {"node": "said", "action": "choose", "record": others},
            {"node": "way", "action": "stop"},
        ],
        "override": [way | {"port": "output", "value": "x"}, hidden | {"value": []}],
        "sheet": [
            {"action": "delete", "name": "Other"},
            {"action": "rename", "name": "Other", "to": "x"},
        ],
        "list_items": [form],
        "list_runs": [form],
        "compare": [way | {"records": [others, others]}],
        "show_record": [{"record": others}],
        "list_variants": [form],
        "stop_variants": [form],
        "collapse": [],  # layout and undo are of the sheets in memory
        "tidy": [],
        "undo": [],
        "set_autorun": [],  # of the visit
        "move": [],
        "resize": [],
    }


PARTS: dict[PartKind, list[tuple[str, str]]] = {
    "form": [("way", "variant"), ("way", "text")],
    "output": [("way", "output")],
    "history": [],
    "run": [],
    "chat": [],
}
"""Parts of a page that show the node ``way`` alone, each with its ports."""


def on_record(graph: Graph) -> dict[str, Any]:
    """What is everybody's: sheets, stars, and what sheets show."""
    log = graph.session.log
    with graph.session.reading():
        log.invalidate()
        rows_of = {key: log.store.get(key) for key in ("sheets", "stars", *log.store.keys("s:"))}
        cursors = {key: log.index.read(key[2:]).cursors for key in log.store.keys("h:")}
        return {**rows_of, "cursors": {name: at for name, at in cursors.items() if at}}


def test_every_command_is_tried(graph: Graph) -> None:
    visitor = Visitor(graph)
    assert own_fields(visitor).keys() == KINDS.keys()
    own = {kind for kind, command in KINDS.items() if command.visitor == "own"}
    assert foreign_fields("", "").keys() == own


@pytest.mark.parametrize("kind", KINDS)
def test_a_visitor_may_what_the_table_says_and_changes_nothing_for_others(
    kind: str, graph: Graph
) -> None:
    visitor, other = Visitor(graph), Visitor(graph)
    before, seen = on_record(graph), other.without_times()
    fields = own_fields(visitor)[kind]
    error = refused(visitor, kind, *([b"ab"] if kind == "upload" else []), **fields)
    if KINDS[kind].visitor == "refused":
        assert "who owns this page" in error
    else:
        assert error in ("", "There is nothing to undo on this sheet.")
    run(visitor)
    assert on_record(graph) == before
    assert other.without_times() == seen
    assert Visitor(graph).without_times() == seen


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", [k for k, command in KINDS.items() if command.visitor == "own"])
def test_what_is_not_the_visitors_is_refused(kind: str, part: PartKind, graph: Graph) -> None:
    visitor = Visitor(graph, excerpt_of(part, PARTS[part], ["way"]))
    graph.run("way", inputs={"way__variant": "loud"}, force=True)
    others = graph.history("way")[0].id
    nodes = {node["id"]: node for node in Visitor(graph).bridge.snapshot()["nodes"]}
    question = nodes["choice"]["state"]["question"]
    for fields in foreign_fields(others, question["key"] if question else "k")[kind]:
        assert refused(visitor, kind, b"", **fields), fields


def test_a_command_that_says_nothing_is_not_carried_out(graph: Graph) -> None:
    visitor = Visitor(graph)
    assert isinstance(visitor.bridge, Bridge)
    for junk in ({}, {"kind": "star"}, {"kind": "export", "form": "html", "visitor": "allowed"}):
        visitor.bridge.receive({"id": "c1", **junk})
        assert visitor.hear()[0]["kind"] == "command_rejected"
    assert stars(graph.session.log)
