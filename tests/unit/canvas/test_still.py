"""A snapshot is an output for good: plain, and of one time."""

from __future__ import annotations

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
