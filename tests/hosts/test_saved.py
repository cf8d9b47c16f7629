"""A graph as a page of its own, and in a notebook that travels."""

from __future__ import annotations

import base64
from pathlib import Path

import nbformat
import pandas
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Page, expect

from daggr_nb import FnNode, Graph, NodeFailed, ui
from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.canvas_page import AXE
from tests.hosts.everywhere import KEEP_STATE
from tests.hosts.server import Jupyter

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


CELL = """
from daggr_nb import FnNode, Graph, ui

def shout(text: str) -> str:
    return text.upper()

shouted = FnNode(shout, inputs={"text": ui.Textbox("ada")}, outputs={"loud": ui.Textbox()})
graph = Graph("Travels", [shouted], store=None)
graph
"""
SAVED = """() => {
    const panel = [...jupyterapp.shell.widgets('main')].find(each => each.sessionContext);
    const cell = panel.context.model.sharedModel.toJSON().cells[0];
    const html = cell.outputs.map(each => each.data?.['text/html'] ?? '').join('');
    return atob(/base64,([^"]*)/.exec(html)?.[1] ?? '');
}"""


def test_a_saved_notebook_shows_the_last_run_and_the_canvas_is_not_drawn_anew(
    page: Page, jupyter: Jupyter
) -> None:
    lab.write_notebook(jupyter, "travels.ipynb", CELL.strip())
    lab.open_notebook(page, jupyter, "travels.ipynb")
    lab.run_all(page)
    canvas = Canvas.on(page, "Travels")
    card = canvas.card("shout")
    assert "not run" in page.evaluate(SAVED)
    canvas.root.evaluate("root => { root.same = true; }")
    field = card.element.get_by_role("textbox", name="text")
    field.focus()

    path = jupyter.notebooks / "travels.ipynb"
    sizes = []
    for name in ("eva", "ida", "ada"):
        lab.execute(page, f"graph.run(inputs={{'shout__text': {name!r}}})")
        page.wait_for_function(f"() => ({SAVED})().includes('{name.upper()}')")
        lab.save(page)
        sizes.append(path.stat().st_size)
    assert canvas.root.evaluate("root => root.same === true")
    expect(field).to_be_focused()
    assert max(sizes) - min(sizes) < 200, sizes

    notebook = nbformat.read(path, as_version=4)
    (output,) = notebook.cells[0].outputs
    still = base64.b64decode(output.data["text/html"].split("base64,")[1].split('"')[0]).decode()
    assert "ADA" in still
    assert "not run" not in still
    page_of_it, _ = HTMLExporter().from_notebook_node(notebook)
    assert output.data["text/html"].split('"')[1] in page_of_it


def test_a_graph_is_saved_as_a_picture_of_twice_its_size_in_both_themes(
    page: Page, jupyter: Jupyter, tmp_path: Path
) -> None:
    image = pytest.importorskip("PIL.Image")
    lab.write_notebook(jupyter, "png.ipynb", CELL.strip())
    lab.open_notebook(page, jupyter, "png.ipynb")
    lab.run_all(page)
    root = Canvas.on(page, "Travels").root
    corners = []
    for name in ("Save as PNG", "Save as dark PNG"):
        root.locator('[data-control="more"]').click()
        with page.expect_download() as saving:
            root.get_by_role("menuitem", name=name).click()
        assert saving.value.suggested_filename == "Travels.png"
        path = tmp_path / f"{name}.png"
        saving.value.save_as(path)
        with image.open(path) as saved:
            assert saved.width == 2 * (268 + 60)
            corners.append(saved.convert("L").getpixel((1, 1)))
    assert corners[0] > 200
    assert corners[1] < 60


TRAVELS = [
    "from daggr_nb import FnNode, Graph, ui",
    'twice = FnNode(lambda x: 2 * x, "twice", inputs={"x": ui.Number(21)})\n'
    'graph = Graph("Travel", [twice], persist_key=False)\n'
    "graph",
    "graph.run()",
    "graph.inputs['twice__x'] = 30\ngraph.run();",
]


def test_a_notebook_that_nobody_watches_is_saved_as_its_graph_is_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in TRAVELS]
    )
    NotebookClient(notebook, kernel_name="python3").execute()
    canvas, output = notebook.cells[1].outputs  # and no other ones after them
    picture = output.data["text/html"].partition("base64,")[2].partition('"')[0]
    assert ">60<" in base64.b64decode(picture).decode()
    assert "text/html" not in canvas.data  # a page without widgets has one picture
    assert "application/vnd.jupyter.widget-view+json" in canvas.data
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    (snapshot,) = (
        each["state"]["snapshot"] for each in states.values() if "snapshot" in each["state"]
    )
    assert snapshot["nodes"][0]["values"]["output"]["data"] == 60


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_a_page_with_widget_state_shows_the_picture_where_there_is_no_network(
    monkeypatch: pytest.MonkeyPatch, chromium: Browser, tmp_path: Path, template: str
) -> None:
    """As `jupyter nbconvert --execute --to html` makes it."""
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in TRAVELS]
    )
    NotebookClient(notebook, kernel_name="python3").execute()
    html, _ = HTMLExporter(template_name=template).from_notebook_node(notebook)
    assert "application/vnd.jupyter.widget-state+json" in html
    path = tmp_path / "travels.html"
    path.write_text(html, encoding="utf-8")
    context = chromium.new_context(offline=True, viewport={"width": 900, "height": 700})
    page = context.new_page()
    page.goto(path.as_uri())
    picture = page.get_by_role("img", name="The graph Travel, 1 node")
    expect(picture).to_be_visible()
    expect(picture).to_have_count(1)
    box = picture.bounding_box()
    assert box is not None
    assert box["width"] > 250
    page.screenshot(path=lab.SCREENSHOTS / f"offline-{template}.png")
    context.close()


def test_a_notebook_saved_with_its_widgets_has_the_picture_for_pages_without_network(
    page: Page, jupyter: Jupyter, chromium: Browser, tmp_path: Path
) -> None:
    cell = CELL.strip().removesuffix("graph") + "display(graph)\nprint('after')"
    lab.write_notebook(jupyter, "kept.ipynb", cell)
    lab.open_notebook(page, jupyter, "kept.ipynb")
    lab.run_all(page)
    canvas = Canvas.on(page, "Travels")
    canvas.root.evaluate("root => { root.same = true; }")
    page.evaluate(KEEP_STATE)
    for name in ("eva", "ida"):
        lab.execute(page, f"graph.run(inputs={{'shout__text': {name!r}}})")
        page.wait_for_function(f"() => ({SAVED})().includes('{name.upper()}')")
        lab.save(page)
    page.evaluate(KEEP_STATE)
    assert canvas.root.evaluate("root => root.same === true")
    expect(page.locator(".daggr-still img")).to_be_hidden()  # beside a canvas that lives

    notebook = nbformat.read(jupyter.notebooks / "kept.ipynb", as_version=4)
    still = [output for output in notebook.cells[0].outputs if "data" in output][-1]
    assert [*still.data] == ["text/html"]
    html, _ = HTMLExporter().from_notebook_node(notebook)
    (tmp_path / "kept.html").write_text(html, encoding="utf-8")
    context = chromium.new_context(offline=True)
    alone = context.new_page()
    alone.goto((tmp_path / "kept.html").as_uri())
    picture = alone.get_by_role("img", name="The graph Travels, 1 node")
    expect(picture).to_have_count(1)
    expect(picture).to_be_visible()
    assert "IDA" in base64.b64decode(str(picture.get_attribute("src")).split(",")[1]).decode()
    context.close()
