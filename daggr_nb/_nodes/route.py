"""A node that sends a value down one of several routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from daggr_nb._model.evaluation import Code, RunContext
from daggr_nb._nodes.function import FnNode
from daggr_nb.errors import GraphError, RunError, did_you_mean


class RouteNode(FnNode):
    """Call ``choose`` and send a value down the route that it names; skip the others.

    What hangs on the other routes is skipped, unless it has an input from elsewhere and a default
    for the skipped one.

    Args:
        choose: Returns one of ``routes``, or ``(route, value)``; without a value the first input
            goes on.
        routes: The names of the routes, each of which is an output port.
        name: What the node is called; by default as the function is.
        inputs: What feeds each parameter, as in :class:`FnNode`.
        **options: Those of :class:`FnNode`.

    Raises :class:`~daggr_nb.errors.GraphError` for fewer than one route; a run that names an
    unknown route fails with an error that lists the routes.

    >>> def by_length(text: str) -> str:
    ...     return "long" if len(text) > 10 else "short"
    >>> RouteNode(by_length, routes=["short", "long"], inputs={"text": "hi"})
    <RouteNode 'by_length' (text) -> (short, long)>
    """

    kind = "route"
    icon = "route"

    def __init__(
        self,
        choose: Callable[..., Any],
        routes: Iterable[str],
        name: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self.routes = [routes] if isinstance(routes, str) else list(routes)
        if not self.routes or len(set(self.routes)) < len(self.routes):
            raise GraphError(
                f"RouteNode expected the names of different routes, got {self.routes!r}."
            )
        super().__init__(choose, name, inputs, self.routes, **options)

    @property
    def output_types(self) -> Mapping[str, Any]:
        return {}

    @property
    def may_leave_out(self) -> bool:
        return True

    def code(self) -> Code:
        code = super().code()
        return Code(**{**vars(code), "config": {**code.config, "routes": self.routes}})

    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        choice = self.call(inputs, context)
        route, value = choice, next(iter(inputs.values()), None)
        if isinstance(choice, tuple) and len(choice) == 2:
            route, value = choice
        if route not in self.routes:
            raise RunError(
                f"{self.name!r} chose the route {route!r}, which is none of its routes."
                f"{did_you_mean(str(route), self.routes)}",
                node=self.name,
            )
        return {route: value}
