"""A node that calls a Python function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from daggr_nb import ui
from daggr_nb._model.body import Body
from daggr_nb._model.evaluation import Code
from daggr_nb._model.feed import Control, Fixed, Unfed, Wire, feed
from daggr_nb._model.hidden_ports import is_of_the_package
from daggr_nb._model.node import Feed, Port
from daggr_nb._model.policy import (
    NO_DEFAULT,
    ExecutorOption,
    Limits,
    OnError,
    OnItemError,
    Pairing,
    Policy,
    RunOptions,
    check_pairing,
)
from daggr_nb._model.words import NodeIcon
from daggr_nb._nodes.calls import streaming
from daggr_nb._nodes.calls.context import Context
from daggr_nb._nodes.calls.function_call import FunctionBody, FunctionCall
from daggr_nb._nodes.calls.outputs import Outputs, output_ports
from daggr_nb._nodes.calls.signature import by_position, parts_of, signature_of
from daggr_nb._nodes.calls.streaming import Streaming
from daggr_nb._nodes.choice import Choosable
from daggr_nb._nodes.run_standalone import run_standalone
from daggr_nb.errors import GraphError, InputError, InvalidInputError, did_you_mean


class FnNode(FunctionCall, Choosable):
    """Call ``fn`` with the values of its inputs.

    One output port takes whatever ``fn`` returns; several take a tuple by position, or a dict,
    ``NamedTuple`` or dataclass with exactly their names. Without ``outputs``, what ``fn`` is
    annotated to return can be unpacked, ``words, counts = node``: the parts of a tuple
    (``output_0``, ``output_1``), the fields of a ``NamedTuple`` or dataclass are the outputs then.

    A failure is tried again first; then ``default`` stands in, if there is one; else ``on_error``
    decides.

    Several inputs scattered with ``.each`` are zipped: item 3 gets the third of each, and they must
    be of one length. ``scatter="product"`` runs every combination instead; the results stand in one
    flat list, the last input varying fastest, as with ``itertools.product``. Where a source is
    scattered already, its items are kept apart: within each of them, what has its own ``.each``
    there is combined.

    A generator streams: each value it yields is the output so far, and the last one is the result.
    With ``stream="append"``, or annotated ``-> Iterator[Delta]``, it yields pieces, and all of them
    together are the result. Texts that do not continue one another are remarked on otherwise.

    Args:
        fn: The function. ``def`` or ``async def``, a generator, a method, a partial.
        name: What the node is called; by default as the function is.
        inputs: What feeds each parameter: a component (a control on the card), another node's port
            (an edge), a callable (called once per run), anything else (a constant). Without it,
            every parameter has the control that its annotation suggests.
        outputs: Ports with their components or ``None``, a list of their names, or a component
            alone for the one port, ``output``, which there is without it, too.
        preprocess: Gets and returns the dict of inputs.
        postprocess: Gets what ``fn`` returned and returns what counts.
        concurrent: Whether it may run beside other functions and its own items. Functions run one
            at a time otherwise.
        concurrency_group: The name of a group that runs ``max_concurrent`` of its nodes at a time.
        max_concurrent: How many of the group may run at once, from 1.
        version: Stands for the code, which is not compared then.
        depends: Objects that the code depends on, as a file (``Path("a.csv")``) or what is in a
            folder (``Folder("data", "*.csv")``).
        ignore: Names that the code reads and that do not count.
        volatile: Whether it runs every time and never re-uses a result.
        retries: How often a failure is tried again.
        retry_delay: Seconds between two attempts.
        retry_on: The errors that are tried again.
        timeout: Seconds that an attempt may take.
        idle_timeout: Seconds that may pass without a chunk or progress.
        on_error: ``"raise"`` blocks what hangs on the node, ``"fail_fast"`` ends the run,
            ``"route"`` adds an output port ``error`` that carries type, message and traceback.
        default: Stands in for every output after a failure.
        on_item_error: What the gathered list gets for a scattered item that fails: ``"raise"``
            (nothing: the node fails), ``"drop"``, ``"keep_none"`` or ``"keep_error"``.
        scatter: ``"zip"`` or ``"product"``: how several scattered inputs make items.
        stream: What a generator yields: ``"append"`` pieces, such as tokens, ``"replace"`` the
            value so far.
        executor: Where it runs: ``"threads"``, ``"processes"`` (see :class:`~daggr_nb.Graph`), a
            ``concurrent.futures.Executor`` that shares the kernel's memory; by default where its
            graph does.

    Raises :class:`~daggr_nb.errors.InvalidInputError` for an input that ``fn`` does not take, or
    a required parameter that nothing feeds.

    >>> def shout(text: str, times: int = 1) -> str:
    ...     return text.upper() * times
    >>> FnNode(shout, inputs={"text": "hi"}, outputs={"loud": None})
    <FnNode 'shout' (text) -> (loud)>
    """

    kind = "function"
    icon: NodeIcon = "function"
    at_hand = (*Choosable.at_hand, "fn", "test")

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        outputs: Outputs = None,
        preprocess: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        postprocess: Callable[..., Any] | None = None,
        concurrent: bool = False,
        concurrency_group: str | None = None,
        max_concurrent: int | None = None,
        *,
        version: str | None = None,
        depends: Iterable[Any] = (),
        ignore: Iterable[str] = (),
        volatile: bool = False,
        retries: int = 0,
        retry_delay: float = 0.0,
        retry_on: type[BaseException] | tuple[type[BaseException], ...] = Exception,
        timeout: float | None = None,
        idle_timeout: float | None = None,
        on_error: OnError = "raise",
        default: Any = NO_DEFAULT,
        on_item_error: OnItemError = "raise",
        scatter: Pairing = "zip",
        stream: Streaming | None = None,
        executor: ExecutorOption = None,
    ) -> None:
        if isinstance(fn, FnNode):  # a decorated function
            fn = fn.fn
        if not callable(fn):
            raise GraphError(f"FnNode expected a function, got {type(fn).__name__} {fn!r}.")
        self.fn = fn
        self._signature = signature_of(fn)
        self._context_name = self._signature.annotated_with(Context)
        self._preprocess, self._postprocess = map(called_function, (preprocess, postprocess))
        self._version, self._depends = version, tuple(depends)
        self._ignore, self._volatile = frozenset(ignore), volatile
        options: RunOptions = {
            "retries": retries,
            "retry_delay": retry_delay,
            "retry_on": retry_on,
            "timeout": timeout,
            "idle_timeout": idle_timeout,
            "on_error": on_error,
            "default": default,
            "on_item_error": on_item_error,
            "concurrent": concurrent,
            "concurrency_group": concurrency_group,
            "max_concurrent": max_concurrent,
            "executor": executor,
        }
        ports, label = output_ports(outputs), name or self.default_name
        self._result_ports = tuple(ports)
        self._is_whole = outputs is None and postprocess is None
        super().__init__(
            name,
            self._feeds(inputs, label),
            ports,
            policy=Policy.of(options, label),
            limits=Limits.of(options, label),
        )
        check_pairing(label, scatter)
        self.pairing = scatter
        self._stream = streaming.checked(label, stream)

    # -- description

    @property
    def optional(self) -> frozenset[str]:
        return self._signature.optional

    @property
    def default_name(self) -> str:
        fn = self.fn
        while isinstance(fn, functools.partial):
            fn = fn.func
        name = getattr(fn, "__name__", None) or type(fn).__name__
        return "lambda" if name == "<lambda>" else str(name)

    @property
    def doc(self) -> str:
        return (inspect.getdoc(self.fn) or "").partition("\n")[0]

    @property
    def output_types(self) -> Mapping[str, Any]:
        if self._postprocess is not None:
            return {}
        returns, ports = streaming.whole_type(self._signature.returns), self._result_ports
        return {ports[0]: returns} if len(ports) == 1 else by_position(returns, ports)

    def __iter__(self) -> Iterator[Port]:
        if self._is_whole:
            self._take_apart()
        return super().__iter__()

    def __getattr__(self, name: str) -> Port:
        own = self.__dict__
        is_open = bool(own.get("_is_whole")) and name not in own["inputs"] | own["outputs"]
        if is_open and not name.startswith("_") and name in parts_of(self._signature.returns):
            self._take_apart()
        return super().__getattr__(name)

    def _take_apart(self) -> None:
        """Have an output for every part of what the function is annotated to return."""
        parts = parts_of(self._signature.returns)
        if not parts:
            raise GraphError(
                f"{self!r} has one output, which cannot be unpacked. Say what the outputs are, "
                'outputs=["words", "counts"], or annotate what the function returns, '
                "-> tuple[list, list]. To run another node for every item, write .each.",
                node=self.name,
            )
        if not self.free:
            raise GraphError(
                f"{self.name!r} is in a graph with its one output already. Unpack it before "
                "Graph(...), or say what the outputs are: outputs=[...].",
                node=self.name,
            )
        self._is_whole = False
        self._result_ports = tuple(parts)
        rest = {name: each for name, each in self.outputs.items() if name != "output"}
        self.outputs = dict.fromkeys(parts) | rest
        self._show_hidden_ports()
        self.__dict__.pop("_code", None)

    @property
    def input_types(self) -> Mapping[str, Any]:
        return {} if self._preprocess is not None else self._signature.hints

    def code(self) -> Code:
        return self._code

    def calls(self) -> dict[str, Callable[..., Any]]:
        hooks = {"preprocess": self._preprocess, "postprocess": self._postprocess}
        return {"fn": self.fn, **{role: hook for role, hook in hooks.items() if hook is not None}}

    @functools.cached_property
    def _code(self) -> Code:
        return Code(
            kind=self.kind,
            functions=self.calls(),
            config={"outputs": list(self.outputs)}
            | ({"stream": "append"} if self._appends else {}),
            version=self._version,
            depends=self._depends,
            ignore=self._ignore,
            volatile=self._volatile,
        )

    def rebind(self, function: Callable[..., Any], role: str = "fn") -> None:
        if role == "preprocess":
            self._preprocess = function
        elif role == "postprocess":
            self._postprocess = function
        else:
            signature = signature_of(function)
            for port in self.inputs:
                if port not in signature.parameters and not signature.open:
                    raise _unknown_input(self.name, port, signature.parameters)
            self.fn, self._signature = function, signature
            self._context_name = signature.annotated_with(Context)
        self.__dict__.pop("_code", None)

    # -- running

    def body(self) -> Body | None:
        return FunctionBody(self) if is_of_the_package(type(self)) else None

    @property
    def notes(self) -> Sequence[str]:
        return (self.discontinuity,) if self.discontinuity else ()

    def _component(self, port: str) -> ui.Component | None:
        """Return the control that an input's value comes from, here or on a card of inputs."""
        feed = self.inputs.get(port)
        if isinstance(feed, Wire) and not feed.port.node.runnable:
            return feed.port.node.outputs.get(feed.port.name)
        return feed.component if isinstance(feed, Control) else None

    def test(self, **inputs: Any) -> dict[str, Any]:
        """Run the node alone, outside any graph, and return its outputs by port.

        Inputs that are not given take what feeds them: the example value of their component, their
        constant, a drawn value. Raises :class:`~daggr_nb.errors.InvalidInputError` for one that
        comes from another node and is not given. Nothing is recorded.
        """
        return run_standalone(self, inputs)

    def _feeds(self, inputs: Mapping[str, Any] | None, label: str) -> dict[str, Feed]:
        if inputs is None:
            return self._default_feeds()
        if not isinstance(inputs, Mapping):
            raise InvalidInputError(
                f"{label!r} expected inputs= as a dict of parameter to value, got "
                f"{type(inputs).__name__} {inputs!r}.",
                node=label,
            )
        if inputs.keys() != self._signature.parameters.keys() or self._context_name:
            self._check(label, inputs)
        return {port: feed(value) for port, value in inputs.items()}

    def _default_feeds(self) -> dict[str, Feed]:
        """Return what feeds every input of which nothing else is said."""
        hints = self._signature.hints
        return {
            port: _default_feed(hints.get(port), parameter)
            for port, parameter in self._signature.parameters.items()
            if port != self._context_name
        }

    def unfed(self, port: str) -> Feed | None:
        return self._default_feeds().get(port)

    def _check(self, label: str, inputs: Mapping[str, Any]) -> None:
        parameters = self._signature.parameters
        for port in inputs:
            if not isinstance(port, str) or (port not in parameters and not self._signature.open):
                raise _unknown_input(label, port, parameters)
        if self._context_name is not None and self._context_name in inputs:
            raise InvalidInputError(
                f"{label!r} gets {self._context_name!r} from the run, because it is annotated with "
                "Context. Take it out of inputs=.",
                node=label,
                port=self._context_name,
            )
        for port, parameter in parameters.items():
            required = parameter.default is parameter.empty and port != self._context_name
            if required and port not in inputs:
                raise InvalidInputError(
                    f"{label!r} needs a value for {port!r}: its function has no default for it. "
                    f"Add {port!r} to inputs=, or give the parameter a default.",
                    node=label,
                    port=port,
                )


def _default_feed(annotation: Any, parameter: inspect.Parameter) -> Feed:
    default = parameter.default
    if default is parameter.empty:
        control = ui.for_annotation(annotation, None)
        return Unfed() if control is None else Control(control, own=True)
    control = ui.for_annotation(annotation, default)
    if control is None or not _keeps(control, default):
        return Fixed(default)
    return Control(control, own=True)


def _keeps(control: ui.Component, default: Any) -> bool:
    """Whether a control starts with the very default, and takes it."""
    try:
        control.accept(default)
    except InputError:
        return False
    return type(control.initial) is type(default) and bool(control.initial == default)


def _unknown_input(node: str, port: Any, parameters: Mapping[str, Any]) -> InvalidInputError:
    return InvalidInputError(
        f"The function of {node!r} takes no parameter {port!r}."
        f"{did_you_mean(str(port), parameters)}",
        node=node,
        port=str(port),
    )


def called_function(hook: Any) -> Any:
    """Return the function itself of one that :func:`~daggr_nb.node` decorates.

    A notebook follows functions by their names, whatever makes nodes of them.
    """
    return hook.fn if isinstance(hook, FnNode) else hook
