"""A graph as a page of its own, which everybody reads as their system likes it."""

from __future__ import annotations

from pathlib import Path

import pandas
import pytest
from playwright.sync_api import Browser

from daggr_nb import FnNode, Graph, NodeFailed, ui
from tests.hosts import lab
from tests.hosts.canvas_page import AXE

LOOK = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.flatMap(
    violation => violation.nodes.map(node => `${violation.id}: ${node.html.slice(0, 160)}`)
)"""


def squares(size: int) -> pandas.DataFrame:
    return pandas.DataFrame({"square": [x * x for x in range(size)]})


def count(rows: pandas.DataFrame, title: str) -> str:
    return f"{title}: {len(rows)}"


def report(rows: pandas.DataFrame) -> str:
    return (
        f"# Squares\n\n**{len(rows)}** of them:\n\n- `0`\n- [the last](https://there/)\n\n> So far."
    )


def mean(rows: pandas.DataFrame) -> float:
    raise ValueError("no such column: 'height'")


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """A page with cards that are fresh, stale and failed, and with a table."""
    rows = FnNode(
        squares, inputs={"size": ui.Slider(1, 60, value=40)}, outputs={"rows": ui.Dataframe()}
    )
    counted = FnNode(count, inputs={"rows": rows.rows, "title": ui.Textbox("Squares")})
    again = FnNode(count, "again", inputs={"rows": rows.rows, "title": "Again"})
    failing = FnNode(mean, inputs={"rows": rows.rows})
    told = FnNode(report, inputs={"rows": rows.rows}, outputs={"text": ui.Markdown()})
    graph = Graph("Squares", [counted, again, told, failing], persist_key=False)
    with pytest.raises(NodeFailed):
        graph.run()
    graph.inputs["count__title"] = "So many"
    return graph.export(tmp_path / "squares.html")


def test_an_exported_page_is_readable_in_light_and_dark(chromium: Browser, exported: Path) -> None:
    """The pictures are for people."""
    grounds = set()
    for scheme in ("light", "dark"):
        context = chromium.new_context(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(exported.as_uri())
        page.add_script_tag(path=AXE)
        assert page.evaluate(LOOK) == [], scheme
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.screenshot(path=lab.SCREENSHOTS / f"exported-{scheme}.png", full_page=True)
        context.close()
    assert len(grounds) == 2
