"""The sheets of a graph by name: which there are, and which one is shown."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from daggr_nb._ids import SheetId
from daggr_nb._provenance.log.log import Log
from daggr_nb._text import clean
from daggr_nb.errors import InputError, UnknownSheetError, did_you_mean

FIRST = SheetId("Sheet 1")


@dataclass(frozen=True)
class Index:
    """Names by id, in order, and the one that is shown."""

    names: dict[SheetId, str]
    current: SheetId

    def id_of(self, name: str) -> SheetId:
        """Return the sheet of that name; raises with "did you mean"."""
        for identity, title in self.names.items():
            if title == name:
                return identity
        raise UnknownSheetError(
            f"There is no sheet {name!r}.{did_you_mean(str(name), self.names.values())}"
        )

    def free_name(self, base: str = "Sheet") -> str:
        """Return ``Sheet 2`` or the next that nobody has."""
        names, number = set(self.names.values()), len(self.names) + 1
        while f"{base} {number}" in names:
            number += 1
        return f"{base} {number}"

    def check_free(self, name: str) -> str:
        """Return ``name`` if a sheet may be called so."""
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"A sheet needs a name that is not empty, got {name!r}.")
        name = clean(name)
        if name in self.names.values():
            raise InputError(f"There is a sheet {name!r} already. Take another name.")
        return name

    def showing(self, identity: SheetId) -> Index:
        """Return the index with another sheet shown, if it is there."""
        return replace(self, current=identity) if identity in self.names else self

    def with_sheet(self, name: str, identity: SheetId) -> Index:
        return replace(self, names={**self.names, identity: name})

    def without(self, identity: SheetId) -> Index:
        """Return the index without a sheet; its neighbour is shown if it was."""
        order = list(self.names)
        names = {i: n for i, n in self.names.items() if i != identity}
        position = order.index(identity)
        near = order[position - 1] if position else order[1]
        return Index(names, near if self.current == identity else self.current)


class SheetIndex:
    """Reads and changes the index on record; several kernels may. A visitor changes a copy."""

    def __init__(self, log: Log, visited: bool = False) -> None:
        self._log = log
        self._copy = self._read() if visited else None

    def read(self) -> Index:
        """Return the index as it is now."""
        return self._copy or self._read()

    def _read(self) -> Index:
        stored = self._log.read_sheets()
        names = {SheetId(i): str(name) for i, name in stored.get("sheets", [])} or self._found()
        current = SheetId(stored.get("current", ""))
        return Index(names, current if current in names else next(iter(names)))

    def _found(self) -> dict[SheetId, str]:
        """Return the sheets whose inputs are there, though what lists them is not."""
        names: dict[SheetId, str] = {FIRST: FIRST}
        for number, identity in enumerate(sorted(self._log.sheets_with_rows() - {FIRST}), 2):
            names[SheetId(identity)] = f"Sheet {number}"
        return names

    def change(
        self, shown: SheetId, change: Callable[[Index], Index], more: Callable[[], None] | None
    ) -> Index:
        """Replace the index by what ``change`` makes of it, and do ``more``, in one transaction.

        ``shown`` is the sheet that this kernel shows; others may show another.
        """
        if self._copy is not None:
            self._copy = change(self._copy)
            return self._copy
        return self._log.store.write(lambda: self._change(shown, change, more))

    def _change(
        self, shown: SheetId, change: Callable[[Index], Index], more: Callable[[], None] | None
    ) -> Index:
        index = change(self.read().showing(shown))
        if more is not None:
            more()
        self._log.write_sheets(
            {"current": index.current, "sheets": [list(pair) for pair in index.names.items()]}
        )
        return index


def new_sheet_id() -> SheetId:
    """Return a fresh id of a sheet."""
    return SheetId(os.urandom(6).hex())
