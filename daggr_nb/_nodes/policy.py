"""Checks of what a node shall do with items, and when it fails."""

from __future__ import annotations

from typing import get_args

from daggr_nb._model.policy import OnError, OnItemError, Pairing, Policy
from daggr_nb.errors import GraphError, did_you_mean

_USUAL = Policy()
_KNOWN = (("on_error", get_args(OnError)), ("on_item_error", get_args(OnItemError)))


def check_policy(node: str, policy: Policy) -> None:
    """Raise :class:`~daggr_nb.errors.GraphError` for a policy that makes no sense."""
    if policy == _USUAL:
        return
    for name, known in _KNOWN:
        _check_word(node, name, getattr(policy, name), known)
    if policy.retries < 0 or policy.retry_delay < 0:
        raise GraphError(f"{node!r}: retries and retry_delay expected numbers from 0.", node=node)
    for name in ("timeout", "idle_timeout"):
        seconds = getattr(policy, name)
        if seconds is not None and not seconds > 0:
            raise GraphError(
                f"{node!r}: {name} expected seconds above 0, got {seconds!r}.", node=node
            )
    if policy.default and policy.on_error != "raise":
        raise GraphError(
            f"{node!r}: default= stands in for a failure, so on_error={policy.on_error!r} would "
            "never happen. Give one of them.",
            node=node,
        )


def check_pairing(node: str, pairing: Pairing) -> None:
    """Raise :class:`~daggr_nb.errors.GraphError` for an unknown way to combine items."""
    _check_word(node, "scatter", pairing, get_args(Pairing))


def _check_word(node: str, name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise GraphError(
            f"{node!r}: {name}= expected one of {', '.join(known)}, got {value!r}."
            f"{did_you_mean(str(value), known)}",
            node=node,
        )
