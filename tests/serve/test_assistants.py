"""A graph as a tool of assistants: the real MCP client over HTTP on loopback."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitResult

from daggr_nb import FnNode, Graph, InputNode, ops, ui
from tests.serve.conftest import Serve
from tests.waiting import wait_for

MODES: Any = pytest.mark.parametrize("mode", ["auto", "legacy"])


def letters(name: str = "Warm letters", **options: Any) -> Graph:
    inputs = {"tone": ui.Dropdown(["dry", "warm"], value="dry"), "n": ui.Slider(1, 5)}
    form = InputNode("form", inputs)

    def write(tone: str, n: int, text: str) -> str:
        if text == "boom":
            raise ValueError("no such text")
        return f"{tone} {n} {text}"

    given = {"tone": form.tone, "n": form.n, "text": ui.Textbox("hi")}
    node = FnNode(write, "write", given, {"said": ui.Textbox()})
    return Graph(name, [node], **options)


def asking(kind: str) -> Graph:
    draft = FnNode(lambda: ["the first", "the second"], "drafts").output
    asked: Any = {
        "approve": lambda: ops.Approve("ok", draft),
        "choose": lambda: ops.ChooseOne("ok", draft),
        "text": lambda: ops.TextInput("ok", label="What to say"),
    }[kind]()

    def send(text: Any) -> str:
        return f"sent {text}"

    node = FnNode(send, "send", {"text": getattr(asked, next(iter(asked.outputs)))})
    return Graph("Asking", [node])


def ask(client: httpx.Client, work: Callable[[Client], Any], **options: Any) -> Any:
    """Do something as an assistant."""

    async def run() -> Any:
        address = f"{str(client.base_url).rstrip('/')}/mcp"
        async with Client(address, read_timeout_seconds=30, **options) as assistant:
            return await work(assistant)

    return asyncio.run(run())


@MODES
def test_a_graph_is_a_tool_with_the_types_of_its_rest(served: Serve, mode: Any) -> None:
    client = served(letters(), mcp=True)
    tools = ask(client, lambda each: each.list_tools(), mode=mode).tools
    assert [tool.name for tool in tools] == ["Warm_letters"]
    call = client.get("/openapi.json").json()["paths"]["/api/call"]["post"]
    schema = call["requestBody"]["content"]["application/json"]["schema"]
    assert tools[0].input_schema == schema["properties"]["inputs"]
    answer = call["responses"]["200"]["content"]["application/json"]["schema"]
    assert tools[0].output_schema == answer


@MODES
def test_an_assistant_calls_it(served: Serve, mode: Any) -> None:
    graph = letters()
    client = served(graph, mcp=True)
    inputs = {"form__tone": "warm", "form__n": 3}
    result = ask(client, lambda each: each.call_tool("Warm_letters", inputs), mode=mode)
    assert result.structured_content == {"outputs": {"write": {"said": "warm 3 hi"}}}
    assert json.loads(result.content[0].text) == result.structured_content
    assert graph.inputs["form__n"] == 1  # a call changes nobody's inputs
    assert len(graph.history("write")) == 1


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"form__n": 9}, "a number from 1 to 5"),
        ({"form__ton": "warm"}, "Did you mean 'form__tone'?"),
        ({"write__text": "boom"}, "no such text"),
    ],
)
def test_what_goes_wrong_is_told(served: Serve, inputs: dict[str, Any], said: str) -> None:
    client = served(letters(), mcp=True)
    result = ask(client, lambda each: each.call_tool("Warm_letters", inputs))
    assert result.is_error
    assert said in result.content[0].text
    assert "Traceback" not in result.content[0].text


def test_each_part_is_a_tool(served: Serve) -> None:
    nodes = [FnNode(lambda: 1, "one"), FnNode(lambda: 2, "two")]
    client = served(Graph("Numbers", nodes, persist_key=False), mcp=True)
    tools = ask(client, lambda each: each.list_tools()).tools
    assert [tool.name for tool in tools] == ["Numbers_one", "Numbers_two"]
    result = ask(client, lambda each: each.call_tool("Numbers_two", {}))
    assert result.structured_content == {"outputs": {"two": {"output": 2}}}


@MODES
def test_progress_is_told(served: Serve, mode: Any) -> None:
    first = FnNode(lambda: 1, "first")
    second = FnNode(lambda x: x + 1, "second", {"x": first.output})
    third = FnNode(lambda x: x + 1, "third", {"x": second.output})
    client = served(Graph("Steps", [third], persist_key=False), mcp=True)
    told: list[tuple[float, float | None]] = []

    async def note(done: float, total: float | None, message: str | None) -> None:
        told.append((done, total))

    async def call(assistant: Client) -> Any:
        return await assistant.call_tool("Steps", {}, progress_callback=note)

    assert ask(client, call, mode=mode).structured_content["outputs"] == {"third": {"output": 3}}
    assert told
    assert told == sorted(told)
    assert {total for _, total in told} == {3}


@MODES
@pytest.mark.parametrize(
    ("kind", "answer", "said"),
    [
        ("approve", True, "sent ['the first', 'the second']"),
        ("choose", "2. the second", "sent the second"),
        ("text", "whales", "sent whales"),
    ],
)
def test_a_question_is_passed_on_to_a_person(
    served: Serve, mode: Any, kind: str, answer: Any, said: str
) -> None:
    client = served(asking(kind), mcp=True)
    asked: list[Any] = []

    async def answered(context: Any, params: Any) -> ElicitResult:
        asked.append(params)
        return ElicitResult(action="accept", content={"value": answer})

    result = ask(
        client, lambda each: each.call_tool("Asking", {}), mode=mode, elicitation_callback=answered
    )
    assert result.structured_content == {"outputs": {"send": {"output": said}}}
    assert len(asked) == 1
    if kind == "choose":
        choices = asked[0].requested_schema["properties"]["value"]["enum"]
        assert choices == ["1. the first", "2. the second"]


@MODES
def test_a_question_that_nobody_answers_ends_the_run(served: Serve, mode: Any) -> None:
    client = served(asking("approve"), mcp=True)

    async def declined(context: Any, params: Any) -> ElicitResult:
        return ElicitResult(action="decline")

    result = ask(
        client, lambda each: each.call_tool("Asking", {}), mode=mode, elicitation_callback=declined
    )
    assert result.is_error
    assert "nobody answered" in result.content[0].text


@MODES
def test_a_client_that_cannot_ask_is_told_what_is_asked(served: Serve, mode: Any) -> None:
    client = served(asking("approve"), mcp=True)
    result = ask(client, lambda each: each.call_tool("Asking", {}), mode=mode)
    assert result.is_error
    assert "waits for a person" in result.content[0].text
    run, question = result.structured_content["run"], result.structured_content["questions"][0]
    answer = {"node": question["node"], "key": question["key"], "value": True}
    assert client.post(f"/api/runs/{run}/answers", json=answer).status_code == 202
    wait_for(lambda: client.get(f"/api/runs/{run}").json()["status"], "succeeded")


def test_a_call_that_is_given_up_is_cancelled(served: Serve) -> None:
    begun, go = threading.Event(), threading.Event()

    def wait() -> int:
        begun.set()
        assert go.wait(20)
        return 1

    after = FnNode(lambda x: x, "after", {"x": FnNode(wait, "wait").output})
    graph = Graph("Waiting", [after])
    client = served(graph, mcp=True)

    async def give_up(assistant: Client) -> None:
        call = asyncio.ensure_future(assistant.call_tool("Waiting", {}))
        while not begun.is_set():
            await asyncio.sleep(0.01)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    ask(client, give_up)
    go.set()
    wait_for(lambda: [run.status for run in graph.history("after")], [])


def test_the_guard_is_in_front_of_it(served: Serve) -> None:
    client = served(letters(), mcp=True, token="open sesame")
    base = str(client.base_url).rstrip("/")
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert httpx.post(f"{base}/mcp", json=body).status_code == 401
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        assert client.post("/mcp", json=body, headers=headers).status_code == 403
    deep = "[" * 200_000 + "]" * 200_000
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    assert 400 <= client.post("/mcp", content=deep, headers=headers).status_code < 500

    async def call() -> Any:
        from httpx2 import AsyncClient

        allowed = {"Authorization": "Bearer open sesame"}
        async with AsyncClient(headers=allowed) as http:
            transport = streamable_http_client(f"{base}/mcp", http_client=http)
            async with Client(transport) as assistant:
                return await assistant.call_tool("Warm_letters", {})

    assert asyncio.run(call()).structured_content["outputs"] == {"write": {"said": "dry 1 hi"}}


def test_a_server_without_it_has_no_such_address(served: Serve) -> None:
    assert served(letters()).post("/mcp", json={}).status_code == 404


def test_without_the_extra_it_says_what_to_install() -> None:
    source = (
        "import sys\nsys.modules['mcp_types'] = None\n"
        "from daggr_nb import FnNode, Graph\n"
        "graph = Graph('One', [FnNode(lambda: 1, 'one')], persist_key=False)\n"
        "graph.serve(port=0, mcp=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=60
    )
    assert 'pip install "daggr_nb[mcp]"' in done.stderr
