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
