"""Calling a function with its hooks: of a node, or of what a node has sent elsewhere."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from daggr_nb import ui
from daggr_nb._model.body import Body
from daggr_nb._model.evaluation import RunContext
from daggr_nb._nodes.calls import streaming
from daggr_nb._nodes.calls.calling import resolve
from daggr_nb._nodes.calls.coerce import coerce
from daggr_nb._nodes.calls.context import Context
from daggr_nb._nodes.calls.outputs import outputs_by_port
from daggr_nb._nodes.calls.signature import Signature
from daggr_nb._nodes.calls.streaming import Streaming
from daggr_nb._text import brief


class FunctionCall:
    """The call of a function, whatever kind it is of, for whoever knows what is called."""

    name: str
    discontinuity: str
    fn: Callable[..., Any]
    _signature: Signature
    _context_name: str | None
    _preprocess: Callable[..., Any] | None
    _postprocess: Callable[..., Any] | None
    _result_ports: tuple[str, ...]
    _stream: Streaming | None

    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        return self._by_port(self.call(inputs, context), inputs)

    def call(self, inputs: Mapping[str, Any], context: RunContext) -> Any:
        """Call the function and its hooks and return what counts, whatever kind it is of."""
        arguments = dict(inputs)
        if self._preprocess is not None:
            arguments = self._preprocess(arguments)
        hints = self._signature.hints
        for name, value in arguments.items():
            arguments[name] = coerce(value, hints.get(name), self._component(name))
        if self._context_name is not None:
            arguments[self._context_name] = Context(context)

        result = resolve(self._signature.call(self.fn, arguments), context, self._sink(context))
        if self._postprocess is not None:
            several = isinstance(result, tuple)
            result = self._postprocess(*result) if several else self._postprocess(result)
        return result

    def _by_port(self, result: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the function made, by output port."""
        return outputs_by_port(self.name, self._result_ports, result)

    @abstractmethod
    def _component(self, port: str) -> ui.Component | None:
        """Return the control that an input's value comes from, here or on a card of inputs."""

    def _sink(self, context: RunContext) -> streaming.Sink:
        """Return what takes what a generator yields."""

        def by_port(value: Any) -> Mapping[str, Any]:
            return outputs_by_port(self.name, self._result_ports, value)

        self.discontinuity = ""
        if self._appends:
            return streaming.Pieces(self.name, context, by_port)

        def differs(former: str, text: str) -> None:
            self.discontinuity = _remark(former, text)
            context.log(self.discontinuity)

        return streaming.Values(context, by_port, differs if self._stream is None else None)

    @property
    def _appends(self) -> bool:
        return self._stream == "append" or (
            self._stream is None and streaming.says_append(self._signature.returns)
        )


class FunctionBody(FunctionCall, Body):
    """What a node of a function does, apart from the graph."""

    def __init__(self, node: Any) -> None:
        own = vars(node)
        self.name = str(node.name)
        for name in _SENT:
            setattr(self, name, own[name])
        self._forms = {port: _with_form(node._component(port)) for port in node.inputs}  # noqa: SLF001

    def calls(self) -> Mapping[str, Any]:
        hooks = {"preprocess": self._preprocess, "postprocess": self._postprocess}
        return {"fn": self.fn, **{role: hook for role, hook in hooks.items() if hook is not None}}

    def _component(self, port: str) -> ui.Component | None:
        return self._forms.get(port)


_SENT = (
    "fn",
    "_signature",
    "_context_name",
    "_preprocess",
    "_postprocess",
    "_result_ports",
    "_stream",
)


def _with_form(component: ui.Component | None) -> ui.Component | None:
    """Return a control only if it says in which form a function gets its value."""
    return None if component is None or component.form is None else component


def _remark(former: str, text: str) -> str:
    """Return what is said of a text that a generator yielded, and of the one before."""
    return (
        f"it yielded {brief(repr(former))} and then {brief(repr(text))}, which does not continue "
        "it; each was taken as the text so far, and the last one is the result. Write "
        '`stream="append"` if they are pieces, `stream="replace"` if this is meant'
    )
