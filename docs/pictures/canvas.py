"""Take the pictures of the documentation in a real JupyterLab: python docs/pictures/canvas.py."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from tests.hosts import browser, lab, server  # noqa: E402 - found by the path above
from tests.hosts.pictures import Subject, look, run_and_wait  # noqa: E402

ANSWERS = f"""
import sys
sys.path.insert(0, {str(HERE.parent / "workflows")!r})
from daggr_nb.testing import Reply
from retrieval import SERVER, hits, retrieval, said
words = "A **lighthouse** does. Before there were lamps, ships steered by the stars.".split(" ")
SERVER.script(*[Reply(words=[w + " " for w in words])] * 2)
retrieval
"""
PAPER = """
from daggr_nb import Graph, node, ui

@node
def outline(topic: str, n: int) -> list[str]:
    return [f"{topic}, part {i}" for i in range(1, int(n) + 1)]

@node(outputs=ui.Markdown())
def draft(section: str, tone: str) -> str:
    return f"**{section}**, in a {tone} tone."

@node(outputs=ui.Markdown())
def join(parts: list[str]) -> str:
    return "\\n\\n".join(parts)

sections = outline(ui.Textbox("Otters", label="Topic"), ui.Slider(1, 10, value=3, label="Parts"))
drafts = draft(sections.each, tone=ui.Dropdown(["dry", "warm"], label="Tone"))
graph = Graph("paper", join(drafts.all()))
graph
"""
PICTURES = (
    ("retrieval", Subject("retrieval", "retrieval", ANSWERS), "graph = retrieval", ""),
    ("stale", Subject("stale", "paper", PAPER), "", "drafts.tone = 'warm'"),
)


def take(chromium: Browser, jupyter: server.Jupyter) -> None:
    for name, subject, before, after in PICTURES:
        page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
        with jupyter.untouched():
            canvas = subject.open(page, jupyter)
            lab.execute(page, before or "None")
            run_and_wait(page, canvas)
            lab.execute(page, after or "None")
            canvas.root.locator('[data-control="fit"]').click()
            look(canvas.root)
            shot = Image.open(io.BytesIO(canvas.root.screenshot()))
            small = shot.convert("RGB").quantize(128, dither=Image.Dither.NONE)
            small.save(HERE / f"{name}.png", optimize=True)
            print(name, small.size, (HERE / f"{name}.png").stat().st_size, "bytes")
            page.context.close()


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        server.jupyterlab(Path(folder)) as jupyter,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(
            executable_path=browser.find(), args=list(browser.FLAGS)
        )
        take(chromium, jupyter)
        chromium.close()


if __name__ == "__main__":
    main()
