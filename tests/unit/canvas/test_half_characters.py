"""Halves of surrogate pairs, wherever they come from, end no conversation and hide nothing."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb import Const, Context, FnNode, Graph, InputNode, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._canvas.growth import splices
from daggr_nb._protocol.commands import command_adapter
from daggr_nb._protocol.notifications import Batch
from daggr_nb._text import clean, sendable
from daggr_nb.errors import GraphError, NodeFailed
from tests.unit.canvas.test_bridge import View, spliced

HALF = "half \ud83d of a pair"
SIGN = "half \ufffd of a pair"
OTTER = "\ud83e\udda6"  # as JSON of others may have it: two halves that belong together


def showing(method: str, said: Any) -> Any:
    return type("Showing", (), {method: lambda self, **options: said, "__repr__": lambda s: "it"})()


VALUES: dict[str, tuple[Callable[[], Any], Any]] = {
    "text": (lambda: HALF, None),
    "bytes": (lambda: HALF.encode("utf-8", "surrogatepass"), None),
    "list": (lambda: [HALF], None),
    "keys": (lambda: {HALF: HALF, "deep": {HALF: [HALF]}}, None),
    "set": (lambda: {HALF}, None),
    "long": (lambda: HALF * 30_000, None),
    "long list": (lambda: [HALF] * 5_000, None),
    "frame": (lambda: pd.DataFrame({HALF: [HALF]}, index=[HALF]), None),
    "rows": (lambda: {"headers": [HALF], "data": [[HALF]]}, ui.Dataframe()),
    "series": (lambda: pd.Series([HALF], name=HALF), None),
    "array": (lambda: pd.Series([HALF]).to_numpy(), None),
    "Markdown": (lambda: HALF, ui.Markdown()),
    "HTML": (lambda: HALF, ui.HTML()),
    "Code": (lambda: HALF, ui.Code()),
    "Label": (lambda: {HALF: 0.5, "other": 0.5}, ui.Label()),
    "JSON": (lambda: {HALF: HALF}, ui.JSON()),
    "marks": (lambda: [(HALF, HALF), ("b", None)], ui.HighlightedText(color_map={HALF: "red"})),
    "chat": (lambda: [{"role": "user", "content": HALF}], ui.Chatbot()),
    "repr": (lambda: showing("__repr__", HALF), None),
    "own HTML": (lambda: showing("_repr_html_", HALF), None),
    "own Markdown": (lambda: showing("_repr_markdown_", HALF), None),
    "own drawing": (lambda: showing("_repr_svg_", f"<svg>{HALF}</svg>"), None),
    "a path": (lambda: pathlib.Path("/nowhere/\udcff"), None),
}


def strict(message: dict[str, Any]) -> str:
    """Return a message as the strictest of hosts writes it."""
    text = json.dumps(message, ensure_ascii=False, allow_nan=False)
    text.encode()
    return text


@pytest.fixture
def graph(tmp_path: pathlib.Path) -> Any:
    def fails() -> None:
        raise ValueError(HALF)

    def says(ctx: Context) -> int:
        print(HALF)  # noqa: T201
        ctx.log(HALF)
        ctx.note(HALF)
        return 1

    form = InputNode(
        "Form",
        ports={
            "text": ui.Textbox(HALF, label=HALF, info=HALF, placeholder=HALF),
            "choice": ui.Dropdown([HALF, "b"], value=HALF),
            "table": ui.Dataframe(pd.DataFrame({HALF: [HALF]})),
            "data": ui.JSON({HALF: HALF}),
        },
    )
    nodes = [
        form,
        FnNode(fails, "fails"),
        FnNode(says, "says"),
        FnNode(lambda x: x, "constant", inputs={"x": Const({HALF: HALF})}),
        FnNode(lambda xs: xs, "items", inputs={"xs": [HALF, "b"]}),
        FnNode(lambda x: x, "fed", inputs={"x": form.text}),
        *(
            FnNode(make, name, outputs={"it": component}, version="1")
            for name, (make, component) in VALUES.items()
        ),
    ]
    graph = Graph(f"Halves {HALF}", nodes, store=tmp_path / "store")
    run = graph.submit()
    assert run.wait(30)
    yield graph
    graph.close()


def test_every_card_is_told(graph: Graph) -> None:
    view = View(graph)
    strict(view.bridge.snapshot())
    for name in VALUES:
        card = view.nodes[name]
        assert card["state"]["status"] == "succeeded", name
        (shown,) = card["values"].values()
        assert "cannot be shown" not in json.dumps(shown), name
    assert view.nodes["text"]["values"]["it"]["data"] == SIGN
    assert view.nodes["keys"]["values"]["it"]["data"] == {SIGN: SIGN, "deep": {SIGN: [SIGN]}}
    assert view.nodes["fails"]["state"]["error"]["message"] == SIGN
    assert view.nodes["says"]["state"]["log"] == f"{SIGN}\n{SIGN}\n"
    assert view.nodes["fed"]["values"]["output"]["data"] == SIGN


@pytest.mark.parametrize("whole", [False, True])
def test_every_value_can_be_fetched(graph: Graph, whole: bool) -> None:
    view = View(graph)
    for name in VALUES.keys() - {"a path"}:
        view.fetched = []
        view.say("fetch", node=name, port="it", whole=whole)
        view.until(lambda: view.fetched)
        if name != "bytes":
            view.fetched[0].decode()
    assert view.rejected == []


def test_all_that_outlives_the_kernel_can_be_written(graph: Graph, tmp_path: pathlib.Path) -> None:
    for ending in ("html", "svg"):
        graph.export(tmp_path / f"graph.{ending}").read_text(encoding="utf-8")
    strict(graph.snapshot()._repr_mimebundle_())
    for name in ("text", "fails", "says", "frame"):
        for run in graph.history(name):
            strict(graph.prov(run))
            repr(run).encode()
        graph.history(name)._repr_html_().encode()
    for shown in (graph.results, graph.inputs, graph.plan(), graph.status(), graph.sheets, graph):
        repr(shown).encode()
        str(shown).encode()


def test_a_restart_finds_the_halves_as_they_were(tmp_path: pathlib.Path) -> None:
    def made() -> Graph:
        nodes = [FnNode(lambda: {HALF: HALF}, "keys", version="1")]
        return Graph("Restart", nodes, store=tmp_path / "store")

    before = made()
    before.run()
    before.close()
    after = made()
    assert after.status()["keys"].freshness == "fresh"
    assert after.results["keys"]["output"] == {HALF: HALF}
    strict(View(after).bridge.snapshot())


def test_a_person_types_half_an_emoji(tmp_path: pathlib.Path) -> None:
    form = InputNode(
        "Form",
        ports={
            "text": ui.Textbox("a"),
            "code": ui.Code("x"),
            "data": ui.JSON({}),
            "table": ui.Dataframe(pd.DataFrame({"x": ["y"]})),
        },
    )
    echo = FnNode(lambda text: text, "echo", inputs={"text": form.text})
    graph = Graph("Typing", [form, echo], store=tmp_path / "store")
    view = View(graph)
    for port in ("text", "code"):
        view.say("set_input", node="Form", port=port, value=HALF)
    view.say("set_input", node="Form", port="data", value={HALF: HALF})
    view.say("set_input", node="Form", port="table", value={"$edits": [["set", 0, 0, HALF]]})
    view.until(lambda: SIGN in json.dumps(_value(view, "table"), ensure_ascii=False))
    assert (_value(view, "text"), _value(view, "code")) == (SIGN, SIGN)
    assert SIGN in json.dumps(_value(view, "data"), ensure_ascii=False)
    assert graph.inputs["Form__text"] == HALF, "Python has what was typed"
    view.say("set_input", node="Form", port=HALF, value=1)
    view.until(lambda: view.rejected)
    graph.run()
    assert graph.results["echo"]["output"] == HALF
    view.say("sheet", action="create", name="", to=HALF)
    view.until(lambda: SIGN in view.bridge.snapshot()["sheets"])


def _value(view: View, port: str) -> Any:
    return view.nodes["Form"]["values"][port]["data"]


def test_parts_and_errors_are_told(graph: Graph) -> None:
    for part in (graph.run_button("says", label=HALF), graph.form("fed")):
        state = {name: v for name, v in part.get_state().items() if isinstance(v, (str, dict))}
        strict(state)
    with pytest.raises(NodeFailed) as failure:
        graph.run("fails")
    str(failure.value).encode()


def test_a_name_that_cannot_be_told_is_refused() -> None:
    with pytest.raises(GraphError, match="half characters"):
        FnNode(lambda: 1, HALF)


def test_a_port_may_be_called_so(tmp_path: pathlib.Path) -> None:
    form = InputNode("Form", ports={HALF: ui.Textbox("a")})
    made = FnNode(lambda: {"first": 1}, "made", outputs={HALF: ui.JSON()}, version="1")
    graph = Graph("Ports", [form, made], store=tmp_path / "store")
    view = View(graph)
    graph.run()
    view.until(lambda: SIGN in view.nodes["made"]["values"])
    view.say("fetch", node="made", port=SIGN)
    view.until(lambda: view.fetched)
    assert json.loads(view.fetched[0]) == {"first": 1}
    view.say("set_input", node="Form", port=SIGN, value="b")
    view.until(lambda: view.nodes["Form"]["values"][SIGN]["data"] == "b")
    assert graph.inputs[f"Form__{HALF}"] == "b"
    graph.export(tmp_path / "graph.html").read_text(encoding="utf-8")
    strict(graph.snapshot()._repr_mimebundle_())
    assert view.rejected == []


def test_what_a_host_cannot_take_hides_nothing_else() -> None:
    told: list[dict[str, Any]] = []

    def send(message: dict[str, Any], buffers: list[bytes]) -> None:
        if "unreadable" in json.dumps(message):
            raise ValueError("a host that cannot write this")
        told.append(message)

    nodes = [FnNode(lambda: "unreadable", "bad"), FnNode(lambda: "good", "good")]
    graph = Graph("Hidden", nodes, persist_key=False)
    bridge = Bridge(graph.session, graph.name, send)
    graph.run()
    with graph.session.reading() as current:
        both = [
            *bridge._value_updates(current, "bad"),  # type: ignore[arg-type]  # noqa: SLF001
            *bridge._value_updates(current, "good"),  # type: ignore[arg-type]  # noqa: SLF001
        ]
    told.clear()
    bridge._post(Batch(rev=99, changes=both))  # noqa: SLF001
    (batch,) = [message for message in told if message.get("rev") == 99]
    bad, good = (change["values"]["output"] for change in batch["changes"])
    assert good["data"] == "good"
    assert bad["kind"] == "lost"
    assert "a host that cannot write this" in bad["data"]


halves = st.text(st.one_of(st.characters(), st.integers(0xD800, 0xDFFF).map(chr)), max_size=12)
tree = st.recursive(
    st.one_of(halves, st.integers(), st.floats(), st.none(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(halves, inner)),
    max_leaves=12,
)


@given(tree)
def test_whatever_is_sent_can_be_written(data: Any) -> None:
    sent = sendable(data)
    strict({"it": sent})
    assert _counts(sent) == _counts(data), "names that are one when cleaned stay apart"


def _counts(data: Any) -> Any:
    if isinstance(data, dict):
        return [_counts(part) for part in data.values()]
    return [_counts(part) for part in data] if isinstance(data, list) else 1


@given(halves)
def test_a_text_keeps_its_length_in_a_browser(text: str) -> None:
    assert len(clean(text).encode("utf-16-le")) == len(text.encode("utf-16-le", "surrogatepass"))
    assert clean(clean(text)) == clean(text)


def test_two_halves_that_belong_together_are_what_they_stand_for() -> None:
    assert clean(OTTER) == "\N{OTTER}"


@given(halves, halves)
def test_a_text_that_grows_by_halves_is_the_whole_in_a_browser(former: str, more: str) -> None:
    now = former + more
    shown = clean(former)
    for splice in splices(former, now):
        shown = spliced(shown, splice.path, splice.at, clean(splice.more))
    assert shown == clean(now)


@pytest.mark.parametrize(
    ("fields", "name", "taken"),
    [
        ({"kind": "chat", "node": "n", "action": "say", "text": HALF}, "text", SIGN),
        ({"kind": "label", "record": "r", "text": HALF}, "text", SIGN),
        ({"kind": "sheet", "action": "create", "name": "", "to": HALF}, "to", SIGN),
        ({"kind": "upload", "upload": "u", "name": HALF, "size": 1, "at": 0}, "name", SIGN),
        ({"kind": "set_input", "node": "n", "port": "p", "value": HALF}, "value", HALF),
        ({"kind": "set_input", "node": "n", "port": "p", "value": {HALF: 1}}, "value", {HALF: 1}),
        ({"kind": "override", "node": "n", "port": "p", "value": [HALF]}, "value", [HALF]),
        ({"kind": "answer", "node": "n", "key": "k", "answer": HALF}, "answer", HALF),
    ],
)
def test_a_command_may_say_a_half(fields: dict[str, Any], name: str, taken: Any) -> None:
    command = command_adapter.validate_python({"id": "c1", **fields})
    assert getattr(command, name) == taken
