"""The hosts of the scenario: how each is opened, and what a person does there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType

from playwright.sync_api import Page, Route, expect

from tests.hosts import colab, lab, server
from tests.hosts.canvas import Canvas
from tests.hosts.scenario import CELL, CELLS, GRAPH, OPEN, RELOAD, STEPS, YES, Host
from tests.hosts.server import Jupyter

JS = colab.ROOT / "js" / "node_modules"
FROM_CDN = {
    r"/require(\.min)?\.js$": JS / "requirejs" / "require.js",
    r"@jupyter-widgets/html-manager@.*/dist/embed-amd\.js$": JS
    / "@jupyter-widgets"
    / "html-manager"
    / "dist"
    / "embed-amd.js",
    r"/anywidget@.*/dist/index\.js$": colab.ANYWIDGET,
}
# As a person does who wants the canvas in a saved page: Settings, Save Widget State Automatically.
KEEP_STATE = """async () => {
    const id = '@jupyter-widgets/jupyterlab-manager:saveWidgetState';
    await jupyterapp.commands.execute(id);
}"""
AT = {name: index for index, name in enumerate(CELLS)}
NOTEBOOK = "scenario.ipynb"


class Lab(Host):
    """JupyterLab; ``kernel`` is the name of a kernelspec."""

    name = "JupyterLab"
    where: lab.Host = "lab"
    shown = "graph"

    def __init__(self, page: Page, jupyter: Jupyter, kernel: str = "python3") -> None:
        super().__init__(page, jupyter.notebooks)
        self.jupyter = jupyter
        if kernel == "python3":
            self.patience = 30  # it has subshells: a click is heard, however slow the machine is
        cells = {**CELLS, "shown": self.shown}
        lab.write_notebook(jupyter, NOTEBOOK, *cells.values(), kernel=kernel)

    def canvas(self) -> Canvas:
        return Canvas.on(self.page, GRAPH)

    def show(self) -> Canvas:
        lab.open_notebook(self.page, self.jupyter, NOTEBOOK, self.where)
        lab.run_all(self.page)
        lab.wait_for_all(self.page)
        return self.canvas()

    def edit_cell(self, name: str, code: str) -> None:
        lab.run_edited(self.page, AT[name], code)

    def reload(self) -> Canvas:
        lab.reload(self.page)
        return self.canvas()

    def occupy(self) -> None:
        lab.run_in_new_cell(self.page, "occupy()")

    def recover(self) -> Canvas:
        dialog = self.page.locator(".jp-Dialog").filter(has_text="died")
        dialog.get_by_role("button", name="Ok").click(timeout=30_000)
        lab.wait_for_kernel(self.page)
        lab.run_all(self.page)
        return self.canvas()


class Notebook7(Lab):
    name = "Notebook 7"
    where: lab.Host = "notebook"


class Sidebar(Lab):
    name = "JupyterLab, side panel"
    shown = "graph.sidebar()"

    def canvas(self) -> Canvas:
        panel = self.page.locator("#jp-right-stack")
        found = Canvas.on(panel, GRAPH)
        expect(panel.locator(".daggr-root")).to_have_count(1)
        return found


class VoilaPage(Host):
    """A page of a stand-alone Voila: no cells, and a kernel for every visit."""

    name = "Voila"
    cannot = MappingProxyType({CELL: "no cells there"})

    def __init__(self, page: Page, voila: Jupyter, kernel: str = "python3") -> None:
        super().__init__(page, voila.notebooks)
        self.voila = voila
        lab.write_notebook(voila, NOTEBOOK, *CELLS.values(), kernel=kernel)

    def show(self) -> Canvas:
        self.page.goto(f"{self.voila.url}/voila/render/{NOTEBOOK}", timeout=90_000)
        return Canvas.on(self.page, GRAPH)

    def reload(self) -> Canvas:
        return self.show()

    def check_reloaded(self, canvas: Canvas) -> str:
        return check_new_visit(canvas)

    recover = show


def check_new_visit(canvas: Canvas) -> str:
    """Each visit begins as the author has left the sheet; what was computed is known."""
    canvas.expect_slider("times", "2")
    canvas.slider("times").press("ArrowRight")
    shout = canvas.card("shout")
    shout.press("Run to here")
    shout.expect_status("cached")
    return "a new visit: as at first, results are known"


class ColabLike(Host):
    """A page like Colab's; ``strict`` withholds messages whose cell is over."""

    name = "Colab-like page"

    def __init__(
        self, page: Page, jupyter: Jupyter, address: str, strict: bool, kernel: str
    ) -> None:
        super().__init__(page, jupyter.notebooks)
        self.jupyter = jupyter
        self.address = address
        self.strict = strict
        self.spec = kernel
        self.kernel = ""
        if strict:
            self.name += ", few messages"

    def start(self) -> None:
        self.kernel = self._post("kernels", {"name": self.spec})["id"]

    def _post(self, path: str, body: object) -> dict[str, str]:
        request = urllib.request.Request(
            f"{self.jupyter.url}/api/{path}", json.dumps(body).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, str] = json.loads(answer.read() or "{}")
        return found

    def connect(self) -> None:
        """Open an empty notebook on the kernel."""
        self.page.goto(self.address)
        self.page.wait_for_function("window.ready")
        channels = f"{self.jupyter.url}/api/kernels/{self.kernel}/channels".replace("http", "ws", 1)
        self.page.evaluate(
            "options => open_notebook(options)", {"kernel": channels, "strict": self.strict}
        )

    def run(self, *cells: str) -> Canvas:
        for code in cells:
            self.execute(code)
        return Canvas.on(self.page.frame_locator("iframe").first, GRAPH)

    def execute(self, code: str) -> str:
        answer = self.page.evaluate("code => execute(code)", code)
        assert answer["error"] is None, answer["error"]
        return str(answer["text"])

    def show(self) -> Canvas:
        if not self.kernel:
            self.start()
        self.connect()
        return self.run(*CELLS.values())

    def edit_cell(self, name: str, code: str) -> None:
        self.execute(code)

    def reload(self) -> Canvas:
        """Outputs are drawn again by running the cell; the kernel is the same."""
        self.connect()
        return self.run("graph", CELLS["busy"])

    def occupy(self) -> None:
        self.page.frame_locator("iframe").last.get_by_role("button", name="Be busy").click()

    def recover(self) -> Canvas:
        self.start()
        return self.show()


class SavedPage(Lab):
    """A notebook that was run and saved with its widgets, as HTML that nbconvert made of it.

    The page asks a CDN for ipywidgets' own scripts; here it gets them from this machine.
    """

    name = "saved page"
    cannot = MappingProxyType({step: "read-only" for step in STEPS if step not in (OPEN, RELOAD)})

    def show(self) -> Canvas:
        canvas = super().show()
        shout = canvas.card("shout")
        shout.press("Run to here")
        shout.expect_freshness("fresh")
        self.page.evaluate(KEEP_STATE)
        page = self.convert()
        for pattern, file in FROM_CDN.items():
            self.page.route(re.compile(pattern), partial(answer_with, file))
        self.page.goto(page.as_uri())
        return self.look()

    def convert(self) -> Path:
        """Save, and convert to HTML."""
        lab.save(self.page)
        command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", NOTEBOOK]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        return (self.folder / NOTEBOOK).with_suffix(".html")

    def look(self) -> Canvas:
        canvas = Canvas.on(self.page, GRAPH)
        expect(canvas.root.locator('[data-banner="none"]')).to_be_visible(timeout=30_000)
        expect(canvas.root.get_by_role("button", name="Run to here")).to_have_count(0)
        return canvas

    def check_open(self, canvas: Canvas) -> None:
        shout = canvas.card("shout")
        shout.expect_freshness("fresh")
        expect(shout.element).to_contain_text("HELLO ADA! HELLO ADA!")

    def reload(self) -> Canvas:
        self.page.reload()
        return self.look()

    def check_reloaded(self, canvas: Canvas) -> str:
        self.check_open(canvas)
        return YES


def answer_with(file: Path, route: Route) -> None:
    route.fulfill(path=file, content_type="text/javascript")


MARIMO = """\
# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="full")
"""
MARIMO_CELLS = {  # what a cell takes, its code, what it gives
    "functions": ("", CELLS["functions"], "Context, FnNode, Graph, greet, occupy, ui, wait"),
    "shout": ("", CELLS["shout"], "shout"),
    "graph": ("FnNode, Graph, greet, shout, ui, wait", CELLS["graph"], "graph"),
    "shown": ("graph", "graph", ""),
    "marimo": ("", "import marimo as mo", "mo"),
    "busy": ("mo, occupy", 'mo.ui.button(label="Be busy", on_click=lambda _: occupy())', ""),
}


def marimo_notebook(folder: Path, cells: Mapping[str, tuple[str, str, str]] = MARIMO_CELLS) -> Path:
    """The scenario, or other cells, as marimo keeps them: one function for every cell."""
    folder.mkdir(parents=True, exist_ok=True)
    text = MARIMO
    for takes, code, gives in cells.values():
        body = "\n".join(f"    {line}" if line else "" for line in code.splitlines())
        text += f"\n\n@app.cell\ndef _({takes}):\n{body}\n    return {gives}\n"
    path = folder / "scenario.py"
    path.write_text(text)
    return path


class MarimoPage(Host):
    """``marimo run``: an app, its cells on the server. ``start`` starts one, or another."""

    name = "marimo"
    cannot = MappingProxyType({CELL: "no cells there"})

    def __init__(self, page: Page, folder: Path, start: Callable[[], Jupyter]) -> None:
        super().__init__(page, folder)
        self.start = start
        self.marimo = start()

    def show(self) -> Canvas:
        self.page.goto(self.marimo.url)
        return Canvas.on(self.page, GRAPH)

    reload = show
    check_reloaded = VoilaPage.check_reloaded

    def recover(self) -> Canvas:
        """The kernel is a thread of the server: both are gone."""
        self.marimo = self.start()
        return self.show()


def run_all_in_marimo(page: Page) -> None:
    """Run what has not run yet."""
    page.locator("#App[data-connection-state=OPEN]").wait_for()
    controls = page.get_by_test_id("chrome-controls-bottom-right")
    controls.get_by_test_id("run-button").click()


def run_in_marimo(page: Page, index: int, code: str | None = None) -> None:
    """Start a cell that is there, with other code if there is some."""
    page.locator(".cm-content").nth(index).click()
    if code is not None:
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")


class MarimoEdit(Host):
    """``marimo edit``: what a cell defines is taken away and made again when the cell runs."""

    name = "marimo edit"

    def __init__(self, page: Page, marimo: Jupyter) -> None:
        super().__init__(page, marimo.notebooks)
        self.marimo = marimo

    def canvas(self) -> Canvas:
        return Canvas.on(self.page, GRAPH)

    def show(self) -> Canvas:
        self.page.goto(self.marimo.url)
        return self.run_all()

    def run_all(self) -> Canvas:
        run_all_in_marimo(self.page)
        return self.canvas()

    def edit_cell(self, name: str, code: str) -> None:
        """Cells that need this one run too: the canvas goes, and comes again."""
        before = self.canvas().root.element_handle()
        run_in_marimo(self.page, list(MARIMO_CELLS).index(name), code)
        self.page.wait_for_function("canvas => !canvas.isConnected", arg=before)

    def reload(self) -> Canvas:
        self.page.reload()
        return self.canvas()

    def recover(self) -> Canvas:
        self.page.get_by_role("button", name="Restart").last.click()
        asked = self.page.get_by_role("alertdialog")
        with self.page.expect_navigation():
            asked.get_by_role("button", name="Restart").click()
        return self.run_all()


class ServedPage(Host):
    """A page of ``daggr-nb serve --reload``: a script for cells, whose edits are followed."""

    name = "served page"

    def __init__(self, page: Page, folder: Path, running: ExitStack) -> None:
        super().__init__(page, folder)
        self._running = running
        self._code = {name: CELLS[name] for name in ("functions", "shout", "graph")}
        self._file = folder / "scenario.py"
        self._write()
        self._is_new = True
        self._port = self._start(0)

    def _write(self, *more: str) -> None:
        self._file.write_text("\n\n\n".join([*self._code.values(), *more]) + "\n")

    def _start(self, port: int) -> int:
        words = ["serve", self._file.name, "--reload", "--port", str(port)]
        own = {"PYTHONUNBUFFERED": "1", "DAGGR_NB_HOME": str(self.folder / "store")}
        process = subprocess.Popen(
            [sys.executable, "-m", "daggr_nb._cli", *words],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **own},
        )
        self._running.enter_context(process)
        self._running.callback(process.kill)
        assert process.stdout is not None
        line = next(each for each in process.stdout if "http://" in each)
        return int(line.strip().rstrip("/").rpartition(":")[2])

    def show(self) -> Canvas:
        self.page.goto(f"http://127.0.0.1:{self._port}/")
        return Canvas.on(self.page, GRAPH)

    def edit_cell(self, name: str, code: str) -> None:
        self._code[name] = code
        self._write()
        Canvas.on(self.page, GRAPH).card(name).expect_freshness("stale")  # it has run again

    def reload(self) -> Canvas:
        self._is_new = False
        self.page.reload()
        return Canvas.on(self.page, GRAPH)

    def occupy(self) -> None:
        """Edit the script so that it takes its time when it is run again."""
        self._write("occupy()")

    def recover(self) -> Canvas:
        """Start the server again; the page finds it by itself."""
        self._is_new = True
        assert self._start(self._port) == self._port
        return Canvas.on(self.page, GRAPH)

    def check_reloaded(self, canvas: Canvas) -> str:
        return check_new_visit(canvas) if self._is_new else super().check_reloaded(canvas)


class Servers:
    """The servers of the hosts: each is started when it is first needed, and serves all others.

    Each has a folder of its own below ``home``, which ``prepare`` gets before it is used.
    """

    def __init__(self, home: Path, prepare: Callable[[Path], object] = lambda folder: None) -> None:
        self._home = home
        self._prepare = prepare
        self._running = ExitStack()

    def __enter__(self) -> Servers:
        return self

    def __exit__(self, *error: object) -> None:
        self._running.close()

    def folder(self, name: str) -> Path:
        """Return a new folder."""
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._home))
        self._prepare(folder)
        return folder

    @cached_property
    def jupyter(self) -> Jupyter:
        return self._running.enter_context(server.jupyterlab(self.folder("jupyter")))

    @cached_property
    def voila(self) -> Jupyter:
        return self._running.enter_context(server.voila(self.folder("voila")))

    @cached_property
    def colab(self) -> str:
        """The address of a page like Colab's."""
        return self._running.enter_context(colab.served(self.folder("colab")))


Opening = Callable[[Page, Servers], AbstractContextManager[Host]]


@contextmanager
def on_jupyter(
    page: Page, servers: Servers, kind: type[Lab], kernel: str = "python3"
) -> Iterator[Host]:
    with servers.jupyter.untouched():
        yield kind(page, servers.jupyter, kernel)


@contextmanager
def on_voila(page: Page, servers: Servers, kernel: str = "python3") -> Iterator[Host]:
    yield VoilaPage(page, servers.voila, kernel)


@contextmanager
def on_colab(page: Page, servers: Servers, strict: bool, kernel: str = "python3") -> Iterator[Host]:
    with servers.jupyter.untouched():
        yield ColabLike(page, servers.jupyter, servers.colab, strict, kernel)


@contextmanager
def on_marimo(page: Page, servers: Servers) -> Iterator[Host]:
    """A server of its own: what it recovers from is that server's end."""
    home = servers.folder("marimo")
    notebook = marimo_notebook(home)
    with ExitStack() as running:
        yield MarimoPage(page, home, lambda: running.enter_context(server.marimo(home, notebook)))


@contextmanager
def on_marimo_edit(page: Page, servers: Servers) -> Iterator[Host]:
    home = servers.folder("marimo")
    with server.marimo(home, marimo_notebook(home), "edit") as running:
        yield MarimoEdit(page, running)


@contextmanager
def on_served_page(page: Page, servers: Servers) -> Iterator[Host]:
    with ExitStack() as running:
        yield ServedPage(page, servers.folder("served"), running)


HOSTS: dict[str, Opening] = {
    "JupyterLab": partial(on_jupyter, kind=Lab),
    "Notebook 7": partial(on_jupyter, kind=Notebook7),
    "JupyterLab, side panel": partial(on_jupyter, kind=Sidebar),
    "Voila": on_voila,
    "Colab-like page": partial(on_colab, strict=False),
    "Colab-like page, few messages": partial(on_colab, strict=True),
    "marimo": on_marimo,
    "marimo edit": on_marimo_edit,
    "served page": on_served_page,
    "saved page": partial(on_jupyter, kind=SavedPage),
}
"""By the name that the table has."""

OLD_KERNEL: dict[str, Opening] = {
    "JupyterLab": partial(on_jupyter, kind=Lab, kernel="ipykernel6"),
    "Notebook 7": partial(on_jupyter, kind=Notebook7, kernel="ipykernel6"),
    "JupyterLab, side panel": partial(on_jupyter, kind=Sidebar, kernel="ipykernel6"),
    "Voila": partial(on_voila, kernel="ipykernel6"),
    "Colab-like page": partial(on_colab, strict=False, kernel="ipykernel6"),
}
"""The same with ipykernel 6, if there is such a kernelspec; see :mod:`tests.hosts.matrix`."""
