"""What a card shows, as a variable of the next cell."""

from __future__ import annotations

import re

from daggr_nb._engine.session.session import Session
from daggr_nb.errors import NotRunYet


def results_as_python(session: Session, node: str) -> str:
    """Return an assignment for every output of ``node`` that shows a value.

    Raises :class:`~daggr_nb.errors.NotRunYet` when none does.
    """
    with session.reading() as current:
        name = current.structure.name_of(node)
        outputs = current.structure.nodes[name].outputs
        ports = [port for port in outputs if current.inputs.shown(name, port) is not None]
    if not ports:
        raise NotRunYet(f"{node!r} shows no value yet. Run it first.", node=node)
    graph = session.variable()
    return "\n".join(
        f"{_identifier(name, port)} = {graph}.results[{str(name)!r}][{port!r}]" for port in ports
    )


def _identifier(node: str, port: str) -> str:
    """Return a name that is neither the node's variable nor its function."""
    text = re.sub(r"\W+", "_", f"{node}_{port}").strip("_")
    return text if text.isidentifier() else f"value_{text}"
