"""What a node and the engine hand each other: code to fingerprint, a run's context, a question."""

from __future__ import annotations

import abc
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from daggr_nb import ui
from daggr_nb._model.reports import Reporter, ValueReport
from daggr_nb._model.words import QuestionKind


def leave_forked(process: int) -> None:
    """End this process if it is a fork of ``process``, made by a body that returned twice.

    It has no threads but this one, and nobody who waits for it.
    """
    if os.getpid() != process:
        os._exit(0)


@dataclass(frozen=True)
class Revision:
    """The version of something elsewhere that results depend on, such as a Space.

    ``commit`` is empty as long as nobody knows it: it counts as the one on record then. When it has
    moved on, results are to be made anew (``rerun``), count as before (``accept``), or the node
    does not run (``refuse``).
    """

    of: str
    commit: str = ""
    when_moved: Literal["rerun", "accept", "refuse"] = "rerun"


@dataclass(frozen=True)
class Code:
    """What a node's code identity is made of, before anybody has hashed it.

    Args:
        kind: What kind of node it is.
        functions: The functions that it calls, by role.
        config: Plain data that changes what it computes.
        version: Stands for the functions, which are not compared then.
        depends: Objects that count as well.
        ignore: Captured names that do not count.
        volatile: Whether a result is never used again.
        revisions: Those of what does the work elsewhere.
    """

    kind: str
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    version: str | None = None
    depends: tuple[Any, ...] = ()
    ignore: frozenset[str] = frozenset()
    volatile: bool = False
    revisions: tuple[Revision, ...] = ()


@dataclass(frozen=True)
class Ask:
    """What a person is asked.

    ``approve`` is answered with a bool, ``choose`` with the index of one of ``options``, ``value``
    with a value for ``component``. ``port`` is the input that it is about.
    """

    kind: QuestionKind
    text: str
    port: str | None = None
    options: Sequence[Any] = ()
    component: ui.Component | None = None


class RunContext(Reporter):
    """What the engine hands to a node for one run; ``answer`` is there for nodes that ask."""

    answer: Any = None

    @property
    @abc.abstractmethod
    def cancelled(self) -> bool:
        """Whether this run was asked to stop. Long loops should look at it."""

    @abc.abstractmethod
    def when_stopped(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` (from any thread) when the evaluation is asked to end."""

    def produce(self, port: str, value: Any) -> None:
        """Say what a port's value is so far."""
        self.report(ValueReport(port, value))
