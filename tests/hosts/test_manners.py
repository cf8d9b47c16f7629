"""How the canvas behaves among the cells of a real JupyterLab: keys, wheel, forced colours."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.canvas_page import AXE, RUN_AXE
from tests.hosts.server import Jupyter

CELL = """
import numpy, pandas
from daggr_nb import FnNode, Graph, ui

def frame(size: int) -> pandas.DataFrame:
    columns = [f"column {i}" for i in range(12)]
    return pandas.DataFrame(numpy.arange(12.0 * size).reshape(size, 12), columns=columns)

def outline(topic: str, n: int) -> list:
    return [f"{topic} {i}" for i in range(n)]

def draft(section: str) -> str:
    if section.endswith("1"):
        raise ValueError("no river")
    return f"*{section}*"

def short(parts: list) -> int:
    return len(parts)

def long(parts: list) -> int:
    return 2 * len(parts)

parts = FnNode(outline, inputs={"topic": ui.Textbox(value="otters"), "n": ui.Slider(1, 9, 2)})
drafts = FnNode(draft, inputs={"section": parts.output.each}, outputs={"text": ui.Markdown()})
style = FnNode(short, inputs={"parts": parts.output})
style = style | FnNode(long, inputs={"parts": parts.output})
rows = FnNode(frame, inputs={"size": 100_000}, outputs={"rows": ui.Dataframe()})
graph = Graph("Manners", [drafts, style, rows])
graph.run(check=False)
graph.inputs["outline__n"] = 3
graph.run("short")
graph
"""
AFTER = "\n".join(f"line_{i} = {i}" for i in range(60))
CELLS = """() => [...window.jupyterapp.shell.widgets('main')]
    .find(widget => widget.content?.widgets).content.widgets.length"""
WHERE = """() => {
    const at = document.activeElement;
    if (at?.closest('.daggr-root')) return 'canvas';
    return at?.closest('.jp-Notebook') ? 'notebook' : 'elsewhere';
}"""
SCROLLED = """() => {
    let element = document.querySelector('.daggr-root');
    const scrolls = each => each.scrollHeight > each.clientHeight + 20
        && /auto|scroll/.test(getComputedStyle(each).overflowY);
    while (element && !scrolls(element)) element = element.parentElement;
    return Math.round(element.scrollTop);
}"""


def opened(page: Page, jupyter: Jupyter) -> tuple[Canvas, Locator]:
    lab.write_notebook(jupyter, "manners.ipynb", CELL.strip(), AFTER, AFTER)
    lab.open_notebook(page, jupyter, "manners.ipynb")
    lab.run_all(page)
    lab.wait_for_all(page)
    canvas = Canvas.on(page, "Manners")
    canvas.card("short").expect_freshness("fresh")
    return canvas, canvas.root


def tab_until(page: Page, where: str, key: str) -> None:
    for _ in range(40):
        if page.evaluate(WHERE) == where:
            return
        page.keyboard.press(key)
    assert page.evaluate(WHERE) == where


def test_from_the_cell_into_the_canvas_and_out_again(page: Page, jupyter: Jupyter) -> None:
    canvas, root = opened(page, jupyter)
    cells = page.evaluate(CELLS)
    page.locator(".jp-CodeCell .jp-InputArea-editor").first.click()
    page.keyboard.press("Escape")  # from the text of the cell to the cell
    tab_until(page, "canvas", "Tab")
    root.locator(".daggr-stage").press("ArrowRight")
    card = root.locator("article:focus")
    expect(card).to_have_attribute("data-node", "outline")
    page.keyboard.press("Enter")
    expect(root.get_by_role("textbox", name="topic")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("dd seals")  # d d deletes a cell, for who is in the notebook
    page.keyboard.press("Tab")
    canvas.card("outline").expect_freshness("stale")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    canvas.card("outline").expect_freshness("fresh")
    assert lab.execute(page, "print(parts.output.value[0])") == "dd seals 0"
    page.keyboard.press("d")
    page.keyboard.press("d")
    page.keyboard.press("ControlOrMeta+z")
    expect(root.get_by_role("textbox", name="topic")).to_have_value("otters")
    canvas.card("outline").expect_freshness("stale")  # what it shows came from the seals
    in_python = "print(graph.inputs['outline__topic'])"
    assert lab.execute(page, in_python) == "otters"
    page.keyboard.press("Escape")
    tab_until(page, "notebook", "Shift+Tab")
    assert page.evaluate(CELLS) == cells


def test_a_plain_wheel_scrolls_the_notebook_and_a_focused_canvas_pans(
    page: Page, jupyter: Jupyter
) -> None:
    _, root = opened(page, jupyter)
    page.locator(".jp-CodeCell .jp-InputArea-editor").first.click()
    root.scroll_into_view_if_needed()
    box = root.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 30)
    zoom = root.get_by_text("%").first.inner_text()
    cards = root.locator("article").first
    before, place = page.evaluate(SCROLLED), cards.evaluate("e => e.style.cssText")
    page.mouse.wheel(0, 120)
    page.wait_for_function(f"before => ({SCROLLED})() > before", arg=before)
    assert cards.evaluate("e => e.style.cssText") == place

    root.locator(".daggr-stage").focus()
    box = root.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    before, top = page.evaluate(SCROLLED), cards.bounding_box()
    assert top
    page.mouse.wheel(0, 60)
    page.wait_for_function(
        "([card, top]) => Math.abs(card.getBoundingClientRect().top - top) > 20",
        arg=[cards.element_handle(), top["y"]],
    )
    assert page.evaluate(SCROLLED) == before
    assert root.get_by_text("%").first.inner_text() == zoom


@pytest.mark.parametrize("forced", ["none", pytest.param("active", marks=pytest.mark.everywhere)])
def test_axe_finds_nothing_in_a_dark_lab(page: Page, jupyter: Jupyter, forced: str) -> None:
    _, root = opened(page, jupyter)
    lab.use_theme(page, "Dark")
    page.emulate_media(forced_colors=forced, reduced_motion="reduce")  # type: ignore[arg-type]
    page.add_script_tag(path=AXE)
    lab.wait_for_fades(page)
    expect(root.get_by_role("table", name="rows")).to_be_visible()
    assert page.evaluate(RUN_AXE) == []
    for opening, panel in (
        ("history of outline", "[data-record]"),
        ("compare variants of short", "[data-variant]"),
        ("Search", "[role=tree]"),
        ("More", "[role=menu]"),
        ("Keyboard shortcuts", ".daggr-shortcuts"),
    ):
        root.get_by_role("button", name=opening).last.click()
        expect(root.locator(panel).first).to_be_visible()
        assert page.evaluate(RUN_AXE) == [], opening


CONTAINERS = """
import ipywidgets as widgets
from daggr_nb import FnNode, Graph, ui

def canvas(name):
    node = FnNode(lambda x: x, "same", inputs={"x": ui.Textbox("a")})
    return Graph(name, [node], persist_key=False).canvas()

row = widgets.HBox([widgets.IntSlider(), canvas("Row")])
centred = widgets.VBox([canvas("Centred")], layout=widgets.Layout(align_items="center"))
tab = widgets.Tab([canvas("Tabbed"), widgets.Label("other")])
fold = widgets.Accordion([canvas("Folded")], selected_index=None)
widgets.VBox([row, centred, tab, fold])
"""


def test_a_canvas_is_as_wide_as_its_container_and_there_again_when_it_is_shown(
    page: Page, jupyter: Jupyter
) -> None:
    lab.write_notebook(jupyter, "containers.ipynb", CONTAINERS.strip())
    lab.open_notebook(page, jupyter, "containers.ipynb")
    lab.run_all(page)
    lab.wait_for_all(page)
    lab.execute(page, "tab.selected_index = 1; fold.selected_index = 0")
    lab.execute(page, "tab.selected_index = 0")
    room = page.locator(".jp-OutputArea-output").first.bounding_box()
    assert room
    for name, part in (("Row", 0.5), ("Centred", 0.95), ("Tabbed", 0.9), ("Folded", 0.9)):
        canvas = Canvas.on(page, name)
        expect(canvas.card("same").element).to_be_in_viewport(ratio=0.9)
        box = canvas.root.bounding_box()
        assert box
        assert box["width"] > part * room["width"], name
    Canvas.on(page, "Centred").root.get_by_label("x").press("End")
    lab.save_by_keys(page)  # the canvas has the focus, and no use for it
