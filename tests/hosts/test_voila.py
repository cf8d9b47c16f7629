"""The dashboard for visitors, with the graph and in parts, on a real Voila."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.hosts import lab, server
from tests.hosts.canvas import Canvas
from tests.hosts.everywhere import Servers
from tests.hosts.server import Jupyter

NOTEBOOK, GRAPH = "07_voila_dashboard.ipynb", "Posters"


@pytest.fixture
def voila(servers: Servers) -> Jupyter:
    shutil.copy(server.NOTEBOOKS / NOTEBOOK, servers.voila.notebooks)
    return servers.voila


def visit(page: Page, voila: Jupyter, theme: str = "light") -> Canvas:
    address = f"{voila.url}/voila/render/{NOTEBOOK}?theme={theme}"
    page.goto(address, timeout=90_000)
    expect(part(page, "output").last.locator("img")).to_be_visible(timeout=60_000)
    return Canvas.on(page, GRAPH)


def part(page: Page, kind: str) -> Locator:
    return page.locator(f'.daggr-root[data-part="{kind}"]')


@pytest.mark.everywhere
def test_parts_and_graph_show_one_state_and_no_code(page: Page, voila: Jupyter) -> None:
    canvas = visit(page, voila)
    expect(page.get_by_text("from daggr_nb import")).to_have_count(0)
    for place in (part(page, "form"), canvas.root):
        expect(place.get_by_role("radio", name="Coffee")).to_be_checked()
    part(page, "form").get_by_role("radio", name="Cat").click()
    canvas.card("poster page").expect_freshness("stale")
    part(page, "run").get_by_role("button", name="Print").click()
    canvas.card("poster page").expect_freshness("fresh")
    for place in (part(page, "form"), canvas.root):
        expect(place.get_by_role("radio", name="Cat")).to_be_checked()


@pytest.mark.everywhere
def test_every_visitor_has_a_session_of_their_own(
    page: Page, voila: Jupyter, chromium: Browser
) -> None:
    mine = visit(page, voila)
    elsewhere = chromium.new_context()
    theirs = visit(elsewhere.new_page(), voila)
    mine.slider("Inks").press("ArrowRight")
    mine.expect_slider("Inks", "5")
    mine.run_stale()
    mine.card("poster page").expect_freshness("fresh")
    theirs.expect_slider("Inks", "4")
    theirs.card("poster page").expect_freshness("fresh")

    theirs.slider("Inks").press("ArrowRight")  # what I have computed is known to them
    theirs.run_stale()
    theirs.card("poster page").expect_status("cached")
    elsewhere.close()
    visit(page, voila).expect_slider("Inks", "4")  # a reload is another visit


@pytest.mark.everywhere
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_themes(page: Page, voila: Jupyter, theme: str) -> None:
    """The pictures are for people."""
    canvas = visit(page, voila, theme)
    scheme = canvas.root.evaluate("root => getComputedStyle(root).colorScheme")
    assert scheme == theme
    page.screenshot(path=lab.SCREENSHOTS / f"voila-{theme}.png", full_page=True)
