"""A snapshot is an output for good: plain, and of one time."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from daggr_nb import FnNode, Graph, ui


def shout(text: str) -> str:
    return text.upper()


def test_a_snapshot_has_the_picture_and_every_result_and_never_changes() -> None:
    graph = Graph("Still", [FnNode(shout, inputs={"text": ui.Textbox("<ada>")}, outputs=["text"])])
    graph.run()
    still = graph.snapshot()
    data = still._repr_mimebundle_()
    assert data["text/html"].count('<img src="data:image/svg+xml;base64,') == 1
    assert "&lt;ADA&gt;" in data["text/html"]
    assert data["text/plain"].startswith("<Still: 1 node ·")
    for trusted in ("<script", "<style", "javascript:", "<iframe"):
        assert trusted not in data["text/html"]

    graph.run(inputs={"shout__text": "grace"})
    assert still._repr_mimebundle_() == data
    assert "GRACE" in graph.snapshot().html


def lines() -> dict[str, int]:
    return {"one": 1, "two": 2}


def test_lines_stay_lines_and_a_dark_page_shows_through(tmp_path: Path) -> None:
    """A page has no style sheet of ours, and a theme that we do not know."""
    graph = Graph("Plain", [FnNode(lines, outputs=["data"])])
    graph.run()
    html = graph.snapshot().html
    assert re.search(r"<pre[^>]*><code>{\n  &quot;one&quot;: 1,\n", html)
    assert "<h2" not in html  # those are the notebook's own
    drawn = re.search(r"svg\+xml;base64,([^\"]+)", html)
    assert drawn is not None
    assert "class='ground'" not in base64.b64decode(drawn[1]).decode()
    assert "class='ground'" in graph.export(tmp_path / "plain.svg").read_text()
