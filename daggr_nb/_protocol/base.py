"""What all messages have in common: branded names, words, and a strict base."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, JsonValue, WithJsonSchema

NodeId = Annotated[str, WithJsonSchema({"type": "string", "tsType": "NodeId"})]
PortName = Annotated[str, WithJsonSchema({"type": "string", "tsType": "PortName"})]
RunId = Annotated[str, WithJsonSchema({"type": "string", "tsType": "RunId"})]
Digest = Annotated[str, WithJsonSchema({"type": "string", "tsType": "Digest"})]
Json = Annotated[JsonValue, WithJsonSchema({"tsType": "Json"})]

Status = Literal[
    "missing",
    "queued",
    "running",
    "stopping",
    "waiting",
    "succeeded",
    "cached",
    "recovered",
    "failed",
    "blocked",
    "skipped",
    "cancelled",
]
Freshness = Literal["fresh", "stale", "missing", "unverified"]
Icon = Literal[
    "function", "input", "space", "inference", "choice", "interaction", "template", "route", "node"
]
RunMode = Literal["stale", "to_here", "step", "downstream"]


class Message(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_serialization_defaults_required=True
    )
