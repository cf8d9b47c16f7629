"""The canvas: the only code that knows a browser exists.

Importing this package is cheap; anywidget and pydantic load when the first canvas is made.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from daggr_nb._canvas.assets import belong_to_cells
from daggr_nb._canvas.look import DEFAULT, Look
from daggr_nb._engine.session.session import Session
from daggr_nb._paths import written_beside
from daggr_nb._text import clean
from daggr_nb.errors import InputError, StoreError

if TYPE_CHECKING:
    from daggr_nb._canvas.excerpts import PartKind
    from daggr_nb._canvas.export.static_output import Still
    from daggr_nb._canvas.widget import Canvas, Part

Shown = TypeVar("Shown", bound="Canvas")


def canvas_of(session: Session, name: str, look: Look = DEFAULT) -> Canvas:
    """Return the one canvas of a session, made when it is first asked for.

    What a person has made of it since stays, unless the author wants another ``look``.
    """
    from daggr_nb._canvas.widget import Canvas  # noqa: PLC0415 - heavy, loads with the first canvas

    canvas = _kept(session, "", lambda former: Canvas(session, name, former=former, look=look))
    canvas.take(look)
    return canvas


def part_of(
    session: Session,
    name: str,
    kind: PartKind,
    ports: Sequence[tuple[str, str]] = (),
    nodes: Sequence[str] = (),
    label: str = "",
) -> Part:
    """Return the one widget of a session for a part of its graph: a cell may be run again.

    A form without ``ports`` has all controls there are. Where a side panel was asked for, the
    cell shows the whole graph ``inline``, or a line if the browser finds it ``beside``.
    """
    from daggr_nb._canvas.excerpts import excerpt_of  # noqa: PLC0415 - heavy, see below
    from daggr_nb._canvas.widget import Part  # noqa: PLC0415 - heavy, loads with the first canvas

    part = {"kind": kind, "ports": [list(p) for p in ports], "nodes": list(nodes), "label": label}
    excerpt = excerpt_of(kind, ports, nodes)
    return _kept(
        session, repr(part), lambda former: Part(session, name, excerpt, former=former, part=part)
    )


def _kept(session: Session, what: str, make: Callable[[Shown | None], Shown]) -> Shown:
    """Return the living widget of a session for ``what``; one that is gone is made again.

    Where models belong to cells, each that asks gets one of its own.
    """
    widgets: list[Shown] = session.shown.setdefault(what, [])
    closed = next((widget for widget in widgets if widget.gone), None)
    if closed is not None:
        closed.release()
        successor = widgets[widgets.index(closed)] = make(closed)
        return successor
    if not widgets or belong_to_cells():
        widgets.append(make(widgets[-1] if widgets else None))
    return widgets[-1]


def rename_in_parts(session: Session, former: str, latter: str) -> None:
    """Let the widgets for parts of a graph be of a node that is called otherwise."""
    for what, widgets in list(session.shown.items()):
        if what and widgets:
            spec = widgets[0].part
            part = {
                **spec,
                "ports": [[latter if n == former else n, port] for n, port in spec["ports"]],
                "nodes": [latter if n == former else n for n in spec["nodes"]],
            }
            for widget in widgets:
                widget.part = part
            session.shown[repr(part)] = session.shown.pop(what)


def let_go(session: Session) -> None:
    """Close the widgets of a session that nobody will look at any more."""
    for widgets in session.shown.values():
        for widget in widgets:
            widget.release()
    session.shown.clear()


def snapshot_of(session: Session, name: str) -> Still:
    """Return how a session's graph stands now, for an output that outlives the kernel."""
    from daggr_nb._canvas.export.static_output import still_of  # noqa: PLC0415 - heavy, and only for who asks

    return still_of(session, name)


def export_of(session: Session, name: str, path: pathlib.Path) -> pathlib.Path:
    """Write a session's graph into a ``.svg`` or ``.html`` file; returns its path."""
    from daggr_nb._canvas.queries import FORMS  # noqa: PLC0415 - heavy, and only for who asks

    form = FORMS.get(path.suffix.lower().lstrip("."))
    if form is None:
        raise InputError(
            f"export expected a path that ends in .svg or .html, got {str(path)!r}. "
            'Try graph.export("graph.html").'
        )
    make, _ = form
    page = clean(make(session, name))
    try:
        with written_beside(path) as draft:
            draft.write_text(page, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error}. Make room, or choose another place; what was "
            "there is as it was."
        ) from error
    return path
