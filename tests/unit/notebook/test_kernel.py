"""A real kernel: what a cell that blocks does to it, and what Ctrl-C does to the cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("jupyter_client")

from tests.kernels import started_kernel

DEFINE = """
from daggr_nb import Context, FnNode, Graph

def slow(ctx: Context) -> str:
    while not ctx.cancelled:
        tick.wait(0.01)
    return "late"

def after(x: str) -> str:
    return x

import threading
tick = threading.Event()
node = FnNode(slow, ignore=["tick"])
graph = Graph("Slow", nodes=[FnNode(after, inputs={"x": node.output})], persist_key=False)
"""


class Kernel:
    """A kernel in a process of its own, one cell at a time."""

    def __init__(self) -> None:
        self.manager, self.client = started_kernel()

    def start(self, cell: str) -> str:
        # Else a cell that comes on the heels of one that raised is aborted.
        return str(self.client.execute(cell, stop_on_error=False))

    def until(self, kind: str, cell: str) -> dict[str, Any]:
        """Return the first message of a cell's output of that kind."""
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == cell and message["msg_type"] == kind:
                content: dict[str, Any] = message["content"]
                return content

    def reply(self, cell: str) -> dict[str, Any]:
        while True:
            message = self.client.get_shell_msg(timeout=60)
            if message["parent_header"].get("msg_id") == cell:
                content: dict[str, Any] = message["content"]
                return content

    def run(self, cell: str) -> str:
        """Run a cell to its end and return what it printed."""
        identity = self.start(cell)
        assert self.reply(identity)["status"] == "ok"
        return str(self.until("stream", identity)["text"]) if "print(" in cell else ""

    def complete(self, typed: str) -> set[str]:
        """What the tab key offers after ``typed``."""
        answer = self.client.complete(typed, reply=True, timeout=60)["content"]
        return set(answer["matches"])

    def interrupt(self) -> None:
        self.manager.interrupt_kernel()

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    yield kernel
    kernel.close()


def test_an_interrupt_cancels_the_run_that_a_cell_waits_for(kernel: Kernel) -> None:
    kernel.run(DEFINE)
    waiting = kernel.start("graph.run()")
    shown = kernel.until("display_data", waiting)  # the bar: the run is going on
    assert "0 of 2 steps" in kernel.until("update_display_data", waiting)["data"]["text/plain"]
    assert shown["transient"]["display_id"]
    kernel.interrupt()
    reply = kernel.reply(waiting)
    assert (reply["status"], reply["ename"]) == ("error", "KeyboardInterrupt")
    told = kernel.run(
        "states = {name: s.status for name, s in graph.status().items()}\n"
        "runs = list(graph.session.runs.in_sight())\n"
        "print(states, runs, graph.history('slow')[0].status)"
    )
    assert told.strip() == "{'slow': 'cancelled', 'after': 'missing'} [] cancelled"


HANDLED = """
from daggr_nb import FnNode, Graph, InputNode, ui

def loud(text: str) -> str:
    return text.upper()

form = InputNode("form", ports={"text": ui.Textbox("otter"), "who": ui.Textbox()})
shout = FnNode(loud, "shout", inputs={"text": form.text}, outputs=["said"])
graph = Graph("Handled", nodes=[shout], persist_key=False)
graph.run()
"""


@pytest.fixture(scope="module")
def handled() -> Iterator[Kernel]:
    kernel = Kernel()
    kernel.run(HANDLED)
    yield kernel
    kernel.close()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("graph.", {"run", "submit", "plan", "results", "inputs", "history"}),
        ('graph["', {"form", "shout"}),
        ('graph.results["', {"shout"}),
        ('graph.results["sh', {"shout"}),
        ("graph.results.", {"items", "keys"}),
        ('graph.inputs["', {"form__text", "form__who"}),
        ("shout.", {"said", "text", "name", "last", "inputs", "outputs", "test"}),
        ("form.", {"text", "who", "name"}),
        ("shout.said.", {"value", "each", "all", "observe"}),
        ("graph.history('shout')[0].", {"outputs", "inputs", "compare", "status"}),
    ],
)
def test_the_tab_key_offers_what_is_there(handled: Kernel, typed: str, offered: set[str]) -> None:
    told = handled.complete(typed)
    assert offered <= told, told
    inner = {
        "replace_nodes",
        "release",
        "join",
        "port_value",
        "last_run",
        "may_leave_out",
        "worker",
    }
    assert not inner & told
    assert not {name for name in told if name.startswith("%")}


FAILING = """
import asyncio, re
from daggr_nb import FnNode, Graph, ui

async def fetch(word: str) -> str:
    await asyncio.sleep(0)
    return broken(word)

def broken(word: str) -> str:
    raise ValueError("nothing at " + word)

def pair(word: str) -> tuple:
    return word, word, word

fetched = FnNode(fetch, inputs={"word": ui.Textbox("home")})
paired = FnNode(pair, inputs={"word": "x"}, outputs=["one", "two"])
graph = Graph("Failing", nodes=[fetched, paired], persist_key=False)
"""


def test_a_cell_shows_of_an_error_what_the_reader_wrote() -> None:
    kernel = Kernel()
    kernel.run(FAILING)
    for cell, lines, said in [
        ("graph.inputs['fetch__word'] = 5", 1, "InputError"),
        ("FnNode(broken, inputs={'wrod': 1})", 1, "InvalidInputError"),
        ("graph.run(fetched)", 3, "ValueError: nothing at home"),
        ("await graph.arun(fetched)", 3, "ValueError: nothing at home"),
        ("graph.run(paired)", 1, "expected a tuple of 2"),
    ]:
        identity = kernel.start(cell)
        assert kernel.reply(identity)["status"] == "error"
        shown = "\n".join(kernel.until("error", identity)["traceback"])
        plain = re.sub(r"\x1b\[[\d;]*m", "", shown)
        assert said in plain
        assert (plain.count("Cell In["), plain.count("File ")) == (lines, 0), plain
    text = kernel.run("print(fetched.last.record.error.traceback)")
    kernel.close()
    places = re.findall(r'File "(.*?)", line \d+, in (\w+)', text)
    assert [name for _, name in places] == ["fetch", "broken"]
    assert {place for place, _ in places} == {"Cell In[1]"}
