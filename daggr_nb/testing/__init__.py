"""Fakes for tests of workflows: nodes on a clock that costs no time, and a server of models.

:class:`ScriptNode` and :class:`VirtualTime` try what a graph does, :class:`ModelServer` what nodes
do that ask models, without a network.
"""

from daggr_nb.testing.model_server import ModelServer, Reply, Request, model_server
from daggr_nb.testing.virtual_time import After, Chunk, Raise, Return, ScriptNode, VirtualTime

__all__ = [
    "After",
    "Chunk",
    "ModelServer",
    "Raise",
    "Reply",
    "Request",
    "Return",
    "ScriptNode",
    "VirtualTime",
    "model_server",
]
