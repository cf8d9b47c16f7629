"""Spaces as processes of this machine, against a Hub that has their files."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daggr_nb import GradioNode, Graph
from daggr_nb._services import local
from daggr_nb.errors import GraphError, NodeFailed
from tests.remote.servers import Hub, ScriptedApp, wait_until

ROOT = Path(__file__).resolve().parents[2]
COMMIT = "a1b2c3d" + "0" * 33
README = b"---\ntitle: A Space\nsdk: gradio\nsdk_version: 0.0.0\napp_file: main.py\n---\n"
APP = b"""
import os, sys
import gradio as gr
import helper

def predict(text: str) -> str:
    return helper.shout(text)

def chatter(megabytes: float) -> str:
    for _ in range(int(megabytes * 1024)):
        print("x" * 1023)
    return "said"

def dies() -> str:
    print("no room left", flush=True)
    os._exit(3)

def who() -> str:
    return f"{os.getpid()} {os.environ.get('HF_TOKEN')}"

with gr.Blocks() as demo:
    text = gr.Textbox()
    gr.Button().click(predict, [text], [text], api_name="predict")
    gr.Button().click(chatter, [gr.Number()], [gr.Textbox()], api_name="chatter")
    gr.Button().click(dies, [], [gr.Textbox()], api_name="dies")
    gr.Button().click(who, [], [gr.Textbox()], api_name="who")
demo.launch()
"""
FILES = {
    "README.md": README,
    "main.py": APP,
    "helper.py": b"def shout(text):\n    return text.upper()\n",
}


@pytest.fixture
def space(
    hub: Hub, app: ScriptedApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A Space whose environment is there already: that of the tests."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    hub.spaces["org/x"] = {"sha": COMMIT, "host": app.url, "runtime": {"stage": "RUNNING"}}
    hub.files["org/x"] = dict(FILES)
    folder = tmp_path / "as it is"
    folder.mkdir()
    make_environment(local.environment_folder(folder, {"sdk_version": "0.0.0"}))
    yield "org/x"
    local.stop_all()


def make_environment(place: Path) -> None:
    """Make an environment that has what the tests have, without installing anything."""
    import venv

    venv.create(place, symlinks=True)
    site = next(place.glob("lib/python*/site-packages"))
    (site / "tests.pth").write_text(sysconfig.get_path("purelib"))
    (place / ".ready").touch()


def node_of(space: str, api_name: str = "predict", **options: object) -> GradioNode:
    inputs = options.pop("inputs", {"text": "a"} if api_name == "predict" else {})
    return GradioNode(space, api_name, name="it", inputs=inputs, run_locally=True, **options)  # type: ignore[arg-type]


def run(node: GradioNode) -> object:
    graph = Graph("Local", [node], persist_key=False)
    try:
        return graph.run()["it"]["output"]
    finally:
        graph.close()


def pid_of(space: str) -> int:
    return int(str(run(node_of(space, "who"))).split()[0])


def test_a_space_runs_here_without_the_token(
    space: str, app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_" + "x" * 30)
    node = node_of(space)
    assert run(node) == "A"
    assert app.seen == []  # the Space itself was not called
    assert node.code().revisions[0].commit == COMMIT
    assert str(run(node_of(space, "who"))).endswith("None")


def test_one_process_serves_all_nodes_and_ends_with_the_last(space: str) -> None:
    node = node_of(space, "who")
    first = str(run(node)).split()[0]
    assert pid_of(space) == int(first)
    assert Path(f"/proc/{first}").exists()
    del node
    wait_until(lambda: gc.collect() >= 0 and not Path(f"/proc/{first}").exists())


def test_a_megabyte_of_output_stops_nothing(space: str) -> None:
    assert run(node_of(space, "chatter", inputs={"megabytes": 1})) == "said"


def test_nothing_is_fetched_or_installed_again(space: str, hub: Hub) -> None:
    node = node_of(space)
    assert run(node) == "A"
    hub.seen.clear()
    again = node_of(space)
    assert run(again) == "A"
    assert hub.seen == []


def test_it_stays_at_its_commit_until_it_is_to_be_updated(
    space: str, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = node_of(space)
    assert run(node) == "A"
    hub.spaces[space]["sha"] = "c3d4e5f" + "0" * 33
    hub.files[space]["helper.py"] = b"def shout(text):\n    return text * 3\n"
    assert run(node_of(space)) == "A"
    monkeypatch.setenv("DAGGR_UPDATE_SPACES", "1")
    assert run(node_of(space)) == "aaa"


@pytest.mark.parametrize(
    "broken", [b"raise RuntimeError('no CUDA here')", b"import time; time.sleep(60)"]
)
def test_the_space_itself_takes_over_and_the_card_says_why(
    space: str, hub: Hub, app: ScriptedApp, monkeypatch: pytest.MonkeyPatch, broken: bytes
) -> None:
    monkeypatch.setenv("DAGGR_LOCAL_TIMEOUT", "3")
    hub.files[space]["main.py"] = broken
    node = node_of(space)
    graph = Graph("Broken", [node], persist_key=False)
    assert graph.run() == {"it": {"output": "hi"}}
    card = graph.canvas().bridge.snapshot()["nodes"][0]["state"]
    assert any(text.startswith("not run on this machine: ") for text in card["remarks"])
    graph.close()
    monkeypatch.setenv("DAGGR_LOCAL_NO_FALLBACK", "1")
    with pytest.raises(NodeFailed, match="on this machine"):
        run(node_of(space))


def test_one_that_dies_in_a_call_says_how(space: str) -> None:
    node = node_of(space, "dies")
    with pytest.raises(NodeFailed, match="went away in the middle") as failed:
        run(node)
    assert "Its process ended with exit code 3." in str(failed.value)
    assert "no room left" in str(failed.value)
    assert run(node_of(space)) == "A"  # it is started anew


def test_only_a_space_runs_here() -> None:
    with pytest.raises(GraphError, match="owner/name"):
        GradioNode("http://127.0.0.1:7860", run_locally=True)


def has_ended(pid: int) -> bool:
    """Whether a process has; one that nobody has asked how it ended is still listed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_it_ends_with_the_kernel(space: str, tmp_path: Path) -> None:
    code = textwrap.dedent(
        f"""
        from daggr_nb import GradioNode, Graph
        node = GradioNode({space!r}, "who", name="it", run_locally=True)
        print(Graph("K", [node], persist_key=False).run()["it"]["output"], flush=True)
        import threading; threading.Event().wait()
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as kernel:
        assert kernel.stdout is not None
        pid = int(kernel.stdout.readline().split()[0])
        os.kill(kernel.pid, signal.SIGKILL)
        wait_until(lambda: has_ended(pid))


# ---------------------------------------------------------------- what nobody uses any more


def aged(path: Path, days: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    at = time.time() - days * 86_400
    os.utime(path, (at, at))
    return path


@pytest.fixture
def make_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Make the environment of another Space, with a tool that installs nothing."""
    tools = tmp_path / "tools"
    tools.mkdir()
    tool = tools / "uv"
    tool.write_text('#!/bin/sh\nfor last; do :; done\n[ "$1" = pip ] || mkdir -p "$last/bin"\n')
    tool.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    folder = tmp_path / "another"
    folder.mkdir()

    def make() -> Path:
        nothing = lambda text: None  # noqa: E731
        python = local.environment(
            folder, {"sdk_version": "7"}, nothing, nothing, cancelled=lambda: False
        )
        return python.parent.parent

    return make


def test_environments_go_that_nobody_has_used_for_long(make_another: Callable[[], Path]) -> None:
    folder = make_another().parent
    made = {days: aged(folder / str(days) / ".ready", days).parent for days in (1, 80, 100)}
    half = folder / "half"
    half.mkdir()  # somebody is making it, or has given up
    shutil.rmtree(make_another())
    assert make_another().exists()
    assert {days for days, place in made.items() if place.exists()} == {1, 80}
    assert half.exists()


def test_an_environment_is_used_by_whoever_asks_for_it(make_another: Callable[[], Path]) -> None:
    place = make_another()
    aged(place / ".ready", 100)
    assert make_another() == place
    assert time.time() - (place / ".ready").stat().st_mtime < 60


HOLD = """
import pathlib, sys
from daggr_nb._services import local
held = local.hold_environment(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_an_environment_stays_that_another_process_runs_an_app_in(
    make_another: Callable[[], Path],
) -> None:
    folder = make_another().parent
    place = aged(folder / "old" / ".ready", 100).parent
    command = [sys.executable, "-c", HOLD, str(place)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        shutil.rmtree(make_another())
        make_another()
        assert place.exists()
        process.kill()  # which lets go of everything
    shutil.rmtree(make_another())
    make_another()
    assert not place.exists()


def test_an_app_holds_its_environment_while_it_runs(
    space: str, make_another: Callable[[], Path], tmp_path: Path
) -> None:
    place = local.environment_folder(tmp_path / "as it is", {"sdk_version": "0.0.0"})
    node = GradioNode(space, "/predict", inputs={"text": "a"}, run_locally=True)
    graph = Graph("Held", [node], persist_key=False)
    graph.run()
    aged(place / ".ready", 100)
    make_another()
    assert place.exists()
    local.stop_all()
    shutil.rmtree(make_another())
    make_another()
    assert not place.exists()
    graph.close()


def test_logs_go_that_are_old(space: str, tmp_path: Path) -> None:
    logs = tmp_path / "cache" / "daggr_nb" / "logs"
    old, young = aged(logs / "old.log", 31), aged(logs / "young.log", 29)
    node = GradioNode(space, "/predict", inputs={"text": "a"}, run_locally=True)
    graph = Graph("Logs", [node], persist_key=False)
    graph.run()
    assert [old.exists(), young.exists(), len([*logs.iterdir()])] == [False, True, 2]
    graph.close()
