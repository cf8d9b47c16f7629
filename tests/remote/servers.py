"""Real servers on loopback: a Gradio app, one that answers as it is told, the Hub, a stranger."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ZOO = Path(__file__).with_name("zoo.py")


class Zoo:
    """The app of ``zoo.py`` in a process of its own, which can be ended and started again."""

    def __init__(self, folder: Path, port: int | None = None, **settings: str) -> None:
        self.folder = folder
        self._settings = settings
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self.start(port)

    def start(self, port: int | None = None) -> None:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("HF_")},
            "GRADIO_TEMP_DIR": str(self.folder),
            "GRADIO_ANALYTICS_ENABLED": "False",
            "HF_HUB_OFFLINE": "1",
            **self._settings,
        }
        self._process = subprocess.Popen(
            [
                os.environ.get("ZOO_PYTHON", sys.executable),
                str(ZOO),
                *([str(port)] if port else []),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line.startswith("http"), f"the app did not start: {line!r}"
        self.url = line.rstrip("/")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End the app at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
            self._process = None

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Request:
    """What a server was sent. Names of headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Everything of it, to look for something in."""
        return f"{self.method} {self.path} {self.headers} {self.body.decode('utf-8', 'replace')}"


@dataclass
class Answer:
    """What a server says: ``body`` at once, or piece by piece as an iterator makes them."""

    status: int = 200
    body: bytes | Iterator[bytes] = b""
    headers: dict[str, str] = field(default_factory=dict)


def json_answer(data: Any, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(data).encode(), {"content-type": "application/json", **named})


class Server:
    """An HTTP server that answers with what ``respond(request)`` returns, and keeps what it saw."""

    def __init__(self, respond: Callable[[Request], Answer]) -> None:
        self.seen: list[Request] = []
        self.respond = respond
        self._over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.command, self.path, headers, body)
                outer.seen.append(request)
                answer = outer.respond(request)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                whole = isinstance(answer.body, bytes)
                if whole and "content-length" not in answer.headers:
                    self.send_header("content-length", str(len(answer.body)))
                if not whole:
                    self.send_header("connection", "close")
                self.end_headers()
                self.close_connection = not whole
                with contextlib.suppress(OSError):
                    for piece in [answer.body] if isinstance(answer.body, bytes) else answer.body:
                        self.wfile.write(piece)
                        self.wfile.flush()

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Whoever called has gone."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


# ---------------------------------------------------------------- an app that does as it is told

_TEXT = {"type": "string"}


def component(number: int, kind: str = "textbox", **props: Any) -> dict[str, Any]:
    return {"id": number, "type": kind, "props": props, "skip_api": kind == "state"}


def config(**changes: Any) -> dict[str, Any]:
    """Return the configuration of an app with one endpoint, ``/predict``, from text to text."""
    return {
        "version": "6.0.0",
        "protocol": "sse_v3",
        "api_prefix": "/gradio_api",
        "app_id": 1,
        "components": [component(1), component(2)],
        "dependencies": [
            {"id": 0, "inputs": [1], "outputs": [2], "api_name": "predict", "backend_fn": True}
        ],
        **changes,
    }


def info() -> dict[str, Any]:
    parameter = {
        "label": "Text",
        "parameter_name": "text",
        "parameter_has_default": False,
        "parameter_default": None,
        "type": _TEXT,
        "python_type": {"type": "str"},
        "component": "Textbox",
    }
    returned = {"label": "Said", "type": _TEXT, "python_type": {"type": "str"}}
    endpoint = {"parameters": [parameter], "returns": [{**returned, "component": "Textbox"}]}
    return {"named_endpoints": {"/predict": endpoint}, "unnamed_endpoints": {}}


def event(kind: str, **fields: Any) -> bytes:
    return f"data: {json.dumps({'msg': kind, **fields})}\n\n".encode()


def completed(*data: Any) -> bytes:
    return event("process_completed", output={"data": list(data)}, success=True)


class ScriptedApp(Server):
    """An app in Gradio's shape. What it says at each step can be changed by a test."""

    def __init__(self) -> None:
        self.config: Callable[[Request], Answer] = lambda request: json_answer(config())
        self.info: Callable[[Request], Answer] = lambda request: json_answer(info())
        self.join: Callable[[Request], Answer] = lambda request: json_answer({"event_id": "e1"})
        self.data: Callable[[Request], Answer] = lambda request: Answer(
            body=iter([completed("hi")])
        )
        self.file: Callable[[Request], Answer] = lambda request: Answer(404)
        self.upload: Callable[[Request], Answer] = lambda request: json_answer(["/up/file"])
        self.calls = 0
        super().__init__(self._route)

    def _route(self, request: Request) -> Answer:
        path = request.path.partition("?")[0]
        if path == "/config":
            return self.config(request)
        if path.endswith("/info"):
            return self.info(request)
        if path.endswith("/app_id"):
            return json_answer({"app_id": 1})
        if path.endswith("/queue/join"):
            self.calls += 1
            return self.join(request)
        if path.endswith("/queue/data"):
            return self.data(request)
        if path.endswith("/upload"):
            return self.upload(request)
        if "/file=" in path:
            return self.file(request)
        return json_answer({})


class Hub(Server):
    """The part of the Hub that tells of ``spaces`` and ``models``, which tests change."""

    def __init__(self) -> None:
        self.spaces: dict[str, dict[str, Any]] = {}
        self.models: dict[str, dict[str, Any]] = {}
        self.files: dict[str, dict[str, bytes]] = {}
        super().__init__(self._route)

    def _route(self, request: Request) -> Answer:
        path = request.path.partition("?")[0]
        if "/tree/" in path:
            files = self.files.get(path.removeprefix("/api/spaces/").partition("/tree/")[0], {})
            oid = {name: hashlib.sha1(content).hexdigest() for name, content in files.items()}
            return json_answer(
                [
                    {"type": "file", "path": n, "size": len(c), "oid": oid[n]}
                    for n, c in files.items()
                ]
            )
        if "/revision/" in path:
            path, _, revision = path.partition("/revision/")
            found = self.spaces.get(path.removeprefix("/api/spaces/"))
            if found is None or not found["sha"].startswith(revision):
                return json_answer({"error": "Revision not found"}, 404)
            files = self.files.get(path.removeprefix("/api/spaces/"), {})
            listed = [{"rfilename": name} for name in files]
            return json_answer(
                {"id": path.removeprefix("/api/spaces/"), **found, "siblings": listed}
            )
        if path.startswith("/spaces/") and "/resolve/" in path:
            space, _, rest = path.removeprefix("/spaces/").partition("/resolve/")
            commit, _, name = rest.partition("/")
            content = self.files[space].get(name)
            if content is None:
                return json_answer({"error": "Entry not found"}, 404, x_error_code="EntryNotFound")
            headers = {
                "x-repo-commit": commit,
                "etag": f'"{hashlib.sha1(content).hexdigest()}"',
                "content-length": str(len(content)),
            }
            return Answer(200, b"" if request.method == "HEAD" else content, headers)
        for prefix, known in (("/api/spaces/", self.spaces), ("/api/models/", self.models)):
            if path.startswith(prefix):
                found = known.get(path.removeprefix(prefix))
                if found is not None:
                    return json_answer(found)
                private = "authorization" not in request.headers
                return json_answer({"error": "Repository not found"}, 401 if private else 404)
        return Answer(404)


def wait_until(what: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Return the first true answer of ``what``; fail when there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := what():
            return answer
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


def call(url: str, name: str, *data: Any) -> Any:
    """Call an endpoint of an app by its plain REST route, beside what is tested."""
    with urllib.request.urlopen(f"{url}/config", timeout=20) as answer:
        prefix = json.load(answer).get("api_prefix") or ""
    body = json.dumps({"data": list(data)}).encode()
    request = urllib.request.Request(
        f"{url}{prefix}/call/{name}", body, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        event_id = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{url}{prefix}/call/{name}/{event_id}", timeout=20) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("data: "):
                return json.loads(line[6:])
    return None
