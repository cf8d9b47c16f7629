"""What happens when a node fails or takes too long, and how its runs share the machine.

A node kind takes the options of both as keywords, and hands them on::

    def __init__(self, name: str, **options: Unpack[RunOptions]) -> None:
        policy, limits = Policy.of(options, name), Limits.of(options, name, concurrent=True)
        super().__init__(name, {}, {"output": None}, policy=policy, limits=limits)
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypedDict, get_args

from daggr_nb._names import NOT_GIVEN
from daggr_nb.errors import GraphError, did_you_mean

OnError = Literal["raise", "fail_fast", "route"]
OnItemError = Literal["raise", "drop", "keep_none", "keep_error"]
Pairing = Literal["zip", "product"]
Place = Literal["threads", "processes"]
ExecutorOption = Executor | Place | None
"""Where bodies run; ``None`` leaves that to whoever is asked next."""
ERROR_PORT = "error"
NO_DEFAULT = NOT_GIVEN
"""The value of the option ``default`` that says there is none: ``None`` is one."""
_SEQUENTIAL = "functions"
ONE_AT_A_TIME = "one at a time; try concurrent=True"
"""What is said of functions that run so because nobody has declared anything else."""


class RunOptions(TypedDict, total=False):
    """The options of :class:`Policy` and :class:`Limits`, as keywords of a node."""

    retries: int
    retry_delay: float
    retry_on: type[BaseException] | tuple[type[BaseException], ...]
    timeout: float | None
    idle_timeout: float | None
    on_error: OnError
    default: Any
    on_item_error: OnItemError
    concurrent: bool
    concurrency_group: str | None
    max_concurrent: int | None
    executor: ExecutorOption


@dataclass(frozen=True)
class Limits:
    """How node runs share the machine.

    Args:
        group: Who counts together; without one there is no bound but the executor's.
        slots: How many of the group run at a time.
        executor: Where they run: ``"threads"``, ``"processes"``, a
            ``concurrent.futures.Executor``; ``None`` is the graph's.
    """

    group: str | None = None
    slots: int | None = None
    executor: ExecutorOption = field(default=None, repr=False)

    @property
    def sequential(self) -> bool:
        """Whether it runs one at a time with others of its kind because nobody said otherwise."""
        return self.group == _SEQUENTIAL

    @classmethod
    def of(
        cls, options: Mapping[str, object], node: str | None = None, *, concurrent: bool = False
    ) -> Limits:
        """Return the limits that the :class:`RunOptions` of a node ask for.

        One node at a time runs of those that are not ``concurrent`` and name no
        ``concurrency_group``. ``concurrent`` here is what holds for the kind of node.

        Raises ``TypeError`` for an unknown option, and :class:`~daggr_nb.errors.GraphError` for
        fewer than one slot, or what is no executor.

        >>> Limits.of({"concurrency_group": "gpu", "max_concurrent": 2})
        Limits(group='group:gpu', slots=2)
        """
        settings = _settings(options, node)
        group, slots = settings.get("concurrency_group"), settings.get("max_concurrent")
        if slots is not None and slots < 1:
            raise GraphError(f"max_concurrent expected a number from 1, got {slots!r}.", node=node)
        executor = checked_executor(settings.get("executor"), node)
        if group is not None:
            return cls(f"group:{group}", slots, executor)
        if settings.get("concurrent", concurrent):
            return cls(executor=executor)
        return cls(_SEQUENTIAL, 1, executor)


def checked_executor(executor: object, node: str | None = None) -> ExecutorOption:
    """Return where bodies are to run; raise :class:`~daggr_nb.errors.GraphError` for nothing."""
    if executor is None or (isinstance(executor, str) and executor in get_args(Place)):
        return typing.cast("ExecutorOption", executor)
    if isinstance(executor, str):
        remedy = did_you_mean(executor, get_args(Place))
    elif isinstance(executor, type) or not callable(getattr(executor, "submit", None)):
        remedy = " Try concurrent.futures.ThreadPoolExecutor()."
    elif _has_processes(executor):
        raise _nonsense(
            node,
            f"executor= expected one that shares the kernel's memory, got {executor!r}, which "
            'has processes of its own. executor="processes" runs functions in processes, with '
            "all that they stream and print.",
        )
    else:
        return typing.cast("Executor", executor)
    raise _nonsense(
        node,
        'executor= expected "threads", "processes" or a concurrent.futures.Executor, got '
        f"{executor!r}.{remedy}",
    )


def _has_processes(executor: object) -> bool:
    """Whether an executor works elsewhere, by the classes that it is made of."""
    names = {
        f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(executor).__mro__
    }
    return not names.isdisjoint(_ELSEWHERE)


_ELSEWHERE = frozenset(
    {
        "concurrent.ProcessPoolExecutor",
        "concurrent.InterpreterPoolExecutor",
        "loky.ProcessPoolExecutor",
        "joblib.ProcessPoolExecutor",
        "distributed.ClientExecutor",
        "mpi4py.MPIPoolExecutor",
    }
)


@dataclass(frozen=True)
class Policy:
    """What happens when a node fails or takes too long. Times are seconds.

    Args:
        retries: How often a failure is tried again.
        retry_delay: Seconds between two attempts.
        retry_on: The errors that are tried again.
        timeout: Seconds that an attempt may take.
        idle_timeout: Seconds that may pass without a chunk or progress.
        on_error: What a failure does after that: ``"raise"`` blocks the descendants,
            ``"fail_fast"`` stops the whole run, ``"route"`` hands the error to the port ``error``.
        default: What stands in for every output then, as a tuple of one; ``()`` for nothing.
        on_item_error: What the gathered list gets for an item that fails: ``"raise"``,
            ``"drop"``, ``"keep_none"`` or ``"keep_error"``.
    """

    retries: int = 0
    retry_delay: float = 0.0
    retry_on: tuple[type[BaseException], ...] = (Exception,)
    timeout: float | None = None
    idle_timeout: float | None = None
    on_error: OnError = "raise"
    default: tuple[Any, ...] = ()
    on_item_error: OnItemError = "raise"

    @classmethod
    def of(
        cls, options: Mapping[str, object], node: str | None = None, **defaults: object
    ) -> Policy:
        """Return the policy that the :class:`RunOptions` of a node ask for.

        ``defaults`` are options that hold for the kind of node, such as ``timeout=60``.

        Raises ``TypeError`` for an unknown option, and :class:`~daggr_nb.errors.GraphError` for
        one that makes no sense.

        >>> Policy.of({"retries": 2, "retry_on": OSError, "concurrent": True}).retry_on
        (<class 'OSError'>,)
        """
        settings = _settings({**defaults, **options}, node)
        settings = {name: settings[name] for name in _POLICY if name in settings}
        default = settings.pop("default", NO_DEFAULT)
        retry_on = settings.pop("retry_on", cls.retry_on)
        policy = cls(
            **settings,
            retry_on=retry_on if isinstance(retry_on, tuple) else (retry_on,),
            default=() if default is NO_DEFAULT else (default,),
        )
        if policy != _USUAL:
            _check_policy(node, policy)
        return policy


_POLICY = tuple(each.name for each in fields(Policy))
_USUAL = Policy()


def check_pairing(node: str, pairing: Pairing) -> None:
    """Raise :class:`~daggr_nb.errors.GraphError` for an unknown way to combine items."""
    _check_word(node, "scatter", pairing, get_args(Pairing))


def _settings(options: Mapping[str, object], node: str | None) -> dict[str, Any]:
    """Return options by name; raise ``TypeError`` as Python does for an unknown keyword."""
    unknown = next((name for name in options if name not in RunOptions.__optional_keys__), None)
    if unknown is not None:
        raise TypeError(
            f"{'A node' if node is None else repr(node)} got an unexpected keyword argument "
            f"{unknown!r}.{did_you_mean(unknown, RunOptions.__optional_keys__)}"
        )
    return dict(options)


def _check_policy(node: str | None, policy: Policy) -> None:
    _check_word(node, "on_error", policy.on_error, get_args(OnError))
    _check_word(node, "on_item_error", policy.on_item_error, get_args(OnItemError))
    if policy.retries < 0 or policy.retry_delay < 0:
        raise _nonsense(node, "retries and retry_delay expected numbers from 0.")
    for name in ("timeout", "idle_timeout"):
        seconds = getattr(policy, name)
        if seconds is not None and not seconds > 0:
            raise _nonsense(node, f"{name} expected seconds above 0, got {seconds!r}.")
    if policy.default and policy.on_error != "raise":
        raise _nonsense(
            node,
            f"default= stands in for a failure, so on_error={policy.on_error!r} would "
            "never happen. Give one of them.",
        )


def _check_word(node: str | None, option: str, word: object, words: tuple[str, ...]) -> None:
    if word not in words:
        text = f"{option}= expected one of {', '.join(words)}, got {word!r}."
        raise _nonsense(node, text + did_you_mean(str(word), words))


def _nonsense(node: str | None, text: str) -> GraphError:
    return GraphError(text if node is None else f"{node!r}: {text}", node=node)
