"""What people see, as pictures: five graphs in a real JupyterLab, and how they use their room.

    python -m tests.hosts.pictures [--out build/pictures] [--only quickstart] [--quick]

Each graph is opened and run at two sizes of the window, light and dark; of each there is a picture
of the first view and one after the first run. With the pictures comes ``figures.json``: how much
of the canvas the cards take, which cards are cut, and how large the smallest text is.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import nbformat
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.hosts import browser, lab, server
from tests.hosts.canvas import Canvas

Theme = Literal["Light", "Dark"]

SIZES = ((1280, 720), (1600, 1000))
THEMES: tuple[Theme, ...] = ("Light", "Dark")

CHAIN = """
from daggr_nb import FnNode, Graph, InputNode, ui

def step(text: str) -> str:
    return f"{text.strip().capitalize()}, and on it goes."

start = InputNode("start", ports={"text": ui.Textbox("Once upon a time")})
nodes, last = [start], start.text
for name in ("read", "clean", "split", "rank", "draft", "check", "publish"):
    node = FnNode(step, name=name, inputs={"text": last}, outputs={"text": ui.Markdown()})
    nodes.append(node)
    last = node.text
graph = Graph("Chain of 8", nodes=nodes, persist_key=False)
graph
"""
RETRIEVAL = """
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from daggr_nb import FnNode, Graph, InputNode, ui

TEXTS = ["A lighthouse guides ships at night.", "Bread rises when yeast makes gas.",
         "Tides follow the moon around the earth.", "Ships once steered by the stars."] * 6

def index(texts: list):
    vectorizer = TfidfVectorizer().fit(texts)
    return vectorizer.transform(texts), sorted(vectorizer.vocabulary_)

def embed(question: str, words: list):
    return TfidfVectorizer(vocabulary=words).fit(TEXTS).transform([question])

def search(matrix, query, texts: list):
    scores = (matrix @ query.T).toarray().ravel()
    best = np.argsort(-scores)[:3]
    return [{"text": texts[i], "score": round(float(scores[i]), 3)} for i in best]

def prompt(question: str, passages: list) -> str:
    found = "\\n".join(f"- {passage['text']}" for passage in passages)
    return f"**Question.** {question}\\n\\n{found}"

def answer(prompt: str) -> str:
    return prompt.split("\\n- ")[1]

ask = InputNode("ask", ports={"question": ui.Textbox("What guides ships?")})
corpus = FnNode(lambda: TEXTS, name="corpus", outputs={"texts": None})
indexed = FnNode(index, inputs={"texts": corpus.texts}, outputs={"matrix": None, "words": None})
embedded = FnNode(embed, inputs={"question": ask.question, "words": indexed.words},
                  outputs={"vector": None})
found = FnNode(search, inputs={"matrix": indexed.matrix, "query": embedded.vector,
               "texts": corpus.texts}, outputs={"passages": ui.Dataframe()})
prompted = FnNode(prompt, inputs={"question": ask.question, "passages": found.passages},
                  outputs={"prompt": ui.Markdown()})
answered = FnNode(answer, inputs={"prompt": prompted.prompt}, outputs={"answer": ui.Markdown()})
graph = Graph("Retrieval", nodes=[ask, corpus, indexed, embedded, found, prompted, answered],
              persist_key=False)
graph
"""
COMPONENTS = """
from daggr_nb import FnNode, Graph, InputNode, ui

def work(n: int) -> int:
    return n + 1

nodes = []
for part, count in enumerate((12, 9, 7, 6, 4, 2)):
    name = f"part{part}"
    nodes.append(InputNode(name, ports={"n": ui.Number(part)}))
    outs = [nodes[-1].n]
    for each in range(count - 1):
        node = FnNode(work, name=f"{name}_{each}", inputs={"n": outs[each // 2]},
                      outputs={"n": None})
        nodes.append(node)
        outs.append(node.n)
graph = Graph("Six components", nodes=nodes, persist_key=False)
graph
"""
LARGE = """
from daggr_nb import FnNode, Graph, InputNode, ui

def add(a: int, b: int) -> int:
    return a + b

start = InputNode("start", ports={"n": ui.Number(1)})
nodes, ports = [start], [start.n]
for number in range(299):
    a, b = ports[max(0, number - 11)], ports[max(0, number - 9)]
    node = FnNode(add, name=f"n{number}", inputs={"a": a, "b": b}, outputs={"sum": None})
    nodes.append(node)
    ports.append(node.sum)
graph = Graph("Three hundred", nodes=nodes, persist_key=False)
graph
"""


@dataclass(frozen=True)
class Subject:
    """A graph to look at: the cells of its notebook, or the name of one of the examples."""

    name: str
    graph: str
    source: str | Path
    small: bool = False

    def open(self, page: Page, jupyter: server.Jupyter) -> Canvas:
        if isinstance(self.source, Path):
            notebook = nbformat.read(self.source, as_version=4)
            cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
            shown = next(i for i, cell in enumerate(cells) if cell.rstrip().endswith("graph"))
            lab.write_notebook(jupyter, f"{self.name}.ipynb", *cells[: shown + 1])
        else:
            lab.write_notebook(jupyter, f"{self.name}.ipynb", self.source)
        lab.open_notebook(page, jupyter, f"{self.name}.ipynb")
        lab.run_all(page)
        lab.wait_for_all(page)
        return Canvas.on(page, self.graph)


EXAMPLES = Path(__file__).resolve().parents[2] / "notebooks"
SUBJECTS = (
    Subject("quickstart", "Contact sheet", EXAMPLES / "01_quickstart.ipynb", small=True),
    Subject("chain", "Chain of 8", CHAIN, small=True),
    Subject("retrieval", "Retrieval", RETRIEVAL, small=True),
    Subject("components", "Six components", COMPONENTS),
    Subject("large", "Three hundred", LARGE),
)

# Boxes are in screen pixels; what is under the toolbar is not in view.
SEEN = """root => {
    const frame = root.getBoundingClientRect();
    const bar = root.querySelector('.daggr-toolbar')?.getBoundingClientRect();
    const top = bar ? Math.max(frame.top, bar.bottom) : frame.top;
    const view = { left: frame.left, right: frame.right, top, bottom: frame.bottom };
    const width = view.right - view.left, height = view.bottom - view.top;
    const zoom = Number(getComputedStyle(root.querySelector('.daggr-stage'))
        .getPropertyValue('--zoom'));
    const cards = [...root.querySelectorAll('article[data-node]')].map(card => {
        const box = card.getBoundingClientRect();
        const seen = {
            left: Math.max(box.left, view.left), right: Math.min(box.right, view.right),
            top: Math.max(box.top, view.top), bottom: Math.min(box.bottom, view.bottom),
        };
        const inside = Math.max(0, seen.right - seen.left) * Math.max(0, seen.bottom - seen.top);
        return { name: card.dataset.node, box: seen, share: inside / (box.width * box.height) };
    });
    const drawn = cards.filter(card => card.share > 0).map(card => card.box);
    const least = side => Math.min(...drawn.map(box => box[side]));
    const most = side => Math.max(...drawn.map(box => box[side]));
    const used = drawn.length
        ? (most('right') - least('left')) * (most('bottom') - least('top')) / (width * height) : 0;
    const texts = document.createTreeWalker(root.querySelector('.daggr-world'),
        NodeFilter.SHOW_TEXT);
    let smallest = Infinity, which = '';
    while (texts.nextNode()) {
        const { parentElement: element, data } = texts.currentNode;
        if (!data.trim() || !element.checkVisibility?.()) continue;
        const size = parseFloat(getComputedStyle(element).fontSize) * zoom;
        if (size < smallest) [smallest, which] = [size, data.trim().slice(0, 30)];
    }
    return {
        cards: cards.length, used, zoom, height: frame.height, width: frame.width,
        cut: cards.filter(card => card.share > 0.01 && card.share < 0.99).map(card => card.name),
        whole: cards.filter(card => card.share >= 0.99).length,
        text: Number.isFinite(smallest) ? smallest : 0, smallest: which,
    };
}"""
RESTS = """async root => {
    const look = () => [...root.querySelectorAll('[data-host], .daggr-world')]
        .map(each => each.style.transform).join() + root.style.height;
    for (let before = '', same = 0; same < 6;) {
        await new Promise(resolve => setTimeout(resolve, 100));
        const now = look();
        same = now === before ? same + 1 : 0;
        before = now;
    }
}"""

PATIENCE_S = 90
UNFINISHED = "sum(step.freshness in ('missing', 'stale') for step in graph.status().values())"


@dataclass(frozen=True)
class Seen:
    """How a canvas uses its room: shares are of 1, lengths in pixels of the screen."""

    subject: str
    moment: str
    window: str
    theme: Theme
    used: float
    zoom: float
    text: float
    smallest: str
    cards: int
    whole: int
    cut: list[str]
    width: float
    height: float


def look(root: Locator) -> dict[str, Any]:
    """Wait until nothing moves any more, and measure."""
    root.evaluate(RESTS)
    return dict(root.evaluate(SEEN))


def run_and_wait(page: Page, canvas: Canvas) -> None:
    canvas.run_stale()
    deadline = time.monotonic() + PATIENCE_S
    while (left := lab.execute(page, UNFINISHED)) != "0":
        assert time.monotonic() < deadline, f"{left} steps have not run"
        page.wait_for_timeout(200)


def show(
    chromium: Browser, jupyter: server.Jupyter, subject: Subject, window: tuple[int, int]
) -> Iterator[tuple[str, Theme, Page, Canvas]]:
    """Yield the canvas at its first view and after its first run, in both themes."""
    page = chromium.new_context(viewport={"width": window[0], "height": window[1]}).new_page()
    with jupyter.untouched():
        canvas = subject.open(page, jupyter)
        for moment in ("first", "run"):
            if moment == "run":
                run_and_wait(page, canvas)
            for theme in THEMES:
                lab.use_theme(page, theme)
                lab.wait_for_fades(page)
                yield moment, theme, page, canvas
            lab.use_theme(page, "Light")
        page.context.close()


def take(chromium: Browser, jupyter: server.Jupyter, out: Path, only: list[str]) -> list[Seen]:
    found = []
    for subject in SUBJECTS:
        if only and subject.name not in only:
            continue
        for window in SIZES:
            size = f"{window[0]}x{window[1]}"
            for moment, theme, page, canvas in show(chromium, jupyter, subject, window):
                seen = Seen(subject.name, moment, size, theme, **look(canvas.root))
                page.screenshot(path=out / f"{subject.name}-{size}-{moment}-{theme.lower()}.png")
                found.append(seen)
                print(
                    f"{subject.name:11} {size:9} {moment:5} {theme:5}  used {seen.used:4.0%}  "
                    f"zoom {seen.zoom:4.0%}  text {seen.text:4.1f} px ({seen.smallest})  "
                    f"{seen.width:.0f}x{seen.height:.0f}  whole {seen.whole}/{seen.cards}  "
                    f"cut {', '.join(seen.cut[:6])}",
                    flush=True,
                )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("build/pictures"))
    parser.add_argument("--only", action="append", default=[])
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        server.jupyterlab(Path(folder)) as jupyter,
        sync_playwright() as playwright,
    ):
        running = playwright.chromium.launch(
            executable_path=browser.find(), args=list(browser.FLAGS)
        )
        found = take(running, jupyter, asked.out, asked.only)
        running.close()
    (asked.out / "figures.json").write_text(json.dumps([asdict(each) for each in found], indent=1))


if __name__ == "__main__":
    main()
