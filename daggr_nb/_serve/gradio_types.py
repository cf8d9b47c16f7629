"""A graph as Gradio's clients see an app: its configuration, and values as they have them."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.uploads import FILE
from daggr_nb._handles.schema import plain_id
from daggr_nb._ids import NodeId, PortRef
from daggr_nb._model.structure import Structure
from daggr_nb._serve.ids import Part, parts_of, settable
from daggr_nb._serve.openapi import input_schema
from daggr_nb._serve.served import Served
from daggr_nb.ui import media_type

PREFIX = "/gradio_api"
ARTIFACTS = "artifacts/"
"""What the paths of our artifacts begin with, where a file of a Gradio app would be on its disk."""
_VERSION = "5.0.0"  # whose routes and messages these are
_FILE_DATA = {
    "title": "FileData",
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "url": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "orig_name": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "meta": {
            "type": "object",
            "properties": {"_type": {"const": "gradio.FileData"}},
            "default": {"_type": "gradio.FileData"},
        },
    },
    "required": ["path"],
}
_PLAIN = (
    *(ui.Textbox, ui.Number, ui.Slider, ui.Checkbox, ui.Radio, ui.Dropdown, ui.CheckboxGroup),
    *(ui.ColorPicker, ui.Code, ui.Markdown, ui.HTML),
    *(ui.Image, ui.Audio, ui.Video, ui.Model3D, ui.File, ui.Gallery),
)
"""Components whose values are as Gradio's; those of all others are JSON to it."""
_PYTHON = {
    "string": "str",
    "number": "float",
    "boolean": "bool",
    "array": "list[Any]",
    "object": "dict[str, Any]",
}


@dataclass(frozen=True)
class Endpoint:
    """A part of the graph as a function of an app: inputs by parameter, outputs in order."""

    name: str
    part: Part
    inputs: Mapping[str, PortRef]
    outputs: tuple[tuple[NodeId, str], ...]


def endpoints_of(structure: Structure) -> list[Endpoint]:
    """Return the parts of a graph; the only one is called ``predict``, as with Gradio."""
    parts = [part for part in parts_of(structure) if part.targets]
    names = [plain_id("_".join(part.targets)) for part in parts]
    if len(parts) == 1:
        names = ["predict"]
    return [
        _endpoint(structure, part, name if names.count(name) == 1 else part.id)
        for name, part in zip(names, parts, strict=True)
    ]


def _endpoint(structure: Structure, part: Part, name: str) -> Endpoint:
    refs = [ref for ref, _ in settable(structure) if ref.node in set(part.nodes)]
    ports = [plain_id(ref.port) for ref in refs]
    inputs = {
        port if ports.count(port) == 1 else plain_id(f"{ref.node}__{ref.port}"): ref
        for ref, port in zip(refs, ports, strict=True)
    }
    outputs = tuple((node, port) for node in part.targets for port in structure.nodes[node].outputs)
    return Endpoint(name, part, inputs, outputs)


def configuration(served: Served, app_id: str) -> dict[str, Any]:
    """Return what ``/config`` says."""
    structure = served.structure
    components: list[dict[str, Any]] = []
    dependencies = []
    given = dict(settable(structure))
    for index, endpoint in enumerate(endpoints_of(structure)):
        first = len(components)
        for name, ref in endpoint.inputs.items():
            components.append(_component(len(components), name, given[ref]))
        second = len(components)
        for node, port in endpoint.outputs:
            components.append(
                _component(len(components), port, structure.nodes[node].outputs[port])
            )
        dependencies.append(
            {
                "id": index,
                "api_name": endpoint.name,
                "api_visibility": "public",
                "show_api": True,
                "backend_fn": True,
                "queue": True,
                "inputs": list(range(first, second)),
                "outputs": list(range(second, len(components))),
                "types": {"generator": False, "cancel": False},
                "targets": [],
            }
        )
    return {
        "version": _VERSION,
        "app_id": app_id,
        "api_prefix": PREFIX,
        "protocol": "sse_v3",
        "title": served.name,
        "is_space": False,
        "connect_heartbeat": False,
        "max_file_size": served.limits.upload,
        "components": components,
        "dependencies": dependencies,
    }


def information(served: Served) -> dict[str, Any]:
    """Return what ``/info`` says: parameters and returns of each endpoint."""
    structure, given = served.structure, dict(settable(served.structure))
    named = {}
    for endpoint in endpoints_of(structure):
        parameters = [
            _parameter(structure, name, ref, given[ref]) for name, ref in endpoint.inputs.items()
        ]
        returns = []
        for node, port in endpoint.outputs:
            component = structure.nodes[node].outputs[port]
            schema = _FILE_DATA if _is_media(component) else {}
            returns.append(
                {
                    "label": (component.label if component is not None else "") or port,
                    "type": schema,
                    "python_type": _python(schema),
                    "component": _kind(component).capitalize(),
                }
            )
        named[f"/{endpoint.name}"] = {
            "parameters": parameters,
            "returns": returns,
            "api_visibility": "public",
            "show_api": True,
            "description": f"Runs {', '.join(endpoint.part.targets)}.",
        }
    return {"named_endpoints": named, "unnamed_endpoints": {}}


def _component(identity: int, name: str, component: ui.Component | None) -> dict[str, Any]:
    schema = _schema(component)
    return {
        "id": identity,
        "type": _kind(component),
        "props": {"label": (component.label if component else "") or name, "name": name},
        "skip_api": False,
        "api_info": schema,
        "api_info_as_input": schema,
        "api_info_as_output": schema,
    }


def _kind(component: ui.Component | None) -> str:
    return component.type.lower() if isinstance(component, _PLAIN) else "json"


def _is_media(component: ui.Component | None) -> bool:
    return component is not None and component.takes_files


def _schema(component: ui.Component | None) -> dict[str, Any]:
    if not _is_media(component):
        return {}
    several = isinstance(component, ui.Gallery) or getattr(component, "multiple", False)
    return {"type": "array", "items": _FILE_DATA} if several else _FILE_DATA


def _parameter(
    structure: Structure, name: str, ref: PortRef, component: ui.Component
) -> dict[str, Any]:
    schema = _schema(component) or input_schema(structure, ref, component)
    default = schema.get("default")
    return {
        "label": component.label or name,
        "parameter_name": name,
        "parameter_has_default": True,  # that of the control, which None stands for
        "parameter_default": default,
        "type": {key: value for key, value in schema.items() if key != "default"},
        "python_type": _python(schema),
        "component": _kind(component).capitalize(),
        "example_input": default,
    }


def _python(schema: Mapping[str, Any]) -> dict[str, str]:
    kind = "filepath" if schema is _FILE_DATA else _PYTHON.get(str(schema.get("type")), "Any")
    return {"type": kind, "description": ""}


# ---------------------------------------------------------------- values


def inputs_of(endpoint: Endpoint, data: list[Any]) -> dict[str, Any]:
    """Return the values of a call by the ids of inputs; ``None`` leaves one at its default."""
    pairs = zip(endpoint.inputs.values(), data, strict=False)
    return {f"{ref.node}__{ref.port}": _taken(value) for ref, value in pairs if value is not None}


def _taken(value: Any) -> Any:
    """Return a value with uploads in the place of Gradio's files."""
    if isinstance(value, list):
        return [_taken(part) for part in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("path"), str) and "meta" in value:
        return {FILE: value["path"]}
    if value.keys() == {"image", "caption"}:  # of a gallery
        return _taken(value["image"])
    return {key: _taken(part) for key, part in value.items()}


def data_of(
    endpoint: Endpoint, structure: Structure, outputs: Mapping[str, Any], prefix: str, base: str
) -> list[Any]:
    """Return the outputs of a call in order; what has an address, below ``prefix``, is a file."""
    data = []
    for node, port in endpoint.outputs:
        value = _given(outputs.get(node, {}).get(port), prefix, base)
        component = structure.nodes[node].outputs[port] if node in structure.nodes else None
        if isinstance(component, ui.Gallery) and isinstance(value, list):
            value = [_picture(each) for each in value]
        data.append(value)
    return data


def _picture(value: Any) -> dict[str, Any]:
    image, caption = value if isinstance(value, list) and len(value) == 2 else (value, None)
    return {"image": image, "caption": caption}


def _given(value: Any, prefix: str, base: str) -> Any:
    if isinstance(value, dict):
        return {key: _given(part, prefix, base) for key, part in value.items()}
    if isinstance(value, list):
        return [_given(part, prefix, base) for part in value]
    if not isinstance(value, str) or not value.startswith(prefix):
        return value
    place = value[len(prefix) :]
    name = urllib.parse.unquote(place.rpartition("/")[2])
    return {
        "path": f"{ARTIFACTS}{place}",
        "url": f"{base}/{value.lstrip('/')}",
        "orig_name": name,
        "size": None,
        "mime_type": media_type(name) or None,
        "is_stream": False,
        "meta": {"_type": "gradio.FileData"},
    }
