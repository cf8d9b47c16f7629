"""Workflows in a notebook: a graph of nodes, drawn inline, every run remembered.

>>> from daggr_nb import FnNode, Graph, ui
>>> def greet(name: str = "you") -> str:
...     return f"Hello {name}"
>>> graph = Graph("Greeting", nodes=[FnNode(greet)], persist_key=False)
>>> graph.run()
{'greet': {'output': 'Hello you'}}
"""

import importlib
from typing import TYPE_CHECKING, Any

from daggr_nb import errors, ops, ui
from daggr_nb._engine.freshness.freshness import Reason
from daggr_nb._engine.run.plan import PlannedStep
from daggr_nb._engine.run.questions import Question
from daggr_nb._engine.session.run import Run
from daggr_nb._engine.state.events import Event
from daggr_nb._graph import Graph
from daggr_nb._handles.history import NodeRun
from daggr_nb._handles.renames import Rename
from daggr_nb._handles.sequential import sequential
from daggr_nb._handles.tables import NodeStatus
from daggr_nb._model.edge import Edge
from daggr_nb._model.evaluation import Code, RunContext
from daggr_nb._model.feed import Const, feed
from daggr_nb._model.node import GatheredPort, Node, Port, ScatteredPort
from daggr_nb._model.policy import Limits, Policy, RunOptions
from daggr_nb._names import PackagePath
from daggr_nb._nodes.calls.context import Context
from daggr_nb._nodes.calls.streaming import Delta
from daggr_nb._nodes.choice import ChoiceNode
from daggr_nb._nodes.conversation import Conversation
from daggr_nb._nodes.decorator import node
from daggr_nb._nodes.function import FnNode
from daggr_nb._nodes.inputs import InputNode
from daggr_nb._nodes.interaction import InteractionNode
from daggr_nb._nodes.route import RouteNode
from daggr_nb._nodes.template import TemplateNode
from daggr_nb._provenance.digest.content import digest, register_digest
from daggr_nb._provenance.digest.folders import Folder
from daggr_nb._provenance.log.salvage import salvage
from daggr_nb.errors import DaggrError, NodeFailed
from daggr_nb.ui import ItemList

if TYPE_CHECKING:
    from daggr_nb._nodes.inference import InferenceNode
    from daggr_nb._nodes.space import GradioNode


__path__ = PackagePath(__path__)

__version__ = "0.1.0.dev0"

__all__ = [
    "ChoiceNode",
    "Code",
    "Const",
    "Context",
    "Conversation",
    "DaggrError",
    "Delta",
    "Edge",
    "Event",
    "FnNode",
    "Folder",
    "GatheredPort",
    "GradioNode",
    "Graph",
    "InferenceNode",
    "InputNode",
    "InteractionNode",
    "ItemList",
    "Limits",
    "Node",
    "NodeFailed",
    "NodeRun",
    "NodeStatus",
    "PlannedStep",
    "Policy",
    "Port",
    "Question",
    "Reason",
    "Rename",
    "RouteNode",
    "Run",
    "RunContext",
    "RunOptions",
    "ScatteredPort",
    "TemplateNode",
    "digest",
    "errors",
    "feed",
    "node",
    "ops",
    "register_digest",
    "salvage",
    "sequential",
    "ui",
]

_REMOTE = {"GradioNode": "space", "InferenceNode": "inference"}
"""What is loaded when it is first asked for, by module: it needs a network."""


def __getattr__(name: str) -> Any:
    if name not in _REMOTE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}._nodes.{_REMOTE[name]}")
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    loaded = {name for name in ("state", "testing") if name in globals()}
    return sorted({*__all__, "__version__", *loaded})
