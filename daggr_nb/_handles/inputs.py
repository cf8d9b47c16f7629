"""The controls of a graph's sheet by the ids that the REST schema uses."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from daggr_nb._engine.session.session import Session
from daggr_nb._handles.schema import plain_id
from daggr_nb._handles.tables import cells, table
from daggr_nb._ids import PortRef
from daggr_nb._model.feed import Wire
from daggr_nb._model.node import Node, Port
from daggr_nb._model.structure import Structure
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import is_hidden
from daggr_nb._text import brief, clean, repr_of
from daggr_nb.errors import GraphError, UnknownPortError, did_you_mean


class Inputs(MutableMapping[Any, Any]):
    """The controls of a graph's sheet by ``node__port``, or by port: ``inputs[form.tone]``."""

    def __init__(self, session: Session, structure: Structure) -> None:
        self._session = session
        self._structure = structure
        self._refs = structure.controls

    @functools.cached_property
    def _by_plain_id(self) -> dict[str, PortRef]:
        return {plain_id(identity): ref for identity, ref in self._refs.items()}

    def ref(self, name: str | Port | Node) -> PortRef:
        """Return the node and the port of an input: its id, its port, or a node with one control.

        Raises :class:`~daggr_nb.errors.UnknownPortError` for what is none.
        """
        if isinstance(name, (Port, Node)):
            return control_of(self._structure, name)
        if name not in self._refs and name in self._by_plain_id:
            return self._by_plain_id[name]
        if name not in self._refs:
            raise UnknownPortError(
                f"There is no input {name!r}; ids are node__port.{did_you_mean(name, self._refs)}",
                port=name,
            )
        return self._refs[name]

    def name_of(self, key: str | Port | Node) -> str:
        """Return the id of an input."""
        return key if isinstance(key, str) else "__".join(self.ref(key))

    def set(self, values: Mapping[Any, Any]) -> None:
        """Set several, all or none."""
        self._session.current.set_inputs({self.ref(n): value for n, value in values.items()})

    def __getitem__(self, name: str | Port | Node) -> Any:
        ref = self.ref(name)
        with self._session.lock:
            return self._session.current.inputs.control(*ref).value

    def __setitem__(self, name: str | Port | Node, value: Any) -> None:
        self.set({name: value})

    def __delitem__(self, name: str | Port | Node) -> None:
        self.set({name: self._session.current.control(*self.ref(name)).component.initial})

    def __iter__(self) -> Iterator[str]:
        return iter(self._refs)

    def __len__(self) -> int:
        return len(self._refs)

    def __contains__(self, name: object) -> bool:
        if isinstance(name, (Port, Node)):
            with contextlib.suppress(GraphError):
                return control_of(self._structure, name) in self._refs.values()
            return False
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


def control_of(structure: Structure, target: Port | Node) -> PortRef:
    """Return the control that a port is, or that a node has if it has only one.

    Raises :class:`~daggr_nb.errors.UnknownPortError` for a port that is none, and says what it is.
    """
    if isinstance(target, Node):
        name = structure.name_of(target)
        own = [ref for ref in structure.controls.values() if ref.node == name]
        if len(own) == 1:
            return own[0]
        raise UnknownPortError(
            f"{name!r} has {len(own) or 'no'} controls; expected one of them"
            + (f": {', '.join(f'{target.name}.{ref.port}' for ref in own)}." if own else "."),
            node=name,
        )
    ref = PortRef(structure.name_of(target.node), target.name)
    if ref in structure.controls.values():
        return ref
    feed = target.node.inputs.get(target.name)
    if isinstance(feed, Wire):
        what = f"is fed by {feed.port!r}: set that, or what feeds it"
    elif feed is not None:
        what = "is a constant; feed it from a component, such as ui.Textbox(), to set it"
    elif target.name in target.node.outputs:
        what = (
            f"is what {ref.node!r} makes; graph.override({target!r}, ...) puts a value in its place"
        )
    else:
        what = "is no port of the node"
    raise UnknownPortError(
        f"There is no control {target!r}: it {what}.", node=ref.node, port=ref.port
    )
