"""Values as a card shows them."""

from __future__ import annotations

from daggr_nb._protocol.base import Digest, Json, Message


class Preview(Message):
    """A value as a card shows it before anybody asks for the whole of it.

    ``summary`` is a short caption such as ``Image 640 × 427``. ``data`` is present when the value
    is small; otherwise the view sends :class:`Fetch` and gets ``mime`` bytes in a buffer.
    ``items`` holds the first few previews of a list, ``count`` its length.
    """

    summary: str
    mime: str
    digest: Digest | None = None
    data: Json = None
    inline: bool = False
    items: list[Preview] = []
    count: int | None = None
