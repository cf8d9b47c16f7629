"""A server on loopback with the Hub's shape: accounts, Spaces, uploads by git and LFS, logs.

A Space begins to be built with the first commit that has a Dockerfile, as on the Hub.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "hf_CanaryTokenThatMustNotBeSeen"
USER = "ada"


@dataclass
class Space:
    """A Space: its files, what it was given, and how far it is."""

    settings: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    built_with: list[dict[str, str]] = field(default_factory=list)
    """The secrets that each build has found."""


class Hub:
    """What people have on the Hub, by id."""

    def __init__(self) -> None:
        self.spaces: dict[str, Space] = {}
        self.objects: dict[str, bytes] = {}
        self.outcome = "RUNNING"
        self.logs = {"build": "", "run": ""}
        self.seen: list[str] = []
        self.bodies: list[bytes] = []
        self.url = ""

    def app(self) -> Starlette:
        space = "/api/spaces/{owner}/{name}"
        lfs = "/spaces/{owner}/{name}.git/info/lfs/objects/batch"
        return Starlette(
            routes=[
                Route("/api/whoami-v2", self._whoami),
                Route("/api/validate-yaml", self._validate, methods=["POST"]),
                Route("/api/repos/create", self._create, methods=["POST"]),
                Route(f"{space}/preupload/main", self._preupload, methods=["POST"]),
                Route(f"{space}/commit/main", self._commit, methods=["POST"]),
                Route(f"{space}/secrets", self._secret, methods=["POST"]),
                Route(f"{space}/variables", self._variable, methods=["POST"]),
                Route(f"{space}/runtime", self._runtime),
                Route(f"{space}/logs/{{kind}}", self._log),
                Route(f"{space}/tree/main", self._tree),
                Route(space, self._info),
                Route(f"{space}/revision/main", self._info),
                Route(lfs, self._batch, methods=["POST"]),
                Route("/lfs/{oid}", self._put, methods=["PUT"]),
            ]
        )

    def _find(self, request: Request) -> Space | None:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        self.seen.append(f"{request.method} {request.url.path}")
        path = request.path_params
        return self.spaces.get(f"{path.get('owner')}/{path.get('name')}")

    @staticmethod
    def _nothing() -> Response:
        headers = {"X-Error-Code": "RepoNotFound"}
        return JSONResponse({"error": "Repository not found"}, 404, headers)

    async def _whoami(self, request: Request) -> Response:
        self._find(request)
        return JSONResponse({"name": USER, "type": "user", "orgs": []})

    async def _validate(self, request: Request) -> Response:
        return JSONResponse({"errors": [], "warnings": []})

    async def _create(self, request: Request) -> Response:
        self._find(request)
        body = await request.json()
        identity = f"{body['organization'] or USER}/{body['name']}"
        if identity in self.spaces:
            return JSONResponse({"error": "You already created this space repo"}, 409)
        space = self.spaces[identity] = Space(body)
        space.files = {".gitattributes": b"*.whl filter=lfs\n", "README.md": b"# made\n"}
        space.secrets = {each["key"]: each["value"] for each in body.get("secrets", ())}
        space.variables = {each["key"]: each["value"] for each in body.get("variables", ())}
        return JSONResponse({"url": f"{self.url}/spaces/{identity}"})

    async def _info(self, request: Request) -> Response:
        space = self._find(request)
        if space is None:
            return self._nothing()
        siblings = [{"rfilename": name} for name in space.files]
        identity = f"{request.path_params['owner']}/{request.path_params['name']}"
        sha = space.commits[-1] if space.commits else "0" * 40
        return JSONResponse({"id": identity, "sha": sha, "siblings": siblings})

    async def _tree(self, request: Request) -> Response:
        space = self._find(request)
        if space is None:
            return self._nothing()
        return JSONResponse(
            [
                {"type": "file", "path": name, "size": len(data), "oid": _oid(data)}
                for name, data in space.files.items()
            ]
        )

    async def _preupload(self, request: Request) -> Response:
        space = self._find(request)
        assert space is not None
        files = (await request.json())["files"]
        told = []
        for each in files:
            large, data = each["path"].endswith((".whl", ".png")), space.files.get(each["path"])
            digest = None if data is None else hashlib.sha256(data).hexdigest()
            oid = digest if large or data is None else _oid(data)
            mode = "lfs" if large else "regular"
            told.append({**each, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        return JSONResponse({"files": told})

    async def _batch(self, request: Request) -> Response:
        objects = [
            {
                **each,
                "actions": {"upload": {"href": f"{self.url}/lfs/{each['oid']}", "header": {}}},
            }
            for each in (await request.json())["objects"]
        ]
        return JSONResponse({"transfer": "basic", "objects": objects})

    async def _put(self, request: Request) -> Response:
        data = await request.body()
        assert hashlib.sha256(data).hexdigest() == request.path_params["oid"]
        self.objects[request.path_params["oid"]] = data
        return Response()

    async def _commit(self, request: Request) -> Response:
        space = self._find(request)
        assert space is not None
        body = await request.body()
        self.bodies.append(body)
        for line in body.splitlines():
            item = json.loads(line)
            value = item["value"]
            if item["key"] == "file":
                space.files[value["path"]] = base64.b64decode(value["content"])
            elif item["key"] == "lfsFile":
                space.files[value["path"]] = self.objects[value["oid"]]
            elif item["key"] == "deletedFile":
                del space.files[value["path"]]
        commit = hashlib.sha1(body).hexdigest()
        space.commits.append(commit)
        if "Dockerfile" in space.files:
            space.built_with.append(dict(space.secrets))
            space.stages = ["BUILDING", "APP_STARTING", self.outcome]
        else:
            space.stages = ["NO_APP_FILE"]
        path = request.path_params
        address = f"{self.url}/spaces/{path['owner']}/{path['name']}/commit/{commit}"
        return JSONResponse({"commitUrl": address, "commitOid": commit})

    async def _secret(self, request: Request) -> Response:
        space, body = self._find(request), await request.json()
        assert space is not None
        space.secrets[body["key"]] = body["value"]
        return JSONResponse({})

    async def _variable(self, request: Request) -> Response:
        space, body = self._find(request), await request.json()
        assert space is not None
        space.variables[body["key"]] = body["value"]
        return JSONResponse({})

    async def _runtime(self, request: Request) -> Response:
        space = self._find(request)
        if space is None:
            return self._nothing()
        stage = space.stages.pop(0) if len(space.stages) > 1 else space.stages[0]
        return JSONResponse({"stage": stage, "hardware": {}, "sha": space.commits[-1]})

    async def _log(self, request: Request) -> Response:
        self._find(request)
        lines = self.logs[request.path_params["kind"]].splitlines(keepends=True)
        events = [f"data: {json.dumps({'data': line, 'timestamp': ''})}\n\n" for line in lines]
        return Response("".join(events), media_type="text/event-stream")


def _oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(data), data)).hexdigest()


@contextlib.contextmanager
def running_hub() -> Iterator[Hub]:
    """Run such a Hub until the end of the block."""
    hub = Hub()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        hub.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(hub.app(), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield hub
        server.should_exit = True
        thread.join(20)
