"""What a function gets of its run."""

from __future__ import annotations

from daggr_nb._model.evaluation import RunContext
from daggr_nb._model.reports import Report, Reporter


class Context(Reporter):
    """Annotate a parameter ``ctx: Context`` and the function gets the context of its run.

    ``ctx.progress(done, total, text)`` moves the card's bar, ``ctx.note(text)`` shows a line on it
    while the function runs, ``ctx.log(text)`` adds one to its log, ``ctx.stream(delta)`` appends to
    the first output while it is being produced, ``ctx.cancelled`` turns true when somebody pressed
    Stop.

    >>> def count(n: int, ctx: Context) -> int:
    ...     ctx.note(f"counting to {n}")
    ...     return sum(range(n + 1))
    >>> FnNode(count).test(n=3)
    {'output': 6}
    """

    def __init__(self, run: RunContext) -> None:
        self._run = run

    @property
    def cancelled(self) -> bool:
        """Whether this run was asked to stop. Long loops should look at it."""
        return self._run.cancelled

    def report(self, report: Report) -> None:
        """Pass a report on to the run."""
        self._run.report(report)


Context.__module__ = "daggr_nb._nodes.function"  # the name under which it is on record
