"""The command ``daggr-nb``, and how scripts that launch or serve a graph end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb._cli import main
from tests.waiting import wait_for

SCRIPT = """
import pathlib
from daggr_nb import FnNode, Graph, InputNode, ops, ui

print("a line that is no answer")
form = InputNode("form", {"tone": ui.Dropdown(["dry", "warm"], value="dry"), "n": ui.Slider(1, 5)})

def write(tone: str, n: int, text: str) -> str:
    if text == "boom":
        raise ValueError("no such text")
    return f"{tone} {n} {text}"

inputs = {"tone": form.tone, "n": form.n, "text": ui.Textbox("hi")}
node = FnNode(write, "write", inputs, {"said": ui.Textbox()})
graph = Graph("Letters", [node])
"""
ASKING = """
from daggr_nb import FnNode, Graph, ops
ok = ops.Approve("ok", FnNode(lambda: "the draft", "draft").output)
def send(text: str) -> str:
    return text
asks = Graph("Asking", [FnNode(send, "send", {"text": ok.output})])
"""

Write = Callable[..., str]
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str = SCRIPT, name: str = "letters.py") -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process; return exit code, output and errors."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "argv", [*sys.argv])
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_run_prints_what_came_of_it(write: Write, command: Command) -> None:
    code, out, errors = command("run", write())
    assert (code, out) == (0, "write.said: dry 1 hi\n")
    assert "a line that is no answer" in errors


def test_run_sets_inputs_and_prints_json(write: Write, command: Command) -> None:
    words = ["--set", "form__tone=warm", "--set", "form__n=3", "--set", "write__text=7", "--json"]
    code, out, _ = command("run", write(), *words)
    assert code == 0
    assert json.loads(out) == {
        "status": "succeeded",
        "outputs": {"write": {"said": "warm 3 7"}},
        "questions": [],
        "error": None,
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "form__ton=warm"], "Did you mean 'form__tone'?"),
        (["--set", "form__n=9"], "a number from 1 to 5"),
        (["--set", "form__tone=loud"], "loud"),
        (["--set", "form__n"], "NODE__PORT=VALUE"),
        (["--target", "wrote"], "Did you mean 'write'?"),
        (["--graph", "Other"], "One graph was expected"),
    ],
)
def test_what_cannot_be_asked_is_2(
    write: Write, command: Command, words: list[str], said: str
) -> None:
    code, out, errors = command("run", write(), *words)
    assert (code, out) == (2, "")
    assert said in errors


def test_a_node_that_fails_is_1(write: Write, command: Command) -> None:
    code, out, errors = command("run", write(), "--set", "write__text=boom")
    assert (code, out) == (1, "")
    assert "no such text" in errors


def test_a_run_that_waits_for_a_person_is_3(write: Write, command: Command) -> None:
    code, out, _ = command("run", write(ASKING), "--json")
    assert code == 3
    assert json.loads(out)["status"] == "waiting"


def test_a_file_that_fails_or_is_none(write: Write, command: Command) -> None:
    code, _, errors = command("run", write("1 / 0"))
    assert code == 1
    assert "ZeroDivisionError" in errors
    assert command("run", write("x = 1"))[0] == 2
    assert command("run", "/nowhere/at/all.py")[0] == 2
    assert command("run", write("", "graph.txt"))[0] == 2


def test_a_run_leaves_the_sheet_alone_and_is_on_record(write: Write, command: Command) -> None:
    path = write()
    assert command("run", path, "--set", "form__n=4")[0] == 0
    assert command("run", path)[1] == "write.said: dry 1 hi\n"
    code, out, _ = command("history", path, "write", "--json")
    assert code == 0
    assert [row["status"] for row in json.loads(out)] == ["succeeded", "succeeded"]


def test_plan_and_export(write: Write, command: Command, tmp_path: Path) -> None:
    code, out, _ = command("plan", write(), "--json")
    assert code == 0
    assert [row["node"] for row in json.loads(out)] == ["write"]
    page = tmp_path / "letters.html"
    assert command("export", write(), str(page))[0] == 0
    assert "Letters" in page.read_text()


def test_a_notebook_is_run_by_a_shell(write: Write, tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": "# Letters"},
        {"cell_type": "code", "source": SCRIPT.splitlines(keepends=True)},
        {"cell_type": "code", "source": "%matplotlib --list\ngraph"},
    ]
    path = write(json.dumps({"cells": cells, "nbformat": 4}), "letters.ipynb")
    words = [sys.executable, "-m", "daggr_nb._cli", "run", path, "--json"]
    done = subprocess.run(words, capture_output=True, text=True, env=_env(tmp_path), timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outputs"] == {"write": {"said": "dry 1 hi"}}


def _env(folder: Path) -> dict[str, str]:
    return {**os.environ, "IPYTHONDIR": str(folder / "ipython"), "PYTHONUNBUFFERED": "1"}


@pytest.mark.parametrize("ending", ["", "graph.launch()", "graph.serve()"])
def test_a_script_is_served_until_ctrl_c(write: Write, tmp_path: Path, ending: str) -> None:
    path = write(f"{SCRIPT}\n{ending}\n")
    words = [sys.executable, "-m", "daggr_nb._cli", path, "--port", "0", "--no-reload"]
    with _running(words, tmp_path) as process:
        address = _address(process)
        assert httpx.post(f"{address}api/call").json() == {
            "outputs": {"write": {"said": "dry 1 hi"}}
        }
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_a_script_that_serves_blocks_until_ctrl_c(write: Write, tmp_path: Path) -> None:
    path = write(f"{SCRIPT}\ngraph.launch(port=0, open_browser=False)\nprint('after')\n")
    with _running([sys.executable, path], tmp_path) as process:
        assert httpx.get(f"{_address(process)}health").json()["graph"] == "Letters"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20)[0].endswith("after\n")


def _running(words: list[str], folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_env(folder)
    )


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Letters: "):
            return line.removeprefix("Letters: ").strip()
    raise AssertionError("the address was not printed")


def doubling() -> Graph:
    node = FnNode(lambda x: 2 * x, "double", {"x": ui.Number(3)}, {"y": ui.Number()})
    return Graph("Doubling", [node], persist_key=False)


def test_a_port_in_use_leads_to_the_next_one(capsys: pytest.CaptureFixture[str]) -> None:
    graph = doubling()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with graph.serve(port=port, block=False) as server:
            assert server.port > port
            assert f"Port {port} is in use, so this is {server.port}." in capsys.readouterr().out
    graph.close()


def test_a_cell_that_serves_again_serves_at_the_same_port() -> None:
    graph = doubling()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    first = graph.serve(port=port, block=False)
    second = graph.serve(port=port, block=False)
    assert (first.closed, first.port) == (True, second.port)
    assert httpx.get(f"{second.address}/health").status_code == 200
    second.close()
    graph.close()


def test_importing_the_package_loads_no_server(tmp_path: Path) -> None:
    source = (
        "import sys, daggr_nb\n"
        "daggr_nb.Graph('One', [], persist_key=False)\n"
        "print(sorted({'starlette', 'uvicorn', 'websockets', 'h11'} & sys.modules.keys()))"
    )
    words = [sys.executable, "-c", source]
    done = subprocess.run(words, capture_output=True, text=True, env=_env(tmp_path), timeout=60)
    assert done.stdout == "[]\n", done.stderr


def test_launch_opens_the_page_and_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setenv("GRADIO_SERVER_PORT", "0")
    graph = doubling()
    servers: list[Any] = []
    serve = Graph.serve
    monkeypatch.setattr(
        Graph, "serve", lambda *a, **o: servers.append(serve(*a, **o)) or servers[-1]
    )
    launched = threading.Thread(target=graph.launch, kwargs={"share": True, "theme": "soft"})
    launched.start()
    wait_for(lambda: len(opened), 1)
    assert launched.is_alive()
    assert httpx.get(f"{opened[0]}health").json() == {"status": "ok", "graph": "Doubling"}
    servers[0].close()
    launched.join(20)
    assert not launched.is_alive()
    graph.close()


def test_a_server_closes_and_says_so() -> None:
    graph = doubling()
    server = graph.serve(port=0, block=False)
    assert not server.closed
    server.close()
    server.close()
    assert server.closed
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.address}/health")
    assert graph.run() == {"double": {"y": 6}}  # the graph lives on
    graph.close()


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    source = (
        "import sys\nsys.modules['uvicorn'] = None\n"
        "from daggr_nb import FnNode, Graph\n"
        "Graph('One', [FnNode(lambda: 1, 'one')], persist_key=False).serve(port=0)\n"
    )
    words = [sys.executable, "-c", source]
    done = subprocess.run(words, capture_output=True, text=True, env=_env(tmp_path), timeout=60)
    assert 'pip install "daggr_nb[serve]"' in done.stderr
