"""Print the JSON Schema of the wire, from which the TypeScript types are generated.

python -m daggr_nb._protocol.schema > schema.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from daggr_nb._protocol.commands import COMMANDS, command_adapter
from daggr_nb._protocol.notifications import notification_adapter


class _WithoutFieldTitles(GenerateJsonSchema):
    """Titles of fields would become an alias each in TypeScript."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def wire_schema() -> dict[str, Any]:
    """Return one schema whose definitions hold every message, ``Command`` and ``Notification``.

    ``Replies`` maps the kind of a command to the notification that answers it.
    """
    definitions: dict[str, Any] = {}
    adapters: dict[str, TypeAdapter[Any]] = {
        "Command": command_adapter,
        "Notification": notification_adapter,
    }
    for name, adapter in adapters.items():
        schema = adapter.json_schema(mode="serialization", schema_generator=_WithoutFieldTitles)
        definitions |= schema.pop("$defs", {})
        schema.pop("discriminator", None)
        definitions[name] = schema
    definitions["Replies"] = _replies()
    return {"title": "Wire", "type": "object", "$defs": definitions}


def _replies() -> dict[str, Any]:
    answered = {
        command.model_fields["kind"].default: {"$ref": f"#/$defs/{command.reply.__name__}"}
        for command in COMMANDS
        if command.reply is not None
    }
    return {"type": "object", "properties": answered, "required": [*answered]}


if __name__ == "__main__":
    json.dump(wire_schema(), sys.stdout, indent=1, sort_keys=True)
