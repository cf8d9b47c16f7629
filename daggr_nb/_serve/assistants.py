"""A graph as tools of assistants (MCP): a tool per part, with the types that REST has.

The only code that knows the package ``mcp``, which comes with the extra of that name. Who may ask
is the guard's business, as for everything else.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from starlette.routing import BaseRoute, Route

from daggr_nb._engine.run.questions import Question
from daggr_nb._handles.schema import plain_id
from daggr_nb._serve.app import Api
from daggr_nb._serve.calls import Call
from daggr_nb._serve.ids import Part, parts_of
from daggr_nb._serve.openapi import part_inputs, part_outputs
from daggr_nb._serve.problem import Problem
from daggr_nb._serve.served import Served
from daggr_nb._text import brief, cut

PATH = "/mcp"
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST_NAME = 100
_VALUE = "value"

Context = ServerRequestContext[Any, Any]


class Assistants:
    """What assistants are told of a graph, and how they run it. Used on the server's loop."""

    def __init__(self, served: Served, api: Api) -> None:
        self._served = served
        self._api = api
        server: Server[Any] = Server(
            served.name,
            instructions=f"Tools that run the workflow {served.name!r}, or a part of it.",
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
        )
        self._manager = StreamableHTTPSessionManager(
            server,
            max_request_body_size=served.limits.body,
            max_sessions=served.limits.visits,
            # The guard has looked at host and origin, under the names that this server knows.
            security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )

    def routes(self) -> list[BaseRoute]:
        """Return where assistants ask."""
        return [Route(PATH, StreamableHTTPASGIApp(self._manager))]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve them until the end of the block."""
        async with self._manager.run():
            yield

    # -- what there is

    def _tools(self) -> dict[str, Part]:
        """Return the parts of the graph by the names of their tools."""
        parts = [part for part in parts_of(self._served.structure) if part.targets]
        graph = _tool_name(self._served.name)
        if len(parts) == 1:
            return {graph: parts[0]}
        names = [_tool_name(f"{graph}_{'_'.join(part.targets)}") for part in parts]
        return {
            name if names.count(name) == 1 else f"{graph}_{part.id}": part
            for name, part in zip(names, parts, strict=True)
        }

    async def _list_tools(self, ctx: Context, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(
            tools=[self._tool(name, part) for name, part in self._tools().items()]
        )

    def _tool(self, name: str, part: Part) -> types.Tool:
        structure = self._served.structure
        nodes = structure.nodes
        gives = [f"{node}.{port}" for node in part.targets for port in nodes[node].outputs]
        return types.Tool(
            name=name,
            title=self._served.name,
            description=cut(
                f"Run {', '.join(part.targets)} of the workflow {self._served.name!r} and return "
                f"{', '.join(gives)}. Inputs that are left out have their defaults; a result that "
                "is known is returned and not computed again.",
                1_000,
            ),
            input_schema=part_inputs(structure, part),
            output_schema=part_outputs(structure, part),
        )

    # -- calls

    async def _call_tool(
        self, ctx: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        try:
            if params.request_state is not None:
                call = self._api.runs.find(params.request_state)
                await self._take_answers(call, params.input_responses or {})
            else:
                call = await self._begin(params)
            return await self._result(ctx, call)
        except Problem as problem:
            return _failed(str(problem))

    async def _begin(self, params: types.CallToolRequestParams) -> Call:
        tools = self._tools()
        if params.name not in tools:
            raise Problem(404, f"There is no tool {params.name!r}, but {', '.join(tools)}.")
        return await self._api.runs.start(tools[params.name], params.arguments or {}, False, None)

    async def _result(
        self, ctx: Context, call: Call
    ) -> types.CallToolResult | types.InputRequiredResult:
        """Follow a run to its end, or to a question that this client cannot pass on at once."""

        async def tell(done: int, total: int) -> None:
            await ctx.session.report_progress(done, total, f"{done} of {total} nodes")

        while True:
            await self._api.runs.follow(call, tell)
            if call.status != "waiting":
                return await self._ended(ctx, call)
            asked = await self._api.elsewhere(call.asked)
            able = ctx.session.client_capabilities
            if able is None or able.elicitation is None:
                return await self._cannot_ask(call)
            if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
                requests: dict[str, types.InputRequest] = {
                    _identity(each): types.ElicitRequest(params=_form(each)) for each in asked
                }
                return types.InputRequiredResult(input_requests=requests, request_state=call.id)
            answers = {
                _identity(each): await ctx.session.elicit_form(
                    _form(each).message, _form(each).requested_schema, ctx.request_id
                )
                for each in asked
            }
            await self._take_answers(call, answers)

    async def _take_answers(self, call: Call, answers: Mapping[str, Any]) -> None:
        """Answer what was asked; raise :class:`Problem` if somebody would not."""
        for question in await self._api.elsewhere(call.asked) if answers else ():
            answer = answers.get(_identity(question))
            if answer is None:
                continue
            content = getattr(answer, "content", None)
            if getattr(answer, "action", "") != "accept" or not content:
                await self._api.elsewhere(call.cancel)
                raise Problem(409, f"{question.node} asks {question.text!r}, and nobody answered.")
            body = {
                "node": question.node,
                "key": question.key,
                "item": question.item or None,
                "value": _value(question, content.get(_VALUE)),
            }
            await self._api.runs.answer(call, body)

    async def _ended(self, ctx: Context, call: Call) -> types.CallToolResult:
        shown = await self._api.runs.shown(call)
        if shown["status"] != "succeeded":
            return _failed(shown["error"] or f"The run is {shown['status']}.")
        base = str(getattr(ctx.request, "base_url", "")).rstrip("/")
        outputs = _with_addresses(shown["outputs"], f"{self._served.root}/api/artifacts/", base)
        told = {"outputs": outputs}
        text = types.TextContent(type="text", text=json.dumps(told, ensure_ascii=False))
        return types.CallToolResult(content=[text], structured_content=told)

    async def _cannot_ask(self, call: Call) -> types.CallToolResult:
        """Return what is asked, for a client that cannot ask people."""
        shown = await self._api.runs.shown(call)
        asked = "; ".join(f"{each['node']}: {each['text']}" for each in shown["questions"])
        return _failed(
            f"The run waits for a person, and this client cannot ask one. {asked}. It goes on "
            f"after POST {self._served.root}/api/runs/{call.id}/answers.",
            {"run": call.id, "questions": shown["questions"]},
        )


def _tool_name(text: str) -> str:
    return _NO_NAME.sub("_", plain_id(text)).strip("_.-")[:_LONGEST_NAME] or "graph"


def _identity(question: Question) -> str:
    return f"{question.node}.{question.item}" if question.item else question.node


def _form(question: Question) -> types.ElicitRequestFormParams:
    """Return a question as a form of one field."""
    title = cut(question.text or question.node, 200)
    field: dict[str, Any] = {"type": "string", "title": title}
    about = ""
    if question.kind == "approve":
        field = {"type": "boolean", "title": title}
        about = "".join(f"\n\n{cut(brief(each), 2_000)}" for each in question.options)
    elif question.kind == "choose":
        field["enum"] = [_option(question, index) for index in range(len(question.options))]
    return types.ElicitRequestFormParams(
        message=f"{title}{about}",
        requested_schema={"type": "object", "properties": {_VALUE: field}, "required": [_VALUE]},
    )


def _option(question: Question, index: int) -> str:
    """Return what one of several is called: with its number, so that equal ones differ."""
    option = question.options[index]
    text = option if isinstance(option, str) else brief(option)
    return f"{index + 1}. {cut(text, 200)}"


def _value(question: Question, answer: Any) -> Any:
    if question.kind != "choose" or not isinstance(answer, str):
        return answer
    for index, option in enumerate(question.options):  # which are answered by their number
        if answer in (_option(question, index), option):
            return index
    return answer


def _failed(text: str, more: dict[str, Any] | None = None) -> types.CallToolResult:
    content = types.TextContent(type="text", text=text)
    return types.CallToolResult(content=[content], is_error=True, structured_content=more)


def _with_addresses(value: Any, prefix: str, base: str) -> Any:
    """Return outputs whose addresses say which server they are on."""
    if isinstance(value, dict):
        return {key: _with_addresses(part, prefix, base) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_addresses(part, prefix, base) for part in value]
    if isinstance(value, str) and value.startswith(prefix):
        return f"{base}/{value.lstrip('/')}"
    return value
