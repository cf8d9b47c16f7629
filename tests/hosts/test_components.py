"""Every component in a real JupyterLab: edited, run, with its value looked at in Python."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import wave
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas, see
from tests.hosts.canvas_page import AXE, RUN_AXE, RUN_CONTRAST
from tests.hosts.server import Jupyter

# Of one canvas only: a page of many takes seconds each time.
RUN_AXE_ON = RUN_AXE.replace("()", "root", 1).replace("'.daggr-root'", "root")
CONTRAST = RUN_CONTRAST.replace("()", "root", 1).replace("'.daggr-root'", "root")
NOTEBOOK = "03_components.ipynb"
GRAPHS = (
    "Choices and numbers",
    "Words",
    "Pictures",
    "Files",
    "Tables",
    "Results",
    "Values",
    "Annotations",
)


def opened(page: Page, jupyter: Jupyter) -> None:
    lab.open_notebook(page, jupyter, NOTEBOOK)
    lab.run_all(page)
    page.wait_for_function("() => document.querySelectorAll('.daggr-root').length > 0")


def ran(page: Page, graph: str, *nodes: str) -> Canvas:
    canvas = Canvas.on(page, graph)
    canvas.run_stale()
    for node in nodes:
        canvas.card(node).expect_status("succeeded")
        canvas.card(node).expect_freshness("fresh")
    return canvas


def value(page: Page, expression: str) -> Any:
    """What Python has, as JSON."""
    code = f"import json; print(json.dumps({expression}, default=str))"
    return json.loads(lab.execute(page, code))


def give(canvas: Canvas, control: str, name: str, mime: str, data: bytes) -> None:
    field = canvas.root.get_by_label(control, exact=True)
    field.set_input_files({"name": name, "mimeType": mime, "buffer": data})


@pytest.mark.everywhere
def test_choices_numbers_and_words_are_edited(page: Page, jupyter: Jupyter) -> None:
    opened(page, jupyter)
    root = Canvas.on(page, "Choices and numbers").root
    root.get_by_label("Amount").fill("12")
    root.get_by_label("Strength").fill("0.75")
    root.get_by_role("checkbox", name="Fast").uncheck()
    root.get_by_role("group", name="Parts").get_by_label("ears").check()
    root.get_by_role("radio", name="warm").check()
    root.get_by_label("Animal").select_option(label="beaver")
    root.get_by_role("group", name="Places").get_by_label("sea").check()
    root.get_by_label("Food").fill("clam")
    root.get_by_label("Food").press("Enter")
    root.get_by_label("Ink").fill("#ff0000")
    root.get_by_label("When").fill("2027-03-04T05:06")
    root.get_by_label("Day").fill("2027-03-05")
    root.get_by_role("button", name="Count once more").click()
    Canvas(root).card("chosen").expect_status("succeeded")
    wanted = {
        "amount": 12,
        "strength": 0.75,
        "fast": False,
        "parts": ["ears", "tail"],
        "tone": "warm",
        "animal": "beaver",
        "places": ["lake", "sea"],
        "food": "clam",
        "ink": "#ff0000",
        "when": "2027-03-04 05:06:00",
        "day": "2027-03-05",
        "again": 1,
    }
    lab.wait_for_python(page, "picked.host().graph.results['chosen']['values']", wanted)

    root = Canvas.on(page, "Words").root
    root.get_by_label("Line", exact=True).fill("Seals & <b>co</b>")
    root.get_by_label("Secret").fill("hush")
    root.get_by_label("Area").fill("one\ntwo")
    root.get_by_label("Script").fill("x = 1")
    data = root.get_by_label("Data", exact=True)
    data.fill('{"a": ')
    data.blur()
    expect(root.get_by_role("alert")).to_contain_text("No JSON yet")
    data.fill('{"a": [1, null]}')
    data.blur()
    root.get_by_label("Text of line 1").fill("Not very.")
    root.get_by_role("button", name="Add line").click()
    root.get_by_label("Text of line 2").fill("Let us swim.")
    root.get_by_label("Text of line 2").blur()
    lab.wait_for_python(page, "len(words.scene.value)", 3)
    ran(page, "Words", "written")
    assert value(page, "shown.data.value") == {"a": [1, None]}
    assert value(page, "shown.script.value") == "x = 1"
    lines = "Ann: Is it cold?\nBo: Not very.\nAnn: Let us swim."
    assert value(page, "shown.scene.value") == lines
    assert "`hush`" in value(page, "shown.page.value")


@pytest.mark.everywhere
def test_a_script_in_a_result_does_not_run(page: Page, jupyter: Jupyter) -> None:
    """As daggr's 28th failure: HTML runs in the page that holds the token."""
    opened(page, jupyter)
    canvas = ran(page, "Words", "written")
    frame = canvas.root.frame_locator("iframe[title='html']")
    expect(frame.get_by_text("The end.")).to_be_visible()
    assert "script" in value(page, "shown.html.value")
    assert frame.locator("script").count() == 0
    assert page.title() != "hacked"
    assert canvas.root.locator("iframe[title='html']").get_attribute("sandbox") == (
        "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    )


LONG = pytest.param(30, marks=pytest.mark.everywhere)


@pytest.mark.parametrize("megabytes", [3, LONG])
def test_files_reach_python(page: Page, jupyter: Jupyter, megabytes: int) -> None:
    """As daggr's 23rd failure: an upload arrives as something else, or never."""
    opened(page, jupyter)
    canvas = Canvas.on(page, "Pictures")
    photo = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(photo, "PNG")
    canvas.root.get_by_role("button", name="Clear Photo").click()
    give(canvas, "Photo", "navy.png", "image/png", photo.getvalue())
    expect(canvas.card("Pictures").image).to_be_visible()
    canvas = ran(page, "Pictures", "darkroom")
    assert value(page, "[pictures.photo.value.name, developed.soft.value.size]") == [
        "navy.png",
        [64, 48],
    ]

    canvas = Canvas.on(page, "Files")
    sound = io.BytesIO()
    with wave.open(sound, "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(bytes(range(200)) * 80)
    canvas.root.get_by_role("button", name="Clear Sound").click()
    give(canvas, "Sound", "beep.wav", "audio/wav", sound.getvalue())
    large = bytes(range(256)) * (4_000 * megabytes)
    give(canvas, "One file", "large.bin", "application/octet-stream", large)
    if megabytes > 3:  # else it may be there before anybody looks
        expect(canvas.root.get_by_role("progressbar", name="Upload of large.bin")).to_be_visible()
    expect(canvas.root.get_by_role("button", name="Clear One file")).to_be_visible(timeout=60_000)
    ran(page, "Files", "heard")
    assert value(page, "[passed.higher.value[0], len(passed.higher.value[1])]") == [16_000, 8_000]
    assert value(page, "[p.name for p in passed.all.value]") == ["large.bin", "notes.txt"]
    same = f"files.one.value.read_bytes() == bytes(range(256)) * {4_000 * megabytes}"
    assert value(page, same) is True

    canvas = Canvas.on(page, "Tables")
    canvas.root.get_by_role("button", name="Clear people").click()
    give(canvas, "people", "people.csv", "text/csv", b"name,age\nCy,5\nDi,6\n")
    expect(canvas.root.get_by_role("grid", name="people")).to_contain_text("Cy")
    ran(page, "Tables", "long_table")
    assert value(page, "table.table.value['name'][:3].tolist()") == ["Cy", "Di", "Cy"]

    lab.restart_kernel(page)
    lab.run_all(page)
    lab.wait_for_kernel(page)
    assert value(page, "files.one.value.name") == "large.bin"
    assert value(page, same) is True


def picture(colour: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (48, 32), colour).save(made, "PNG")
    return made.getvalue()


def glb(points: list[tuple[float, float, float]]) -> bytes:
    """A model of one triangle after another, in the binary form of glTF."""
    data = b"".join(struct.pack("<3f", *point) for point in points)
    axes = [*zip(*points, strict=True)]
    ends = {"min": [min(axis) for axis in axes], "max": [max(axis) for axis in axes]}
    accessor = {"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3"}
    about = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(data)}],
        "bufferViews": [{"buffer": 0, "byteLength": len(data)}],
        "accessors": [{**accessor, **ends}],
        "meshes": [{"name": "tent", "primitives": [{"attributes": {"POSITION": 0}}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
    }
    head = json.dumps(about).encode()
    head += b" " * (-len(head) % 4)
    chunks = struct.pack("<I4s", len(head), b"JSON") + head
    chunks += struct.pack("<I4s", len(data), b"BIN\0") + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


TENT = [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.5, 1.0, 0.0)]


MP4 = """async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 });
    const context = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: 'video/mp4' });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const ended = new Promise(resolve => { recorder.onstop = resolve; });
    recorder.start();
    for (let i = 0; i < 12; i++) {
        context.fillStyle = `hsl(${30 * i} 80% 50%)`;
        context.fillRect(0, 0, 64, 48);
        await new Promise(requestAnimationFrame);
    }
    recorder.stop();
    await ended;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''));
}"""


@pytest.mark.everywhere
def test_an_mp4_plays_before_and_after_python(page: Page, jupyter: Jupyter) -> None:
    opened(page, jupyter)
    canvas = Canvas.on(page, "Files")
    controls = canvas.card("Files").element
    film = base64.b64decode(page.evaluate(MP4))
    assert film[4:8] == b"ftyp"
    controls.get_by_role("button", name="Clear Film").click()
    give(canvas, "Film", "holiday.mp4", "video/mp4", film)
    controls.get_by_role("button", name="Play holiday.mp4").click()
    plays(controls)
    ran(page, "Files", "heard")
    assert value(page, "passed.film.value.name") == "holiday.mp4"
    heard = canvas.card("heard").element
    heard.get_by_role("button", name="Play holiday.mp4").click()
    plays(heard)


def plays(card: Locator) -> None:
    film = card.locator("video").element_handle()
    card.page.wait_for_function("film => film.videoWidth > 0", arg=film)


@pytest.mark.everywhere
def test_films_and_models_reach_python(page: Page, jupyter: Jupyter) -> None:
    opened(page, jupyter)
    canvas = Canvas.on(page, "Files")
    controls = canvas.card("Files").element
    film = base64.b64decode(
        value(page, "base64.b64encode((FOLDER / 'ball.webm').read_bytes()).decode()")
    )
    film += b"\xec\x81\0"  # an empty element: a film of the same content would be the same film
    controls.get_by_role("button", name="Clear Film").click()
    give(canvas, "Film", "holiday.webm", "video/webm", film)
    controls.get_by_role("button", name="Play holiday.webm").click()
    plays(controls)
    controls.get_by_role("button", name="Clear Model").click()
    give(canvas, "Model", "tent.glb", "model/gltf-binary", glb(TENT))
    expect(controls.get_by_text("tent.glb")).to_be_visible()
    ran(page, "Files", "heard")
    assert value(page, "[passed.film.value.name, passed.model.value.name]") == [
        "holiday.webm",
        "tent.glb",
    ]
    sums = "[hashlib.sha256(p.read_bytes()).hexdigest() for p in (passed.film.value, {})]"
    lab.execute(page, "import hashlib")
    assert value(page, sums.format("passed.model.value")) == [
        hashlib.sha256(each).hexdigest() for each in (film, glb(TENT))
    ]


@pytest.mark.everywhere
def test_several_files_are_added_and_one_of_them_removed(page: Page, jupyter: Jupyter) -> None:
    opened(page, jupyter)
    canvas = Canvas.on(page, "Files")
    several = canvas.root.get_by_label("Several", exact=True)
    texts = [
        {"name": f"{name}.txt", "mimeType": "text/plain", "buffer": name.encode()}
        for name in ("a", "b")
    ]
    several.set_input_files(texts)  # type: ignore[arg-type]
    names = "[p.name for p in files.several.value]"
    lab.wait_for_python(page, names, ["notes.txt", "a.txt", "b.txt"])
    canvas.root.get_by_role("button", name="Remove a.txt").click()
    lab.wait_for_python(page, names, ["notes.txt", "b.txt"])
    assert value(page, "files.several.value[1].read_text()") == "b"

    canvas = Canvas.on(page, "Pictures")
    album = canvas.root.get_by_label("Album", exact=True)
    colours = ["red", "lime", "blue"]
    album.set_input_files(
        [{"name": f"{c}.png", "mimeType": "image/png", "buffer": picture(c)} for c in colours]
    )
    lab.wait_for_python(
        page, "[p.name for p in pictures.album.value or ()]", [f"{c}.png" for c in colours]
    )
    canvas.root.get_by_role("button", name="Remove Album 2").click()
    lab.wait_for_python(page, "[p.name for p in pictures.album.value]", ["red.png", "blue.png"])

    for name in ("before", "after"):  # one after the other, as people have them
        give(canvas, "Pair", f"{name}.png", "image/png", picture(colours.pop()))
        shown = canvas.root.get_by_role("slider", name="Pair")
        expect(shown).to_be_visible()
        last = "[p and p.name for p in pictures.pair.value or ()]"
        for _ in range(100):
            if f"{name}.png" in (found := value(page, last)):
                break
            page.wait_for_timeout(50)
    assert found == ["before.png", "after.png"]
    ran(page, "Pictures", "darkroom")
    extras = "[developed.tints.value[-1].size, developed.tints.value[-1].getpixel((1, 1))]"
    assert value(page, extras) == [[48, 32], [0, 0, 255]]
    canvas.card("Pictures").press("Remove first")
    lab.wait_for_python(page, "[p and p.name for p in pictures.pair.value]", ["after.png", None])


RICH = """
import pathlib, tempfile
import numpy as np
from IPython.display import Latex, Math
from daggr_nb import FnNode, Graph, ui

class Half:
    def _repr_latex_(self):
        return r"$\\displaystyle \\frac{x}{2}$"

def formulas():
    return Half(), Math(r"\\sqrt{2}"), Latex(r"Let $a^2$ be $$b$$"), Latex(r"$\\oops{1}$")

def words() -> list:
    return ["river", "sea"]

def page(word: str) -> str:
    return f"# {word}\\n\\n**bold** {word}"

def script() -> str:
    return "def f(x):  # one\\n    return 'two'"

def tent():
    path = pathlib.Path(tempfile.mkdtemp()) / "tent.glb"
    path.write_bytes(bytes.fromhex("GLB"))
    return path

shown = FnNode(formulas, outputs=["half", "root", "mixed", "wrong"])
given = FnNode(words, outputs=["word"])
pages = FnNode(page, inputs={"word": given.word.each}, outputs={"page": ui.Markdown()})
code = FnNode(script, outputs={"code": ui.Code(language="python")})
model = FnNode(tent, outputs={"model": ui.Model3D()})
array = FnNode(lambda: np.linspace(-1, 1, 12).reshape(3, 4), "array")
graph = Graph("Rich", [shown, pages, code, model, array])
graph.run()
graph
"""


def test_formulas_lists_code_and_models_are_shown_as_what_they_are(
    page: Page, jupyter: Jupyter
) -> None:
    lab.write_notebook(jupyter, "rich.ipynb", RICH.strip().replace("GLB", glb(TENT).hex()))
    lab.open_notebook(page, jupyter, "rich.ipynb")
    lab.run_all(page)
    canvas = Canvas.on(page, "Rich")
    card = canvas.card("formulas").element
    half = card.locator("[data-port='out:half'] math")
    expect(half.locator("mfrac")).to_be_visible()
    expect(half).to_have_attribute("display", "block")
    expect(card.locator("[data-port='out:root'] msqrt")).to_be_visible()
    expect(card.locator("[data-port='out:mixed'] math")).to_have_count(2)
    expect(card.locator("[data-port='out:mixed']")).to_contain_text("Let")
    expect(card.locator("[data-port='out:wrong'] code")).to_have_text("\\oops{1}")

    pages = canvas.card("page").element.locator("[data-port='out:page']")
    expect(pages.locator("strong")).to_have_text(["bold", "bold"])
    expect(pages.locator(".daggr-h1")).to_have_text(["river", "sea"])
    code = canvas.card("script").element
    expect(code.locator("[data-token]")).to_have_text(["def", "# one", "return", "'two'"])
    terms = canvas.card("array").element.locator("dl dt")
    expect(terms).to_have_text(["shape", "type", "range"])
    for term in terms.all():  # the host has styles of its own for these
        assert term.evaluate("e => e.scrollWidth <= e.clientWidth"), term.inner_text()
    tent = canvas.card("tent").element
    see(tent)
    expect(tent.get_by_role("img", name="model: a model")).to_be_visible()
    expect(tent).to_contain_text("1 mesh · 3 vertices · 1 triangle")
    page.add_script_tag(path=AXE)
    assert canvas.root.evaluate(RUN_AXE_ON) == []
    lines = tent.locator("canvas").element_handle()
    dark_on_light = lines.evaluate("canvas => canvas.toDataURL()")
    lab.use_theme(page, "Dark")
    page.wait_for_function("([c, was]) => c.toDataURL() !== was", arg=[lines, dark_on_light])


def test_a_table_is_edited_and_scrolled(page: Page, jupyter: Jupyter) -> None:
    opened(page, jupyter)
    canvas = Canvas.on(page, "Tables")
    grid = canvas.root.get_by_role("grid", name="people")
    grid.get_by_text("41").click()
    grid.press("Enter")
    cell = grid.get_by_label("age, row 0")
    cell.fill("42")
    cell.press("Enter")
    lab.wait_for_python(
        page, "table.host().graph.inputs['long_table__people']['age'].tolist()", [42, 7, 30]
    )
    canvas.root.get_by_role("button", name="Remove row 0").click()
    lab.wait_for_python(page, "len(table.host().graph.inputs['long_table__people'])", 2)
    ran(page, "Tables", "long_table")

    shown = canvas.root.get_by_role("table", name="table")
    expect(shown).to_have_attribute("aria-rowcount", "100001")
    shown.evaluate("table => { table.scrollTop = table.scrollHeight }")
    expect(shown.get_by_role("rowheader", name="99999")).to_be_visible()
    square = shown.locator("[aria-rowindex='100001'] [role='cell']").nth(3)
    expect(square).to_have_text(str(99_999**2))


def test_results_are_played_enlarged_and_compared(page: Page, jupyter: Jupyter) -> None:
    opened(page, jupyter)
    canvas = ran(page, "Files", "heard")
    heard = canvas.card("heard").element
    heard.get_by_role("button", name="Play sound.wav").click()
    playing = "e => e.readyState > 0 && e.duration > 0"
    page.wait_for_function(playing, arg=heard.locator("audio").element_handle())
    heard.get_by_role("button", name="Play ball.webm").click()
    plays(heard)
    see(heard)
    expect(heard.get_by_role("img", name="model: a model")).to_be_visible()
    with page.expect_download() as download:
        heard.get_by_role("button", name="Download notes.txt").click()
    assert download.value.suggested_filename == "notes.txt"
    assert download.value.path().read_text() == "otters hold hands"

    canvas = ran(page, "Pictures", "darkroom")
    canvas.root.get_by_role("button", name="Enlarge teal").click()
    box = canvas.root.get_by_role("dialog")
    expect(box).to_contain_text("1 of 4")
    page.keyboard.press("ArrowRight")
    expect(box).to_contain_text("orange")
    page.keyboard.press("Escape")
    handle = canvas.root.get_by_role("slider", name="compare")
    handle.focus()
    handle.press("Home")
    expect(handle).to_have_value("0")


@pytest.mark.everywhere
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_nothing_is_wrong_for_those_who_do_not_see(
    page: Page, jupyter: Jupyter, theme: str
) -> None:
    opened(page, jupyter)
    for graph in GRAPHS:
        canvas = Canvas.on(page, graph)
        canvas.run_stale()
        last = canvas.root.locator("article[data-status='succeeded']").last
        expect(last).to_be_attached(timeout=30_000)
    lab.SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.add_script_tag(path=AXE)
    lab.use_theme(page, theme)
    look = RUN_AXE_ON if theme == "Light" else CONTRAST
    for graph in GRAPHS:
        canvas = Canvas.on(page, graph)
        canvas.root.get_by_role("button", name="Fit").click()
        lab.wait_for_fades(page)
        picture = f"components-{graph.split()[0].lower()}-{theme.lower()}.png"
        canvas.root.screenshot(path=lab.SCREENSHOTS / picture)
        assert canvas.root.evaluate(look) == [], graph
