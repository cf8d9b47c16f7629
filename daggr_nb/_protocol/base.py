"""What all messages have in common: branded names, words, and a strict base."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, JsonValue, PlainSerializer, WithJsonSchema

from daggr_nb._text import clean, sendable

NodeId = Annotated[str, WithJsonSchema({"type": "string", "tsType": "NodeId"})]
PortName = Annotated[
    str,
    PlainSerializer(clean, return_type=str),  # as a key, too, which pydantic would change
    WithJsonSchema({"type": "string", "tsType": "PortName"}),
]
RunId = Annotated[str, WithJsonSchema({"type": "string", "tsType": "RunId"})]
Digest = Annotated[str, WithJsonSchema({"type": "string", "tsType": "Digest"})]
TOLD, WITHHELD = "told", "withheld"
Told = Annotated[str, TOLD]
"""A text about things of the server; a visitor is not told where they are."""
Withheld = Annotated[str, WITHHELD]
"""A text for who can change the code; a visitor does not get it."""
Json = Annotated[JsonValue, WithJsonSchema({"tsType": "Json"})]


class Message(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,  # which JSON cannot say
        json_schema_serialization_defaults_required=True,
    )


def as_sent(message: BaseModel) -> dict[str, Any]:
    """Return a message as JSON that every host can write: its texts are cleaned.

    Hosts refuse a message with half of a surrogate pair in it, or with what is no finite number.
    """
    data = message.model_dump(mode="json")
    try:
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        data = sendable(data)
    return data
