"""The documentation says what happens: its code runs, its anchors are there, its links lead on."""

from __future__ import annotations

import ast
import doctest
import functools
import importlib
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

import daggr_nb
import daggr_nb.testing
from daggr_nb import Graph, errors, ops, ui
from daggr_nb._model.words import ReasonKind
from daggr_nb._services.connection import Address, failure_of
from daggr_nb.testing import ModelServer

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
WORKFLOWS = DOCS / "workflows"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = sorted(DOCS.rglob("*.md"))
CODE = re.compile(r"^```(?:\{code-cell\}|python)\n(?::\w.*\n)*(.*?)^```$", re.S | re.M)
EXPECTED = re.compile(r"  # ([{\[(].*[}\])]|'.*'|True|-?[\d.]+)(?=:|$)")
TESTING = daggr_nb.testing.__all__
TROUBLESHOOTING = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A place, a store and modules of a page's own, as in a new kernel."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGGR_NB_HOME", str(tmp_path / "home"))
    monkeypatch.syspath_prepend(str(WORKFLOWS))
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    theirs = {path.stem for path in WORKFLOWS.glob("*.py")}
    yield
    for name in theirs & sys.modules.keys():
        close_all(vars(sys.modules.pop(name)))


def close_all(names: dict[str, Any]) -> None:
    for value in list(names.values()):
        if isinstance(value, (Graph, ModelServer)):
            value.close()


def run(source: str, names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Run code; yield the line and the value of every expression."""
    for statement in ast.parse(source).body:
        code = ast.get_source_segment(source, statement) or ""
        if isinstance(statement, ast.Expr):
            line = source.splitlines()[(statement.end_lineno or 1) - 1]
            yield line, eval(compile(code, "docs", "eval"), names)
        else:
            block = ast.Module([statement], [])
            exec(compile(block, "docs", "exec"), names)


# -- pages


def blocks(page: Path) -> list[str]:
    return CODE.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page)], ids=lambda page: page.stem
)
def test_the_code_of_a_page_runs_and_gives_what_it_says(page: Path) -> None:
    module = ModuleType("__main__")
    names = vars(module)
    try:
        for block in blocks(page):
            for line, value in run(block, names):
                expected = EXPECTED.search(line)
                if expected and "..." not in expected[1]:
                    assert repr(value) == expected[1], line
                elif isinstance(value, Graph):
                    assert value._repr_mimebundle_()
    finally:
        close_all(names)


def test_all_code_of_pages_is_run() -> None:
    for page in PAGES:
        kinds = set(re.findall(r"^`{3,}(\S+)", page.read_text(encoding="utf-8"), re.MULTILINE))
        other = {kind for kind in kinds if not kind.startswith("{")}
        assert other <= {"python", "sh"}, page


def test_pages_say_what_their_code_gives() -> None:
    lines = [line for page in PAGES for block in blocks(page) for line in block.splitlines()]
    assert sum(EXPECTED.search(line) is not None for line in lines) >= 20


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = {DOCS / "index.md"}
    for page in PAGES:
        for names in re.findall(
            r"^```\{toctree\}\n(.*?)^```$", page.read_text("utf-8"), re.S | re.M
        ):
            listed |= {page.parent / f"{n}.md" for n in names.split("\n") if n and n[0] != ":"}
    assert listed == set(PAGES)


def test_links_to_pages_and_pictures_lead_there() -> None:
    count = 0
    for page in PAGES:
        text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
        for link in re.findall(r"(?<!`)\[[^\]\n]*\]\(([^)\s]+)\)", text):
            path = link.partition("#")[0]
            if path and "://" not in link:
                target = page.parent / path
                assert target.exists() or target.with_suffix(".md").exists(), f"{page}: {link}"
                count += 1
    assert count >= 20


@pytest.mark.parametrize(
    "notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem
)
def test_every_notebook_is_named_in_the_documentation(notebook: Path) -> None:
    texts = [page.read_text(encoding="utf-8") for page in (*PAGES, ROOT / "README.md")]
    assert any(f"notebooks/{notebook.name}" in text for text in texts)


# -- troubleshooting


CLASSES = [
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, (errors.DaggrError, Warning))
]


@pytest.mark.parametrize("name", CLASSES)
def test_every_error_has_a_place_with_its_messages(name: str) -> None:
    section = re.search(
        rf"^\(error-{name}\)=\n### {name}\n\n(.*?)(?=^\(|^## |\Z)", TROUBLESHOOTING, re.S | re.M
    )
    assert section is not None, f"docs/troubleshooting.md has no place (error-{name})="
    prose = section[1].partition("```")[0]
    assert len(prose) > 40, f"{name} has no words on what to do"
    if importlib.import_module("messages").messages()[name]:
        assert f"```{{messages}} {name}\n" in section[1]


def test_messages_are_those_of_the_code() -> None:
    messages = importlib.import_module("messages")
    seen = {text for texts in messages.messages().values() for text in texts}
    assert len(seen) > 250
    anchors = [messages.anchor(text) for text in seen]
    assert len(set(anchors)) == len(anchors)


def test_no_error_is_made_whose_message_has_no_place() -> None:
    messages = importlib.import_module("messages")
    assert messages.unlisted() == []
    assert [name for name in CLASSES if not messages.messages()[name]] == []


def test_a_message_that_is_put_together_elsewhere_is_listed() -> None:
    messages = importlib.import_module("messages").messages()
    assert "Node … failed: …: …" in messages["NodeFailed"]
    assert "… wants to be paid (402)…. …" in messages["OverQuota"]
    assert not [text for text in messages["Busy"] if "paid" in text or "inside" in text]


def answered(status: int) -> None:
    """Meet what a service answers that gives no result."""
    address = Address("http://localhost", "the server", login="Log in.")
    raise failure_of(address, status, {}, b"")


def raised() -> Iterator[tuple[str, str]]:
    """Errors that people meet, as they are raised."""

    def double(x: int) -> int:
        return 2 * x

    wrong: list[Any] = [
        lambda: Graph(""),
        lambda: daggr_nb.FnNode(double, inputs={"y": 1}),
        lambda: Graph("One", [daggr_nb.FnNode(double, inputs={"x": 1})], persist_key=False)["two"],
        lambda: ui.Slider(0, 3).accept("four"),
        lambda: daggr_nb.FnNode(double, inputs={"x": 1}).outputt,
        lambda: daggr_nb.digest(object()),
        lambda: (
            Graph("Two", [daggr_nb.FnNode(double, inputs={"x": 1})], persist_key=False)[
                "double"
            ].output.value
        ),
        lambda: daggr_nb.salvage("nowhere"),
        lambda: Graph("Bad", [daggr_nb.FnNode(lambda: 1 / 0, "bad")], persist_key=False).run(),
        *(functools.partial(answered, status) for status in (302, 401, 402, 404, 429, 500, 502)),
    ]
    for raises in wrong:
        try:
            raises()
        except errors.DaggrError as error:
            yield type(error).__name__, str(error)
        else:
            raise AssertionError("It was expected to raise.")


def test_a_message_that_people_meet_is_found() -> None:
    messages = importlib.import_module("messages")
    for name, said in raised():
        patterns = (
            ".*".join(map(re.escape, text.split("…"))) for text in messages.messages()[name]
        )
        assert any(re.fullmatch(pattern, said, re.DOTALL) for pattern in patterns), said


@pytest.mark.parametrize("kind", get_args(ReasonKind))
def test_every_reason_has_a_place_with_its_texts(kind: str) -> None:
    place = re.search(
        rf"^\(reason-{kind}\)=\n### .*\n\n(.*?)^```\{{reasons\}} {kind}$",
        TROUBLESHOOTING,
        re.S | re.M,
    )
    assert place is not None, f"docs/troubleshooting.md has no place (reason-{kind})="
    assert importlib.import_module("messages").reasons()[kind]


def test_every_remark_of_a_card_is_listed() -> None:
    assert "```{remarks}" in TROUBLESHOOTING
    assert len(importlib.import_module("messages").remarks()) >= 10


def test_every_public_name_is_in_the_reference() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    names = {f"daggr_nb.{name}" for name in daggr_nb.__all__}
    names -= {f"daggr_nb.{name}" for name in ("errors", "ops", "ui", "ItemList")}
    names -= {"daggr_nb.DaggrError", "daggr_nb.NodeFailed"}  # with the errors
    names |= {f"daggr_nb.ui.{name}" for name in ui.__all__}
    names |= {f"daggr_nb.ops.{name}" for name in ops.__all__}
    assert sorted(name for name in names if not re.search(rf":: {name}$", text, re.M)) == []


def examples() -> list[doctest.DocTest]:
    """The examples of public classes and functions, their methods and properties."""
    finder = doctest.DocTestFinder(exclude_empty=True, recurse=False)
    found: dict[str, doctest.DocTest] = {}
    for module in (daggr_nb, ops, ui, errors, daggr_nb.testing):
        for name in [*module.__all__, ""]:
            thing = getattr(module, name) if name else module
            public = [n for n in dir(thing) if n[0] != "_"] if isinstance(thing, type) else []
            for each in [thing, *(getattr(thing, part, None) for part in public)]:
                if not getattr(each, "__doc__", None) or isinstance(each, (str, int, tuple)):
                    continue
                label = getattr(each, "__qualname__", "") or f"{module.__name__}.{name}"
                for test in finder.find(each, label, module=False, globs={}):
                    if test.examples:
                        found[test.name] = test
    return list(found.values())


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_the_example_of_a_docstring_gives_what_it_says(example: doctest.DocTest) -> None:
    example.globs.update({name: getattr(daggr_nb, name) for name in daggr_nb.__all__}, Path=Path)
    example.globs.update({name: getattr(ui, name) for name in ui.__all__ if name != "Code"})
    example.globs.update({name: getattr(daggr_nb.testing, name) for name in TESTING})
    names = example.globs
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    report: list[str] = []
    outcome = doctest.DocTestRunner(verbose=False, optionflags=flags).run(
        example, out=report.append, clear_globs=False
    )
    close_all(names)
    assert outcome.failed == 0, "".join(report)


# -- three workflows, and the same elsewhere


def wiring(path: Path, scaffold: bool = False) -> int:
    """Count the lines that say what feeds what: all but imports, functions, data and blanks.

    What stands below ``# wiring`` counts, and every decorator above it. Of marimo's files the
    lines that nobody types in marimo (``scaffold``) do not.
    """
    above, _, below = path.read_text(encoding="utf-8").partition("\n# wiring\n")
    lines = [line for line in above.splitlines() if line.startswith("@")]
    lines += [line for line in below.splitlines() if line.strip()]
    if scaffold:
        typed = r"@app\.cell|def _\(|    return "
        lines = [line for line in lines if not re.match(typed, line)]
    return len([line for line in lines if not line.lstrip().startswith("#")])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("retrieval", "retrieval_gradio"),
        ("retrieval", "retrieval_marimo"),
        ("pictures", "pictures_gradio"),
        ("audio", "audio_marimo"),
    ],
)
def test_a_workflow_takes_no_more_wiring_than_elsewhere(ours: str, theirs: str) -> None:
    own = wiring(WORKFLOWS / f"{ours}.py")
    other = wiring(WORKFLOWS / f"{theirs}.py", scaffold=theirs.endswith("marimo"))
    assert 4 < own <= other
    if ours == "retrieval":
        assert own <= 12


def test_the_retrieval_workflow_streams_an_answer_from_passages() -> None:
    workflow = importlib.import_module("retrieval")
    events = list(workflow.retrieval.stream())
    assert sum(event.type == "node.chunk" for event in events) > 3
    assert workflow.hits.value[0] == "A lighthouse guides ships at night"
    assert workflow.said.value.endswith("What guides ships at night?")
    workflow.said.question = "What makes bread rise?"
    assert [step.node for step in workflow.retrieval.plan()] == ["retrieve", "answer"]


def test_the_pictures_wait_for_somebody_and_have_two_looks() -> None:
    workflow = importlib.import_module("pictures")
    run = workflow.batch.submit()
    assert run.wait()
    assert run.status == "paused"
    first = workflow.batch.answer(workflow.approved, True).result()["contact_sheet"]["output"]
    workflow.batch.inputs["duotone__variant"] = "poster"
    workflow.batch.submit().wait()
    second = workflow.batch.answer(workflow.approved, True).result()["contact_sheet"]["output"]
    assert first.size == second.size == (750, 510)
    assert first != second


def test_the_sound_is_quieter_the_more_is_taken_out() -> None:
    workflow = importlib.import_module("audio")
    workflow.audio.run()
    assert workflow.plot.value.axes
    levels = [row.outputs["loudness.output"] for row in workflow.sweep]
    assert levels == sorted(levels)
    assert len(set(levels)) == 4


def test_marimo_gives_the_same() -> None:
    ours = importlib.import_module("retrieval")
    ours.retrieval.run()
    _, theirs = importlib.import_module("retrieval_marimo").app.run()
    assert theirs["said"] == ours.said.value
    ours = importlib.import_module("audio")
    ours.audio.run()
    _, theirs = importlib.import_module("audio_marimo").app.run()
    assert theirs["level"] == ours.level.value
    assert [row["loudness"] for row in theirs["sweep"]] == [
        row.outputs["loudness.output"] for row in ours.sweep
    ]


GRADIO = """
import pictures, pictures_gradio, retrieval, retrieval_gradio

retrieval.retrieval.run()
question = retrieval.question.value
*_, (hits, said) = retrieval_gradio.respond(retrieval.DOCUMENTS, 1, question, 2, 0.7)
assert hits == retrieval.hits.value
assert said == retrieval.said.value

made, _, _ = pictures_gradio.make(4, "duotone", "#1d4e6b", 2)
pictures.batch.submit().wait()
sheet = pictures.batch.answer(pictures.approved, True).result()["contact_sheet"]["output"]
assert pictures.contact_sheet(made, 2) == sheet
print("the same")
"""


def test_gradio_gives_the_same() -> None:
    pytest.importorskip("gradio")
    # in a process of its own, as Gradio leaves the event loops open that it makes for an app
    paths = os.pathsep.join((str(ROOT), str(WORKFLOWS)))
    environment = {**os.environ, "PYTHONPATH": paths, "GRADIO_ANALYTICS_ENABLED": "False"}
    command = (sys.executable, "-c", GRADIO)
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.stdout.strip() == "the same", ended.stderr


# -- the check of links


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    check = runpy.run_path(str(ROOT / "scripts" / "docs.py"))["problems"]
    (tmp_path / "here.html").write_text(
        '<a id="top" href="there.html#gone">1</a> <a href="#top">2</a> <a href="nowhere.html">3</a>'
        '<a href="https://no address">4</a> <a href="http://example.org">5</a>'
        '<a href="https://example.org/x">6</a> <script src="https://cdn.example.org/x.js"></script>'
        '<img src="data:image/png;base64,AA"> <img src="lost.png">'
    )
    (tmp_path / "there.html").write_text("<p>There</p>")
    (tmp_path / "all.css").write_text("a { background: url(https://example.org/a.png) }")
    wrong, count = check(tmp_path)
    assert count == 9
    told = "\n".join(wrong)
    for part in (
        "there.html#gone",
        "nowhere.html",
        "no address",
        "http://example.org is not https",
    ):
        assert part in told
    for part in ("cdn.example.org/x.js from the network", "lost.png", "a.png from the network"):
        assert part in told
    assert len(wrong) == 7
