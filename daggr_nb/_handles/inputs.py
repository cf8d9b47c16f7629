"""The controls of a graph's sheet by the ids that the REST schema uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from daggr_nb._engine.session.session import Session
from daggr_nb._handles.tables import cells, table
from daggr_nb._ids import NodeId
from daggr_nb._model.structure import Structure
from daggr_nb._text import brief
from daggr_nb.errors import UnknownPortError, did_you_mean


class Inputs(MutableMapping[str, Any]):
    """The controls of a graph's sheet by ``node__port``."""

    def __init__(self, session: Session, structure: Structure) -> None:
        self._session = session
        self._places = structure.controls

    def place(self, name: str) -> tuple[NodeId, str]:
        """Return the node and the port of an input id; raise ``UnknownPortError`` for others."""
        if name not in self._places:
            raise UnknownPortError(
                f"There is no input {name!r}; ids are node__port."
                f"{did_you_mean(name, self._places)}",
                port=name,
            )
        return self._places[name]

    def set(self, values: Mapping[str, Any]) -> None:
        """Set several, all or none."""
        self._session.current.set_inputs({self.place(n): value for n, value in values.items()})

    def __getitem__(self, name: str) -> Any:
        place = self.place(name)
        with self._session.lock:
            return self._session.current.inputs.control(*place).value

    def __setitem__(self, name: str, value: Any) -> None:
        self.set({name: value})

    def __delitem__(self, name: str) -> None:
        self.set({name: self._session.current.control(*self.place(name)).component.initial})

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return repr(dict(self))

    def _repr_html_(self) -> str:
        return table(("input", "value"), [cells(name, brief(self[name])) for name in self])
