"""Of a client its plain attributes count, one by one, and no secret is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests

from daggr_nb._model.evaluation import Code
from daggr_nb._provenance.code.fingerprint import Fingerprint, fingerprint


def captured(thing: Any) -> Fingerprint:
    return fingerprint(Code("function", {"fn": lambda: thing}))


class Client:
    """As those of services are: an address, a model, a key, a lock."""

    def __init__(self) -> None:
        self.base_url, self.model, self.temperature = "http://a", "m", 0.5
        self.api_key, self.headers = "k1", {"Authorization": "Bearer b1", "X-Trace": "1"}
        self.lock = threading.Lock()


def web() -> httpx.Client:
    return httpx.Client(base_url="http://a", headers={"Authorization": "Bearer b1"})


def session() -> requests.Session:
    found = requests.Session()
    found.headers["Authorization"] = "Bearer b1"
    found.auth = ("me", "p1")
    return found


CHANGES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any], str]] = {
    "address": (web, lambda c: setattr(c, "base_url", "http://b"), "base_url"),
    "header": (web, lambda c: c.headers.update({"X-Trace": "2"}), "headers"),
    "timeout": (web, lambda c: setattr(c, "timeout", 7.0), "timeout"),
    "header of a session": (session, lambda c: c.headers.update({"X-Trace": "2"}), "headers"),
    "check of certificates": (session, lambda c: setattr(c, "verify", False), "verify"),
    "proxy": (session, lambda c: c.proxies.update(http="http://p"), "proxies"),
    "new attribute": (session, lambda c: setattr(c, "model", "m2"), "model"),
    "client in a list": (lambda: [web(), web()], lambda c: setattr(c[1], "base_url", "x"), "base"),
    "own client": (Client, lambda c: setattr(c, "base_url", "http://b"), ""),
    "own model": (Client, lambda c: setattr(c, "model", "m2"), ""),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_plain_attribute_counts(what: str) -> None:
    make, change, told = CHANGES[what]
    thing = make()
    before = captured(thing)
    assert captured(thing).digest == before.digest == captured(make()).digest
    change(thing)
    after = captured(thing)
    assert after.digest != before.digest
    differing = [
        d.name for path, d in after.dependencies.items() if before.dependencies.get(path) != d
    ]
    assert any(told in name for name in differing)


SECRETS: dict[str, Callable[[Any], Any]] = {
    "authorization": lambda c: c.headers.update({"Authorization": "Bearer b2"}),
    "key in a header": lambda c: c.headers.update({"X-Api-Key": "k2"}),
    "cookie": lambda c: c.cookies.set("id", "c2"),
    "auth": lambda c: setattr(c, "auth", ("me", "p2")),
}


@pytest.mark.parametrize("make", [web, session])
@pytest.mark.parametrize("what", SECRETS)
def test_a_secret_is_neither_kept_nor_counted(make: Callable[[], Any], what: str) -> None:
    thing = make()
    before = captured(thing)
    SECRETS[what](thing)
    after = captured(thing)
    assert after.digest == before.digest
    told = " ".join(d.source for d in after.dependencies.values())
    assert not any(secret in told for secret in ("b1", "b2", "k2", "c2", "p1", "p2"))


def test_no_secret_of_an_own_client_is_shown() -> None:
    told = " ".join(d.source for d in captured(Client()).dependencies.values())
    assert "k1" not in told
    assert "b1" not in told


def test_what_a_client_notes_for_itself_does_not_count() -> None:
    client = web()
    before = captured(client)
    client.close()
    assert captured(client).digest == before.digest


def test_a_mark_drawn_for_each_object_does_not_count() -> None:
    first, second = session(), session()
    first.session_hash = "2f1d6a52-9d3c-4b6e-8a0f-111111111111"  # type: ignore[attr-defined]
    second.session_hash = "2f1d6a52-9d3c-4b6e-8a0f-222222222222"  # type: ignore[attr-defined]
    assert captured(first).digest == captured(second).digest
