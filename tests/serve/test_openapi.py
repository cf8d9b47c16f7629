"""The OpenAPI document of a graph: what its schemas allow is accepted, and nothing else is."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from daggr_nb import FnNode, Graph, InputNode, ui
from tests.serve.conftest import Serve
from tests.waiting import wait_for

COMPONENTS: dict[str, tuple[ui.Component, list[Any]]] = {
    "text": (ui.Textbox("a", max_length=5), ["", "abcde", "abcdef", None, 7, True, []]),
    "no_text": (ui.Textbox(None), ["a", None, 7]),
    "area": (ui.TextArea("a"), ["a\nb", 7]),
    "number": (ui.Number(3, minimum=0, maximum=9), [0, 9, 1.5, -1, 10, "3", None, True]),
    "no_number": (ui.Number(None), [1, None, "x"]),
    "slider": (ui.Slider(1, 5, value=2), [1, 5, 3.0, 0, 6, "2", None, False]),
    "check": (ui.Checkbox(False), [True, False, 1, 0, "true", None]),
    "radio": (ui.Radio(["a", "b"], value="a"), ["a", "b", "c", 0, None]),
    "one": (ui.Dropdown(["a", 2], value="a"), ["a", 2, "b", 3, None]),
    "custom": (ui.Dropdown(["a"], value="a", allow_custom_value=True), ["a", "z", 7]),
    "several": (
        ui.Dropdown(["a", "b"], multiselect=True, max_choices=1),
        [["a"], [], ["a", "b"], "c"],
    ),
    "group": (ui.CheckboxGroup(["a", "b"]), [["a", "b"], [], ["c"]]),
    "colour": (ui.ColorPicker("#112233"), ["#aabbcc", "aabbcc", "#abc", "red", None]),
    "file": (ui.File(), [None, "/etc/hostname", "data:text/plain;base64,aGk=", "data:,x", 7, {}]),
    "json": (ui.JSON({"a": 1}), [{"b": [1]}, [1], "text", 1.5]),
}


def everything() -> Graph:
    def take(**values: Any) -> str:
        return "taken"

    form = InputNode("form", {name: component for name, (component, _) in COMPONENTS.items()})
    inputs = {name: getattr(form, name) for name in COMPONENTS}
    return Graph("Everything", [FnNode(take, "take", inputs, {"said": ui.Textbox()})])


def test_what_a_schema_allows_is_accepted_and_nothing_else(served: Serve) -> None:
    client = served(everything())
    document = client.get("/openapi.json").json()
    body = document["paths"]["/api/call"]["post"]["requestBody"]["content"]["application/json"]
    schemas = body["schema"]["properties"]["inputs"]["properties"]
    assert set(schemas) == {f"form__{name}" for name in COMPONENTS}
    differences = []
    for name, (_, values) in COMPONENTS.items():
        schema = schemas[f"form__{name}"]
        jsonschema.Draft202012Validator.check_schema(schema)
        for value in [*values, *([schema["default"]] if "default" in schema else [])]:
            allowed = jsonschema.Draft202012Validator(schema).is_valid(value)
            answer = client.post("/api/call", json={"inputs": {f"form__{name}": value}})
            if answer.status_code != (200 if allowed else 400):
                differences.append((name, value, allowed, answer.status_code, answer.text[:120]))
    assert differences == []


def test_the_document_names_every_part_and_every_refusal(served: Serve) -> None:
    document = served(everything()).get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {"/api/call", "/api/call/main", "/api/run/take", "/api/runs"} <= set(document["paths"])
    answers = document["paths"]["/api/call"]["post"]["responses"]
    assert {"200", "400", "409", "413", "415", "500", "503"} <= set(answers)
    outputs = answers["200"]["content"]["application/json"]["schema"]["properties"]["outputs"]
    assert list(outputs["properties"]["take"]["properties"]) == ["said"]


def test_a_choice_is_typed_by_its_variants(served: Serve) -> None:
    def formal(name: str) -> str:
        return f"Dear {name}"

    def brisk(name: str) -> str:
        return f"Hi {name}"

    one = FnNode(formal, "formal", {"name": ui.Textbox("Ada")}, {"text": ui.Textbox()})
    two = FnNode(brisk, "brisk", {"name": ui.Textbox("Ada")}, {"text": ui.Textbox()})
    client = served(Graph("Choice", [one | two]))
    document = client.get("/openapi.json").json()
    body = document["paths"]["/api/call"]["post"]["requestBody"]["content"]["application/json"]
    schemas = body["schema"]["properties"]["inputs"]["properties"]
    assert schemas["formal__variant"]["enum"] == ["formal", "brisk", 0, 1]
    for value in schemas["formal__variant"]["enum"]:
        answer = client.post("/api/call", json={"inputs": {"formal__variant": value}})
        wanted = "Hi Ada" if value in ("brisk", 1) else "Dear Ada"
        assert answer.json() == {"outputs": {"formal": {"text": wanted}}}


def test_a_control_that_nobody_may_edit_is_none_of_the_callers(served: Serve) -> None:
    inputs = {"x": ui.Number(1, interactive=False), "y": ui.Number(2)}
    node = FnNode(lambda x, y: x + y, "add", inputs, {"z": ui.Number()})
    client = served(Graph("Fixed", [node]))
    listed = client.get("/api/schema").json()["subgraphs"][0]["inputs"]
    assert [each["id"] for each in listed] == ["add__y"]
    assert client.post("/api/call", json={"inputs": {"add__x": 5}}).status_code == 400
    assert client.post("/api/call").json() == {"outputs": {"add": {"z": 3}}}


@pytest.mark.parametrize("name", ["a b", "a-b", "größe", "a.b", "{a}", "a/b", "../x", "a%2fb"])
def test_a_node_of_any_name_can_be_called(served: Serve, name: str) -> None:
    from urllib.parse import quote

    node = FnNode(lambda x: x, name, {"x": ui.Number(1)}, {"y": ui.Number()})
    client = served(Graph("Named", [node]))
    assert client.get("/openapi.json").status_code == 200
    assert client.post(f"/api/run/{quote(name, safe='')}").json() == {"outputs": {name: {"y": 1}}}
    body = {"inputs": {f"{name}__x": 5}}
    assert client.post("/api/call", json=body).json() == {"outputs": {name: {"y": 5}}}


def test_a_timeout_of_any_length_leaves_the_server_at_work(served: Serve) -> None:
    graph = Graph("Slow", [FnNode(lambda: 1, "one")])
    client = served(graph)
    bodies = [{"timeout": each, "force": True} for each in (5e-324, 1e-9, 1e12, 1.7e308)]
    runs = [client.post("/api/runs", json=body).json()["id"] for body in bodies]
    over = {"succeeded", "failed", "cancelled"}
    wait_for(lambda: {client.get(f"/api/runs/{run}").json()["status"] for run in runs} <= over)
    assert client.post("/api/call").json() == {"outputs": {"one": {"output": 1}}}


def test_a_refusal_lists_what_may_be_done_at_a_path(served: Serve) -> None:
    client = served(Graph("One", [FnNode(lambda: 1, "one")]))
    answer = client.put("/api/runs/0")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, HEAD")
    assert client.request("OPTIONS", "/api/sheets").headers["allow"] == "GET, HEAD, POST"


def test_what_is_no_file_is_refused_where_a_file_is_meant(served: Serve) -> None:
    inputs = {"picture": ui.Image(), "pages": ui.File(file_count="multiple")}
    node = FnNode(lambda picture, pages: 1, "look", inputs)
    client = served(Graph("Looking", [node]))
    for name, value in (("picture", [None, None]), ("picture", [[1]]), ("pages", [[]])):
        answer = client.post("/api/call", json={"inputs": {f"look__{name}": value}})
        assert (answer.status_code, "data: URL" in answer.json()["error"]) == (400, True)
    unknown = client.post(
        "/api/call", json={"inputs": {"look__picture": {"$file": f"{32 * '0'}/y.png"}}}
    )
    assert unknown.status_code == 404
    data = "data:text/plain;base64,aGk="
    answer = client.post("/api/call", json={"inputs": {"look__pages": [data, data]}})
    assert answer.status_code == 200
