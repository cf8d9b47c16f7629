"""Keeps controls and the widgets they stand for at one value."""

from __future__ import annotations

import logging
import weakref
from typing import Any

from daggr_nb._engine.session.session import Session
from daggr_nb._handles.observing import PortChange, observing
from daggr_nb._ids import PortRef
from daggr_nb._model.feed import Control
from daggr_nb.errors import InputError, is_interrupt

logger = logging.getLogger("daggr_nb")


class Link:
    """One control of a session and one widget. What the sheet has wins when they first meet."""

    def __init__(self, session: Session, ref: PortRef, widget: Any) -> None:
        self.widget = widget
        self._session = weakref.ref(session)
        self._ref = ref
        tracked = session.current.sheet.inputs.get(ref)
        if tracked is not None:
            self._show(tracked.value)
        else:
            self._take(widget.value)
        widget.observe(self._on_widget, names="value")
        observing(session).add(ref, self._on_port)

    def close(self) -> None:
        """Let both go their own ways."""
        self.widget.unobserve(self._on_widget, names="value")
        session = self._session()
        if session is not None:
            observing(session).remove(self._ref, self._on_port)

    def _on_widget(self, change: Any) -> None:
        session = self._session()
        if session is not None and session.visit is not None:
            session.visit.entered.add(self._ref)
        self._take(change["new"])

    def _on_port(self, change: PortChange) -> None:
        self._show(change.new)

    def _take(self, value: Any) -> None:
        session = self._session()
        if session is None or session.closed:
            return
        value = list(value) if isinstance(value, tuple) else value
        try:
            if session.current.inputs.control(*self._ref).value != value:
                session.current.set_inputs({self._ref: value})
        except InputError as error:
            logger.warning("A widget's value was not taken: %s", error)

    def _show(self, value: Any) -> None:
        """Let the widget show a value; what it does not take, it does not show."""
        if isinstance(self.widget.value, tuple) and isinstance(value, list):
            value = tuple(value)
        if value is None or self.widget.value == value:
            return
        try:
            self.widget.value = value
        except BaseException as error:  # a trait of any kind may refuse
            if is_interrupt(error):
                raise
            logger.warning("A widget does not show %r: %s", value, error)


_links: weakref.WeakKeyDictionary[Session, dict[PortRef, Link]] = weakref.WeakKeyDictionary()


def link_widgets(session: Session) -> None:
    """Link the controls of the session's graph that stand for widgets, and no others."""
    links = _links.setdefault(session, {})
    widgets = dict(_widgets(session))
    for ref in [p for p, link in links.items() if widgets.get(p) is not link.widget]:
        links.pop(ref).close()
    for ref, widget in widgets.items():
        if ref not in links:
            links[ref] = Link(session, ref, widget)


def _widgets(session: Session) -> list[tuple[PortRef, Any]]:
    return [
        (PortRef(name, port), fed.component.widget)
        for name, node in session.current.structure.nodes.items()
        for port, fed in node.inputs.items()
        if isinstance(fed, Control) and fed.component.widget is not None
    ]
