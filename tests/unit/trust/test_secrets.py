"""Secrets: neither stored nor shown, and what tells them is scrubbed (T06, T20)."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import Context, FnNode, Graph, InputNode, ops, ui
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.redaction import without_secrets
from daggr_nb.errors import NodeFailed
from tests.unit.canvas.test_bridge import View
from tests.unit.trust.visits import refused, told

WORD = "Tr0ub4dor-and-3-otters"
KEY = "hf_" + "CanaryCanary0123456789"
URL = f"postgres://ann:{WORD}@db.example.org/x"


@dataclasses.dataclass
class Options:
    url: str
    api_key: str


def echo(value: Any) -> Any:
    return value


def size(value: Any, api_key: str = "") -> int:
    return len(str(value)) + len(api_key)


def printed(value: Any) -> int:
    print("got", value)  # noqa: T201 - which is what is tried
    logging.getLogger("service").warning("got %s", value)
    return 1


def noted(value: Any, ctx: Context) -> int:
    ctx.note(f"asks with {value}")
    ctx.log(f"asks with {value}")
    ctx.progress(1, 2, f"with {value}")
    ctx.stream(f"asks with {value}")
    return 1


def failing(value: Any) -> int:
    raise ValueError(f"401 for {value}")


def typed(function: Callable[..., Any], value: str) -> list[Any]:
    box = ui.Textbox(type="password")
    return [FnNode(function, "it", inputs={"value": box})]


def from_form(function: Callable[..., Any], value: str) -> list[Any]:
    form = InputNode("form", ports={"pw_field": ui.Textbox(value, type="password")})
    return [FnNode(function, "it", inputs={"value": form.pw_field})]


def plain_field(function: Callable[..., Any], value: str) -> list[Any]:
    return [FnNode(function, "it", inputs={"value": ui.Textbox(value)})]


def named_field() -> list[Any]:
    inputs = {"value": "x", "api_key": ui.Textbox(WORD)}
    return [FnNode(size, "it", inputs=inputs)]


def named_constant() -> list[Any]:
    return [FnNode(size, "it", inputs={"value": "x", "api_key": WORD})]


def a_default() -> list[Any]:
    def use(api_key: str = "Tr0ub4dor-and-3-otters") -> int:
        return len(api_key)

    return [FnNode(use, "it")]


def a_literal() -> list[Any]:
    def use() -> int:
        api_key = "Tr0ub4dor-and-3-otters"
        return len(api_key)

    return [FnNode(use, "it")]


def captured() -> list[Any]:
    api_key = WORD
    return [FnNode(lambda: len(api_key), "it")]


def captured_and_told() -> list[Any]:
    api_key = WORD

    def use() -> int:
        print(api_key)  # noqa: T201 - which is what is tried
        raise RuntimeError(f"denied: {api_key}")

    return [FnNode(use, "it")]


def of_options(value: Any) -> list[Any]:
    return [FnNode(size, "it", inputs={"value": value})]


def two_steps() -> list[Any]:
    form = InputNode("form", ports={"password": ui.Textbox(WORD)})
    head = FnNode(
        lambda pw: {"Authorization": f"Bearer {pw}"}, "head", inputs={"pw": form.password}
    )
    return [FnNode(printed, "it", inputs={"value": head.output})]


def items() -> list[Any]:
    keys = FnNode(lambda: [KEY, KEY + "2"], "keys")
    return [FnNode(printed, "it", inputs={"value": keys.output.each})]


class Opaque:
    """What cannot be digested, and shows all it has."""

    def __init__(self, key: str) -> None:
        self.api_key, self.lock = key, threading.Lock()

    def __repr__(self) -> str:
        return f"Opaque({self.api_key})"

    def __len__(self) -> int:
        return 1


def opaque_steps() -> list[Any]:
    made = FnNode(lambda: Opaque(KEY + "p"), "made")
    return [FnNode(printed, "it", inputs={"value": made.output})]


def made_up() -> str:
    return "-".join(["made", "up", "otter"])


def called_steps() -> list[Any]:
    made = FnNode(made_up, "made", outputs=["api_key"])
    return [FnNode(printed, "it", inputs={"value": made.api_key})]


def dots() -> list[Any]:
    return [FnNode(made_up, "it", outputs={"text": ui.Textbox(type="password")})]


def so_far() -> Iterator[Any]:
    for n in range(3):
        yield [{"n": n, "key": KEY + "f"}]
    yield []


WHERE: dict[str, tuple[Callable[[], list[Any]], str]] = {
    "a password, handed on": (lambda: from_form(echo, WORD), WORD),
    "a password, used": (lambda: from_form(size, WORD), WORD),
    "a password, printed": (lambda: from_form(printed, WORD), WORD),
    "a password, noted": (lambda: from_form(noted, WORD), WORD),
    "a password, in an error": (lambda: from_form(failing, WORD), WORD),
    "a key in a text field": (lambda: plain_field(size, KEY), KEY),
    "a key in a text field, printed": (lambda: plain_field(printed, KEY), KEY),
    "a key in a text field, in an error": (lambda: plain_field(failing, KEY), KEY),
    "an address with a password": (lambda: plain_field(echo, URL), WORD),
    "an address with a password, in an error": (lambda: plain_field(failing, URL), WORD),
    "an address with a password, as a constant": (lambda: of_options([URL]), WORD),
    "a key in a text field, noted": (lambda: plain_field(noted, KEY), KEY),
    "a field called so": (named_field, WORD),
    "a constant called so": (named_constant, WORD),
    "a default": (a_default, WORD),
    "a literal": (a_literal, WORD),
    "a captured name": (captured, WORD),
    "a captured name, told": (captured_and_told, WORD),
    "a constant dict": (lambda: of_options({"api_key": WORD, "n": 1}), WORD),
    "a nested dict": (lambda: of_options([{"auth": {"password": WORD}}]), WORD),
    "headers": (lambda: of_options({"Authorization": f"Bearer {WORD}"}), WORD),
    "a data class": (lambda: of_options(Options("x", WORD)), WORD),
    "a key as a constant": (lambda: of_options(KEY), KEY),
    "a key in a list": (lambda: of_options(["a", KEY]), KEY),
    "a key in a longer text": (lambda: of_options(f"use {KEY} for it"), KEY),
    "headers from one step to the next": (two_steps, WORD),
    "items": (items, KEY),
    "made by a step": (lambda: [FnNode(lambda: KEY + "made", "it")], KEY),
    "in what has no content": (lambda: [FnNode(lambda: [Opaque(KEY + "o")], "it")], KEY),
    "in what has no content, handed on": (opaque_steps, KEY),
    "a constant without content": (lambda: of_options(Opaque(KEY + "c")), KEY),
    "a result called so": (lambda: [FnNode(made_up, "it", outputs=["password"])], "made-up-otter"),
    "a result called so, printed": (called_steps, "made-up-otter"),
    "a result shown by dots": (dots, "made-up-otter"),
    "while it is made": (lambda: [FnNode(so_far, "it", outputs={"rows": ui.JSON()})], KEY),
}


def everything(graph: Graph, view: View, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what others may get to see, or find: texts with where they are."""
    while not view.arrived.empty():
        yield "wire", json.dumps(view.arrived.get()[0])
    yield "page", json.dumps(View(graph).bridge.snapshot())
    yield "snapshot", json.dumps(graph.snapshot()._repr_mimebundle_())
    for name in ("page.html", "page.svg"):
        yield name, graph.export(folder / name).read_text()
    yield "inputs", repr(graph.inputs) + graph.inputs._repr_html_()
    for record in graph.history("it"):
        yield "prov", json.dumps(graph.prov(record), default=str)
        yield "history", f"{record.logs}{record.error}{record!r}"
    yield "events", repr(graph.session.events.since(1))
    graph.store.export(folder / "out")
    graph.close()
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes().decode("latin-1")


@pytest.mark.parametrize("where", WHERE)
def test_t06_t20_a_secret_is_nowhere_to_be_found(where: str, tmp_path: Path) -> None:
    make, canary = WHERE[where]
    graph = Graph("Canary", make(), store=tmp_path / "store")
    view = View(graph)
    for _ in range(2):
        with contextlib.suppress(NodeFailed):
            graph.run(force=True)
    found = [place for place, text in everything(graph, view, tmp_path) if canary in text]
    assert found == []


def test_t06_results_that_are_data_are_shown_whatever_they_are_called(tmp_path: Path) -> None:
    def made() -> tuple[list[str], str, int, float, str]:
        return ["an", "otter"], "name", 12, 0.5, ""

    ports = ["token", "key", "password_length", "secret_score", "password"]
    graph = Graph("Data", [FnNode(made, "it", outputs=ports)], store=tmp_path)
    graph.run()
    refs = graph.session.log.record(graph.history("it")[0].id).outputs
    assert [refs[port].encoding != "none" for port in ports] == [True] * 5


def test_t06_a_question_about_a_secret_shows_none(tmp_path: Path) -> None:
    source = FnNode(lambda: [KEY + "1", "plain"], "source")
    graph = Graph("Asked", [ops.ChooseOne("it", options=source.output)], store=tmp_path)
    view = View(graph)
    view.say("run")
    view.until(lambda: view.state("it")["question"])
    for path in ([], [0], [1]):
        told(view, "fetch", node="it", port="options", path=path, question=True, whole=True)
        assert path == [0] or b"plain" in view.fetched[0]
        assert KEY.encode() not in view.fetched[0]
    assert KEY not in json.dumps(view.bridge.snapshot())


def hidden_view(graph: Graph) -> View:
    """A page, once the control of its node shows a secret."""
    view = View(graph)
    view.say("set_input", node="it", port="value", value=WORD)
    view.until(lambda: view.nodes["it"]["inputs"][0]["value"] == {"$set": True})
    return view


def test_t06_the_page_hears_that_a_password_is_set_and_keeps_it_so(tmp_path: Path) -> None:
    graph = Graph("Typed", typed(size, WORD), store=tmp_path)
    assert View(graph).nodes["it"]["inputs"][0]["value"] == ""
    view = hidden_view(graph)
    assert graph.inputs["it__value"] == WORD
    view.say("set_input", node="it", port="value", value={"$set": True})
    view.say("run")
    view.until(lambda: view.state("it")["status"] == "succeeded")
    assert graph.inputs["it__value"] == WORD
    assert graph.results["it"]["output"] == len(WORD)
    view.say("set_input", node="it", port="value", value="")
    view.until(lambda: view.nodes["it"]["inputs"][0]["value"] == "")


@pytest.mark.parametrize("asked", ["control", "result", "record", "input on record"])
def test_t06_no_page_fetches_a_secret(asked: str) -> None:
    graph = Graph("Fetch", typed(echo, WORD), persist_key=False)
    view = hidden_view(graph)
    graph.run()
    record = graph.history("it")[0].id
    all_fields: dict[str, dict[str, Any]] = {
        "control": {"port": "value", "control": True},
        "result": {"port": "output"},
        "record": {"port": "output", "record": record},
        "input on record": {"port": "value", "control": True, "record": record},
    }
    assert "is a secret" in refused(view, "fetch", node="it", whole=True, **all_fields[asked])


def named(value: Any) -> list[Any]:
    password = value
    return [FnNode(lambda pw: len(pw + password), "it", inputs={"pw": ui.Textbox(value)})]


def test_t20_the_digest_of_a_short_secret_is_no_use_without_the_key(tmp_path: Path) -> None:
    graph = Graph("Short", named("4711"), store=tmp_path)
    graph.run()
    record = graph.session.log.record(graph.history("it")[0].id)
    assert str(digest("4711")) not in repr(record)
    assert str(digest("4711")) not in repr(graph.session.log.code(record.code))


def test_t06_a_secret_that_is_the_same_is_fresh_in_the_next_kernel(tmp_path: Path) -> None:
    for nth in range(3):
        graph = Graph("Again", named("4712" if nth < 2 else "4713"), store=tmp_path)
        assert graph.status()["it"].freshness == ["missing", "fresh", "stale"][nth]
        graph.run()
        graph.close()


KEPT: dict[str, tuple[str, Any]] = {
    "a key on a scale": ("key", ui.Slider(0, 9, 4)),
    "a key to choose": ("key", ui.Dropdown(["C", "D"], value="D")),
    "a number of tokens": ("max_tokens", ui.Number(5)),
    "a switch": ("password", ui.Checkbox(True)),
    "nothing yet": ("api_key", ui.Textbox("")),
    "words about keys": ("text", ui.Textbox("my key is secret")),
    "an address": ("url", ui.Textbox("https://example.org/a:b@c")),
    "a table of tokens": ("rows", ui.JSON([{"token": "cat", "key": "a"}])),
}


@pytest.mark.parametrize("what", KEPT)
def test_what_is_no_secret_is_shown_and_kept(what: str, tmp_path: Path) -> None:
    port, control = KEPT[what]
    node = FnNode(lambda **values: repr(values), "it", inputs={port: control})
    graph = Graph("Kept", [node], store=tmp_path)
    (row,) = View(graph).nodes["it"]["inputs"]
    assert row["value"] != {"$set": True}
    graph.run()
    ref = graph.session.log.record(graph.history("it")[0].id).inputs[port].value
    assert ref.encoding != "none"


def test_t20_secrets_of_the_environment_are_scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTTER_API_KEY", f"{WORD}-env")

    def tell(ctx: Context) -> None:
        ctx.log(repr(dict(os.environ)))

    graph = Graph("Environment", [FnNode(tell, "it")], persist_key=False)
    graph.run()
    assert "(secret)" in graph.history("it")[0].logs
    assert WORD not in graph.history("it")[0].logs


@pytest.mark.parametrize(
    "source",
    [
        "client = Client('Ab12Cd34Ef56Gh78Ij90')",
        "headers = {'Authorization': 'Bearer Ab12Cd34Ef56Gh78Ij90'}",
        "db = connect('mysql://ann:Ab12Cd34Ef56Gh78Ij90@host/x')",
        "pw = 'Ab12Cd34Ef56Gh78Ij90'",
        "ask(api_key='Ab12Cd34Ef56Gh78Ij90')",
    ],
)
def test_t20_code_is_shown_without_them(source: str) -> None:
    shown = without_secrets(source)
    assert "Ab12Cd34" not in shown
    assert "(secret)" in shown
    assert without_secrets("client = Client('gradio/hello_world')").count("secret") == 0


def test_t20_names_of_functions_are_no_secrets() -> None:
    source = "hf_raise_for_status(answer); hf_hub_download_of_a_file(name)"
    assert without_secrets(source) == source
    assert "(secret)" in without_secrets("ask('hf_abcdefghijklmnopqrst')")
    assert "(secret)" in without_secrets("ask('hf_ab_1_cdefghijklmnop')")


CELL = """
from IPython.testing.globalipapp import start_ipython
ip = start_ipython()
ip.run_cell("from daggr_nb import *")
ip.run_cell("def it(password): raise ValueError('401 for ' + password)")
ip.user_ns["word"] = {word!r}
ip.run_cell("node = FnNode(it, inputs={{'password': ui.Textbox(word)}})")
ip.run_cell("graph = Graph('Cell', [node], persist_key=False)")
ip.run_cell("graph.run()")
"""


def test_t06_what_a_cell_shows_of_an_error_is_scrubbed() -> None:
    code = CELL.format(word=WORD)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "401 for (secret)" in done.stdout
    assert WORD not in done.stdout
