"""The sheets of a graph by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from daggr_nb._engine.session.session import Session


class Sheets(Iterable[str]):
    """The sheets of a graph by name. ``create`` adds one, ``use`` shows it.

    >>> graph = Graph("Tabs", persist_key=False)
    >>> graph.sheets.create("Bold")
    'Bold'
    >>> graph.sheets.use("Bold")
    >>> graph.sheets
    <Sheets 'Sheet 1', *'Bold'>
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def current(self) -> str:
        """The name of the sheet that is shown."""
        index = self._session.sheets.index
        return index.names[index.current]

    def create(self, name: str | None = None) -> str:
        """Add an empty sheet, ``Sheet 2`` and so on without a name; return its name."""
        return self._session.sheets.create(name)

    def duplicate(self, name: str | None = None, to: str | None = None) -> str:
        """Add a sheet with the inputs, results and layout of another; return its name."""
        return self._session.sheets.create(to, name or self.current)

    def use(self, name: str) -> None:
        """Show a sheet, on canvases too. Runs of the former one go on.

        Raises :class:`~daggr_nb.errors.UnknownSheetError` for a name that is none.
        """
        self._session.sheets.use(name)

    def rename(self, name: str, to: str) -> None:
        """Give a sheet another name."""
        self._session.sheets.rename(name, to)

    def delete(self, name: str) -> None:
        """Take a sheet away; its runs stay in the history. The last one cannot be deleted."""
        self._session.delete_sheet(name)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._session.sheets.index.names.values()))

    def __len__(self) -> int:
        return len(self._session.sheets.index.names)

    def __contains__(self, name: object) -> bool:
        return name in self._session.sheets.index.names.values()

    def __repr__(self) -> str:
        names = ("*" * (name == self.current) + repr(name) for name in self)
        return f"<Sheets {', '.join(names)}>"
