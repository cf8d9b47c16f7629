"""A node that sends a value down one of several routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from daggr_nb._model.body import Body
from daggr_nb._model.evaluation import Code
from daggr_nb._model.hidden_ports import is_of_the_package
from daggr_nb._nodes.calls.function_call import FunctionBody, FunctionCall
from daggr_nb._nodes.function import FnNode
from daggr_nb.errors import GraphError, RunError, did_you_mean


class _Routing(FunctionCall):
    """A call of a function that chooses one of ``routes``."""

    routes: list[str]

    def _by_port(self, result: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
        route, value = result, next(iter(inputs.values()), None)
        if isinstance(result, tuple) and len(result) == 2:
            route, value = result
        if route not in self.routes:
            raise RunError(
                f"{self.name!r} chose the route {route!r}, which is none of its routes."
                f"{did_you_mean(str(route), self.routes)}",
                node=self.name,
            )
        return {route: value}


class RouteNode(_Routing, FnNode):
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

    def body(self) -> Body | None:
        return RouteBody(self) if is_of_the_package(type(self)) else None


class RouteBody(_Routing, FunctionBody):
    """What a node that sends a value down a route does, apart from the graph."""

    def __init__(self, node: RouteNode) -> None:
        super().__init__(node)
        self.routes = node.routes
