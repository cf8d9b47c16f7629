"""What tests of remote nodes share: nobody is reached but servers on this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daggr_nb.testing import ModelServer, model_server
from tests.unit.conftest import ipython_folder, sessions_end

__all__ = ["ipython_folder", "sessions_end"]

os.environ["HF_HOME"] = os.path.join(tempfile.gettempdir(), f"no-hugging-face-{os.getuid()}")
TOKEN = "hf_CanaryTokenThatMustNotBeSeen"


def is_here(address: Any) -> bool:
    """Whether an address of a socket is on this machine."""
    if not isinstance(address, tuple):  # a socket of Unix
        return True
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] in ("localhost", "")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that would have reached another machine, whoever caught the error."""
    reached: list[Any] = []
    look_up = socket.getaddrinfo

    def refuse(address: Any) -> None:
        if not is_here(address):
            reached.append(address)
            raise OSError(f"no test may reach {address}")

    for name in ("connect", "connect_ex", "sendto"):
        real = getattr(socket.socket, name)

        def guarded(self: socket.socket, *args: Any, real: Any = real) -> Any:
            refuse(args[-1])
            return real(self, *args)

        monkeypatch.setattr(socket.socket, name, guarded)

    def looked_up(host: Any, *args: Any, **options: Any) -> Any:
        refuse((host.decode() if isinstance(host, bytes) else host or "", 0))
        return look_up(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    yield
    assert not reached, f"it would have reached {reached}"


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModelServer]:
    """A server in the place of the Hub and its router, with somebody who is logged in."""
    import huggingface_hub
    from huggingface_hub.inference._providers import _common, hf_inference

    with model_server() as server:
        for name, value in {**server.environment, "HF_TOKEN": TOKEN}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        # The library reads its environment once, when it is loaded.
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.url)
        monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        _common._fetch_inference_provider_mapping.cache_clear()
        hf_inference._check_supported_task.cache_clear()
        yield server
