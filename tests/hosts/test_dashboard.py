"""A dashboard made of parts only, in a real JupyterLab."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.hosts import lab
from tests.hosts.canvas_page import AXE, RUN_AXE
from tests.hosts.server import Jupyter

NOTEBOOK = "05_dashboard.ipynb"


@pytest.fixture
def dashboard(page: Page, jupyter: Jupyter) -> Page:
    lab.open_notebook(page, jupyter, NOTEBOOK)
    lab.run_all(page)
    expect(part(page, "output").locator("img")).to_be_visible(timeout=60_000)
    return page


def part(page: Page, kind: str) -> Locator:
    return page.locator(f'.daggr-root[data-part="{kind}"]')


def waves(page: Page) -> str:
    return lab.execute(page, "print(pattern.waves.value)")


def test_parts_work_together(dashboard: Page) -> None:
    form, results = part(dashboard, "form"), part(dashboard, "output")
    runs = part(dashboard, "history").locator("[data-record]")
    expect(runs).to_have_count(1)
    expect(results).to_contain_text("On average rgb(")

    form.get_by_role("slider", name="Waves").press("ArrowRight")
    expect(results.locator("[data-freshness=stale]").first).to_be_visible()
    assert waves(dashboard) == "5"

    part(dashboard, "run").get_by_role("button", name="Draw").click()
    expect(runs).to_have_count(2)
    expect(results.locator("[data-freshness=stale]")).to_have_count(0)

    runs.last.get_by_role("button", name=re.compile("first run")).click()
    expect(form.get_by_role("slider", name="Waves")).to_have_value("4")
    expect(results.locator("[data-freshness=stale]")).to_have_count(0)
    assert waves(dashboard) == "4"


def test_a_cell_run_again_shows_the_same_parts(dashboard: Page) -> None:
    known = "print(id(graph.form()), id(graph.run_button(label='Draw')))"
    before = lab.execute(dashboard, known)
    index, source = lab.cell_with(dashboard, "graph.run_button")
    lab.run_edited(dashboard, index, source)
    expect(part(dashboard, "form").get_by_role("slider", name="Waves")).to_be_visible()
    assert lab.execute(dashboard, known) == before


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_axe_finds_nothing(dashboard: Page, theme: str) -> None:
    lab.use_theme(dashboard, theme)
    dashboard.add_script_tag(path=AXE)
    expect(part(dashboard, "history").locator("[data-record]")).to_have_count(1)
    dashboard.locator(".jp-Notebook").screenshot(
        path=lab.SCREENSHOTS / f"dashboard-{theme.lower()}.png"
    )
    assert dashboard.evaluate(RUN_AXE) == []
