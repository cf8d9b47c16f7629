"""The controls of a graph's sheet by the ids that the REST schema uses."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from daggr_nb._engine.session.session import Session
from daggr_nb._handles.schema import plain_id
from daggr_nb._handles.tables import cells, table
from daggr_nb._ids import PortRef
from daggr_nb._model.structure import Structure
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import is_hidden
from daggr_nb._text import brief, clean, repr_of
from daggr_nb.errors import UnknownPortError, did_you_mean


class Inputs(MutableMapping[str, Any]):
    """The controls of a graph's sheet by ``node__port``."""

    def __init__(self, session: Session, structure: Structure) -> None:
        self._session = session
        self._refs = structure.controls

    @functools.cached_property
    def _by_plain_id(self) -> dict[str, PortRef]:
        return {plain_id(identity): ref for identity, ref in self._refs.items()}

    def ref(self, name: str) -> PortRef:
        """Return the node and the port of an input id; raise ``UnknownPortError`` for others."""
        if name not in self._refs and name in self._by_plain_id:
            return self._by_plain_id[name]
        if name not in self._refs:
            raise UnknownPortError(
                f"There is no input {name!r}; ids are node__port.{did_you_mean(name, self._refs)}",
                port=name,
            )
        return self._refs[name]

    def set(self, values: Mapping[str, Any]) -> None:
        """Set several, all or none."""
        self._session.current.set_inputs({self.ref(n): value for n, value in values.items()})

    def __getitem__(self, name: str) -> Any:
        ref = self.ref(name)
        with self._session.lock:
            return self._session.current.inputs.control(*ref).value

    def __setitem__(self, name: str, value: Any) -> None:
        self.set({name: value})

    def __delitem__(self, name: str) -> None:
        self.set({name: self._session.current.control(*self.ref(name)).component.initial})

    def __iter__(self) -> Iterator[str]:
        return iter(self._refs)

    def __len__(self) -> int:
        return len(self._refs)

    def __contains__(self, name: object) -> bool:
        return name in self._refs

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return clean(repr_of({name: self._said(name) for name in self}))

    def _said(self, name: str) -> Any:
        """Return a value as a cell may show it: what a cell shows is saved with the notebook."""
        tracked = self._session.current.inputs.control(*self.ref(name))
        return HIDDEN if is_hidden(tracked.ref.digest) else tracked.value

    def _repr_html_(self) -> str:
        return table(("input", "value"), [cells(name, brief(self._said(name))) for name in self])
