"""Spaces of one's own on the Hub: made, filled, and looked at until they run.

Loads huggingface_hub, so it is imported when needed.
"""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError

from daggr_nb._services.connection import said
from daggr_nb._services.hub import HUB, LOGIN, endpoint, token
from daggr_nb.errors import InputError, RemoteError, Unreachable, text_of

if TYPE_CHECKING:
    from huggingface_hub import SpaceHardware

FAILED = frozenset({"BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR", "NO_APP_FILE"})
_KEPT = frozenset({".gitattributes"})
"""What the Hub itself puts into a repository."""


@dataclass(frozen=True)
class Wanted:
    """A Space as it is to be made; ``secrets`` are known to nobody who only looks at it."""

    private: bool = False
    hardware: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """How far a Space is, and of which commit it tells if it says so."""

    name: str
    commit: str = ""


class Account:
    """The account of this user on the Hub. Raises a :class:`~daggr_nb.errors.RemoteError`."""

    def __init__(self) -> None:
        secret = token()
        if secret is None:
            raise InputError(f"A Space is made by an account, and nobody is logged in. {LOGIN}")
        self._api = HfApi(endpoint=endpoint(), token=secret)

    @property
    def name(self) -> str:
        """The name of the user."""
        with _explained("say who is logged in"):
            return str(self._api.whoami()["name"])

    def has(self, space: str) -> bool:
        """Whether there is a Space of that id already."""
        with _explained(f"tell of the Space {space}"):
            return bool(self._api.repo_exists(space, repo_type="space"))

    def create(self, space: str, wanted: Wanted) -> None:
        """Make a Space with its secrets, which its first build finds there."""
        options: dict[str, Any] = {}
        if wanted.hardware:
            options["space_hardware"] = wanted.hardware
        if wanted.secrets:
            options["space_secrets"] = _pairs(wanted.secrets)
        if wanted.variables:
            options["space_variables"] = _pairs(wanted.variables)
        with _explained(f"make the Space {space}"):
            self._api.create_repo(
                space, repo_type="space", space_sdk="docker", private=wanted.private, **options
            )

    def change(self, space: str, wanted: Wanted) -> None:
        """Set secrets, variables and hardware of a Space that there is, before its next build."""
        with _explained(f"change the Space {space}"):
            for name, value in wanted.secrets.items():
                self._api.add_space_secret(space, name, value)
            for name, value in wanted.variables.items():
                self._api.add_space_variable(space, name, value)
            if wanted.hardware:
                self._api.request_space_hardware(space, cast("SpaceHardware", wanted.hardware))

    def fill(self, space: str, files: Mapping[str, pathlib.Path], message: str) -> str:
        """Let the files of a Space be these and no others, in one commit; return its id."""
        with _explained(f"take the files of the Space {space}"):
            stale = self._stale(space, files.keys())
            operations: list[CommitOperationAdd | CommitOperationDelete | CommitOperationCopy] = [
                *(CommitOperationDelete(name, is_folder=False) for name in stale),
                *(CommitOperationAdd(name, path) for name, path in files.items()),
            ]
            commit = self._api.create_commit(
                space, operations, commit_message=message, repo_type="space"
            )
            return str(commit.oid)

    def _stale(self, space: str, names: Collection[str]) -> list[str]:
        there = self._api.list_repo_files(space, repo_type="space")
        return [name for name in there if name not in names and name not in _KEPT]

    def stage(self, space: str) -> Stage:
        """Return how far a Space is."""
        with _explained(f"tell how the Space {space} is"):
            runtime = self._api.get_space_runtime(space)
        return Stage(str(getattr(runtime.stage, "value", runtime.stage)), _commit_of(runtime.raw))

    def log(self, space: str, build: bool) -> list[str]:
        """Return what a Space has printed, or what was printed when it was built."""
        read = getattr(self._api, "fetch_space_logs", None)
        lines: list[str] = []
        if read is not None:  # of older versions of huggingface_hub the page of the Space tells
            with contextlib.suppress(RemoteError), _explained(f"show the log of {space}"):
                lines.extend("".join(read(space, build=build)).splitlines())
        return lines


def page_of(space: str) -> str:
    """Return the address at which people see a Space."""
    return f"{endpoint()}/spaces/{space}"


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": name, "value": value} for name, value in values.items()]


def _commit_of(raw: Mapping[str, Any]) -> str:
    return str(raw.get("sha") or "")


@contextlib.contextmanager
def _explained(deed: str) -> Iterator[None]:
    """Say what the Hub would not do, and what to do about it."""
    try:
        yield
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else None
        remedy = {
            401: LOGIN,
            402: "See what your account may make.",
            403: "Log in with a token that may write there.",
            409: "Take another name, or say --update.",
        }.get(status or 0, "Try again later.")
        why = error.server_message or f"HTTP {status}"
        text = said(HUB, f"would not {deed} ({why})", remedy)
        raise RemoteError(text, service=HUB, status=status) from error
    except Exception as error:  # which client it has depends on its version
        text = said(HUB, f"could not be asked to {deed} ({text_of(error)})", "Try again later.")
        raise Unreachable(text, service=HUB) from error
