"""What daggr's graphs can be asked, and how its scripts end: ``graph.launch()``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import IPython.display
import pytest

from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb.state import get_daggr_files_dir
from tests.unit.notebook.edits import notebook


def shout(text: str) -> str:
    return text.upper()


def graph() -> Graph:
    form = InputNode("my form", {"text": ui.Textbox("a"), "size": ui.Slider(1, 5)})
    loud = FnNode(shout, "loud", {"text": form.text}, {"said": ui.Textbox()})
    last = FnNode(shout, "last-one", {"text": loud.said}, {"said": ui.Markdown(), "rest": None})
    lone = FnNode(shout, "lone", {"text": ui.TextArea()}, {"said": ui.Label()})
    return Graph("Named", [last, lone], persist_key=False)


def test_order_parts_and_connections() -> None:
    named = graph()
    assert [node.name for node in named.get_entry_nodes()] == ["my form", "lone"]
    assert named.get_output_nodes() == ["last-one", "lone"]
    order = named.get_execution_order()
    assert sorted(order) == sorted(named.nodes)
    assert order.index("my form") < order.index("loud") < order.index("last-one")
    assert named.get_connections() == [
        ("my form", "text", "loud", "text"),
        ("loud", "said", "last-one", "text"),
    ]
    assert named.get_subgraphs() == [{"my form", "loud", "last-one"}, {"lone"}]


def test_the_schema_of_what_goes_in_and_comes_out() -> None:
    assert graph().get_api_schema() == {
        "subgraphs": [
            {
                "id": "subgraph_0",
                "inputs": [
                    {"node": "my form", "port": "text", "type": "textbox", "id": "my_form__text"},
                    {"node": "my form", "port": "size", "type": "slider", "id": "my_form__size"},
                ],
                "outputs": [{"node": "last-one", "port": "said", "type": "markdown"}],
            },
            {
                "id": "subgraph_1",
                "inputs": [
                    {"node": "lone", "port": "text", "type": "textarea", "id": "lone__text"}
                ],
                "outputs": [{"node": "lone", "port": "said", "type": "label"}],
            },
        ]
    }
    lone = Graph("One", [FnNode(shout, "it", {"text": ui.Textbox()})], persist_key=False)
    assert [part["id"] for part in lone.get_api_schema()["subgraphs"]] == ["main"]


def test_an_id_of_the_schema_sets_its_input() -> None:
    named = graph()
    named.set_inputs({"my_form__text": "b"})
    assert named.inputs["my form__text"] == "b"


def test_launch_in_a_cell_shows_the_canvas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(IPython.display, "display", shown.append)
    with notebook(tmp_path) as shell:
        monkeypatch.setattr(shell, "kernel", object(), raising=False)
        named = graph()
        named.launch()
    assert shown == [named]


def test_hidden_components_count_and_are_not_shown() -> None:
    node = FnNode(
        shout,
        "it",
        {"text": ui.Textbox("a", visible=False)},
        {"said": ui.Textbox(visible=False)},
    )
    hidden = Graph("Hidden", [node], persist_key=False)
    assert hidden.run() == {"it": {"said": "A"}}
    card = hidden.canvas().bridge.snapshot()["nodes"][0]
    assert (card["inputs"], card["outputs"]) == ([], [])
    wired = FnNode(shout, "next", {"text": node.said})
    shown = Graph("Wired", [wired], persist_key=False).canvas().bridge.snapshot()
    assert [port["name"] for port in shown["nodes"][0]["outputs"]] == ["said"]


def test_a_folder_for_files_that_nodes_make(tmp_path: Path) -> None:
    def made() -> str:
        path = get_daggr_files_dir() / "made.txt"
        path.write_text("made")
        return str(path)

    node = FnNode(made, outputs={"file": ui.File()})
    graph = Graph("Files", [node], persist_key="files", store=tmp_path)
    path = graph.run()["made"]["file"]
    path.unlink()
    assert graph.results["made"]["file"].read_text() == "made"
    graph.close()


def test_nothing_of_the_network_is_loaded_with_the_package() -> None:
    code = "import sys, daggr_nb, daggr_nb.state; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    for name in ("httpx", "gradio_client", "huggingface_hub", "'ssl'", "'asyncio'"):
        assert name not in loaded.replace("daggr_nb._provenance.values.httpx", "")
