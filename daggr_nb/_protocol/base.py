"""What all messages have in common: branded names, words, and a strict base."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, JsonValue, WithJsonSchema

NodeId = Annotated[str, WithJsonSchema({"type": "string", "tsType": "NodeId"})]
PortName = Annotated[str, WithJsonSchema({"type": "string", "tsType": "PortName"})]
RunId = Annotated[str, WithJsonSchema({"type": "string", "tsType": "RunId"})]
Digest = Annotated[str, WithJsonSchema({"type": "string", "tsType": "Digest"})]
Json = Annotated[JsonValue, WithJsonSchema({"tsType": "Json"})]


class Message(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,  # which JSON cannot say
        json_schema_serialization_defaults_required=True,
    )
