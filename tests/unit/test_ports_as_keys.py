"""Controls by their ports: read, set, swept, and assigned to a node's attribute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb.errors import GraphError, InputError, UnknownPortError


def letter(tone: str, times: int = 1, sign: str = "!") -> str:
    return tone * times + sign


@pytest.fixture
def form() -> InputNode:
    return InputNode("Form", ports={"tone": ui.Textbox("dry")})


@pytest.fixture
def draft(form: InputNode) -> FnNode:
    inputs = {"tone": form.tone, "times": ui.Slider(1, 9, 1), "sign": "?"}
    return FnNode(letter, "draft", inputs)


@pytest.fixture
def graph(draft: FnNode) -> Graph:
    return Graph("Keys", draft, persist_key=False)


def test_a_port_is_the_key_of_its_control(form: InputNode, draft: FnNode, graph: Graph) -> None:
    graph.inputs[form.tone] = "warm"
    assert graph.inputs["Form__tone"] == graph.inputs[form.tone] == "warm"
    assert form.tone in graph.inputs
    assert draft.sign not in graph.inputs
    del graph.inputs[form.tone]
    assert graph.inputs[form.tone] == graph.inputs[form] == "dry"
    graph.set_inputs({form.tone: "cool", draft.times: 2})
    assert graph.run(draft.output)["draft"]["output"] == "coolcool?"
    assert graph.run(inputs={form.tone: "hot"})["draft"]["output"] == "hothot?"
    assert [str(step.node) for step in graph.plan(draft.output)] == ["draft"]
    assert graph.history(draft.output)[0].outputs["output"] == "hothot?"


def test_a_sweep_takes_ports(form: InputNode, draft: FnNode, graph: Graph) -> None:
    swept = graph.sweep({form.tone: ["a", "b"], draft.times: [1, 2]}, draft)
    assert [row.outputs["draft.output"] for row in swept] == ["a?", "aa?", "b?", "bb?"]
    assert swept[0].inputs == {"Form__tone": "a", "draft__times": 1}
    assert "Form__tone" in swept._repr_html_()


def test_an_assigned_port_is_an_edit(form: InputNode, draft: FnNode, graph: Graph) -> None:
    graph.run()
    form.tone = "warm"
    draft.times = 2
    assert graph.status()["draft"].freshness == "stale"
    assert graph.run()["draft"]["output"] == "warmwarm?"
    assert graph.undo()
    assert graph.inputs[draft.times] == 1


def set_free(form: InputNode, draft: FnNode) -> None:
    InputNode("Free", {"x": ui.Textbox()}).x = "value"


def set_wrong(form: InputNode, draft: FnNode) -> None:
    draft.times = "many"


def set_fed(form: InputNode, draft: FnNode) -> None:
    draft.tone = "warm"


def set_constant(form: InputNode, draft: FnNode) -> None:
    draft.sign = "!"


def set_output(form: InputNode, draft: FnNode) -> None:
    draft.output = "made"


@pytest.mark.parametrize(
    ("assign", "error", "message"),
    [
        (set_free, GraphError, "belongs to no graph yet"),
        (set_wrong, InputError, "expected a number"),
        (set_fed, UnknownPortError, r"is fed by Form\.tone"),
        (set_constant, UnknownPortError, r"is a constant.*ui\.Textbox"),
        (set_output, UnknownPortError, r"graph\.override\(draft\.output"),
    ],
)
def test_what_cannot_be_assigned_says_why(
    assign: Callable[[Any, Any], None],
    error: type[Exception],
    message: str,
    form: InputNode,
    draft: FnNode,
    graph: Graph,
) -> None:
    before = dict(graph.inputs)
    with pytest.raises(error, match=message):
        assign(form, draft)
    assert dict(graph.inputs) == before


def test_a_node_is_the_key_of_its_only_control(form: InputNode, graph: Graph) -> None:
    two = InputNode("Two", {"a": ui.Textbox(), "b": ui.Textbox()})
    graph.add(two)
    with pytest.raises(UnknownPortError, match=r"2 controls.*Two\.a, Two\.b"):
        graph.inputs[two] = "x"
    with pytest.raises(GraphError, match="not in this graph"):
        graph.inputs[InputNode("Form", {"tone": ui.Textbox()}).tone] = "x"


class Tagged(FnNode):
    """A kind of somebody's own."""


def test_a_slip_in_an_assignment_is_an_error(draft: FnNode, graph: Graph) -> None:
    with pytest.raises(UnknownPortError, match=r"no port 'tims'.*Did you mean 'times'"):
        draft.tims = 2
    tagged = Tagged(letter, inputs={"tone": ""})
    tagged.colour = "red"  # type: ignore[assignment]
    assert tagged.colour == "red"
