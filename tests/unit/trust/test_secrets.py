"""Secrets: neither stored nor shown, and what tells them is scrubbed (T06, T20)."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import Context, FnNode, Graph, InputNode, ui
from daggr_nb.errors import NodeFailed
from tests.unit.canvas.test_bridge import View

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
