"""Lists that people edit: an edit is another version of the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, ItemList, ui
from daggr_nb.errors import InputError, NotRunYet, UnknownPortError

SCHEMA = {
    "speaker": ui.Dropdown(["Host", "Guest"]),
    "text": ui.Textbox(lines=2),
}


def dialogue() -> list[dict[str, Any]]:
    return [
        {"speaker": "Host", "text": "Hello", "seed": 1},
        {"speaker": "Guest", "text": "Hi", "seed": 2},
    ]


def say(text: str, speaker: str) -> str:
    return f"{speaker}: {text}"


def join(lines: list[str]) -> str:
    return " / ".join(lines)


def talk(**options: Any) -> tuple[Graph, FnNode]:
    lines = FnNode(dialogue, outputs={"items": ItemList(**SCHEMA)})
    said = FnNode(say, inputs={"text": lines.items.text, "speaker": lines.items.speaker})
    end = FnNode(join, inputs={"lines": said.output.all()})
    return Graph("Talk", nodes=[end], **(options or {"persist_key": False})), lines


def test_a_field_of_the_items_is_scattered_by_its_name() -> None:
    graph, lines = talk()
    assert graph.run()["join"]["output"] == "Host: Hello / Guest: Hi"
    assert repr(lines.items.text) == "dialogue.items.each['text']"


def test_an_edit_is_another_version_of_the_result() -> None:
    graph, lines = talk()
    graph.run()
    edit = graph.override(lines.items, [{"speaker": "Host", "text": "Bye"}])
    assert lines.items.value == [{"speaker": "Host", "text": "Bye"}]
    first, second = reversed(graph.history(lines))
    assert (edit.id, edit.edited, first.edited) == (second.id, first.id, None)
    assert first.outputs["items"] == dialogue()
    assert graph.status()["dialogue"].freshness == "fresh"
    assert [step.node for step in graph.plan()] == ["say", "join"]
    assert graph.run()["join"]["output"] == "Host: Bye"


def test_an_edit_can_be_undone() -> None:
    graph, lines = talk()
    graph.run()
    graph.override(lines.items, [])
    assert graph.run()["join"]["output"] == ""
    graph.select(graph.history(lines)[-1])
    assert lines.items.value == dialogue()
    assert graph["join"].output.value == "Host: Hello / Guest: Hi"
    assert graph.plan() == []


def test_only_the_edited_item_runs_again() -> None:
    graph, lines = talk()
    graph.run()
    rows = [dict(row) for row in lines.items.value]
    rows[1]["text"] = "Ciao"
    graph.override(lines.items, rows)
    run = graph.submit()
    run.wait(10)
    started = [e.scope for e in run.events() if e.type == "node.started" and e.scope]
    assert started == ["[1]"]


def test_running_the_node_anew_does_not_apply_the_edit_again() -> None:
    graph, lines = talk()
    graph.run()
    graph.override(lines.items, [])
    graph.run(lines, force=True)
    assert lines.items.value == dialogue()


def test_an_edit_survives_a_restart(tmp_path: Path) -> None:
    graph, lines = talk(store=tmp_path)
    graph.run()
    graph.override(lines.items, [{"speaker": "Guest", "text": "Kept"}])
    graph.close()
    graph, lines = talk(store=tmp_path)
    assert lines.items.value == [{"speaker": "Guest", "text": "Kept"}]
    assert graph.history(lines)[0].edited == graph.history(lines)[1].id
    graph.close()


def test_what_a_view_does_not_show_is_kept_where_a_row_was_known() -> None:
    shown = dialogue()
    items = ItemList(**SCHEMA)
    edited = items.edited(shown, [{"#": 1, "text": "B", "speaker": "Host"}, {"text": "new"}])
    assert edited == [
        {"speaker": "Host", "text": "B", "seed": 2},
        {"speaker": "Host", "text": "new"},
    ]


def test_any_output_can_be_edited_in_python() -> None:
    node = FnNode(join, inputs={"lines": ["a", "b"]})
    graph = Graph("Text", nodes=[node], persist_key=False)
    with pytest.raises(NotRunYet, match="nothing yet that could be edited"):
        graph.override(node.output, "x")
    graph.run()
    graph.override(node.output, "mine")
    assert node.output.value == "mine"
    assert graph.plan() == []


def test_misuse_says_what_to_do() -> None:
    graph, lines = talk()
    graph.run()
    with pytest.raises(InputError, match=r"Item 0, speaker: .*one of 'Host', 'Guest'"):
        graph.override(lines.items, [{"speaker": "Hots", "text": ""}])
    with pytest.raises(InputError, match="a list of items"):
        graph.override(lines.items, "text")
    with pytest.raises(InputError, match="a dict as item 0"):
        graph.override(lines.items, ["text"])
    assert lines.items.value == dialogue()  # nothing is lost
    with pytest.raises(UnknownPortError, match="Did you mean 'speaker'"):
        lines.items.speeker  # noqa: B018
    with pytest.raises(UnknownPortError, match=r"no output 'itms'.*Did you mean 'items'"):
        graph.session.current.override(lines.name, "itms", [])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at least one field"):
        ItemList()
    with pytest.raises(InputError, match="field 'a' expected a component"):
        ItemList(a="text")  # type: ignore[arg-type]
