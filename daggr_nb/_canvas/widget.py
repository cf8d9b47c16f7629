"""The widget: what anywidget needs, and nothing else; and what all of a kernel share in a page."""

from __future__ import annotations

import functools
import uuid
from typing import Any

import anywidget
import ipywidgets
import traitlets

from daggr_nb._canvas.assets import belong_to_cells, bundled
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._canvas.excerpts import WHOLE, Excerpt
from daggr_nb._canvas.export.picture import picture_html
from daggr_nb._canvas.export.transcript import transcript_html
from daggr_nb._canvas.look import DEFAULT, Look
from daggr_nb._engine.session.session import Session
from daggr_nb._ids import NodeId
from daggr_nb._text import sendable


class Shared(ipywidgets.Widget):  # type: ignore[misc]  # it has no types
    """The module of the canvas that a first view can do without.

    It is sent once a page and saved once a notebook, not once a canvas; a saved page has it
    without a kernel.
    """

    more = traitlets.Unicode(help="the text of a module").tag(sync=True)


def shared() -> Shared | None:
    """Return the one model of this kernel; where models belong to cells there can be none."""
    return None if belong_to_cells() else _shared()


@functools.cache
def _shared() -> Shared:
    return Shared(more=bundled("more.js"))


def _snapshot_now(value: Any, widget: Any) -> Any:
    """SheetState is asked for when a view opens: what it gets is what is true then."""
    return widget.bridge.snapshot()


def _sendable(value: Any, widget: Any) -> Any:
    return sendable(value)


class Canvas(anywidget.AnyWidget):
    """The canvas of a session. All views of it share what they show; pan and zoom are their own."""

    _esm = bundled("index.js")
    _css = bundled("index.css")
    snapshot = traitlets.Dict().tag(sync=True, to_json=_snapshot_now)
    shared = traitlets.Instance(Shared, allow_none=True).tag(
        sync=True, **ipywidgets.widget_serialization
    )
    me = traitlets.Unicode(help="the model's id, by which its page finds it").tag(sync=True)
    height = traitlets.Int(0, help="height in CSS pixels; 0 is what the cards need").tag(sync=True)
    zoom = traitlets.Float(0.0, help="how large a view begins; 0 shows the cards").tag(sync=True)

    def __init__(
        self,
        session: Session,
        name: str,
        excerpt: Excerpt = WHOLE,
        former: Canvas | None = None,
        look: Look = DEFAULT,
        **kwargs: Any,
    ) -> None:
        before = former.bridge if former is not None else None
        self.bridge: Bridge = Bridge(session, name, self._tell, excerpt, before)
        me = uuid.uuid4().hex
        self.look: Look = former.look if former is not None else look
        height = former.height if former is not None else look.height
        # In a row as wide as there is room, in a column as wide as that.
        layout = {"flex": "1 1 auto", "width": "100%", "min_width": "0"}
        own: dict[str, Any] = {"height": height, "zoom": self.look.zoom, "shared": shared()}
        own |= {"me": me, "model_id": me, "layout": layout}
        super().__init__(**{**own, **kwargs})
        self.on_msg(self._heard)

    @property
    def seen(self) -> bool:
        """Whether any page has shown it."""
        return self.bridge.seen

    def take(self, look: Look) -> None:
        """Look as the author says, if that is not what was said before."""
        if look != self.look:
            self.look = look
            self.height, self.zoom = look

    @property
    def gone(self) -> bool:
        """Whether the model was closed, by somebody's ``close`` or by the host."""
        return self.comm is None or bool(self.comm._closed)  # noqa: SLF001 - comms tell nobody

    def release(self) -> None:
        """Let go of what a closed model leaves behind."""
        self.bridge.end()
        self.layout.close()
        self.close()

    def mimebundle(self, **kwargs: Any) -> Any:
        """Return the widget's data and metadata, with a picture for where no widget can live."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        still = self.still()
        return {**data, **({"text/html": still} if still is not None else {})}, metadata

    def still(self) -> str | None:
        """Return a picture as HTML for where no widget can live, if there is one."""
        return picture_html(self.bridge.session, self.bridge.name)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.mimebundle(**kwargs)

    def _heard(self, widget: Any, message: Any, buffers: Any) -> None:
        self.bridge.receive(message, buffers or ())

    def _tell(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        self.send(message, buffers)


class Part(Canvas):
    """One part of a graph on its own: a form, results, a history, a button.

    ``part`` says which, in the words of ``js/src/wire/model.ts``.
    """

    part = traitlets.Dict().tag(sync=True, to_json=_sendable)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # As wide as a row gives room, and in a column no higher than what it holds.
        layout = {"flex": "1 1 auto", "min_width": "0", "max_height": "max-content"}
        super().__init__(*args, **{"layout": layout, **kwargs})

    def still(self) -> str | None:
        """Return a conversation as text, and else none: there is nothing to see without a page."""
        if self.part.get("kind") != "chat":
            return None
        return transcript_html(self.bridge.session, *map(NodeId, self.part["nodes"]))
