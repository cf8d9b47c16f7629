"""Pages of several people in one process: each has a session of its own over one store."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from daggr_nb import Graph
from daggr_nb._canvas.excerpts import WHOLE, Excerpt
from daggr_nb._canvas.uploads import Uploads
from daggr_nb._engine.session.session import Session
from daggr_nb._provenance.log.store import open_store
from tests.unit.canvas.test_bridge import View


class Visitor(View):
    """A browser of somebody who visits a graph, or a part of it."""

    def __init__(
        self, graph: Graph, excerpt: Excerpt = WHOLE, uploads: Uploads | None = None
    ) -> None:
        store = open_store(graph.persist_key, graph.store.folder and graph.store.folder.parent)
        self.session = Session(store, visited=True)
        self.session.attach(graph.wiring.structure)
        shown: Any = SimpleNamespace(session=self.session, name=graph.name)
        super().__init__(shown, excerpt=excerpt, uploads=uploads)

    def control(self, node: str, port: str) -> Any:
        """What a control holds in this visit."""
        return self.session.current.inputs.control(node, port).value  # type: ignore[arg-type]

    def shown(self, node: str, port: str) -> Any:
        """What an output shows in this visit."""
        return self.session.current.inputs.value(node, port)  # type: ignore[arg-type]


def told(view: View, kind: str, *buffers: bytes, **fields: Any) -> dict[str, Any]:
    """Say something, and return what is answered: the reply, the refusal, or ``{}`` for nothing."""
    view.say(kind, *buffers, **fields)
    view.bridge.receive({"kind": "none", "id": "done"})  # which is answered after it
    answer: dict[str, Any] = {}
    while (message := view.hear()[0]).get("id") != "done":
        if message.get("id") == "c1":
            answer = message
    view.rejected.pop()
    return answer


def refused(view: View, kind: str, *buffers: bytes, **fields: Any) -> str:
    """Say something that is refused, and return with which words; empty if it is not."""
    answer = told(view, kind, *buffers, **fields)
    return str(answer["error"]) if answer.get("kind") == "command_rejected" else ""


def run(view: View, *targets: str) -> None:
    """Run, and wait for the end."""
    ids = [str(target) for target in targets]
    submitted = view.bridge.session.submit(ids, "to_here" if ids else "stale")  # type: ignore[arg-type]
    assert submitted.wait(20)
