"""How what a node returned becomes values of its output ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from daggr_nb import ui
from daggr_nb.errors import GraphError, OutputMismatch


def output_ports(outputs: Mapping[str, Any] | Iterable[str] | None) -> dict[str, Any]:
    """Return output ports as name to component; ``None`` gives the one port ``output``."""
    if outputs is None:
        return {"output": None}
    if isinstance(outputs, str):
        raise GraphError(f"outputs= expected a dict or a list of names, got {outputs!r}.")
    if not isinstance(outputs, Iterable):
        raise GraphError(f"outputs= expected a dict or a list of names, got {outputs!r}.")
    names = list(outputs)
    ports = dict(outputs) if isinstance(outputs, Mapping) else dict.fromkeys(names)
    for name, component in ports.items():
        if not isinstance(name, str) or not name or names.count(name) > 1:
            raise GraphError(
                f"outputs= expected names that differ and are not empty, got {names!r}.",
                port=str(name),
            )
        ports[name] = ui.component_of(component)
        if component is not None and ports[name] is None:
            raise GraphError(
                f"Output {name!r} expected a component such as ui.Markdown(), or None, "
                f"got {type(component).__name__} {component!r}.",
                port=name,
            )
    return ports


def outputs_by_port(node: str, ports: Sequence[str], result: Any) -> dict[str, Any]:
    """Return ``result`` by output port: one port takes it whole, several a tuple by position."""
    if len(ports) == 1:
        return {ports[0]: result}
    if not ports:
        return {}
    count = len(result) if isinstance(result, (tuple, list)) else None
    if count != len(ports):
        description = f"one {type(result).__name__}" if count is None else f"{count} values"
        raise OutputMismatch(
            f"{node!r} has {len(ports)} outputs ({', '.join(ports)}) and expected a tuple of "
            f"{len(ports)}, but its function returned {description}.",
            node=node,
        )
    return dict(zip(ports, result, strict=True))
