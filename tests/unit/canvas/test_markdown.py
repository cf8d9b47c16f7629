"""Markdown in pages without our scripts: shown as it is meant, and harmless."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from daggr_nb import FnNode, Graph, ui

TEXT = """# Otters

Some **bold** words.

| river | seen |
|---|---|
| Tay | 3 |
"""


def page(text: str, path: Path) -> str:
    written = FnNode(lambda: text, "report", outputs={"text": ui.Markdown()})
    graph = Graph("Report", [written], persist_key=False)
    graph.run()
    html = graph.export(path / "report.html").read_text(encoding="utf-8")
    return html.partition("<section")[2]


def test_an_exported_result_is_rendered(tmp_path: Path) -> None:
    html = page(TEXT, tmp_path)
    for part in ("<h4>Otters</h4>", "<strong>bold</strong>", "<td>Tay</td>"):
        assert part in html
    assert "**bold**" not in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "words <b onclick=alert(1)>more</b>",
        "[a](javascript:alert(1))",
        '![x" onerror="alert(1)](https://there/a.png)',
        "![<b onclick=alert(1)>](https://there/a.png)",
        "![a](https://there/a.png)",
        '[x](https://there/"onclick="alert(1))',
    ],
)
def test_it_does_nothing_and_asks_nobody(text: str, tmp_path: Path) -> None:
    html = page(text, tmp_path)
    for tag in ("<script", "<img", "<b ", "javascript:", ' onerror="', ' onclick="'):
        assert tag not in html


def test_without_a_renderer_its_lines_stay_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mistune", None)
    assert "white-space:pre-wrap" in page(TEXT, tmp_path)
