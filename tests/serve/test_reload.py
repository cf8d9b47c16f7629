"""A served file that is edited: what people have stays, and only what changed is stale."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serve.test_visits import Socket, page
from tests.waiting import wait_for

FILES = {
    "letters.py": """
from daggr_nb import FnNode, Graph, ui
import helper
from kinds import words

MARK = "!"

def write(text: str) -> str:
    return text.upper()

def mark(text: str) -> str:
    return text + MARK

def close(text: str) -> str:
    return helper.end(text)

def greet(text: str) -> str:
    return words.HELLO + text

node = FnNode(write, "write", {"text": ui.Textbox("hi")}, {"said": ui.Textbox()})
nodes = [
    node,
    FnNode(mark, "mark", {"text": node.said}),
    FnNode(close, "close", {"text": node.said}),
    FnNode(greet, "greet", {"text": "you"}),
]
graph = Graph("Letters", nodes)
""",
    "helper.py": "import deeper\ndef end(text): return text + deeper.END\n",
    "deeper.py": "END = '.'\n",
    "kinds/__init__.py": "",
    "kinds/words.py": "HELLO = 'hello '\n",
}


class Command:
    """The command at work in a process of its own, and what it has printed."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "daggr_nb._cli", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "IPYTHONDIR": str(folder.parent / "ipy")},
        )
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def addresses(self) -> list[str]:
        found = [re.search(r"Letters: (http://\S+)", line) for line in list(self.lines)]
        return [match[1] for match in found if match]

    def client(self) -> httpx.Client:
        wait_for(lambda: bool(self.addresses()) or self.process.poll(), seconds=60)
        address = httpx.URL(self.addresses()[-1]).copy_with(query=None)
        return httpx.Client(base_url=address, timeout=30)

    def edit(self, name: str, before: str, after: str) -> None:
        """Edit a file and wait until that was followed."""
        seen = len(self.followed())
        text = (self.folder / name).read_text()
        assert before in text
        (self.folder / name).write_text(text.replace(before, after))
        wait_for(lambda: len(self.followed()) > seen, seconds=30)

    def followed(self) -> list[str]:
        return [
            line for line in list(self.lines) if line.startswith("Run again") or "stays" in line
        ]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        finally:
            self.process.kill()
            self._reading.join(20)
            assert self.process.stdout is not None
            self.process.stdout.close()


@contextlib.contextmanager
def running(folder: Path, *words: str, file: str = "letters.py") -> Iterator[Command]:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    if file.endswith(".ipynb"):
        cells = [{"cell_type": "code", "source": (folder / "letters.py").read_text()}]
        (folder / file).write_text(json.dumps({"cells": cells, "nbformat": 4}))
    command = Command(folder, *words, str(folder / file), "--port", "0")
    try:
        yield command
    except BaseException:
        sys.stdout.write("".join(command.lines))
        raise
    finally:
        command.close()


def stale(visitor: Socket) -> dict[str, str]:
    """The nodes that are not fresh, with the first reason of each."""
    nodes = visitor.shown()["nodes"]
    states = {node["id"]: node["state"] for node in nodes}
    return {
        name: next((reason["text"] for reason in state["reasons"]), "")
        for name, state in states.items()
        if state["freshness"] != "fresh"
    }


def run_all(visitor: Socket) -> None:
    visitor.tell(kind="run", targets=[], mode="stale", force=False, item="")
    wait_for(lambda: stale(visitor), {}, seconds=20)


def call(client: httpx.Client) -> Any:
    return client.post("/api/call/subgraph_0").json()["outputs"]


def test_what_people_have_stays_and_only_what_changed_is_stale(tmp_path: Path) -> None:
    with running(tmp_path / "project") as command, command.client() as client, page(client) as ada:
        ada.tell(kind="set_input", node="write", port="text", value="otters")
        wait_for(ada.text, "otters")
        run_all(ada)

        command.edit("letters.py", "text.upper()", "text.title()")  # a function
        wait_for(lambda: sorted(stale(ada)), ["close", "mark", "write"])
        assert "write" in stale(ada)["write"]
        assert ada.text() == "otters"
        run_all(ada)

        command.edit("deeper.py", "'.'", "'?'")  # a module that a module imports
        wait_for(lambda: list(stale(ada)), ["close"])
        assert "END" in stale(ada)["close"]
        run_all(ada)

        command.edit("kinds/words.py", "hello", "hullo")  # a module of a package
        wait_for(lambda: list(stale(ada)), ["greet"])
        run_all(ada)

        command.edit("letters.py", 'MARK = "!"', 'MARK = "*"')  # a constant
        wait_for(lambda: list(stale(ada)), ["mark"])
        assert "MARK" in stale(ada)["mark"]
        run_all(ada)
        assert call(client)["close"] == {"output": "Hi?"}
        assert call(client)["mark"] == {"output": "Hi*"}

        command.edit("letters.py", "return text.title()", "return text.title(")  # a syntax error
        wait_for(lambda: "SyntaxError" in (ada.shown()["notice"] or ""))
        assert "letters.py, line" in ada.shown()["notice"]
        assert stale(ada) == {}
        assert call(client)["mark"] == {"output": "Hi*"}  # the former graph goes on
        with page(client) as ben:  # who comes now is told, too
            assert "SyntaxError" in ben.shown()["notice"]
        command.edit("letters.py", "return text.title(\n", "return text.title()\n")
        wait_for(lambda: ada.shown()["notice"] or "", "")

        command.edit("deeper.py", "END", "NO_END")  # an error in another file, when it is called
        command.edit("helper.py", "import deeper", "import nowhere_at_all")  # and when it is run
        wait_for(lambda: "helper.py, line 1" in (ada.shown()["notice"] or ""))
        command.edit("helper.py", "import nowhere_at_all", "import deeper")
        command.edit("deeper.py", "NO_END", "END")
        wait_for(lambda: ada.shown()["notice"] or "", "")

        command.edit("letters.py", '    FnNode(mark, "mark", {"text": node.said}),\n', "")
        wait_for(lambda: [node["id"] for node in ada.shown()["nodes"]][1:], ["close", "greet"])
        assert ada.text() == "otters"
        assert stale(ada) == {}
        assert client.get("/api/schema").status_code == 200
        history = ["history", str(command.folder / "letters.py"), "write", "--json"]
        words = [sys.executable, "-m", "daggr_nb._cli", *history]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
        assert len(json.loads(done.stdout)) >= 2  # all is on record


@pytest.mark.parametrize("words", [["serve"], ["serve", "--reload", "--no-reload"]])
def test_edits_are_followed_only_if_asked(tmp_path: Path, words: list[str]) -> None:
    with running(tmp_path / "project", *words) as command, command.client() as client:
        (command.folder / "letters.py").write_text("1 / 0")
        assert call(client)["mark"] == {"output": "HI!"}
        assert command.followed() == []


def test_a_notebook_is_followed(tmp_path: Path) -> None:
    words = ["serve", "--reload"]
    notebook = running(tmp_path / "project", *words, file="letters.ipynb")
    with notebook as command, command.client() as client, page(client) as ada:
        run_all(ada)
        command.edit("letters.ipynb", "text.upper()", "text.title()")
        wait_for(lambda: sorted(stale(ada)), ["close", "mark", "write"])
        assert call(client)["mark"] == {"output": "Hi!"}


def test_a_server_that_starts_anew_has_its_address_and_its_token(tmp_path: Path) -> None:
    words = ["serve", "--reload=restart", "--token", "open sesame"]
    with running(tmp_path / "project", *words) as command:
        client = command.client()
        client.headers["Authorization"] = "Bearer open sesame"
        assert call(client)["mark"] == {"output": "HI!"}
        client.close()
        (command.folder / "letters.py").write_text("1 / 0")
        wait_for(lambda: any("ZeroDivisionError" in line for line in command.lines), seconds=30)
        text = FILES["letters.py"].replace("text.upper()", "text.title()")
        (command.folder / "letters.py").write_text(text)
        wait_for(lambda: len(command.addresses()), 2, seconds=30)
        first, second = (httpx.URL(address) for address in command.addresses())
        assert (first.port, first.query) == (second.port, second.query)
        headers = {"Authorization": "Bearer open sesame"}
        with httpx.Client(base_url=f"http://127.0.0.1:{first.port}", headers=headers) as again:
            assert call(again)["mark"] == {"output": "Hi!"}
