"""The first day with daggr_nb, in a real JupyterLab: run, change, restore, reload, restart."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.server import Jupyter

NOTEBOOK = "01_quickstart.ipynb"
GRAPH = "Contact sheet"
EDGES = {
    "Settings.count->load_photos.count",
    "Settings.width->crop.width",
    "Settings.colours->palette.colours",
    "Settings.title->contact_sheet.title",
    "load_photos.photos->crop.photo",
    "load_photos.photos->palette.photo",
    "load_photos.titles->contact_sheet.captions",
    "crop.image->contact_sheet.prints",
    "palette.colours->contact_sheet.palettes",
}
FROM_COLOURS = ("Settings.colours->palette.colours", "palette.colours->contact_sheet.palettes")


def opened(page: Page, jupyter: Jupyter) -> Canvas:
    lab.open_notebook(page, jupyter, NOTEBOOK)
    lab.run_all(page)
    return Canvas.on(page, GRAPH)


def run_stale(canvas: Canvas) -> None:
    canvas.run_stale()
    canvas.card("contact_sheet").expect_freshness("fresh", seconds=60)
    canvas.expect_stale_edges()


def run_twice(canvas: Canvas) -> tuple[str, str]:
    """Make a page with 6 colours, then one with 7; return the digests of both."""
    sheet = canvas.card("contact_sheet")
    run_stale(canvas)
    six = sheet.image_digest()
    canvas.slider("Colours").press("ArrowRight")
    canvas.expect_slider("Colours", "7")
    canvas.expect_stale_edges(*FROM_COLOURS)
    run_stale(canvas)
    sheet.expect_history("2/2")
    sheet.expect_other_image(six)
    return six, sheet.image_digest()


def colours_in_kernel(page: Page) -> str:
    return lab.execute(page, "print(settings.colours.value)")


def test_nothing_has_run_when_the_graph_appears(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    assert set(canvas.edges()) == EDGES
    for name in ("load_photos", "crop", "palette", "contact_sheet"):
        canvas.card(name).expect_status("missing")


def test_a_change_turns_exactly_the_dependent_edges_grey(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    run_stale(canvas)
    assert set(canvas.edges()) == EDGES

    canvas.slider("Colours").press("ArrowRight")
    canvas.expect_stale_edges(*FROM_COLOURS)
    for name, freshness in {
        "load_photos": "fresh",
        "crop": "fresh",
        "palette": "stale",
        "contact_sheet": "stale",
    }.items():
        canvas.card(name).expect_freshness(freshness)

    canvas.slider("Colours").press("ArrowLeft")
    canvas.expect_stale_edges()


@pytest.mark.everywhere
def test_an_earlier_result_returns_with_what_it_was_made_from(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    six, seven = run_twice(canvas)
    sheet = canvas.card("contact_sheet")

    sheet.press("Previous result")
    sheet.expect_history("1/2")
    canvas.expect_slider("Colours", "6")
    canvas.expect_stale_edges()
    sheet.expect_image(six)
    assert colours_in_kernel(page) == "6"

    sheet.press("Next result")
    sheet.expect_history("2/2")
    canvas.expect_slider("Colours", "7")
    sheet.expect_image(seven)
    assert colours_in_kernel(page) == "7"


def test_a_reload_finds_the_same_state(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    six, _ = run_twice(canvas)
    canvas.card("contact_sheet").press("Previous result")
    canvas.expect_slider("Colours", "6")

    lab.reload(page)
    canvas = Canvas.on(page, GRAPH)
    canvas.card("contact_sheet").expect_history("1/2")
    canvas.expect_slider("Colours", "6")
    canvas.expect_stale_edges()
    canvas.card("contact_sheet").expect_image(six)


@pytest.mark.everywhere
def test_a_second_view_shows_the_same(page: Page, jupyter: Jupyter) -> None:
    first = opened(page, jupyter)
    six, _ = run_twice(first)

    lab.run_in_new_cell(page, "graph")
    second = Canvas.on(page, GRAPH, view=1)
    second.card("contact_sheet").expect_history("2/2")
    second.card("contact_sheet").press("Previous result")
    for canvas in (second, first):
        canvas.root.scroll_into_view_if_needed()
        canvas.card("contact_sheet").expect_history("1/2")
        canvas.expect_slider("Colours", "6")
        canvas.card("contact_sheet").expect_image(six)


def test_the_history_survives_the_kernel(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    six, seven = run_twice(canvas)

    lab.kill_kernel(page)
    lab.run_all(page)
    lab.wait_for_kernel(page)
    canvas = Canvas.on(page, GRAPH)
    sheet = canvas.card("contact_sheet")
    sheet.expect_history("2/2")
    sheet.expect_freshness("fresh")
    canvas.expect_slider("Colours", "7")
    sheet.expect_image(seven)
    sheet.press("Previous result")
    canvas.expect_slider("Colours", "6")
    sheet.expect_image(six)


def test_editing_a_function_turns_its_node_stale(page: Page, jupyter: Jupyter) -> None:
    """The canvas follows the cells below it; nothing is displayed again."""
    canvas = opened(page, jupyter)
    run_stale(canvas)
    lab.run_in_new_cell(
        page, "def crop(photo, width):\n    return ImageOps.fit(photo, (width, width))"
    )
    canvas.card("crop").expect_freshness("stale")
    canvas.expect_stale_edges("crop.image->contact_sheet.prints")
    expect(canvas.card("crop").element).to_contain_text("code")
    run_stale(canvas)
    assert lab.execute(page, "print(prints.image.value[0].size)") == "(360, 360)"


@pytest.mark.everywhere
def test_light_and_dark(page: Page, jupyter: Jupyter) -> None:
    """Not a comparison of pixels: the canvas follows the theme, and the pictures are for people."""
    canvas = opened(page, jupyter)
    run_stale(canvas)
    canvas.card("contact_sheet").image_digest()
    canvas.slider("Colours").press("ArrowRight")
    canvas.expect_stale_edges(*FROM_COLOURS)
    background = "root => getComputedStyle(root).backgroundColor"
    seen = {}
    lab.SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for theme in ("Dark", "Light"):
        lab.use_theme(page, theme)
        canvas.root.scroll_into_view_if_needed()
        canvas.expect_no_overlap()
        lab.wait_for_fades(page)
        canvas.root.screenshot(path=lab.SCREENSHOTS / f"quickstart-{theme.lower()}.png")
        seen[theme] = canvas.root.evaluate(background)
    assert seen["Dark"] != seen["Light"]


FAILING = """
from daggr_nb import FnNode, Graph, ui

def words() -> list[str]:
    return ["otter", "heron"]

def count(words: list[str]) -> int:
    return len(words)

def find(words: list[str]) -> int:
    return words.index("badger")

def report(place: int) -> str:
    return f"found at {place}"

def double(n: int) -> int:
    return 2 * n

source = FnNode(words, outputs={"words": None})
counted = FnNode(count, inputs={"words": source.words}, outputs={"n": None})
found = FnNode(find, inputs={"words": source.words}, outputs={"place": None})
reported = FnNode(report, inputs={"place": found.place}, outputs={"text": None})
doubled = FnNode(double, inputs={"n": counted.n}, outputs={"n": None})
graph = Graph("Failing", nodes=[reported, doubled])
graph
"""


def test_a_failure_shows_on_its_card_and_other_branches_go_on(page: Page, jupyter: Jupyter) -> None:
    lab.write_notebook(jupyter, "failing.ipynb", FAILING)
    lab.open_notebook(page, jupyter, "failing.ipynb")
    lab.run_all(page)
    canvas = Canvas.on(page, "Failing")
    canvas.run_stale()
    canvas.card("double").expect_status("succeeded")
    canvas.card("find").expect_status("failed")
    canvas.card("report").expect_status("blocked")

    card = canvas.card("find").element
    expect(card).to_contain_text("ValueError")
    expect(card).to_contain_text("is not in list")
    expect(card.get_by_text('words.index("badger")')).to_be_visible()
    canvas.expect_no_overlap()
    lab.SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    canvas.root.screenshot(path=lab.SCREENSHOTS / "failure.png")
