"""Looking closer in a real JupyterLab: history, variants, search, collapsed cards, exports."""

from __future__ import annotations

import json
import pathlib

from playwright.sync_api import Locator, Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.pictures import look
from tests.hosts.server import Jupyter

CELL = """
from daggr_nb import FnNode, Graph, ui

def outline(topic: str, n: int) -> list:
    return [f"{topic} {i}" for i in range(n)]

def short(parts: list) -> str:
    return "; ".join(parts)

def loud(parts: list) -> str:
    return "; ".join(parts).upper()

def words(text: str) -> int:
    return len(text.split())

number = ui.Number(value=2, precision=0)
parts = FnNode(outline, inputs={"topic": ui.Textbox(value="otters"), "n": number})
style = FnNode(short, inputs={"parts": parts.output})
style = style | FnNode(loud, inputs={"parts": parts.output})
count = FnNode(words, inputs={"text": style.output})
graph = Graph("Looked into", [count])
graph.run()
graph.inputs["outline__n"] = 3
graph.run()
graph
"""
CELLS_NOW = """() => [...window.jupyterapp.shell.widgets('main')]
    .find(widget => widget.content?.widgets).content.widgets.length"""


def opened(page: Page, jupyter: Jupyter) -> tuple[Canvas, Locator]:
    lab.write_notebook(jupyter, "looked.ipynb", CELL.strip())
    lab.open_notebook(page, jupyter, "looked.ipynb")
    lab.run_all(page)
    canvas = Canvas.on(page, "Looked into")
    canvas.card("words").expect_freshness("fresh")
    return canvas, page.locator(".daggr-root").first


def test_two_results_are_compared_starred_and_restored(page: Page, jupyter: Jupyter) -> None:
    canvas, root = opened(page, jupyter)
    outline = root.locator('article[data-node="outline"]')
    outline.get_by_role("button", name="history of outline").click()
    expect(root.locator("[data-record]")).to_have_count(2)
    expect(root.locator("[data-record]").first).to_contain_text("n: 2 → 3")
    root.get_by_label("Compare run 1").check()
    root.get_by_label("Compare run 2").check()
    pair = root.locator('[data-pair="n"]')
    expect(pair).to_contain_text("2")
    expect(pair).to_contain_text("3")
    expect(root.locator('[data-pair="output"]')).to_contain_text("otters 2")
    root.get_by_role("button", name="Star run 1").click()
    expect(root.get_by_role("button", name="Unstar run 1")).to_be_visible()
    assert lab.execute(page, "print([run.outputs['output'] for run in graph.store.starred])") == (
        "[['otters 0', 'otters 1']]"
    )
    root.locator("[data-record]").last.locator(".daggr-runs-main").click()
    canvas.card("outline").expect_history("1/2")
    assert (
        lab.execute(page, "print(graph.inputs['outline__n'], words(style.output.value))") == "2 4"
    )


def test_variants_run_side_by_side_and_the_choice_stays(page: Page, jupyter: Jupyter) -> None:
    _, root = opened(page, jupyter)
    root.get_by_role("button", name="compare variants of short").click()
    expect(root.locator('[data-variant="loud"]')).to_contain_text("Not run yet")
    root.get_by_role("button", name="Run 2 variants").click()
    expect(root.locator('[data-variant="loud"]')).to_contain_text("OTTERS 0; OTTERS 1; OTTERS 2")
    expect(root.locator('[data-variant="short"]')).to_contain_text("otters 0; otters 1; otters 2")
    assert lab.execute(page, "print(graph.inputs['short__variant'])") == "short"
    root.get_by_role("button", name="Choose loud").click()
    expect(root.locator('article[data-node="words"]')).to_have_attribute("data-freshness", "stale")
    assert lab.execute(page, "print(graph.inputs['short__variant'])") == "loud"


ITEMS = """
from daggr_nb import FnNode, Graph

broken = {2, 4}

def photos() -> list:
    return list(range(6))

def sharpen(photo: int) -> str:
    if photo in broken:
        raise OSError(f"photo {photo} is torn")
    return f"sharp {photo}"

every = FnNode(photos, outputs=["photo"])
sharp = FnNode(sharpen, inputs={"photo": every.photo.each}, version="1")
graph = Graph("Photos", [sharp])
graph.run(check=False)
graph
"""


def test_one_failed_item_is_retried_from_the_list_and_one_from_its_detail(
    page: Page, jupyter: Jupyter
) -> None:
    lab.write_notebook(jupyter, "photos.ipynb", ITEMS.strip())
    lab.open_notebook(page, jupyter, "photos.ipynb")
    lab.run_all(page)
    canvas = Canvas.on(page, "Photos")
    card = canvas.card("sharpen")
    card.expect_status("failed")
    records = "import json; print(json.dumps([item.id for item in sharp.last.items]))"
    before = lab.execute(page, records)
    lab.execute(page, "broken.clear()")
    card.press("Retry item 3")  # people count from 1
    expect(card.element.locator('[data-item="2"]')).to_have_attribute("data-status", "succeeded")
    expect(card.element.locator('[data-item="4"]')).to_have_attribute("data-status", "failed")
    card.expect_status("failed")
    pairs = zip(json.loads(before), json.loads(lab.execute(page, records)), strict=True)
    changed = [place for place, (old, new) in enumerate(pairs) if old != new]
    assert changed == [2]
    card.element.locator('[data-item="4"]').get_by_role("button").first.click()
    detail = card.element.get_by_role("region", name="Item 5")
    expect(detail).to_contain_text("photo 4 is torn")
    detail.locator('[data-control="go-to-cell"]').last.click()
    assert page.evaluate("getSelection().toString().trim()") == (
        'raise OSError(f"photo {photo} is torn")'
    )
    detail.get_by_role("button", name="Retry this item").click()
    card.expect_status("succeeded")
    card.expect_freshness("fresh")
    assert lab.execute(page, "print(sharp.output.value[2:5])") == (
        "['sharp 2', 'sharp 3', 'sharp 4']"
    )


ENDLESS = """
import time
from daggr_nb import Context, FnNode, Graph, ui

def slow(text: str, ctx: Context) -> str:
    while not ctx.cancelled:
        time.sleep(0.02)
    return text

def slower(text: str, ctx: Context) -> str:
    return slow(text, ctx)

box = ui.Textbox(value="otters")
style = FnNode(slow, inputs={"text": box}, concurrent=True)
style = style | FnNode(slower, inputs={"text": box}, concurrent=True)
graph = Graph("Endless", [style])
graph
"""


def test_variants_at_work_show_and_are_stopped_in_the_panel_and_by_stop(
    page: Page, jupyter: Jupyter
) -> None:
    lab.write_notebook(jupyter, "endless.ipynb", ENDLESS.strip())
    lab.open_notebook(page, jupyter, "endless.ipynb")
    lab.run_all(page)
    root = Canvas.on(page, "Endless").root
    root.get_by_role("button", name="compare variants").click()
    panel = root.get_by_role("complementary", name="Variants of slow")
    stop_all = root.get_by_role("button", name="Stop", exact=True)
    for stop in (panel.get_by_role("button", name="Stop the variants"), stop_all):
        panel.get_by_role("button", name="Run 2 variants").click()
        expect(panel.locator('[data-variant="slower"]')).to_contain_text("running…")
        expect(root.get_by_role("progressbar", name="Progress of the run")).to_be_visible()
        stop.click()
        expect(panel.get_by_role("button", name="Run 2 variants")).to_be_visible()
        expect(stop_all).to_have_count(0)
        assert lab.execute(page, "print(graph.session.runs.busy)") == "False"


def test_found_collapsed_moved_and_kept_over_a_restart(page: Page, jupyter: Jupyter) -> None:
    _, root = opened(page, jupyter)
    cells = page.evaluate(CELLS_NOW)
    root.locator(".daggr-stage").focus()
    page.keyboard.press("/")
    page.keyboard.type("outl")
    page.keyboard.press("Enter")
    card = root.locator('article[data-node="outline"]')
    expect(card).to_be_focused()
    page.keyboard.press("c")
    expect(card.locator("footer")).to_have_count(0)
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.evaluate(CELLS_NOW) == cells
    lab.wait_for_python(page, "sorted(graph.session.current.sheet.collapsed)", ["outline"])
    look(root)  # the view has followed the card that became lower
    card.locator(".daggr-name").hover(position={"x": 5, "y": 8})
    page.mouse.down()
    box = card.locator(".daggr-name").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 128, steps=4)
    page.mouse.up()
    lab.wait_for_python(page, "[*graph.session.current.sheet.positions]", ["outline"])
    moved = "print([round(y) for y in [graph.session.current.sheet.positions['outline'][1]]])"
    at = lab.execute(page, moved)
    lab.restart_kernel(page)
    lab.run_all(page)
    Canvas.on(page, "Looked into").card("words").expect_freshness("fresh")
    assert lab.execute(page, moved) == at
    expect(page.locator('.daggr-root article[data-node="outline"] footer')).to_have_count(0)
    root = page.locator(".daggr-root").first
    root.get_by_role("button", name="More", exact=True).click()
    root.get_by_role("menuitem", name="Tidy").click()
    lab.wait_for_python(page, "graph.session.current.sheet.positions", {})


def test_the_graph_is_saved_as_picture_and_page(page: Page, jupyter: Jupyter) -> None:
    _, root = opened(page, jupyter)
    for label, ending, said in (
        ("picture", "svg", "<svg"),
        ("results", "html", "otters 0; otters 1"),
    ):
        root.get_by_role("button", name="More", exact=True).click()
        with page.expect_download() as download:
            root.get_by_role("menuitem", name=label).click()
        assert download.value.suggested_filename == f"Looked into.{ending}"
        text = pathlib.Path(download.value.path()).read_text(encoding="utf-8")
        assert said in text
        assert "<script" not in text


def test_in_and_out_of_the_canvas_by_keyboard_alone(page: Page, jupyter: Jupyter) -> None:
    canvas, root = opened(page, jupyter)
    root.locator(".daggr-stage").focus()
    page.keyboard.press("ArrowRight")
    card = root.locator('article[data-node="outline"]')
    expect(card).to_be_focused()
    page.keyboard.press("Enter")
    expect(card.get_by_role("textbox", name="topic")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("voles")
    page.keyboard.press("Tab")
    canvas.card("outline").expect_freshness("stale")
    page.keyboard.press("Escape")
    expect(card).to_be_focused()
    page.keyboard.press("r")
    canvas.card("outline").expect_history("3/3")
    page.keyboard.press("h")
    expect(root.locator("[data-record]")).to_have_count(3)
    for _ in range(6):  # past the way out and the first row
        page.keyboard.press("Tab")
    expect(root.locator("[data-record]").nth(1).locator(".daggr-runs-main")).to_be_focused()
    page.keyboard.press("Enter")
    canvas.card("outline").expect_history("2/3")
    page.keyboard.press("Escape")
    expect(root.locator(".daggr-side")).to_have_count(0)
    assert lab.execute(page, "print(graph.inputs['outline__topic'])") == "otters"


PICTURES = """
from PIL import Image, ImageDraw
from daggr_nb import FnNode, Graph, ui

def rings(count: int) -> Image.Image:
    picture = Image.new("RGB", (900, 600), (240, 236, 226))
    pen = ImageDraw.Draw(picture)
    for ring in range(count):
        box = [40 + 22 * ring, 30 + 14 * ring, 860 - 22 * ring, 570 - 14 * ring]
        pen.ellipse(box, outline=(20 + 9 * ring, 80, 140), width=4)
    return picture

drawn = FnNode(rings, inputs={"count": ui.Number(9, precision=0)}, outputs={"picture": ui.Image()})
graph = Graph("Side by side", [drawn], persist_key=False)
graph.run()
graph.run(inputs={"rings__count": 14})
graph
"""
CORNERS = """group => [...group.querySelectorAll('.daggr-compare')].map(side => {
    const [a, b] = [side, side.querySelector('img')].map(each => each.getBoundingClientRect());
    return [b.left - a.left, b.top - a.top, b.width / a.width].map(Math.round);
})"""


def test_two_pictures_side_by_side_zoom_and_pan_together(page: Page, jupyter: Jupyter) -> None:
    lab.write_notebook(jupyter, "pair.ipynb", PICTURES.strip())
    lab.open_notebook(page, jupyter, "pair.ipynb")
    lab.run_all(page)
    root = Canvas.on(page, "Side by side").root
    root.get_by_role("button", name="history of rings").click()
    for index in (1, 2):
        root.get_by_label(f"Compare run {index}", exact=True).check()
    root.get_by_role("radio", name="Side by side").check()
    both = root.get_by_role("group", name="picture, before and after")
    expect(both.locator("img")).to_have_count(2)
    assert both.evaluate(CORNERS) == [[0, 0, 1], [0, 0, 1]]

    first = both.locator(".daggr-compare").first
    box = first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    expect(root.get_by_role("status").filter(has_text="115 %")).to_be_visible()
    page.mouse.dblclick(box["x"] + 9, box["y"] + 9)
    expect(root.get_by_role("status").filter(has_text="100 %")).to_be_visible()
    both.focus()
    for _ in range(5):
        page.keyboard.press("+")
    left, right = both.evaluate(CORNERS)
    assert left == right
    assert left[2] == 3
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 80, steps=4)
    page.mouse.up()
    moved, alike = both.evaluate(CORNERS)
    assert moved == alike
    assert moved[0] - left[0] == 40
    assert moved[1] - left[1] == 20
    page.screenshot(path=lab.SCREENSHOTS / "side-by-side.png")
    page.keyboard.press("0")
    assert both.evaluate(CORNERS) == [[0, 0, 1], [0, 0, 1]]
