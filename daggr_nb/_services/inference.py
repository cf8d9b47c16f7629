"""Asking models: through the Hub's router, a provider, or a server at any address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from daggr_nb._services import hub
from daggr_nb._services.tasks import CHAT, TALKS, TASKS

ANSWER = 600.0
"""Seconds without a sign for which an answer is waited for: models are slow, and say nothing."""


class Listener(Protocol):
    """Who hears what becomes of a call. Called on the loop of the call; must not block."""

    def waits(self, text: str) -> None:
        """Hear what the call waits for."""

    def wrote(self, text: str) -> None:
        """Hear what comes next of the answer."""

    def thought(self, text: str) -> None:
        """Hear what comes next of the thoughts before it."""

    def ended(self, reason: str) -> None:
        """Hear why the model stopped."""


@dataclass(frozen=True)
class Where:
    """Where a model is asked, as whom.

    ``name`` is what it is called there. At a ``url`` it is asked directly; without, ``provider`` is
    asked, by the client's own rules. ``secret`` is the token or key, ``routed`` whether it is for
    the router alone.
    """

    service: str
    name: str
    url: str = ""
    provider: str = ""
    secret: str | None = field(default=None, repr=False)
    routed: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    login: str = "Give api_key=, or headers={...}, to the node."

    @property
    def known(self) -> dict[str, str]:
        """The headers that say who asks."""
        bearer = {"authorization": f"Bearer {self.secret}"} if self.secret else {}
        return {**bearer, **self.headers}


def on_the_hub(
    service: str,
    identity: str,
    task: str,
    provider: str,
    key: str | None,
    headers: Mapping[str, str],
) -> Where:
    """Return where a model of the Hub is asked: at the router, or at the provider of a ``key``.

    Conversations go to the one address that the router has for all of them, and what the Hub runs
    itself to the model's own: for both nothing has to be looked up.
    """
    if key is not None and not key.startswith("hf_"):
        login = "See the key that the node has: api_key=."
        return Where(service, identity, "", provider, key, False, headers, login)
    secret = key or hub.token()
    known = (secret, True, headers, hub.LOGIN)
    if TASKS[task].chats:
        name = f"{identity}:{provider}" if provider else identity
        return Where(service, name, f"{hub.router()}/v1", "", *known)
    if provider == "hf-inference":
        more = f"/pipeline/{task}" if TASKS[task].pipeline else ""
        url = f"{hub.router()}/hf-inference/models/{identity}{more}"
        return Where(service, identity, url, "", *known)
    return Where(service, identity, "", provider, *known)


def route_url(base: str, route: str) -> str:
    """Return where a route of a server is, by any of the addresses that people give.

    >>> route_url("http://localhost:11434", "chat/completions")
    'http://localhost:11434/v1/chat/completions'
    >>> route_url("https://host/api?version=7", "embeddings")
    'https://host/api/embeddings?version=7'
    """
    url, mark, query = base.partition("?")
    url = url.rstrip("/")
    if not url.endswith(f"/{route}"):
        url += f"/{route}" if _versioned(url) else f"/v1/{route}"
    return url + mark + query


def _versioned(url: str) -> bool:
    """Whether an address has more than a host: then it is where the interface begins."""
    return "/" in url.partition("://")[2]


def chosen(model: hub.Model, task: str, provider: str) -> tuple[str, str]:
    """Return the task and the provider that a model is asked for.

    ``task`` and ``provider`` are what somebody wants, or empty. For a conversation the router finds
    a provider by itself, so that none is named.
    """
    up = {n: p for n, p in model.providers.items() if p.get("status", "live") != "error"}
    providers = up or model.providers
    wanted = task or model.task
    if provider not in providers:
        if wanted in TALKS and (not providers or _any_talks(providers)):
            return CHAT, ""
        alike = [name for name, told in providers.items() if told.get("task") == wanted]
        provider = next(iter(alike or providers), "")
    told = str(providers.get(provider, {}).get("task") or "")
    if task and not {task, told} <= TALKS:
        return task, provider
    return told if told in TASKS else wanted, provider


def _any_talks(providers: Mapping[str, Mapping[str, Any]]) -> bool:
    return any(told.get("task") == CHAT for told in providers.values())


class Thoughts:
    """Tells thoughts from the answer in a text that has them in front, between ``<think>`` tags.

    >>> thoughts = Thoughts()
    >>> [thoughts.split(text) for text in ("<thi", "nk>Hm", ".</think>", " Yes")]
    [('', ''), ('Hm', ''), ('.', ''), ('', 'Yes')]
    """

    def __init__(self) -> None:
        self._held = ""
        self._tag: str | None = "<think>"
        self._bare = True

    def split(self, text: str, last: bool = False) -> tuple[str, str]:
        """Return what comes next of the thoughts and of the answer; ``last`` holds nothing back."""
        text, self._held = self._held + text, ""
        thought = ""
        if self._tag == "<think>":
            bare = text.lstrip()
            if bare.startswith(self._tag):
                text, self._tag = bare[len(self._tag) :], "</think>"
            elif self._tag.startswith(bare) and not last:
                self._held = text
                return "", ""
            else:
                self._tag, self._bare = None, False
        if self._tag == "</think>":
            thought, found, rest = text.partition(self._tag)
            if not found:
                keep = 0 if last else _overlap(text, self._tag)
                self._held = text[len(text) - keep :]
                return text[: len(text) - keep], ""
            text, self._tag = rest, None
        if self._bare:
            text = text.lstrip()
            self._bare = not text
        return thought, text


def _overlap(text: str, tag: str) -> int:
    """Return how many characters at the end of a text may be the beginning of a tag."""
    return next((n for n in range(len(tag) - 1, 0, -1) if text.endswith(tag[:n])), 0)
