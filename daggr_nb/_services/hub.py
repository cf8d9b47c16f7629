"""The Hugging Face Hub: who asks, what Spaces and models there are, and at which commit they are.

The token goes to the Hub, and to whom the Hub names; no request follows a redirect with it.
"""

from __future__ import annotations

import os
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from daggr_nb._provenance.secrecy import remember
from daggr_nb._services.connection import Address, Connection, said
from daggr_nb.errors import BadAnswer, GraphError, Refused, RemoteError, Unreachable

HUB = "the Hugging Face Hub"
ROUTER = "https://router.huggingface.co"
LOGIN = "Log in with `hf auth login`, or set HF_TOKEN."
_DOWN = {
    "PAUSED": "is paused by its owner",
    "RUNTIME_ERROR": "failed to start over there",
    "BUILD_ERROR": "could not be built over there",
    "CONFIG_ERROR": "is not configured well",
    "NO_APP_FILE": "has no app",
    "DELETING": "is being deleted",
}


@dataclass(frozen=True)
class Space:
    """A Space as the Hub tells of it. ``host`` is where its app is, ``commit`` its revision."""

    id: str
    commit: str
    host: str
    stage: str
    sdk: str
    card: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Model:
    """A model as the Hub tells of it.

    ``providers`` are those that run it, by name: ``{"task": …, "providerId": …, "status": …}``.
    """

    id: str
    commit: str
    task: str
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)


def token() -> str | None:
    """Return the token of this user, if there is one."""
    import huggingface_hub  # noqa: PLC0415 - takes long to load

    found = huggingface_hub.get_token()
    if not isinstance(found, str) or not found:
        return None
    remember("hf_token", found)
    return found


def no_token(service: str) -> Refused:
    """Return the error of a service that asks nobody in without a token."""
    return Refused(
        said(service, "wants to know who asks, and nobody is logged in", LOGIN), service=service
    )


def endpoint() -> str:
    """Return the address of the Hub."""
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def router() -> str:
    """Return the address of the router, which passes calls on to who runs a model.

    ``HF_INFERENCE_ENDPOINT`` is huggingface_hub's name for another one, such as a gateway.
    """
    return os.environ.get("HF_INFERENCE_ENDPOINT", ROUTER).rstrip("/")


def offline() -> bool:
    """Whether people have said that the Hub is not to be asked."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def check_id(kind: str, identity: str, node: str | None = None) -> str:
    """Return an id of the form ``owner/name``; raise ``GraphError`` for what is none."""
    parts = identity.split("/")
    if len(parts) != 2 or not all(p.strip() and not set(p) & set(" \t\n?#\\") for p in parts):
        address = " or an address as https://host" if kind == "Space" else ""
        raise GraphError(
            f"A {kind} expected an id as 'owner/name'{address}, got {identity!r}.", node=node
        )
    return identity


async def space(identity: str, revision: str = "") -> Space:
    """Return what the Hub tells of a Space, at a ``revision`` if one is given.

    Raises :class:`~daggr_nb.errors.GraphError` if there is none of that name, and a
    :class:`~daggr_nb.errors.RemoteError` if the Hub does not tell.
    """
    told = await _ask("spaces", identity, revision=revision)
    runtime = told.get("runtime") if isinstance(told.get("runtime"), dict) else {}
    host = told.get("host")
    if not host and told.get("subdomain"):
        host = f"https://{told['subdomain']}.hf.space"
    host = host if isinstance(host, str) else ""
    if not revision and not host.startswith(("https://", "http://")):
        what = f"does not tell where the Space {identity} is"
        raise BadAnswer(said(HUB, what, "Run again later."), service=HUB)
    stage = str((runtime or {}).get("stage", "RUNNING"))
    card = told.get("cardData")
    commit, sdk = str(told.get("sha") or ""), str(told.get("sdk") or "")
    return Space(identity, commit, host, stage, sdk, card if isinstance(card, dict) else {})


def check_up(space: Space) -> None:
    """Raise for a Space that will not answer."""
    if space.stage in _DOWN:
        remedy = f"See {endpoint()}/spaces/{space.id}, or duplicate it."
        text = said(f"The Space {space.id}", _DOWN[space.stage], remedy)
        raise Unreachable(text, service=f"the Space {space.id}")


async def model(identity: str) -> Model:
    """Return what the Hub tells of a model; raises as :func:`space` does."""
    fields = ("pipeline_tag", "sha", "inferenceProviderMapping")
    query = urllib.parse.urlencode([("expand[]", name) for name in fields])
    told = await _ask("models", identity, query)
    providers = told.get("inferenceProviderMapping")
    if isinstance(providers, list):  # as older Hubs tell
        providers = {p.get("provider"): p for p in providers if isinstance(p, dict)}
    return Model(
        identity,
        str(told.get("sha") or ""),
        str(told.get("pipeline_tag") or ""),
        providers if isinstance(providers, dict) else {},
    )


async def _ask(kind: str, identity: str, query: str = "", revision: str = "") -> dict[str, Any]:
    thing = {"spaces": "Space", "models": "model"}[kind]
    if offline():
        raise Unreachable(
            said(HUB, "was not asked, as HF_HUB_OFFLINE is set", "Unset it to go on line."),
            service=HUB,
        )
    secret = token()
    headers = {"authorization": f"Bearer {secret}"} if secret else {}
    connection = Connection(Address(endpoint(), HUB, headers, login=LOGIN))
    path = f"api/{kind}/{identity}" + (f"/revision/{revision}" if revision else "")
    path += f"?{query}" if query else ""
    try:
        told = await connection.get_json(path)
    except RemoteError as error:
        raise _explained(error, thing, identity, bool(secret)) from None
    finally:
        await connection.close()
    if not isinstance(told, dict):
        raise BadAnswer(said(HUB, f"does not tell of the {thing} {identity}", "Run again later."))
    return told


def _explained(error: RemoteError, thing: str, identity: str, known: bool) -> Exception:
    """Return the error of asking for one thing: the Hub answers 401 for what it does not show."""
    if error.status == 404 or (error.status == 401 and not known):
        private = (
            "" if known else " If it is private: log in with `hf auth login`, or set HF_TOKEN."
        )
        return GraphError(f"There is no {thing} {identity!r} on the Hub. See its name.{private}")
    if isinstance(error, Refused):
        ask = f"See {endpoint()}/{'spaces/' if thing == 'Space' else ''}{identity}, or your token."
        text = said(f"The {thing} {identity}", f"is not open to this user ({error.status})", ask)
        return Refused(text, service=f"the {thing} {identity}", status=error.status)
    if error.status is not None and 300 <= error.status < 400:
        place = re.search(r"/api/(?:models|spaces)/([^/?\s…]+/[^/?\s…]+)[? ]", str(error))
        name = f"is called {place[1]!r} now" if place else "has another name now"
        return GraphError(f"The {thing} {identity!r} {name}. Write that one.")
    return error
