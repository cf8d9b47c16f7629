"""A list of items that people edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

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

    shows: ClassVar[str] = "a list of dicts"

    def __init__(self, **schema: Any) -> None:
        if not schema:
            raise InputError("ItemList expected a component for at least one field, got none.")
        components = {name: ui.component_of(field) for name, field in schema.items()}
        for name, component in components.items():
            if component is None:
                raise InputError(
                    f"ItemList field {name!r} expected a component such as ui.Textbox(), got "
                    f"{type(schema[name]).__name__} {schema[name]!r}."
                )
        super().__init__()
        object.__setattr__(self, "schema", components)

    @property
    def initial(self) -> list[Any]:
        return []

    def accept(self, value: Any) -> list[dict[str, Any]]:
        return self.edited((), value)

    def edited(self, previous: Any, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, (list, tuple)):
            raise InputError(expected(self, "a list of items", value))
        return [self._item(previous, row, index) for index, row in enumerate(value)]

    def _item(self, previous: Any, row: Any, index: int) -> dict[str, Any]:
        if not isinstance(row, Mapping):
            raise InputError(expected(self, f"a dict as item {index}", row))
        origin = row.get(PLACE)
        is_edit = isinstance(origin, int) and 0 <= origin < len(previous)
        item: dict[str, Any] = dict(previous[origin]) if is_edit else {}
        for name, component in self.schema.items():
            if name in row:
                try:
                    item[name] = component.edited(item.get(name), row[name])
                except InputError as error:
                    raise InputError(f"Item {index}, {name}: {error}") from error
            elif name not in item:
                item[name] = component.initial
        return item if is_edit else item | {k: row[k] for k in row.keys() - {PLACE} - item.keys()}
