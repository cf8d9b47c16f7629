"""``daggr-nb deploy`` to a server with the Hub's shape, with the real huggingface_hub."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import constants

from daggr_nb._cli import main
from daggr_nb._deploy import deploy as deploying
from daggr_nb._deploy.imports import imports_of
from daggr_nb._deploy.project import find_project
from daggr_nb._deploy.space_files import readme
from daggr_nb.errors import InputError
from tests.serve.hub import TOKEN, Hub, Space, running_hub

# huggingface_hub hands files to its client in a way that this has given up.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

FILES = {
    "letters.py": """
import json
import os
from pathlib import Path

import helper
from kinds import words
from kinds.deep.down import MARK
from daggr_nb import FnNode, Graph, ui

try:
    import never_installed
except ImportError:
    never_installed = None
assert os.environ.get("HF_TOKEN") is None, "the token is here"
GREETING = (Path(__file__).parent / "assets" / "greeting.txt").read_text().strip()

def write(text: str) -> str:
    import yaml
    return f"{GREETING} {helper.shout(text)}{words.LAST}{MARK}"

node = FnNode(write, "write", {"text": ui.Textbox("hi")}, {"said": ui.Textbox()})
graph = Graph("Warm Letters", [node])
graph.launch()
(Path(__file__).parent / "written.txt").write_text("by the check")
""",
    "helper.py": "from deeper import loud\ndef shout(text): return loud(text)\n",
    "deeper.py": "def loud(text): return text.upper()\n",
    "kinds/__init__.py": "",
    "kinds/words.py": "from .mark import LAST\n",
    "kinds/mark.py": "LAST = '!'\n",
    "kinds/deep/__init__.py": "",
    "kinds/deep/down.py": "import xxhash\nMARK = '?'\n",
    "assets/greeting.txt": "Dear",
    "assets/big.bin": "x",
    ".env": "HF_TOKEN=hf_inTheEnvironmentFile1234",
    ".gitignore": "*.bin\n/data\n",
    "data/private.csv": "1,2",
    "README.md": "---\nemoji: 🦦\nsdk: gradio\n---\nAbout letters.\n",
}
SAID = "Dear HI!?"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name, text in FILES.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(deploying, "_POLL_SECONDS", 0.01)
    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        # Large files by LFS, as where hf_xet is not installed: what it sends is a store of its own.
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        yield hub


def deploy(project: Path, *words: str, file: str = "letters.py") -> int:
    return main(["deploy", str(project / file), *words])


def test_a_dry_run_takes_neither_login_nor_network(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_TOKEN_PATH", "/nowhere/token")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    before = sorted(project.rglob("*"))
    assert deploy(project, "--dry-run", "-s", "KEY=very-secret") == 0
    said = capsys.readouterr().out
    listed = {line.split()[0] for line in said.splitlines() if line.startswith("  ")}
    gone = {"letters.py", "kinds/deep/down.py", "assets/greeting.txt", "Dockerfile"}
    assert gone <= listed
    assert not {".env", "data/private.csv", "assets/big.bin"} & listed
    assert "Secrets: KEY" in said
    assert "very-secret" not in said
    assert sorted(project.rglob("*")) == before  # nothing is left behind


def test_a_project_goes_with_what_it_needs_and_secrets_before_the_first_build(
    project: Path, hub: Hub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "of the environment")
    words = ["-s", "API_KEY", "-s", "OTHER=given", "--variable", "TONE=warm", "--private"]
    assert deploy(project, *words) == 0
    space = hub.spaces["ada/warm-letters"]
    secrets = {"API_KEY": "of the environment", "OTHER": "given"}
    assert space.built_with == [secrets]
    assert (space.variables, space.settings["sdk"]) == ({"TONE": "warm"}, "docker")
    assert "private" in json.dumps(space.settings)
    wheel = next(name for name in space.files if name.endswith(".whl"))
    own = {"letters.py", "helper.py", "deeper.py", "kinds/__init__.py", "kinds/words.py"}
    own |= {"kinds/mark.py", "kinds/deep/__init__.py", "kinds/deep/down.py", "assets/greeting.txt"}
    made = {"README.md", "Dockerfile", "requirements.txt", wheel}
    assert space.files.keys() == own | made | {".gitattributes"}
    needed = space.files["requirements.txt"].decode().splitlines()[1:]
    names = [line.partition("==")[0] for line in needed]
    assert names == [f"./{wheel}[serve]", "PyYAML", "xxhash"]
    assert all("==" in line for line in needed[1:])
    assert space.files["README.md"].decode().startswith("---\ntitle:")
    assert "sdk: docker\napp_port: 7860\n" in space.files["README.md"].decode()
    assert "About letters." in space.files["README.md"].decode()
    assert "USER user" in space.files["Dockerfile"].decode()
    out = capsys.readouterr().out
    assert "It runs: " in out
    assert not [body for body in hub.bodies if TOKEN.encode() in body]


def test_a_space_that_is_there_is_refused_unless_it_is_to_be_updated(
    project: Path, hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(project) == 0
    space = hub.spaces["ada/warm-letters"]
    before = dict(space.files)
    (project / "deeper.py").rename(project / "depth.py")
    (project / "helper.py").write_text("from depth import loud as shout\n")
    assert deploy(project) == 2
    assert "--update" in capsys.readouterr().err
    assert space.files == before
    assert len(space.commits) == 1
    assert deploy(project, "--update", "-s", "KEY=new") == 0
    assert "deeper.py" not in space.files  # what is not there any more
    assert "depth.py" in space.files
    assert ".gitattributes" in space.files
    assert space.built_with[-1] == {"KEY": "new"}
    assert sum(b'"lfsFile"' in body for body in hub.bodies) == 1  # the same wheel goes once


def test_a_space_of_somebody_else_is_never_replaced(
    project: Path, hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.spaces["zoo/mine"] = Space({"sdk": "gradio"}, {"app.py": b"other"})
    assert deploy(project, "--org", "zoo", "--name", "mine") == 2
    assert hub.spaces["zoo/mine"].files == {"app.py": b"other"}
    assert not [line for line in hub.seen if "create" in line or "secrets" in line]


@pytest.mark.parametrize(("outcome", "kind"), [("BUILD_ERROR", "build"), ("RUNTIME_ERROR", "run")])
def test_a_space_that_does_not_start_shows_the_end_of_its_log(
    project: Path, hub: Hub, capsys: pytest.CaptureFixture[str], outcome: str, kind: str
) -> None:
    hub.outcome = outcome
    hub.logs[kind] = "".join(f"line {n}\n" for n in range(100)) + "No matching distribution\n"
    assert deploy(project) == 1
    said = capsys.readouterr().err
    assert "No matching distribution" in said
    assert "line 99" in said
    assert "line 5\n" not in said


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("letters.py", "1 / 0", "ZeroDivisionError"),
        ("helper.py", "def shout(t):\n    import nowhere_at_all\n", "helper.py, line 2: nowhere"),
        (".gitignore", "assets", "greeting.txt"),
        ("notes.txt", "hf_AbCdEfGhIjKlMnOpQrSt", "notes.txt looks as if it held a key"),
    ],
)
def test_what_would_not_start_is_not_sent(
    project: Path,
    hub: Hub,
    capfd: pytest.CaptureFixture[str],
    name: str,
    text: str,
    said: str,
) -> None:
    (project / name).write_text(text)
    assert deploy(project) in (1, 2)
    assert said in capfd.readouterr().err
    assert hub.seen == []


def test_nobody_who_is_not_logged_in_gets_far(
    project: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setenv("HF_TOKEN_PATH", "/nowhere/token")
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    assert deploy(project) == 2
    assert "hf auth login" in capsys.readouterr().err
    assert hub.seen == []


def _notebook(project: Path) -> None:
    source = FILES["letters.py"].replace("Path(__file__).parent", "Path.cwd()")
    cells = [
        {"cell_type": "markdown", "source": "# Letters"},
        {"cell_type": "code", "source": "%config InlineBackend.figure_format = 'svg'\n%time 1"},
        {"cell_type": "code", "source": source.splitlines(keepends=True)},
    ]
    (project / "letters.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))


def uploaded_tree(project: Path, hub: Hub, tree: Path, entry: str) -> list[str]:
    """Deploy, put what the Hub has got into ``tree``, and return the command that it would run."""
    _notebook(project)
    assert deploy(project, file=entry) == 0
    space = hub.spaces["ada/warm-letters"]
    for name, data in space.files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(data)
    for path in sorted(project.rglob("*"), reverse=True):  # nothing is read from there
        path.rmdir() if path.is_dir() else path.unlink()
    command: list[str] = json.loads(space.files["Dockerfile"].decode().rpartition("\nCMD ")[2])
    assert command[:3] == ["daggr-nb", "serve", entry]
    return [*command[: command.index("7860")], "0", *command[command.index("7860") + 1 :]]


def check_that_it_answers(
    command: list[str], tree: Path, home: Path, variables: dict[str, str]
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home / "home"),
        "DAGGR_NB_HOME": str(home / "there"),
        "PYTHONUNBUFFERED": "1",
        "SPACE_ID": "ada/warm-letters",
        "SPACE_HOST": "ada-warm-letters.hf.space",
        **variables,
    }
    with subprocess.Popen(
        command, cwd=tree, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = next(each for each in process.stdout if each.startswith("Warm Letters: "))
            port_there = httpx.URL(line.rpartition(" ")[2].strip()).port
            address = f"http://127.0.0.1:{port_there}"
            headers = {"Host": "ada-warm-letters.hf.space"}
            health = httpx.get(f"{address}/health", headers=headers)
            assert health.json() == {"status": "ok", "graph": "Warm Letters"}
            answer = httpx.post(f"{address}/api/call", headers=headers, timeout=30)
            assert answer.json() == {"outputs": {"write": {"said": SAID}}}
            assert httpx.get(f"{address}/health", headers={"Host": "x.example"}).status_code == 403
            page = httpx.get(f"{address}/", headers=headers)
            policy = page.headers["content-security-policy"]
            assert policy.endswith("frame-ancestors 'self' https://huggingface.co")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


@pytest.mark.parametrize("entry", ["letters.py", "letters.ipynb"])
def test_the_uploaded_tree_starts_by_itself_and_answers(
    project: Path, hub: Hub, tmp_path: Path, entry: str
) -> None:
    tree, site = tmp_path / "tree", tmp_path / "site"
    command = uploaded_tree(project, hub, tree, entry)
    with zipfile.ZipFile(next(tree.glob("wheels/*.whl"))) as wheel:
        wheel.extractall(site)  # as pip does, which has the rest from its index
    words = [sys.executable, "-m", "daggr_nb._cli", *command[1:]]
    check_that_it_answers(words, tree, tmp_path, {"PYTHONPATH": str(site)})


@pytest.mark.everywhere
@pytest.mark.timeout(600)
def test_the_uploaded_tree_starts_in_an_empty_environment(
    project: Path, hub: Hub, tmp_path: Path
) -> None:
    """With what ``requirements.txt`` says and nothing else: it takes a minute and an index."""
    tree, place = tmp_path / "tree", tmp_path / "environment"
    command = uploaded_tree(project, hub, tree, "letters.py")
    venv.create(place, with_pip=True)
    pip = [place / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", "requirements.txt"]
    subprocess.run(pip, cwd=tree, check=True)
    words = [str(place / "bin" / command[0]), *command[1:]]
    check_that_it_answers(words, tree, tmp_path, {})


@pytest.mark.parametrize(
    ("lines", "stays", "goes"),
    [
        ("*.log", ["a.log", "b/c.log"], ["a.txt"]),
        ("/data", ["data/x"], ["b/data/x"]),
        ("data/", ["data/x", "b/data/x"], ["data.txt"]),
        ("b/c.log", ["b/c.log"], ["a/b/c.log"]),
        ("**/deep", ["deep/x", "b/deep/x"], ["b/x"]),
        ("b/**", ["b/x", "b/c/x"], ["a/x"]),
        ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["z"]),
        ("*.log\n!keep.log", ["a.log"], ["keep.log"]),
        ("file[0-9].txt", ["file1.txt"], ["fileA.txt"]),
        ("file[!0-9].txt", ["fileA.txt"], ["file1.txt"]),
        ("?.txt", ["a.txt"], ["ab.txt"]),
        ("# a remark\n\\#odd", ["#odd"], ["a remark"]),
    ],
)
def test_an_ignore_file_means_what_it_means_to_git(
    tmp_path: Path, lines: str, stays: list[str], goes: list[str]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text(lines)
    for name in [*stays, *goes, "app.py"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert set(find_project(tmp_path / "app.py").files) == {*goes, "app.py"}
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    words = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert set(listed.split("\0")) - {"", ".gitignore"} == {*goes, "app.py"}


def test_an_ignore_file_above_the_project_counts(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("/apps/one/out\n*.tmp\n!keep.tmp\n")
    folder = tmp_path / "apps" / "one"
    for name in (
        "app.py",
        "out/x",
        "a.tmp",
        "keep.tmp",
        "sub/.gitignore",
        "sub/b.log",
        "sub/out/x",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("*.log" if name.endswith("ignore") else "")
    assert find_project(folder / "app.py").files == ["app.py", "keep.tmp", "sub/out/x"]


def test_what_else_stays_behind(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("not of the project")
    folder = tmp_path / "project"
    for name in (
        "app.py",
        ".env",
        ".ssh/id",
        "__pycache__/a.pyc",
        "env/pyvenv.cfg",
        "env/lib/a.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    (folder / "results" / "graph").mkdir(parents=True)
    (folder / "results" / "graph" / "cache.db").write_text("")
    (folder / "link.txt").symlink_to(elsewhere)
    (folder / "own.py").symlink_to(folder / "app.py")
    assert find_project(folder / "app.py").files == ["app.py", "own.py"]
    included = find_project(folder / "app.py", include=[".env", "env/lib/a.py"], exclude=["own.*"])
    assert included.files == [".env", "app.py", "env/lib/a.py"]
    with pytest.raises(InputError, match="does not"):
        find_project(folder / "app.py", tmp_path / "project" / "env")


def test_imports_are_followed_through_local_modules(project: Path) -> None:
    found = imports_of(project, "letters.py")
    assert {each.top for each in found.outside} == {"daggr_nb", "yaml", "xxhash", "never_installed"}
    assert [each.optional for each in found.outside if each.top == "never_installed"] == [True]
    assert set(found.files) == {name for name in FILES if name.endswith(".py")}


def test_a_readme_keeps_its_text_and_its_own_keys() -> None:
    text = readme("Letters", "---\ntitle: Mine\nlicense: mit\nsdk: static\n---\n\n# Text\n")
    assert text == (
        "---\ntitle: Mine\nlicense: mit\nemoji: 🕸️\nsdk: docker\napp_port: 7860\n---\n\n# Text\n"
    )


def test_what_a_package_has_installed_is_a_wheel_again(tmp_path: Path) -> None:
    import importlib.metadata

    from daggr_nb._deploy.wheels import write_wheel

    path = write_wheel(importlib.metadata.distribution("diskcache"), (), tmp_path)
    again = write_wheel(importlib.metadata.distribution("diskcache"), (), _made(tmp_path / "two"))
    assert path.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(path) as wheel:
        record = next(name for name in wheel.namelist() if name.endswith("/RECORD"))
        for line in wheel.read(record).decode().splitlines()[:-1]:
            name, content, size = line.rsplit(",", 2)
            data = wheel.read(name)
            coded = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
            assert (f"sha256={coded.decode()}", len(data)) == (content, int(size))
        wheel.extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    source = "import importlib.metadata as m; print(m.distribution('diskcache').locate_file(''))"
    words = [sys.executable, "-c", f"import diskcache; print(diskcache.__file__); {source}"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        str(tmp_path / "site" / "diskcache" / "__init__.py"),
        str(tmp_path / "site"),
    ]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_options_of_its_own(project: Path, hub: Hub) -> None:
    words: list[Any] = ["-n", "other", "-t", "Über Briefe", "--hardware", "t4-small", "--no-wait"]
    (project / "extra.txt").write_text("PyYAML>=6\n")
    assert deploy(project, *words, "-r", str(project / "extra.txt"), "--exclude", "extra.txt") == 0
    space = hub.spaces["ada/other"]
    assert space.settings["hardware"] == "t4-small"
    assert 'title: "Über Briefe"' in space.files["README.md"].decode()
    needed = space.files["requirements.txt"].decode().splitlines()
    assert needed[0] == "PyYAML>=6"
    assert not [line for line in needed if line.startswith("PyYAML==")]
