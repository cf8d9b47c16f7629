"""Whether a node is what was called otherwise before, as people are asked it."""

from __future__ import annotations

from daggr_nb._engine.session.renaming import RenameQuestion
from daggr_nb._engine.session.session import Session


class Rename:
    """A question that waits for an answer: is ``node`` what was called ``former``?

    ``runs`` says how many are on record of the former one.
    """

    def __init__(self, session: Session, question: RenameQuestion) -> None:
        self._session = session
        self._question = question

    @property
    def node(self) -> str:
        """The name of the node that is there."""
        return str(self._question.node)

    @property
    def former(self) -> str:
        """The name of the one that is gone."""
        return str(self._question.former)

    @property
    def runs(self) -> int:
        """How many runs are on record of that."""
        return self._question.runs

    def accept(self) -> None:
        """Say yes: the node takes over the history, inputs and all else of the former one.

        Raises :class:`~daggr_nb.errors.RunError` while something runs.
        """
        self._session.answer_rename(self._question, yes=True)

    def decline(self) -> None:
        """Say no: they are two nodes. What is on record of the former one stays as it is."""
        self._session.answer_rename(self._question, yes=False)

    def __repr__(self) -> str:
        return f"<Rename {self.former!r} -> {self.node!r}: {self._question.text}>"
