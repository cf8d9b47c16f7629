"""A workflow in which people decide, in a real JupyterLab: choose, answer, edit, undo, sheets."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.server import Jupyter

NOTEBOOK = "02_people_and_variants.ipynb"
GRAPH = "Postcards"
INTO_LOOK = "suggest.cards->look.duotone.photo"
BELOW_THE_ITEMS = (
    INTO_LOOK,
    "suggest.cards->postcard.text",
    "look.picture->postcard.picture",
    "postcard.card->proof.input",
    "proof.output->top.options",
    "proof.output->arrange.cards",
    "top.selected->arrange.top",
    "arrange.pile->pile.cards",
    "arrange.strip->strip.cards",
)
# What hangs on a route that was not taken was not used.
NOT_TAKEN = "arrange.strip->strip.cards"


def opened(page: Page, jupyter: Jupyter) -> Canvas:
    lab.open_notebook(page, jupyter, NOTEBOOK)
    lab.run_all(page)
    return Canvas.on(page, GRAPH)


def asks(canvas: Canvas, node: str, text: str) -> Locator:
    """The question on a card, once it is there."""
    canvas.card(node).expect_status("waiting", seconds=60)
    panel = canvas.root.get_by_role("region", name=f"Question of {node}")
    expect(panel).to_contain_text(text)
    return panel


def approve(canvas: Canvas) -> None:
    panel = asks(canvas, "proof", "Shall these be printed?")
    expect(panel.locator("img")).to_have_count(4)
    panel.get_by_role("button", name="Approve").click()


def choose(canvas: Canvas, option: int) -> None:
    panel = asks(canvas, "top", "Which one lies on top?")
    panel.locator("img").nth(option).click()
    panel.get_by_role("button", name="Choose").click()


def finished(canvas: Canvas) -> None:
    pile = canvas.card("pile")
    pile.expect_status("succeeded", "cached", seconds=60)
    pile.expect_freshness("fresh")
    canvas.expect_stale_edges(NOT_TAKEN)
    expect(canvas.root.get_by_role("button", name="waiting for you")).to_have_count(0)


def run_and_decide(canvas: Canvas, option: int = 2) -> None:
    canvas.run_stale()
    approve(canvas)
    choose(canvas, option)
    finished(canvas)


def picture(canvas: Canvas, name: str) -> None:
    """In both themes, for people; whole cards, none of which covers another."""
    page = canvas.root.page
    lab.SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for theme in ("Dark", "Light"):
        lab.use_theme(page, theme)
        canvas.root.scroll_into_view_if_needed()
        canvas.expect_no_overlap()
        for image in canvas.root.locator("img:visible").all():
            image.evaluate("image => image.decode().catch(() => {})")
        lab.wait_for_fades(page)
        canvas.root.screenshot(path=lab.SCREENSHOTS / f"people-{name}-{theme.lower()}.png")


def test_a_run_waits_for_a_person_and_goes_on(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    for name in ("suggest", "look", "postcard", "proof", "top", "arrange", "strip", "pile"):
        canvas.card(name).expect_status("missing")
    picture(canvas, "first")

    canvas.card("look").element.get_by_role("radio", name="halftone").click()
    expect(canvas.slider("Dots")).to_be_visible()
    canvas.run_stale()
    asks(canvas, "proof", "Shall these be printed?")
    expect(canvas.root.get_by_role("button", name="1 waiting for you")).to_be_visible()
    for name in ("Stop", "Run stale"):
        expect(canvas.root.get_by_role("button", name=name)).to_have_count(0)
    assert lab.execute(page, "print([q.node for q in graph.questions()])") == "['proof']"
    picture(canvas, "waiting")

    approve(canvas)
    asks(canvas, "top", "Which one lies on top?")
    canvas.root.get_by_role("button", name="1 waiting for you").click()
    picture(canvas, "choosing")
    choose(canvas, 1)
    finished(canvas)
    canvas.card("strip").expect_status("skipped")
    assert lab.execute(page, "print(top.selected.value == made.card.value[1])") == "True"
    canvas.root.get_by_role("button", name="Fit").click()
    picture(canvas, "done")


@pytest.mark.everywhere
def test_a_question_outlives_the_page(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    canvas.run_stale()
    asks(canvas, "proof", "Shall these be printed?")

    lab.reload(page)
    canvas = Canvas.on(page, GRAPH)
    approve(canvas)
    choose(canvas, 0)
    finished(canvas)


def test_a_question_outlives_the_kernel(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    canvas.run_stale()
    asks(canvas, "proof", "Shall these be printed?")

    lab.kill_kernel(page)
    lab.run_all(page)
    lab.wait_for_kernel(page)
    canvas = Canvas.on(page, GRAPH)
    expect(canvas.root.get_by_role("button", name="1 waiting for you")).to_be_visible()
    approve(canvas)
    choose(canvas, 0)
    finished(canvas)
    runs = lab.execute(page, "print([len(graph.history(n)) for n in (cards, look, made)])")
    assert runs == "[1, 1, 1]", "nothing was made again"


@pytest.mark.everywhere
def test_a_rejected_proof_skips_the_rest(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    canvas.run_stale()
    asks(canvas, "proof", "Shall these be printed?").get_by_role("button", name="Reject").click()
    for name in ("top", "arrange", "strip", "pile"):
        canvas.card(name).expect_status("skipped")
    expect(canvas.root.get_by_role("button", name="waiting for you")).to_have_count(0)
    expect(canvas.card("proof").element).to_contain_text("rejected")
    picture(canvas, "rejected")


def test_one_edited_item_makes_one_card_anew(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    run_and_decide(canvas)
    before = canvas.card("pile").image_digest()
    line = canvas.card("suggest").element.get_by_label("text, item 1")
    was = line.input_value()

    line.fill("Meow.")
    line.press("Enter")
    canvas.expect_stale_edges(*BELOW_THE_ITEMS)
    expect(canvas.card("suggest").element).to_contain_text("edited by hand")
    picture(canvas, "edited")
    canvas.run_stale()
    approve(canvas)
    choose(canvas, 1)
    finished(canvas)
    canvas.card("pile").expect_other_image(before)
    ids = "[item.id for item in graph.history(made)[{}].items]"
    new = f"sum(a != b for a, b in zip({ids.format(0)}, {ids.format(1)}))"
    assert lab.execute(page, f"print({new})") == "1"

    canvas.card("suggest").element.locator("header").click()
    page.keyboard.press("Control+z")
    expect(line).to_have_value(was)
    canvas.expect_stale_edges(*BELOW_THE_ITEMS)
    canvas.run_stale()
    finished(canvas)
    canvas.card("pile").expect_image(before)
    expect(canvas.card("suggest").element).not_to_contain_text("edited by hand")


@pytest.mark.everywhere
def test_an_edit_that_was_not_run_leaves_nothing(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    run_and_decide(canvas)
    canvas.card("suggest").element.get_by_role("button", name="Remove item 3").click()
    canvas.expect_stale_edges(*BELOW_THE_ITEMS)
    canvas.root.get_by_role("button", name="Undo").click()
    finished(canvas)
    expect(canvas.card("suggest").element.get_by_label("text, item 3")).to_be_visible()
    expect(canvas.root.get_by_role("button", name="Undo")).to_be_disabled()  # nothing is left


@pytest.mark.everywhere
def test_each_look_has_settings_and_results_of_its_own(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    run_and_decide(canvas)
    duotone = canvas.card("pile").image_digest()
    look = canvas.card("look").element
    look.get_by_role("radio", name="halftone").click()
    canvas.card("look").expect_freshness("stale")
    run_and_decide(canvas)
    canvas.card("pile").expect_other_image(duotone)

    look.get_by_role("radio", name="duotone").click()
    finished(canvas)
    canvas.card("pile").expect_image(duotone)


@pytest.mark.everywhere
def test_a_sheet_is_a_place_to_try_something_else(page: Page, jupyter: Jupyter) -> None:
    canvas = opened(page, jupyter)
    run_and_decide(canvas)
    root = canvas.root
    first = canvas.card("pile").image_digest()

    root.get_by_role("button", name="Sheets: Sheet 1").click()
    root.get_by_role("menuitem", name="Duplicate").click()
    tabs = root.get_by_role("tab")
    expect(tabs).to_have_text(["Sheet 1", "Sheet 2"])
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    tabs.nth(1).dblclick()
    root.get_by_label("Name of the sheet").fill("Akureyri")
    page.keyboard.press("Enter")
    expect(tabs.nth(1)).to_have_text("Akureyri")
    finished(canvas)

    place = root.get_by_label("Place")
    place.fill("Akureyri")
    place.blur()  # Enter would run it
    canvas.card("suggest").expect_freshness("stale")
    run_and_decide(canvas, 0)
    canvas.card("pile").expect_other_image(first)
    picture(canvas, "sheets")

    tabs.first.click()
    expect(place).to_have_value("Grimsey")
    finished(canvas)
    canvas.card("pile").expect_image(first)
    assert lab.execute(page, "print(graph.sheets)") == "<Sheets *'Sheet 1', 'Akureyri'>"

    tabs.nth(1).focus()
    page.keyboard.press("Delete")
    root.get_by_role("menuitem", name="Delete Akureyri").click()
    expect(tabs).to_have_count(0)
    expect(root.get_by_role("button", name="Sheets: Sheet 1")).to_be_visible()
