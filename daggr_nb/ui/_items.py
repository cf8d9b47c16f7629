"""A list of items that people edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daggr_nb import ui
from daggr_nb.errors import InputError
from daggr_nb.ui._component import Component, expected

PLACE = "#"
"""The key under which a view says which row it has edited."""


class ItemList(Component):
    """A list of items, each a dict with one component a field; people can edit it on the card.

    >>> lines = ItemList(speaker=Dropdown(["Host", "Guest"]), text=Textbox(lines=2))
    >>> lines.accept([{"speaker": "Host", "text": "Hello"}])
    [{'speaker': 'Host', 'text': 'Hello'}]

    A port with an item list scatters a field by its name: ``node.port.text`` is short for
    ``node.port.each["text"]``. An edit is kept as another version of the result; it is there in the
    history, and the original stays beside it.
    """

    schema: Mapping[str, Component]

    def __init__(self, **schema: Any) -> None:
        if not schema:
            raise InputError("ItemList expected a component for at least one field, got none.")
        found = {name: ui.component_of(field) for name, field in schema.items()}
        for name, component in found.items():
            if component is None:
                raise InputError(
                    f"ItemList field {name!r} expected a component such as ui.Textbox(), got "
                    f"{type(schema[name]).__name__} {schema[name]!r}."
                )
        super().__init__()
        object.__setattr__(self, "schema", found)

    @property
    def initial(self) -> list[Any]:
        return []

    def accept(self, value: Any) -> list[dict[str, Any]]:
        return self.edited((), value)

    def edited(self, shown: Any, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, (list, tuple)):
            raise InputError(expected(self, "a list of items", value))
        return [self._row(shown, row, place) for place, row in enumerate(value)]

    def _row(self, shown: Any, row: Any, place: int) -> dict[str, Any]:
        if not isinstance(row, Mapping):
            raise InputError(expected(self, f"a dict as item {place}", row))
        before = row.get(PLACE)
        known = isinstance(before, int) and 0 <= before < len(shown)
        made: dict[str, Any] = dict(shown[before]) if known else {}
        for name, component in self.schema.items():
            if name in row:
                try:
                    made[name] = component.accept(row[name])
                except InputError as error:
                    raise InputError(f"Item {place}, {name}: {error}") from error
            elif name not in made:
                made[name] = component.initial
        return made if known else made | {k: row[k] for k in row.keys() - {PLACE} - made.keys()}
