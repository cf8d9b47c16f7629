"""What tests of remote nodes share: servers on loopback, and nothing else to reach."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from daggr_nb.testing import ModelServer, model_server
from tests.remote.servers import Hub, ScriptedApp, Server, Zoo, json_answer

TOKEN = "hf_CanaryTokenThatMustNotBeSeen"


@pytest.fixture(autouse=True)
def off_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Let nothing out but to this machine, and have no account.

    A test that has tried to reach another one fails, whoever caught the error.
    """
    reached: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def check(host: str) -> None:
        with contextlib.suppress(ValueError):
            if ipaddress.ip_address(host).is_loopback:
                return
        if host not in ("localhost", ""):
            reached.append(host)
            raise OSError(f"a test has tried to reach {host}")

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check(str(address[0]))
        return connect(self, address)

    def looked_up(host: Any, *args: Any, **options: Any) -> Any:
        check(host.decode() if isinstance(host, bytes) else str(host or ""))
        return look_up(host, *args, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    # Libraries that look at the Hub by themselves find nobody; it reads its environment but once.
    nobody, files = "http://127.0.0.1:9", "{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", nobody)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", f"{nobody}/{files}")
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_ENDPOINT", "DAGGR_DEPENDENCY_CHECK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_TOKEN_PATH", "/nowhere/token")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield
    assert not reached, f"a test has tried to reach {reached}"


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zoo]:
    """The app with every kind of endpoint."""
    app = Zoo(tmp_path_factory.mktemp("zoo"))
    yield app
    app.close()


@pytest.fixture
def app() -> Iterator[ScriptedApp]:
    with ScriptedApp() as app:
        yield app  # type: ignore[misc]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The Hub, as every node here sees it."""
    with Hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub  # type: ignore[misc]


@pytest.fixture
def stranger() -> Iterator[Server]:
    """A server on another origin, which must see nothing."""
    with Server(lambda request: json_answer({})) as server:
        yield server
        assert [request.text for request in server.seen] == []


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModelServer]:
    """A server in the place of the Hub and its router, with somebody who is logged in."""
    from huggingface_hub.inference._providers import _common, hf_inference

    with model_server() as server:
        for name, value in {**server.environment, "HF_TOKEN": TOKEN}.items():
            monkeypatch.setenv(name, value)
        # The library reads its environment once, when it is loaded, and asks once for each model.
        read = {"ENDPOINT": server.url, "HF_TOKEN_PATH": str(tmp_path / "token")}
        read["AGENT_HARNESSES_PATH"] = str(tmp_path / "harnesses.json")
        for name, value in read.items():
            monkeypatch.setattr(constants, name, value, raising=False)
        vars(_common)["_fetch_inference_provider_mapping"].cache_clear()
        vars(hf_inference)["_check_supported_task"].cache_clear()
        yield server
