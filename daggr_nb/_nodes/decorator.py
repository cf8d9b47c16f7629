"""FnNode as a decorator, and nodes by calling what it makes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Generic, ParamSpec, TypeVar, overload

from daggr_nb import ui
from daggr_nb._model.feed import Const
from daggr_nb._model.node import Feed, GatheredPort, Node, Port, ScatteredPort
from daggr_nb._nodes.calls.context import Context
from daggr_nb._nodes.function import FnNode
from daggr_nb._nodes.run_standalone import StandaloneContext
from daggr_nb.errors import InvalidInputError, did_you_mean

P = ParamSpec("P")
R = TypeVar("R")


class NodeFunction(FnNode, Generic[P, R]):
    """A function as a node, of which a call makes another: what :func:`node` returns."""

    def __init__(self, fn: Callable[P, R], /, **options: Any) -> None:
        super().__init__(fn, **options)
        self._options = options
        functools.update_wrapper(self, self.fn, updated=())
        self.__signature__ = _signature(self.fn)

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self, *args: Any, **kwargs: Any) -> FnNode: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make a node that is fed by the arguments; run the function where all are plain values.

        A port, a node, a component or a ``Const`` among the arguments makes a node, with the
        options of the decorator. Parameters that are left out keep their defaults.

        Raises :class:`~daggr_nb.errors.InvalidInputError` for an argument that the function does
        not take, or one that it lacks.
        """
        values = (*args, *kwargs.values())
        if any(map(_is_of_a_graph, values)):
            return FnNode(self.fn, **self._options | {"inputs": self._fed_by(args, kwargs)})
        for value in values:
            _refuse_ports_within(self.name, value)
        context = self._context_name
        if context is None or context in kwargs or any(isinstance(v, Context) for v in args):
            return self.fn(*args, **kwargs)
        bound = self._without_context().bind_partial(*args, **kwargs)
        whole = _signature(self.fn).bind_partial()
        whole.arguments = {**bound.arguments, context: Context(StandaloneContext())}
        return self.fn(*whole.args, **whole.kwargs)

    def _check(self, label: str, inputs: Mapping[str, Any]) -> None:
        """Leave out that nothing may be missing: calls say the rest (see :meth:`_feeds`)."""
        super()._check(label, {**self._default_feeds(), **inputs})

    def _feeds(self, inputs: Mapping[str, Any] | None, label: str) -> dict[str, Feed]:
        feeds = super()._feeds(inputs, label)
        if inputs is None:
            return feeds
        return {
            port: feeds.get(port, default)
            for port, default in self._default_feeds().items()
            if port in feeds or port not in self.optional
        } | feeds

    def _fed_by(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs that a call gives, with those of the decorator that it does not."""
        signature = self._without_context()
        try:
            bound = signature.bind_partial(*args, **kwargs).arguments
        except TypeError as error:
            names = [n for n, p in signature.parameters.items() if p.kind is not p.VAR_KEYWORD]
            wrong = next((name for name in kwargs if name not in names), None)
            raise InvalidInputError(
                f"{self.name}{signature} cannot be called so: {error}."
                + (did_you_mean(wrong, names) if wrong is not None else ""),
                node=self.name,
                port=wrong,
            ) from None
        inputs = {}
        for name, value in bound.items():
            kind = signature.parameters[name].kind
            if kind is inspect.Parameter.VAR_KEYWORD:
                inputs.update(value)
            elif kind is inspect.Parameter.VAR_POSITIONAL:
                raise InvalidInputError(
                    f"{self.name}{signature} takes *{name}, which have no names to be inputs. "
                    "Give it a parameter for each, or one for a list.",
                    node=self.name,
                    port=name,
                )
            else:
                inputs[name] = value
        given = {**(self._options.get("inputs") or {}), **inputs}
        order = {name: index for index, name in enumerate(signature.parameters)}
        return dict(sorted(given.items(), key=lambda item: order.get(item[0], len(order))))

    def _without_context(self) -> inspect.Signature:
        signature = _signature(self.fn)
        kept = [p for p in signature.parameters.values() if p.name != self._context_name]
        return signature.replace(parameters=kept)

    def __repr__(self) -> str:
        return super().__repr__().replace(type(self).__name__, FnNode.__name__, 1)


@overload
def node(fn: Callable[P, R], /) -> NodeFunction[P, R]: ...
@overload
def node(**options: Any) -> Callable[[Callable[P, R]], NodeFunction[P, R]]: ...
def node(fn: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a node of a function; takes the options of :class:`FnNode`.

    Called with ports, nodes or components it makes another node, fed by them; called with plain
    values only, it runs the function. For a constant alone, write ``Const``.

    Args:
        fn: The function, where the decorator stands without parentheses.
        **options: Those of :class:`FnNode`: ``name``, ``outputs``, ``concurrent``, ``retries``,
            ``timeout`` and so on.

    >>> from daggr_nb import Const, Graph, ui
    >>> @node
    ... def words(text: str) -> list[str]:
    ...     return text.split()
    >>> @node(outputs=["first", "last"])
    ... def ends(words: list[str], sign: str = "") -> tuple[str, str]:
    ...     return words[0] + sign, words[-1] + sign
    >>> first, last = ends(words(ui.Textbox("hi you there")), "!")
    >>> Graph("Ends", [first], persist_key=False).run()
    {'ends': {'first': 'hi!', 'last': 'there!'}}
    >>> words("run it")
    ['run', 'it']
    >>> words
    <FnNode 'words' (text) -> (output)>
    """
    if fn is not None:
        return NodeFunction(fn)
    return lambda fn: NodeFunction(fn, **options)


def _is_of_a_graph(value: Any) -> bool:
    if isinstance(value, (Node, Port, ScatteredPort, GatheredPort, Const)):
        return True
    return ui.component_of(value) is not None


def _refuse_ports_within(name: str, value: Any) -> None:
    parts = value.values() if isinstance(value, dict) else value
    if isinstance(value, (list, tuple, dict)) and any(map(_is_of_a_graph, parts)):
        raise InvalidInputError(
            f"{name!r} was called with a {type(value).__name__} of ports, which is no value yet. "
            "Give the function a parameter for each, or pass what .all() gathers.",
            node=name,
        )


def _signature(fn: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(fn)
    except (TypeError, ValueError):  # some C functions have no signature to read
        return inspect.Signature([inspect.Parameter("inputs", inspect.Parameter.VAR_KEYWORD)])
