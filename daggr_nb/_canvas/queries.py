"""What a canvas asks without changing anything that is shown: plans, items, history, variants."""

from __future__ import annotations

from functools import singledispatchmethod
from typing import Any

from pydantic import BaseModel

from daggr_nb._canvas.excerpts import WHOLE, Excerpt
from daggr_nb._canvas.export.document import document
from daggr_nb._canvas.export.picture import picture, picture_html
from daggr_nb._canvas.export.python import results_as_python
from daggr_nb._canvas.items import items_listed
from daggr_nb._canvas.runs import compared, record_shown, runs_listed
from daggr_nb._canvas.variants import Variants
from daggr_nb._canvas.views import reason_view
from daggr_nb._engine.session.session import Session
from daggr_nb._protocol.commands import (
    Compare,
    Export,
    Label,
    ListItems,
    ListRuns,
    ListVariants,
    PlanCommand,
    RunVariants,
    ShowRecord,
    Star,
    StopVariants,
)
from daggr_nb._protocol.notifications import Done, Fetched, Planned, PlanStep
from daggr_nb._provenance.log import labels, prune
from daggr_nb._text import encoded

Reply = tuple[BaseModel, list[bytes]]


class Queries:
    """Answers such questions of one session's views, each with one message."""

    def __init__(self, session: Session, name: str, excerpt: Excerpt = WHOLE) -> None:
        self._session = session
        self._name = name
        self._excerpt = excerpt
        self._variants = Variants(session)

    @singledispatchmethod
    def answer(self, command: Any) -> Reply:
        """Return the reply to a command, with its buffers."""
        raise NotImplementedError(f"No handler for {command!r}.")

    @answer.register
    def _(self, command: PlanCommand) -> Reply:
        current = self._session.current
        targets = [current.structure.name_of(target) for target in command.targets]
        current.read_files()
        steps = current.plan(targets, command.mode, command.force)
        told = [
            PlanStep(node=step.node, reasons=[reason_view(r) for r in step.reasons])
            for step in steps
            if self._excerpt.shows(current.structure, step.node)
        ]
        return Planned(id=command.id, steps=told), []

    @answer.register
    def _(self, command: ListItems) -> Reply:
        with self._session.reading() as current:
            return items_listed(current, command), []

    @answer.register
    def _(self, command: ListRuns) -> Reply:
        with self._session.reading() as current:
            return runs_listed(current, command, self._excerpt.whole), []

    @answer.register
    def _(self, command: Compare) -> Reply:
        with self._session.reading() as current:
            return compared(current, command, self._excerpt.whole), []

    @answer.register
    def _(self, command: ShowRecord) -> Reply:
        with self._session.reading() as current:
            return record_shown(current, command), []

    @answer.register
    def _(self, command: Star) -> Reply:
        with self._session.reading() as current:
            prune.star(current.log, current.log.record(command.record).id, command.on)
        return Done(id=command.id), []

    @answer.register
    def _(self, command: Label) -> Reply:
        with self._session.reading() as current:
            record = current.log.record(command.record)
            labels.label(current.log, record.id, command.text)
        return Done(id=command.id), []

    @answer.register
    def _(self, command: ListVariants) -> Reply:
        return self._variants.listed(command), []

    @answer.register
    def _(self, command: RunVariants) -> Reply:
        self._variants.run(command)
        return Done(id=command.id), []

    @answer.register
    def _(self, command: StopVariants) -> Reply:
        self._variants.stop(command)
        return Done(id=command.id), []

    @answer.register
    def _(self, command: Export) -> Reply:
        if command.form == "python":
            code = results_as_python(self._session, command.node or "")
            return Fetched(id=command.id, mime="text/x-python"), [encoded(code)]
        make_document, mime = {**FORMS, "still": _STILL}[command.form]
        text = make_document(self._session, self._name)
        return Fetched(id=command.id, mime=mime), [encoded(text)]


FORMS = {"svg": (picture, "image/svg+xml"), "html": (document, "text/html")}
_STILL = (picture_html, "text/html")
