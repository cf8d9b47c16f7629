"""The sheets of a graph in daggr's form."""

from __future__ import annotations

from typing import Any

from daggr_nb._engine.sheet.sheet_index import Index
from daggr_nb._ids import SheetId
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import is_hidden
from daggr_nb._serve.artifacts import Artifacts
from daggr_nb._serve.ids import settable
from daggr_nb._serve.problem import Problem
from daggr_nb._serve.results import as_answer
from daggr_nb._serve.served import Served
from daggr_nb.errors import InputError

USER = "local"


class SheetRoutes:
    """What is asked about sheets, and done to them. May take its time: not for the loop."""

    def __init__(self, served: Served, artifacts: Artifacts) -> None:
        self._served = served
        self._artifacts = artifacts

    def all(self) -> dict[str, Any]:
        """Return the sheets that are on record."""
        if not self._served.recorded:
            return {"sheets": [], "user_id": None}
        names = self._index.names
        shown = [{k: v for k, v in self._sheet(i).items() if k in _SHORT} for i in names]
        return {"sheets": shown, "user_id": USER}

    @property
    def _index(self) -> Index:
        return self._served.session.sheets.index

    def _sheet(self, identity: SheetId) -> dict[str, Any]:
        return {
            "sheet_id": str(identity),
            "user_id": USER,
            "graph_name": self._served.key,
            "name": self._index.names[identity],
            "transform": None,
            "created_at": None,
            "updated_at": None,
        }

    def _named(self, identity: str) -> SheetId:
        sheet = SheetId(identity)
        if not self._served.recorded or sheet not in self._index.names:
            raise Problem(404, f"No sheet has the id {identity!r}. GET /api/sheets lists them.")
        return sheet

    def create(self, name: Any) -> dict[str, Any]:
        """Add a sheet; without a name it gets the next number."""
        if not self._served.recorded:
            raise Problem(
                400, "This graph is not persisted (persist_key=False), so it has no sheets."
            )
        if name is not None:
            self._check_name(name)
        sheets = self._served.session.sheets
        try:
            title = sheets.create(name)
        except InputError as error:
            raise Problem(400, str(error)) from error
        return {"sheet": self._sheet(self._index.id_of(title))}

    def _check_name(self, name: Any) -> None:
        if not isinstance(name, str) or not name.strip():
            raise Problem(400, f'A name was expected as {{"name": "…"}}, got {name!r}.')
        if name in self._index.names.values():
            raise Problem(409, f"There is a sheet {name!r} already. Take another name.")

    def rename(self, identity: str, name: Any) -> dict[str, Any]:
        """Give a sheet another name."""
        sheet = self._named(identity)
        if name != self._index.names[sheet]:
            self._check_name(name)
        try:
            self._served.session.sheets.rename(self._index.names[sheet], name)
        except InputError as error:
            raise Problem(400, str(error)) from error
        return {"success": True, "sheet": self._sheet(sheet)}

    def delete(self, identity: str) -> dict[str, Any]:
        """Take a sheet away; its runs stay in the history."""
        sheet = self._named(identity)
        try:
            self._served.session.delete_sheet(self._index.names[sheet])
        except InputError as error:
            raise Problem(409, str(error)) from error
        return {"success": True}

    def state(self, identity: str) -> dict[str, Any]:
        """Return the inputs of a sheet by id, and what its nodes show."""
        sheet, session = self._named(identity), self._served.session
        at_work = session.sheets.at(sheet)
        with session.lock:
            inputs, structure = at_work.inputs, at_work.structure
            tracked = {ref: inputs.control(*ref) for ref, _ in settable(structure)}
            refs = {
                (name, port): inputs.shown(name, port)
                for name, node in structure.nodes.items()
                if node.runnable
                for port in node.outputs
            }
            values = {
                where: HIDDEN if is_hidden(ref.digest) else inputs.value(*where)
                for where, ref in refs.items()
                if ref is not None and not inputs.edge_skipped(*where)
            }
        shown: dict[str, dict[str, Any]] = {}
        for (name, port), value in values.items():
            component = structure.nodes[name].outputs[port]
            shown.setdefault(str(name), {})[port] = self._answer(value, refs[name, port], component)
        given = {
            f"{ref.node}__{ref.port}": HIDDEN
            if is_hidden(each.ref.digest)
            else self._answer(each.value, each.ref, None)
            for ref, each in tracked.items()
        }
        return {"sheet": self._sheet(sheet), "state": {"inputs": given, "results": shown}}

    def _answer(self, value: Any, ref: Any, component: Any) -> Any:
        address = self._artifacts.address
        return as_answer(value, component, lambda part, steps, c: address(part, ref, steps, c))


_SHORT = ("sheet_id", "name", "created_at", "updated_at")
