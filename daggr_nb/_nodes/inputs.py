"""A node of controls: what people set once and several nodes use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daggr_nb import ui
from daggr_nb._model.evaluation import Code, RunContext
from daggr_nb._model.feed import Control
from daggr_nb._model.node import Node
from daggr_nb.errors import InvalidInputError


class InputNode(Node):
    """Group components into one card; every key of ``ports`` is an output port.

    Args:
        name: What the card is called.
        ports: A component for each output port.

    Raises :class:`~daggr_nb.errors.InvalidInputError` when ``ports`` is not a dict of components.

    >>> from daggr_nb import ui
    >>> form = InputNode("Form", ports={"tone": ui.Textbox("dry")})
    >>> form.tone
    Form.tone
    """

    kind = "input"
    icon = "input"
    runnable = False

    def __init__(self, name: str | None = None, ports: Mapping[str, Any] | None = None) -> None:
        if not isinstance(ports, Mapping) or not ports:
            raise InvalidInputError(
                "InputNode expected ports={name: component} with at least one component, "
                f"got {ports!r}.",
                node=name,
            )
        components = {port: ui.component_of(component) for port, component in ports.items()}
        for port, component in ports.items():
            if components[port] is None:
                raise InvalidInputError(
                    f"InputNode port {port!r} expected a component such as ui.Textbox(), "
                    f"got {type(component).__name__} {component!r}.",
                    node=name,
                    port=port,
                )
        super().__init__(name, {p: Control(c) for p, c in components.items() if c}, components)

    @property
    def default_name(self) -> str:
        return "inputs"

    @property
    def output_types(self) -> Mapping[str, Any]:
        return {port: c.value_type for port, c in self.outputs.items() if c is not None}

    def code(self) -> Code:
        return Code(kind=self.kind, config={"ports": list(self.outputs)})

    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        return dict(inputs)
