"""A node that does its work by one of several variants, whichever is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from daggr_nb import ui
from daggr_nb._model.evaluation import Code, RunContext
from daggr_nb._model.feed import Control
from daggr_nb._model.node import Feed, Node, Variant
from daggr_nb._model.structure import choose_names
from daggr_nb._nodes.run_standalone import run_standalone
from daggr_nb.errors import GraphError, UnknownNodeError, did_you_mean

_SELECTOR = "variant"


class Choosable(Node):
    """A node kind that can be a variant: ``one | another`` makes a :class:`ChoiceNode`."""

    def __or__(self, other: Any) -> ChoiceNode:
        if not isinstance(other, Node):
            return NotImplemented
        return ChoiceNode([*_nodes(self), *_nodes(other)])


class ChoiceNode(Choosable):
    """Do the work of one of ``variants``; ``one | another`` is short for it.

    The control ``variant`` says which: it belongs to the sheet, and its value is the name of a
    variant. Inputs are called ``variant name.input``; only those of the chosen variant count, and
    only what feeds them is run. The outputs are those of all variants; what hangs on one that the
    chosen variant does not have is skipped. Limits, retries and hooks are those of the chosen
    variant, and so are code and history: a variant that was run before with the same inputs comes
    back with its result.

    Args:
        variants: The nodes that can do the work.
        name: What the choice is called; by default as its first variant is.

    Raises :class:`~daggr_nb.errors.GraphError` for no variants, or two of one name.

    >>> from daggr_nb import FnNode
    >>> def short(text: str) -> str:
    ...     return text[:10]
    >>> def loud(text: str) -> str:
    ...     return text.upper()
    >>> style = FnNode(short, inputs={"text": "hi"}) | FnNode(loud, inputs={"text": "hi"})
    >>> style
    <ChoiceNode 'short' (variant, short.text, loud.text) -> (output)>
    """

    kind = "choice"
    icon = "choice"
    at_hand = (*Node.at_hand, "test")
    selector = _SELECTOR

    def __init__(self, variants: Iterable[Node], name: str | None = None) -> None:
        nodes = [node for variant in variants for node in _nodes(variant)]
        if not nodes:
            raise GraphError("ChoiceNode expected at least one variant, got none.", node=name)
        if len(set(nodes)) < len(nodes):
            raise GraphError("ChoiceNode expected different variants, got one twice.", node=name)
        self.by_variant = {
            str(key): _variant(key, node) for key, node in choose_names(nodes).items()
        }
        picker = ui.Dropdown(list(self.by_variant), label=_SELECTOR)
        feeds: dict[str, Feed] = {_SELECTOR: Control(picker)}
        outputs: dict[str, ui.Component | None] = {}
        for variant in self.by_variant.values():
            feeds |= {port: variant.node.inputs[own] for port, own in variant.ports.items()}
            for port, component in variant.node.outputs.items():
                outputs[port] = outputs.get(port) or component
        super().__init__(name, feeds, outputs)

    @property
    def variants(self) -> dict[str, Node]:
        """The nodes to choose from, by name."""
        return {name: variant.node for name, variant in self.by_variant.items()}

    @property
    def default_name(self) -> str:
        return next(iter(self.by_variant))

    @property
    def doc(self) -> str:
        return "one of " + ", ".join(self.by_variant)

    @property
    def optional(self) -> frozenset[str]:
        return frozenset(
            port
            for variant in self.by_variant.values()
            for port, own in variant.ports.items()
            if own in variant.node.optional
        )

    @property
    def output_types(self) -> Mapping[str, Any]:
        """Those on which all variants agree."""
        shared, *others = [variant.node.output_types for variant in self.by_variant.values()]
        return {
            port: annotation
            for port, annotation in shared.items()
            if all(types.get(port) == annotation for types in others)
        }

    @property
    def input_types(self) -> Mapping[str, Any]:
        return {
            port: variant.node.input_types[own]
            for variant in self.by_variant.values()
            for port, own in variant.ports.items()
            if own in variant.node.input_types
        }

    @property
    def may_leave_out(self) -> bool:
        return True

    def code(self) -> Code:
        return Code(kind=self.kind, config={"variants": list(self.by_variant)})

    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        variant = self.by_variant[inputs[_SELECTOR]]
        arguments = {own: inputs[port] for port, own in variant.ports.items() if port in inputs}
        return variant.node.run(arguments, context)

    def test(self, variant: str | None = None, **inputs: Any) -> dict[str, Any]:
        """Run one variant alone, the first one by default; ``inputs`` are those of the variant."""
        name = self.default_name if variant is None else variant
        if name not in self.by_variant:
            raise UnknownNodeError(
                f"{self.name!r} has no variant {name!r}.{did_you_mean(name, self.by_variant)}",
                node=self.name,
            )
        return run_standalone(self.by_variant[name].node, inputs)


def _nodes(node: Any) -> list[Node]:
    """Return what ``node`` adds to a choice: itself, or the variants of another choice."""
    if isinstance(node, ChoiceNode):
        return [variant.node for variant in node.by_variant.values()]
    if not isinstance(node, Node) or not node.runnable:
        raise GraphError(
            "A variant is a node that runs, such as FnNode(...), got "
            f"{type(node).__name__} {node!r}."
        )
    return [node]


def _variant(name: str, node: Node) -> Variant:
    return Variant(node, {f"{name}.{port}": port for port in node.inputs})
