"""Keeps controls and the widgets they stand for at one value."""

from __future__ import annotations

import logging
import weakref
from typing import Any

from daggr_nb import ui
from daggr_nb._engine.session.session import Session
from daggr_nb._handles.observing import PortChange, observing
from daggr_nb._ids import PortRef
from daggr_nb._model.feed import Control
from daggr_nb._text import brief
from daggr_nb.errors import InputError, is_interrupt
from daggr_nb.ui._widgets import alike, observed, show_in, value_in

logger = logging.getLogger("daggr_nb")


class Link:
    """One control of a session and one widget. What the sheet has wins when they first meet."""

    def __init__(self, session: Session, ref: PortRef, component: ui.Component) -> None:
        self.widget = component.widget
        self._component = component
        self._session = weakref.ref(session)
        self._ref = ref
        self._trait = observed(component)
        if ref in session.current.sheet.inputs:
            self._show()
        else:
            self._take()
        self.widget.observe(self._on_widget, names=self._trait)
        observing(session).add(ref, self._on_port)

    def close(self) -> None:
        """Let both go their own ways."""
        self.widget.unobserve(self._on_widget, names=self._trait)
        session = self._session()
        if session is not None:
            observing(session).remove(self._ref, self._on_port)

    def _on_widget(self, change: Any) -> None:
        session = self._session()
        if session is not None and session.visit is not None:
            session.visit.entered.add(self._ref)
        self._take()

    def _on_port(self, change: PortChange) -> None:
        self._show()

    def _take(self) -> None:
        """Give the graph what the widget has; what the graph does not take, it does not show."""
        session = self._session()
        if session is None or session.closed:
            return
        value = value_in(self._component)
        try:
            if not alike(session.current.inputs.control(*self._ref).value, value):
                session.current.set_inputs({self._ref: value})
        except InputError as error:
            logger.warning("A widget's value was not taken: %s", error)
            self._show_or_warn(session)

    def _show(self) -> None:
        """Let the widget show what the graph has; the graph takes what the widget makes of it."""
        session = self._session()
        if session is None or session.closed:
            return
        self._show_or_warn(session)
        self._take()

    def _show_or_warn(self, session: Session) -> None:
        value = session.current.inputs.control(*self._ref).value
        try:
            show_in(self._component, value)
        except BaseException as error:  # a trait of any kind may refuse
            if is_interrupt(error):
                raise
            logger.warning("A widget does not show %s: %s", brief(value), error)


_links: weakref.WeakKeyDictionary[Session, dict[PortRef, Link]] = weakref.WeakKeyDictionary()


def link_widgets(session: Session) -> None:
    """Link the controls of the session's graph that stand for widgets, and no others."""
    links = _links.setdefault(session, {})
    linked = dict(_linked(session))
    widgets = {ref: component.widget for ref, component in linked.items()}
    for ref in [p for p, link in links.items() if widgets.get(p) is not link.widget]:
        links.pop(ref).close()
    for ref, component in linked.items():
        if ref not in links:
            links[ref] = Link(session, ref, component)


def _linked(session: Session) -> list[tuple[PortRef, ui.Component]]:
    return [
        (PortRef(name, port), fed.component)
        for name, node in session.current.structure.nodes.items()
        for port, fed in node.inputs.items()
        if isinstance(fed, Control) and fed.component.widget is not None
    ]
