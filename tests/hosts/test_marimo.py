"""marimo, where a cell that runs again takes its widgets with it, and its theme."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.hosts import lab, server
from tests.hosts.canvas import Canvas
from tests.hosts.canvas_page import AXE, PAINTED, RUN_AXE
from tests.hosts.everywhere import marimo_notebook, run_all_in_marimo, run_in_marimo
from tests.hosts.pictures import RESTS

SHOUT = "def shout(text: str) -> str:\n    return text.upper()"
CELLS = MappingProxyType(
    {
        "functions": (
            "",
            """\
import os
from pathlib import Path
import ipywidgets
from daggr_nb import FnNode, Graph, ui
Path("kernel.pid").write_text(str(os.getpid()))

def draft(topic: str) -> str:
    return f"On {topic}"

def proof(text: str) -> str:
    raise ValueError("no such word")""",
            "FnNode, Graph, Path, draft, ipywidgets, proof, ui",
        ),
        "shout": ("", SHOUT, "shout"),
        "graph": (
            "FnNode, Graph, draft, proof, shout, ui",
            """\
drafted = FnNode(draft, inputs={"topic": ui.Textbox("otters")}, outputs=["text"])
shouted = FnNode(shout, inputs={"text": drafted.text}, outputs=["text"])
proofed = FnNode(proof, inputs={"text": drafted.text}, outputs=["text"])
graph = Graph("Letters", [shouted, proofed])""",
            "graph",
        ),
        "shown": ("graph", "graph", ""),
        "again": ("graph", "graph", ""),
        "count": (
            "Path, graph, ipywidgets",
            """\
graph
with Path("models").open("a") as models:
    models.write(f"{len(ipywidgets.widgets.widget._instances)}\\n")""",
            "",
        ),
    }
)
SHOWN = list(CELLS).index("shown")
EDIT = list(CELLS).index("shout")


@pytest.fixture
def home(tmp_path: Path, page: Page) -> Iterator[Path]:
    """The folder of a notebook that ``marimo edit`` has open, all cells run."""
    with server.marimo(tmp_path, marimo_notebook(tmp_path, CELLS), "edit") as running:
        page.goto(running.url)
        run_all_in_marimo(page)
        yield tmp_path


def canvas_of(page: Page, cell: int = SHOWN) -> Canvas:
    return Canvas.on(page.locator(".marimo-cell").nth(cell), "Letters")


def edit(page: Page, code: str) -> None:
    """Edit the function, and wait until its graph is shown anew."""
    before = canvas_of(page).root.element_handle()
    run_in_marimo(page, EDIT, code)
    page.wait_for_function("canvas => !canvas.isConnected", arg=before)


def place(canvas: Canvas, node: str) -> str | None:
    return canvas.root.locator(f'[data-host="{node}"]').get_attribute("style")


def drag(page: Page, card: Locator) -> None:
    header = card.locator("header")
    header.hover(position={"x": 60, "y": 8})  # where it is in view, at rest and on top
    title = header.bounding_box()
    assert title is not None
    page.mouse.down()
    page.mouse.move(title["x"] + 90, title["y"] + 48, steps=4)
    page.mouse.up()


@pytest.mark.everywhere
def test_an_edited_function_makes_results_stale_and_loses_nothing(page: Page, home: Path) -> None:
    errors: list[str] = []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    canvas = canvas_of(page)
    canvas.root.get_by_role("separator", name="Height of the canvas").press("ArrowDown")
    topic = canvas.root.get_by_role("textbox", name="topic")
    topic.fill("herons")
    topic.blur()  # Enter would run it
    shout = canvas.card("shout")
    shout.press("Run to here")
    expect(shout.element).to_contain_text("ON HERONS")
    canvas.root.evaluate(RESTS)
    automatic = place(canvas, "proof")
    drag(page, canvas.card("proof").element)
    height = canvas.root.get_attribute("style")
    canvas.root.evaluate(RESTS)
    placed = place(canvas, "proof")
    assert placed != automatic

    edit(page, SHOUT.replace("upper", "title"))
    shout.expect_freshness("stale")
    expect(shout.element).to_contain_text("code of shout changed")
    expect(shout.element).to_contain_text("ON HERONS")
    expect(topic).to_have_value("herons")
    assert place(canvas, "proof") == placed
    assert canvas.root.get_attribute("style") == height
    shout.element.get_by_role("button", name="diff").click()
    expect(shout.element).to_contain_text("return text.title()")
    shout.press("Run to here")
    expect(shout.element).to_contain_text("On Herons")
    shout.expect_history("2/2")

    for method in ("lower", "upper", "lower", "upper"):
        edit(page, SHOUT.replace("upper", method))
    shout.press("Run to here")
    shout.expect_status("cached")
    models = (home / "models").read_text().split()
    assert len(set(models[1:])) == 1, models  # the first was counted before any was made
    assert errors == []


def test_a_cell_run_again_leaves_the_canvas_of_another_alone(page: Page, home: Path) -> None:
    first, second = canvas_of(page), canvas_of(page, SHOWN + 1)
    first.card("shout").press("Run to here")
    second.card("shout").expect_freshness("fresh")
    before = first.root.element_handle()
    run_in_marimo(page, SHOWN)
    page.wait_for_function("canvas => !canvas.isConnected", arg=before)
    first.card("shout").expect_freshness("fresh")
    topic = second.root.get_by_role("textbox", name="topic")
    topic.fill("herons")
    topic.press("Enter")
    second.card("shout").press("Run to here")
    for canvas in (first, second):
        expect(canvas.card("shout").element).to_contain_text("ON HERONS")


@pytest.mark.everywhere
def test_a_new_kernel_knows_what_the_last_one_did(page: Page, home: Path) -> None:
    canvas_of(page).card("shout").press("Run to here")
    canvas_of(page).card("shout").expect_freshness("fresh")
    os.kill(int((home / "kernel.pid").read_text()), signal.SIGKILL)
    page.get_by_role("button", name="Restart").last.click()
    with page.expect_navigation():
        page.get_by_role("alertdialog").get_by_role("button", name="Restart").click()
    run_all_in_marimo(page)
    canvas_of(page).card("shout").expect_freshness("fresh")
    canvas_of(page).card("shout").expect_history("1/1")


def look(page: Page, mode: str) -> None:
    """A fresh, a stale and a failed card in both themes; the pictures are for people."""
    canvas = canvas_of(page)
    canvas.card("proof").press("Run to here")
    canvas.card("proof").expect_status("failed")
    canvas.card("shout").press("Run to here")
    canvas.card("shout").expect_freshness("fresh")
    topic = canvas.root.get_by_role("textbox", name="topic")
    topic.fill("herons")
    topic.blur()  # Enter would run it
    canvas.card("shout").expect_freshness("stale")
    page.add_script_tag(path=AXE)
    seen = set()
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        expect(page.locator(f"body.{scheme}")).to_be_attached()
        expect(canvas.root).to_have_css("color-scheme", scheme)
        seen.add(canvas.root.evaluate("root => getComputedStyle(root).backgroundColor"))
        canvas.root.screenshot(path=lab.SCREENSHOTS / f"marimo-{mode}-{scheme}.png")
        assert canvas.root.evaluate(RUN_AXE_ON) == []
    assert len(seen) == 2
    while canvas.root.locator(".daggr-far").is_hidden():
        canvas.root.get_by_role("button", name="Zoom out").click()
    far = canvas.root.locator(".daggr-far").element_handle()
    light = page.wait_for_function(PAINTED, arg=far).json_value()
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"([far, light]) => ({PAINTED})(far) !== light", arg=[far, light])


RUN_AXE_ON = RUN_AXE.replace("()", "root", 1).replace("'.daggr-root'", "root")


@pytest.mark.everywhere
def test_the_canvas_follows_the_theme_of_the_editor(page: Page, home: Path) -> None:
    look(page, "edit")


@pytest.mark.everywhere
def test_the_canvas_follows_the_theme_of_an_app(page: Page, tmp_path: Path) -> None:
    with server.marimo(tmp_path, marimo_notebook(tmp_path, CELLS)) as running:
        page.goto(running.url)
        look(page, "run")


VISITED = MappingProxyType(
    {
        "graph": (
            "",
            """\
import threading
from daggr_nb import FnNode, Graph, ui

kept = FnNode(len, inputs={"obj": ui.Textbox("otters")}, outputs=["n"])
lost = FnNode(len, inputs={"obj": ui.Textbox("seals")}, outputs=["n"])
graph = Graph("Kept", [kept])
passing = Graph("Passing", [lost], persist_key=False)
graph.run()
finished = passing.run()""",
            "graph, passing, threading",
        ),
        "shown": ("graph", "graph", ""),
        "too": ("passing", "passing", ""),
        "count": (
            "graph, passing, threading",
            """\
graph, passing
ours = [thread for thread in threading.enumerate() if thread.name.startswith("daggr-nb")]
f"{len(ours)} threads of ours"
""",
            "",
        ),
    }
)


@pytest.mark.everywhere
def test_who_leaves_an_app_leaves_no_threads(page: Page, tmp_path: Path) -> None:
    notebook = marimo_notebook(tmp_path, VISITED)

    def threads() -> int:
        page.goto(running.url)
        said = page.get_by_text("threads of ours").inner_text()
        page.goto("about:blank")
        return int(said.strip("'").split()[0])

    with server.marimo(tmp_path, notebook, "run", "--session-ttl=0") as running:
        counts = [threads() for _ in range(6)]
    assert counts[-1] <= 2 * counts[0], f"at most the last visitor's are still there: {counts}"
