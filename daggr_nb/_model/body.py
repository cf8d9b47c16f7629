"""What a node does, apart from the graph: it can be sent to another process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from daggr_nb._model.evaluation import RunContext


class Body(ABC):
    """The functions of a node with what they need to be called: no ports, no graph.

    ``discontinuity`` is what :attr:`Node.discontinuity` is to be after a run.
    """

    name: str
    discontinuity: str = ""

    @abstractmethod
    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        """Evaluate the node once, as :meth:`Node.run` does."""

    @abstractmethod
    def calls(self) -> Mapping[str, Any]:
        """Return the functions, by role: what is sent with all that they use."""
