"""The guard in front of everything: who may ask, from where, and how much."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from daggr_nb import FnNode, Graph, ui
from daggr_nb._serve.served import Limits
from daggr_nb.errors import InputError
from tests.serve.conftest import Serve


def doubling(**options: Any) -> Graph:
    def double(x: float) -> float:
        return 2 * x

    inputs, outputs = {"x": ui.Number(3)}, {"y": ui.Number()}
    node = FnNode(double, "double", inputs=inputs, outputs=outputs, **options)
    return Graph("Doubling", [node])


def works(client: httpx.Client) -> bool:
    return bool(client.post("/api/call").json() == {"outputs": {"double": {"y": 6}}})


def refused(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert "error" in answer.json()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("", 403),
        ("localhost", 200),
        ("localhost:1234", 200),
        ("127.0.0.1", 200),
        ("[::1]:80", 200),
        ("evil.example:80@localhost", 403),
    ],
)
def test_the_host_is_one_that_is_served(served: Serve, host: str, status: int) -> None:
    client = served(doubling())
    answer = client.get("/api/schema", headers={"Host": host})
    assert answer.status_code == status


def test_a_proxys_name_is_let_in_by_name(served: Serve) -> None:
    client = served(doubling(), allowed_hosts=["ada.hf.space"])
    headers = {"Host": "ada.hf.space", "Origin": "https://ada.hf.space"}
    assert client.post("/api/call", headers=headers).status_code == 200
    refused(client.post("/api/call", headers={**headers, "Host": "eve.hf.space"}), 403)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "x"])
def test_another_origin_is_refused(served: Serve, origin: str) -> None:
    client = served(doubling())
    refused(client.post("/api/call", headers={"Origin": origin}), 403)
    refused(client.get("/api/schema", headers={"Origin": origin}), 403)
    own = str(client.base_url).rstrip("/")
    assert client.post("/api/call", headers={"Origin": own}).status_code == 200


def test_another_site_makes_nothing_happen(served: Serve) -> None:
    client = served(doubling())
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    refused(client.post("/api/call", headers=headers), 403)
    refused(client.get("/api/schema", headers=headers), 403)
    headers["Sec-Fetch-Mode"] = "navigate"  # a link to it
    refused(client.post("/api/call", headers=headers), 403)
    assert client.get("/health", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_websocket_passes_the_same_guard(served: Serve, headers: dict[str, str]) -> None:
    base = served(doubling()).base_url
    host = headers.get("Host", f"localhost:{base.port}")
    others = {name: headers[name] for name in headers.keys() - {"Host", "Origin"}}
    options: dict[str, Any] = {"origin": headers.get("Origin"), "additional_headers": others}
    line = socket.create_connection((base.host, base.port or 80), 10)
    with line, pytest.raises(InvalidStatus) as error:
        connect(f"ws://{host}/ws", sock=line, **options).close()
    assert error.value.response.status_code == 403


def test_a_token_is_needed_where_there_is_one(served: Serve) -> None:
    client = served(doubling(), token="open sesame")
    assert works(client)
    address = str(client.base_url)
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "open sesame"}):
        refused(httpx.get(f"{address}/api/schema", headers=headers), 401)
        refused(httpx.post(f"{address}/api/call", headers=headers), 401)
    refused(httpx.post(f"{address}/api/call?token=open+sesame"), 401)
    refused(httpx.get(f"{address}/health?token=wrong"), 401)
    with pytest.raises(InvalidStatus) as error:
        connect(f"{address.replace('http', 'ws').rstrip('/')}/ws?token=open+sesame").close()
    assert error.value.response.status_code == 403


def test_the_token_goes_into_a_cookie_and_out_of_the_address(served: Serve) -> None:
    client = served(doubling(), token="open sesame")
    with httpx.Client(base_url=client.base_url) as browser:
        answer = browser.get("/health?token=open+sesame&a=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/health?a=1")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "sesame" not in cookie
        assert browser.get("/health").status_code == 200
        assert browser.post("/api/call").status_code == 200


def test_a_redirect_stays_on_the_server(served: Serve) -> None:
    client = served(doubling(), token="t")
    answer = httpx.get(f"{str(client.base_url).rstrip('/')}//evil.example/a?token=t")
    assert answer.headers["location"] == "/evil.example/a"


def test_other_addresses_need_a_token() -> None:
    graph = doubling()
    with pytest.raises(InputError, match="token=False"):
        graph.serve("0.0.0.0", port=0, token=False, block=False)
    with graph.serve("0.0.0.0", port=0, block=False) as server:
        assert len(server.token) >= 24
        assert server.token in server.url
        assert httpx.get(f"{server.address}/health").status_code == 401
    graph.close()


def test_the_token_is_never_in_the_log(
    served: Serve, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    client = served(doubling(), token="open-sesame")
    capfd.readouterr()  # the address, which the server prints once
    client.get("/health?token=open-sesame")
    client.get("/nothing?token=open-sesame")
    said = capfd.readouterr()
    assert "sesame" not in caplog.text + said.out + said.err


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/html"])
def test_only_json_acts(served: Serve, kind: str) -> None:
    client = served(doubling())
    for path in ("/api/call", "/api/runs", "/api/run/double", "/api/sheets"):
        answer = client.post(path, content='{"inputs": {}}', headers={"Content-Type": kind})
        refused(answer, 415)


def test_a_body_of_60_mb_is_refused(served: Serve) -> None:
    client = served(doubling())
    body = b'{"inputs": {"double__x": "' + b"x" * 60_000_000 + b'"}}'
    headers = {"Content-Type": "application/json"}
    with contextlib.suppress(httpx.WriteError, httpx.RemoteProtocolError):
        refused(client.post("/api/call", content=body, headers=headers), 413)
    pieces = (body[at : at + 1_000_000] for at in range(0, len(body), 1_000_000))
    with contextlib.suppress(httpx.WriteError, httpx.RemoteProtocolError):
        refused(client.post("/api/call", content=pieces, headers=headers), 413)
    assert works(client)


def test_a_body_of_200_000_levels_is_refused(served: Serve) -> None:
    client = served(doubling())
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        deep = opening * 200_000 + "1" + closing * 200_000
        answer = client.post(
            "/api/call",
            content=f'{{"inputs": {{"double__x": {deep}}}}}',
            headers={"Content-Type": "application/json"},
        )
        refused(answer, 400)
    brackets = client.post("/api/call", json={"inputs": {"double__x": "[" * 1000}})
    assert "levels" not in brackets.json()["error"]  # those in a text are none
    assert works(client)


@pytest.mark.parametrize("body", ["NaN", '{"inputs": {"x": NaN}}', '{"inputs": {"x": 1e999}}'])
def test_what_is_no_json_is_refused(served: Serve, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    refused(served(doubling()).post("/api/call", content=body, headers=headers), 400)


@contextlib.contextmanager
def unfinished(client: httpx.Client, count: int, head: str) -> Iterator[list[socket.socket]]:
    """Open connections that say something, and never go on."""
    sockets = [
        socket.create_connection((client.base_url.host, client.base_url.port or 80), 10)
        for _ in range(count)
    ]
    try:
        for each in sockets:
            each.sendall(head.encode())
        yield sockets
    finally:
        for each in sockets:
            each.close()


HEAD = (
    "POST /api/call HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "Content-Length: 1000\r\n\r\n{"
)


def test_bodies_that_never_end_hold_nobody_up(served: Serve) -> None:
    client = served(doubling())
    with unfinished(client, 50, HEAD):
        begin = time.monotonic()
        assert works(client)
        assert time.monotonic() - begin < 5


def test_a_body_has_a_time(served: Serve) -> None:
    client = served(doubling(), limits=Limits(body_seconds=0.2))
    with unfinished(client, 1, HEAD) as (each,):
        assert each.recv(100).startswith(b"HTTP/1.1 408")


def test_calls_beyond_what_can_wait_are_told_to_come_again(served: Serve) -> None:
    begun, go = threading.Event(), threading.Event()

    def wait(x: float) -> float:
        begun.set()
        assert go.wait(20)
        return x

    node = FnNode(wait, "wait", inputs={"x": ui.Number(3)}, outputs={"y": ui.Number()})
    client = served(Graph("Waiting", [node]), limits=Limits(calls=1, waiting=0))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/api/call")
        assert begun.wait(10)
        for path in ("/api/call", "/api/runs"):
            answer = client.post(path)
            refused(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
        go.set()
        assert first.result().status_code == 200
    assert client.post("/api/call").status_code == 200


def test_headers_have_a_time(served: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    from daggr_nb._serve import server

    monkeypatch.setattr(server, "_HEADER_SECONDS", 0.2)
    client = served(doubling())
    with unfinished(client, 2, "GET /health HTTP/1.1\r\nHost: loc") as sockets:
        assert [each.recv(100) for each in sockets] == [b"", b""]
    assert works(client)


def test_200_calls_at_once_are_answered(served: Serve) -> None:
    before = threading.active_count()
    client = served(doubling(concurrent=True, max_concurrent=8))
    bounds = httpx.Limits(max_connections=200)
    bodies = [{"inputs": {"double__x": n}} for n in range(200)]
    many = httpx.Client(base_url=client.base_url, limits=bounds, timeout=60)
    with many, ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda body: many.post("/api/call", json=body), bodies))
    assert [answer.status_code for answer in answers] == [200] * 200
    assert [a.json()["outputs"]["double"]["y"] for a in answers] == [2 * n for n in range(200)]
    assert threading.active_count() - before < 100


def test_answers_say_what_a_browser_must_not_do(served: Serve) -> None:
    headers = served(doubling()).get("/api/schema").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


def test_errors_are_json_and_say_what_to_do(served: Serve) -> None:
    client = served(doubling())
    refused(client.get("/nothing"), 404)
    refused(client.put("/api/call"), 405)
    refused(client.get("/api/call/nope"), 405)
    refused(client.post("/api/call/nope"), 404)
    assert client.head("/api/schema").status_code == 200
