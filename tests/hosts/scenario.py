"""One scenario for every host: open, edit, run, stop, edit a cell, restore, reload, and worse.

What a host cannot do it says; what it does otherwise the table says.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from playwright.sync_api import Page, expect

from tests.hosts.canvas import Canvas

GRAPH = "Greetings"
CELLS: dict[str, str] = {
    "functions": """\
import os
import time
from pathlib import Path

import ipywidgets
from daggr_nb import Context, FnNode, Graph, ui

Path("kernel.pid").write_text(str(os.getpid()))


def greet(name: str, times: int) -> str:
    return " ".join([f"Hello {name}!"] * times)


def wait(text: str, ctx: Context) -> str:
    while not ctx.cancelled:
        time.sleep(0.02)
    return text


def occupy(button=None) -> None:
    Path("occupied").touch()
    while not Path("gate").exists():
        time.sleep(0.02)""",
    "shout": "def shout(text: str) -> str:\n    return text.upper()",
    "graph": """\
greeted = FnNode(
    greet,
    inputs={"name": ui.Textbox("Ada"), "times": ui.Slider(1, 5, value=2)},
    outputs=["text"],
)
shouted = FnNode(shout, inputs={"text": greeted.text}, outputs=["text"])
waited = FnNode(wait, inputs={"text": greeted.text}, outputs=["text"])
graph = Graph("Greetings", [shouted, waited])""",
    "shown": "graph",
    "busy": 'busy = ipywidgets.Button(description="Be busy")\nbusy.on_click(occupy)\nbusy',
}
EDITED = "def shout(text: str) -> str:\n    return text.lower() + ' (said)'"
EDGES = {"greet.text->shout.text", "greet.text->wait.text"}
OPEN, EDIT, RUN, STOP = "open", "edit an input", "run", "stop"
CELL, RESTORE, RELOAD = "edit a cell", "restore", "reload"
BUSY, GONE = "stop while Python is busy", "kernel gone"
STEPS = (OPEN, EDIT, RUN, STOP, CELL, RESTORE, RELOAD, BUSY, GONE)
YES = "yes"
AT_ONCE, AFTERWARDS = "at once", "when Python is free"
LOST = '[data-banner="lost"]'
SIGNS = ("occupied", "gate", "kernel.pid")  # files by which the kernel and the test talk


class Host:
    """Where the scenario is played; ``folder`` is the kernel's working directory.

    ``cannot`` says of steps why the host has none of them.
    """

    name = ""
    cannot: Mapping[str, str] = MappingProxyType({})
    patience = 5
    """Seconds after which a click has evidently not been heard while Python is busy."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder
        for name in SIGNS:  # of whoever was here before
            (folder / name).unlink(missing_ok=True)

    def show(self) -> Canvas:
        """Show the notebook of :data:`CELLS` with all cells run."""
        raise NotImplementedError

    def check_open(self, canvas: Canvas) -> None:
        """Look whether nothing has been run."""
        for name in ("greet", "shout", "wait"):
            canvas.card(name).expect_status("missing")

    def edit_cell(self, name: str, code: str) -> None:
        """Type other code into a cell, and run that cell alone."""
        raise NotImplementedError

    def reload(self) -> Canvas:
        """Load the page again."""
        raise NotImplementedError

    def check_reloaded(self, canvas: Canvas) -> str:
        """Look whether a reload brought back what there was."""
        canvas.expect_slider("times", "3")
        shout = canvas.card("shout")
        expect(shout.element).to_contain_text("HELLO ADA! HELLO ADA! HELLO ADA!")
        shout.expect_freshness("fresh")
        return YES

    def occupy(self) -> None:
        """Let Python do something that takes its main thread until :meth:`release`."""
        self.page.get_by_role("button", name="Be busy").click()

    def occupied(self) -> None:
        """Wait until it does."""
        for _ in range(200):
            if (self.folder / "occupied").exists():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("Python was not busy within 10 s")

    def release(self) -> None:
        (self.folder / "gate").touch()

    def kill(self) -> None:
        """End the kernel's process as a crash would."""
        os.kill(int((self.folder / "kernel.pid").read_text()), signal.SIGKILL)

    def recover(self) -> Canvas:
        """Do what a person does after a crash."""
        raise NotImplementedError


def play(host: Host, steps: tuple[str, ...] = STEPS) -> Iterator[tuple[str, str]]:
    """Play the scenario; yield every step with what came of it."""
    acts = Scenario(host)
    for step in steps:
        if step in host.cannot:
            yield step, host.cannot[step]
        else:
            yield step, acts.act(step)


class Scenario:
    """The steps; each begins where the last one left."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.canvas: Canvas

    def act(self, step: str) -> str:
        acts: dict[str, Callable[[], str | None]] = {
            OPEN: self.show,
            EDIT: self.edit,
            RUN: self.run,
            STOP: self.stop,
            CELL: self.edit_cell,
            RESTORE: self.restore,
            RELOAD: self.reload,
            BUSY: self.stop_while_busy,
            GONE: self.lose_the_kernel,
        }
        return acts[step]() or YES

    def show(self) -> None:
        self.canvas = self.host.show()
        if self.canvas.root.get_attribute("data-mode") == "graph":  # a list has no edges
            assert set(self.canvas.edges()) == EDGES
        self.host.check_open(self.canvas)

    def edit(self) -> None:
        self.set_times("3")

    def set_times(self, value: str) -> None:
        slider = self.canvas.slider("times")
        slider.press("ArrowRight")
        self.canvas.expect_slider("times", value)

    def run(self) -> None:
        shout = self.canvas.card("shout")
        shout.press("Run to here")
        shout.expect_freshness("fresh")
        expect(shout.element).to_contain_text("HELLO ADA! HELLO ADA! HELLO ADA!")

    def start_waiting(self) -> None:
        wait = self.canvas.card("wait")
        wait.press("Run to here")
        wait.expect_status("running")

    def stop(self) -> None:
        self.start_waiting()
        wait = self.canvas.card("wait")
        wait.press("Stop")
        wait.expect_status("cancelled")

    def edit_cell(self) -> None:
        shout = self.canvas.card("shout")
        self.host.edit_cell("shout", EDITED)
        shout.expect_freshness("stale")
        expect(shout.element).to_contain_text("code of shout changed")
        shout.press("Run to here")
        expect(shout.element).to_contain_text("hello ada! hello ada! hello ada! (said)")
        self.host.edit_cell("shout", CELLS["shout"])
        shout.press("Run to here")
        shout.expect_status("cached")

    def restore(self) -> None:
        shout = self.canvas.card("shout")
        self.set_times("4")
        shout.press("Run to here")
        expect(shout.element).to_contain_text(" ".join(["HELLO ADA!"] * 4))
        position = shout.element.get_by_role("button", name="history of shout")
        for back in range(int(position.inner_text().partition("/")[0]) - 1, 0, -1):
            shout.press("Previous result")
            expect(position).to_have_text(re.compile(f"^{back}/"))
        self.canvas.expect_slider("times", "3")
        expect(shout.element).to_contain_text(" ".join(["HELLO ADA!"] * 3))
        expect(shout.element).not_to_contain_text(" ".join(["HELLO ADA!"] * 4))
        shout.expect_freshness("fresh")

    def reload(self) -> str:
        self.canvas = self.host.reload()
        return self.host.check_reloaded(self.canvas)

    def stop_while_busy(self) -> str:
        self.start_waiting()
        wait = self.canvas.card("wait")
        self.host.occupy()
        self.host.occupied()
        wait.press("Stop")
        try:
            wait.expect_status("cancelled", seconds=self.host.patience)
            return AT_ONCE
        except AssertionError:
            return AFTERWARDS
        finally:
            self.host.release()
            wait.expect_status("cancelled")

    def lose_the_kernel(self) -> str | None:
        self.host.kill()
        expect(self.canvas.root.locator(LOST)).to_be_visible(timeout=30_000)
        self.canvas = self.host.recover()
        expect(self.canvas.root.locator(LOST)).to_have_count(0)
        return self.host.check_reloaded(self.canvas)
