"""What is told in the place of a message that its host could not take."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from daggr_nb._protocol.displays import LostPreview
from daggr_nb._protocol.notifications import (
    Batch,
    CommandRejected,
    InputUpdate,
    NodeStateUpdate,
    NodeValuesUpdate,
    Splice,
    Update,
    ValueGrowthUpdate,
)
from daggr_nb._protocol.views import CardState

_ONE_BY_ONE = 24  # changes that are suspected one after the other; of more, all are


def instead_of(message: BaseModel, why: str) -> Iterator[BaseModel]:
    """Yield what to try: one value that cannot be told is to hide no other one.

    Of a batch, one change after the other is told with the reason in its place, at last all of
    them; who waits for an answer hears the reason.
    """
    if isinstance(message, Batch):
        changes = message.changes
        if 1 < len(changes) <= _ONE_BY_ONE:
            for at, change in enumerate(changes):
                told = [*changes[:at], _lost(change, why), *changes[at + 1 :]]
                yield message.model_copy(update={"changes": told})
        yield message.model_copy(update={"changes": [_lost(each, why) for each in changes]})
    elif not isinstance(message, CommandRejected) and hasattr(message, "id"):
        yield CommandRejected(id=message.id, error=why)


def _lost(change: Update, why: str) -> Update:
    """Return a change that says why it cannot be told."""
    lost = LostPreview(summary="cannot be shown", data=why, inline=True)
    if isinstance(change, NodeValuesUpdate):
        return change.model_copy(update={"values": dict.fromkeys(change.values, lost)})
    if isinstance(change, ValueGrowthUpdate):
        whole = Splice(path=[], more=lost.model_dump(mode="json"))
        return change.model_copy(update={"splices": [whole]})
    if isinstance(change, NodeStateUpdate):
        state = CardState(status=change.state.status, remarks=[why])
        return change.model_copy(update={"state": state})
    if isinstance(change, InputUpdate):
        return change.model_copy(update={"value": why})
    return change
