"""How what a node returned becomes values of its output ports."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from daggr_nb import ui
from daggr_nb.errors import GraphError, OutputMismatch

Outputs = Mapping[str, Any] | Iterable[str] | ui.Component | None
"""What people write for the outputs of a node."""


def output_ports(outputs: Outputs) -> dict[str, Any]:
    """Return output ports as name to component.

    ``None`` gives the one port ``output``, a component alone is that of this port.
    """
    if outputs is None:
        return {"output": None}
    component = ui.component_of(outputs)
    if component is not None:
        return {"output": component}
    if isinstance(outputs, str) or not isinstance(outputs, Iterable):
        raise GraphError(
            f"outputs= expected a component, a dict or a list of names, got {outputs!r}."
        )
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
    """Return ``result`` by output port.

    One port takes it whole. Several take a dict, a ``NamedTuple`` or a dataclass that has exactly
    their names by name, a tuple by position.
    """
    if len(ports) == 1:
        return {ports[0]: result}
    if not ports:
        return {}
    by_name = _by_name(result)
    if by_name is not None and by_name.keys() == set(ports):
        return {port: by_name[port] for port in ports}
    count = len(result) if isinstance(result, (tuple, list)) else None
    if count != len(ports):
        description = f"one {type(result).__name__}" if count is None else f"{count} values"
        if isinstance(result, Mapping):
            description += f" with {', '.join(map(repr, result)) or 'nothing in it'}"
        raise OutputMismatch(
            f"{node!r} has {len(ports)} outputs ({', '.join(ports)}) and expected a tuple of "
            f"{len(ports)}, but its function returned {description}. A dict with exactly these "
            "names does as well.",
            node=node,
        )
    return dict(zip(ports, result, strict=True))


def _by_name(result: Any) -> Mapping[str, Any] | None:
    """Return what has names in a result, by name."""
    if isinstance(result, Mapping):
        return result
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return dict(zip(result._fields, result, strict=True))
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return {f.name: getattr(result, f.name) for f in dataclasses.fields(result)}
    return None
