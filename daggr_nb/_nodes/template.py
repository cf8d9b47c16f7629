"""A node that says a text: literal parts and variables, shown while these are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from daggr_nb import ui
from daggr_nb._model.evaluation import Code, RunContext
from daggr_nb._model.feed import feed
from daggr_nb._model.policy import Limits
from daggr_nb._model.utterance import Lead, OnRetry, Utterance, as_text, parse, variables
from daggr_nb._nodes.calls.outputs import Outputs, output_ports
from daggr_nb._nodes.choice import Choosable
from daggr_nb._nodes.run_standalone import run_standalone
from daggr_nb.errors import GraphError, InvalidInputError, did_you_mean

_OUTPUT = "text"


class TemplateNode(Choosable):
    """Say ``template``, with variables in braces, while what feeds the variables is being made.

    The one output port is ``text``. ``None`` is nothing, lists and dicts are JSON, files are links.

    The text is shown from its beginning, in order: literal text at once, a variable as its source
    streams it, whatever comes after it when that source is over. So one source may finish before
    another and still stands in its place. It begins as soon as no route can decide against it any
    more. A template may stand in another one, and is read there as it speaks. What is fed by
    ``.each``, ``.all()`` or a field is said whole.

    Variables are optional: of a source that was skipped, nothing is said, and the node itself is
    skipped when all that leads to it is (a source that leads to another one of its sources does not
    count). When a source fails, the rest is said, and the node is blocked.

    Args:
        template: The text. ``{{`` and ``}}`` are literal braces.
        name: What the node is called.
        inputs: What feeds each variable, as in :class:`FnNode`; one that the text does not name
            only leads to it, as a route does to an answer of its own.
        outputs: The port ``text`` with another component.
        lead: ``"hold"`` keeps literal text before the first variable until that variable speaks.
        on_retry: ``"hold"`` says nothing of a source with ``retries=`` before it has succeeded; by
            default what a failed attempt has said is taken back.

    In events (``graph.stream()``) it is ``template.activated``, then ``template.delta`` with
    ``text``, the segment ``seg`` and its ``source``, and ``template.done`` with the whole ``text``.
    After ``template.reset`` what was said from ``offset`` on does not count.

    Raises :class:`~daggr_nb.errors.GraphError` for a template that cannot be read, and
    :class:`~daggr_nb.errors.InvalidInputError` for a variable that nothing feeds.

    >>> letter = TemplateNode("Dear {name}: {body}", inputs={"name": "Ann", "body": ["tea", 2]})
    >>> letter.test()
    {'text': 'Dear Ann: ["tea", 2]'}
    """

    kind = "template"
    icon = "template"
    at_hand = (*Choosable.at_hand, "test")

    def __init__(
        self,
        template: str,
        name: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        outputs: Outputs = None,
        *,
        lead: Lead = "eager",
        on_retry: OnRetry = "reset",
    ) -> None:
        label = name or self.default_name
        if not isinstance(template, str):
            raise GraphError(
                f"TemplateNode expected a text, got {type(template).__name__} {template!r}.",
                node=label,
            )
        if isinstance(name, Mapping):
            raise GraphError(
                f"TemplateNode expected name= as text, got {name!r}. What feeds the variables is "
                "inputs=, by name: TemplateNode(text, inputs={...})."
            )
        _check_option(label, "lead", lead, get_args(Lead))
        _check_option(label, "on_retry", on_retry, get_args(OnRetry))
        segments = parse(template)
        _check_inputs(label, variables(segments), inputs)
        self.template = template
        super().__init__(
            name,
            {port: feed(value) for port, value in (inputs or {}).items()},
            _outputs(label, outputs),
            limits=Limits.of({}, label, concurrent=True),
        )
        self.utterance = Utterance(segments, _OUTPUT, lead, on_retry)

    @property
    def doc(self) -> str:
        return self.template.strip().partition("\n")[0]

    @property
    def optional(self) -> frozenset[str]:
        return frozenset(self.inputs)

    @property
    def output_types(self) -> Mapping[str, Any]:
        return {_OUTPUT: str}

    def code(self) -> Code:
        return Code(kind=self.kind, config={"template": self.template})

    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        assert self.utterance is not None
        parts = (s.text if s.port is None else inputs.get(s.port) for s in self.utterance.segments)
        return {_OUTPUT: "".join(map(as_text, parts))}

    def test(self, **inputs: Any) -> dict[str, Any]:
        """Return the text for ``inputs``, outside any graph, as ``{"text": ...}``.

        Inputs that are not given take their constant, a drawn value, or the example value of their
        component; of what comes from another node and is not given, nothing is said.
        """
        return run_standalone(self, inputs)


def _check_option(node: str, option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        expected = " or ".join(map(repr, choices))
        raise GraphError(f"{option} expected {expected}, got {value!r}.", node=node)


def _check_inputs(node: str, names: list[str], inputs: Mapping[str, Any] | None) -> None:
    if inputs is not None and not isinstance(inputs, Mapping):
        raise InvalidInputError(
            f"{node!r} expected inputs= as a dict of variable to value, got "
            f"{type(inputs).__name__} {inputs!r}.",
            node=node,
        )
    inputs = inputs or {}
    for name in names:
        if name not in inputs:
            raise InvalidInputError(
                f"The template of {node!r} names {{{name}}}, and no input is called that."
                f"{did_you_mean(name, inputs)} Feed it with inputs={{{name!r}: ...}}, or write "
                f"{{{{{name}}}}} for the text itself.",
                node=node,
                port=name,
            )


def _outputs(node: str, outputs: Outputs) -> dict[str, ui.Component | None]:
    component = ui.Markdown() if outputs is None else ui.component_of(outputs)
    if component is not None:
        return {_OUTPUT: component}
    ports = output_ports(outputs)
    if list(ports) != [_OUTPUT]:
        raise GraphError(
            f"{node!r} has one output, {_OUTPUT!r}: outputs= expected {{{_OUTPUT!r}: component}}, "
            f"got {outputs!r}.",
            node=node,
        )
    return ports
