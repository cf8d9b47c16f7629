"""The REST of a graph as an OpenAPI document: what each input takes, and what each output gives."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.uploads import FILE
from daggr_nb._ids import PortRef
from daggr_nb._model.structure import Structure
from daggr_nb._serve.arguments import PLACE
from daggr_nb._serve.ids import Part, node_part, parts_of, settable, whole_part
from daggr_nb._serve.results import as_answer
from daggr_nb._serve.served import Served

Schema = dict[str, Any]
_ERROR: Schema = {
    "type": "object",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
}
_ANY_TYPE = r"([A-Za-z0-9_.+-]+/[A-Za-z0-9_.+-]+)?"
_TYPES: dict[type[ui.Component], str] = {
    ui.Image: "image/(png|jpeg|gif|webp|bmp|tiff)",
    ui.Audio: "audio/(wav|x-wav|mpeg|ogg|flac)",
    ui.Video: "video/(mp4|webm|ogg|quicktime)",
}


def _file(kind: str = _ANY_TYPE) -> Schema:
    """Return how a file comes in: as an upload, or as a ``data:`` URL of a type."""
    url = (
        f"^data:{kind}(;[A-Za-z0-9_-]+=[^;,]*)*;base64,"
        "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
    )
    upload = {
        "type": "object",
        "properties": {FILE: {"type": "string", "pattern": f"^{PLACE.pattern}$"}},
        "required": [FILE],
        "additionalProperties": False,
        "description": "What POST /api/uploads answered.",
    }
    return {"anyOf": [upload, {"type": "string", "pattern": url}]}


_FILE: Schema = _file()
_MEDIA = (ui.Image, ui.Audio, ui.Video, ui.Model3D, ui.File)


def document(served: Served) -> dict[str, Any]:
    """Return the OpenAPI document of a graph as it is now."""
    structure = served.structure
    parts = parts_of(structure)
    paths: dict[str, Any] = {}
    if len(parts) == 1:
        paths["/api/call"] = {"post": _call(structure, parts[0], "Call the graph")}
    for part in parts:
        text = f"Call {', '.join(part.targets) or part.id}"
        paths[f"/api/call/{part.id}"] = {"post": _call(structure, part, text)}
    for name, node in structure.nodes.items():
        if node.runnable and "/" not in name and "{" not in name:
            part = node_part(structure, name)
            paths[f"/api/run/{name}"] = {"post": _call(structure, part, f"Run {name}")}
    paths |= _fixed(structure)
    return {
        "openapi": "3.1.0",
        "info": {"title": served.name, "version": "1"},
        "servers": [{"url": served.root or "/"}],
        "paths": paths,
        "components": {"schemas": {"Error": _ERROR}},
    }


def _call(structure: Structure, part: Part, summary: str) -> dict[str, Any]:
    return {
        "summary": summary,
        "requestBody": _json(
            {"type": "object", "properties": {"inputs": part_inputs(structure, part)}}
        ),
        "responses": {
            "200": {
                "description": "What the targets show, by node and port.",
                **_json(part_outputs(structure, part)),
            },
            **_refusals(400, 404, 408, 409, 413, 415, 500, 503, 504),
        },
    }


def _fixed(structure: Structure) -> dict[str, Any]:
    """Return the paths that every graph has."""
    inputs = part_inputs(structure, whole_part(structure))
    runnable = [name for name, node in structure.nodes.items() if node.runnable]
    run = {
        "type": "object",
        "properties": {
            "inputs": inputs,
            "targets": {"type": "array", "items": {"enum": runnable}},
            "force": {"type": "boolean"},
            "timeout": {"type": ["number", "null"], "exclusiveMinimum": 0},
        },
    }
    answer = {
        "type": "object",
        "properties": {
            "node": {"type": "string"},
            "key": {"type": "string"},
            "item": {"type": ["string", "null"]},
            "value": {},
        },
        "required": ["node", "key", "value"],
    }
    identity = [_parameter("run")]
    return {
        "/api/schema": {"get": _get("The inputs and outputs of each part")},
        "/health": {"get": _get("Whether the server lives")},
        "/api/runs": {
            "post": {
                "summary": "Start a run, and do not wait for it",
                "requestBody": _json(run),
                "responses": {"202": _ok("Its id"), **_refusals(400, 404, 408, 409, 413, 415, 503)},
            }
        },
        "/api/runs/{run}": {
            "parameters": identity,
            "get": _get("How a run stands", 404),
            "delete": {
                "summary": "Cancel a run",
                "responses": {"202": _ok("It stops"), **_refusals(404)},
            },
        },
        "/api/runs/{run}/events": {
            "parameters": identity,
            "get": {
                "summary": "What happens in a run, as server-sent events",
                "parameters": [
                    {
                        "name": "Last-Event-ID",
                        "in": "header",
                        "schema": {"type": "string", "pattern": "^[0-9]+$"},
                    }
                ],
                "responses": {
                    "200": {"description": "Events", "content": {"text/event-stream": {}}},
                    **_refusals(400, 404),
                },
            },
        },
        "/api/runs/{run}/answers": {
            "parameters": identity,
            "post": {
                "summary": "Answer what a run asks",
                "requestBody": _json(answer),
                "responses": {
                    "202": _ok("It goes on"),
                    **_refusals(400, 404, 408, 409, 413, 415, 503),
                },
            },
        },
        "/api/artifacts/{digest}/{name}": {
            "parameters": [_parameter("digest"), _parameter("name")],
            "get": {
                "summary": "A value of this graph that an answer has named",
                "responses": {"200": {"description": "Its bytes"}, **_refusals(404, 410)},
            },
        },
        "/api/uploads": {
            "post": {
                "summary": "Bring a file, for an input",
                "parameters": [{"name": "name", "in": "query", "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/octet-stream": {}}, "required": True},
                "responses": {
                    "201": _ok("The reference that an input takes"),
                    **_refusals(400, 408, 411, 413, 415),
                },
            }
        },
    }


def _json(schema: Schema) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _ok(description: str) -> dict[str, Any]:
    return {"description": description, **_json({"type": "object"})}


def _get(summary: str, *refusals: int) -> dict[str, Any]:
    return {"summary": summary, "responses": {"200": _ok(summary), **_refusals(*refusals)}}


def _refusals(*statuses: int) -> dict[str, Any]:
    error = _json({"$ref": "#/components/schemas/Error"})
    every = sorted({*statuses, 401, 403, 429})
    return {str(status): {"description": "Refused", **error} for status in every}


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def part_inputs(structure: Structure, part: Part) -> Schema:
    """Return what a caller may give for the inputs of a part, by their ids."""
    nodes = set(part.nodes)
    return {
        "type": "object",
        "properties": {
            f"{ref.node}__{ref.port}": input_schema(structure, ref, component)
            for ref, component in settable(structure)
            if ref.node in nodes
        },
        "additionalProperties": False,
    }


def input_schema(structure: Structure, ref: PortRef, component: ui.Component) -> Schema:
    """Return what a caller may give for an input."""
    if structure.nodes[ref.node].selector == ref.port:
        names = list(structure.nodes[ref.node].by_variant)
        return {"enum": [*names, *range(len(names))], "default": names[0]}
    taken = dict(value_schema(component))
    initial = component.initial
    if initial is None:
        taken = {"anyOf": [taken, {"type": "null"}]}
    if component.label:
        taken["title"] = component.label
    if component.info:
        taken["description"] = component.info
    if not component.takes_files and not component.secret and initial is not None:
        taken["default"] = as_answer(initial, None, lambda *_: None)
    return taken


@singledispatch
def value_schema(component: ui.Component) -> Schema:
    """Return what a component takes over REST; anything, if it does not say."""
    return _file(_TYPES.get(type(component), _ANY_TYPE)) if component.takes_files else {}


@value_schema.register
def _(component: ui.Textbox) -> Schema:
    most = {"maxLength": component.max_length} if component.max_length is not None else {}
    return {"type": "string", **most}


@value_schema.register(ui.Code)
@value_schema.register(ui.Markdown)
@value_schema.register(ui.HTML)
def _(component: ui.Component) -> Schema:
    return {"type": "string"}


@value_schema.register
def _(component: ui.Number) -> Schema:
    return {"type": "number", **_bounds(component.minimum, component.maximum)}


@value_schema.register
def _(component: ui.Slider) -> Schema:
    return {"type": "number", **_bounds(component.minimum, component.maximum)}


def _bounds(least: float | None, most: float | None) -> Schema:
    bounds = {"minimum": least, "maximum": most}
    return {name: bound for name, bound in bounds.items() if bound is not None}


@value_schema.register
def _(component: ui.Checkbox) -> Schema:
    return {"type": "boolean"}


@value_schema.register
def _(component: ui.Radio) -> Schema:
    return {"enum": _choices(component)}


@value_schema.register
def _(component: ui.Dropdown) -> Schema:
    one: Schema = {"enum": _choices(component)}
    if component.allow_custom_value:
        one = {"type": ["string", "number"]}
    if not component.multiselect:
        return one
    most = {"maxItems": component.max_choices} if component.max_choices is not None else {}
    return {"type": "array", "items": one, **most}


@value_schema.register
def _(component: ui.CheckboxGroup) -> Schema:
    return {"type": "array", "items": {"enum": _choices(component)}}


def _choices(component: ui.Radio | ui.Dropdown | ui.CheckboxGroup) -> list[Any]:
    return [as_answer(value, None, lambda *_: None) for _, value in component.pairs]


@value_schema.register
def _(component: ui.ColorPicker) -> Schema:
    return {"type": "string", "pattern": "^#?[0-9a-fA-F]{6}$"}


@value_schema.register
def _(component: ui.Gallery) -> Schema:
    return {"type": "array", "items": _file(_TYPES[ui.Image])}


@value_schema.register
def _(component: ui.File) -> Schema:
    return {"type": "array", "items": _FILE} if component.multiple else _FILE


def part_outputs(structure: Structure, part: Part) -> Schema:
    """Return what a call of a part answers."""
    outputs = _outputs(structure, part)
    return {"type": "object", "properties": {"outputs": outputs}, "required": ["outputs"]}


def _outputs(structure: Structure, part: Part) -> Schema:
    return {
        "type": "object",
        "properties": {
            str(name): {
                "type": "object",
                "properties": {
                    port: _output(structure, name, component)
                    for port, component in structure.nodes[name].outputs.items()
                },
            }
            for name in part.targets
        },
    }


def _output(structure: Structure, name: Any, component: ui.Component | None) -> Schema:
    """Return what an output is sure to be: functions may return what they like."""
    if isinstance(component, _MEDIA) and not structure.depth[name]:
        return {"description": f"The address of {component.a_file} on this server, or its data."}
    return {} if component is None else {"title": component.label or component.type}
