"""The notebook about models runs without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_notebook_about_models_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HF_ENDPOINT", "HF_INFERENCE_ENDPOINT", "HF_TOKEN"):
        monkeypatch.setenv(name, "to be set")
    notebook = json.loads((ROOT / "notebooks" / "11_models.ipynb").read_text())
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    refused, waited, _ = names["graph"].history(names["chat"])
    assert (refused.status, waited.status) == ("failed", "succeeded")
    assert waited.outputs["text"] == "You said: Two lines about an otter"
    assert names["heard"].text.value == "An otter swims by."
    assert names["picture"].image.value.suffix == ".png"
    assert "wants to be paid (402)" in capsys.readouterr().out
    for graph in ("graph", "story"):
        names[graph].close()


def test_the_notebook_about_a_conversation_answers_with_its_sources(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGGR_NB_HOME", str(tmp_path / "home"))
    notebook = json.loads((ROOT / "notebooks" / "12_chat.ipynb").read_text())
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    first, follow_up = capsys.readouterr().out.split("You said: ")[1:]
    for text, question in ((first, "How do I take"), (follow_up, "And on the canvas")):
        assert text.startswith(question)
        assert "**Sources**\n\n1. *README.md" in text
    assert "Ctrl Z" in follow_up
    asked = [request.json["messages"] for request in names["server"].requests]
    assert [len(messages) for messages in asked] == [2, 4]
    assert "[1] " in asked[1][0]["content"]
    assert [turn["role"] for turn in names["graph"].inputs["Ask__messages"]] == ["user"]
    names["graph"].close()
    names["server"].close()
