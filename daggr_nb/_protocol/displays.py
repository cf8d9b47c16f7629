"""Values as a card shows them: one kind of preview for each display, told apart by ``kind``.

``kind`` names the display, ``mime`` what the bytes are that :class:`Fetch` brings; where these are
a library's or a file's, such as ``image/webp``, one kind stands for many.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType, TypedDict

from daggr_nb._protocol.base import Digest, Json, Message, Told


class PreviewBase(Message):
    """A value as a card shows it before anybody asks for the whole of it.

    ``summary`` is a short caption such as ``Image 640 × 427``, ``size`` what of it stands beside
    the value: ``640 × 427``. ``data`` is what the display draws;
    it is the whole value when it is ``inline``, otherwise the view sends :class:`Fetch` and gets
    ``mime`` bytes in a buffer. ``items`` holds the first few previews of a list, ``count`` its
    length. ``note`` says why the value looks otherwise than its port asks for.
    """

    summary: str
    size: str | None = None
    digest: Digest | None = None
    inline: bool = False
    items: list[Preview] = []
    count: int | None = None
    note: Told = ""


class HeavyBase(PreviewBase):
    """What is fetched when it comes into view; ``on_press``, when somebody presses."""

    on_press: bool = False


# ---------------------------------------------------------------- texts


class TextPreview(PreviewBase):
    kind: Literal["text"] = "text"
    mime: Literal["text/plain"] = "text/plain"
    data: str | None = None


class MarkdownPreview(PreviewBase):
    kind: Literal["markdown"] = "markdown"
    mime: Literal["text/markdown"] = "text/markdown"
    data: str | None = None


class HtmlPreview(PreviewBase):
    kind: Literal["html"] = "html"
    mime: Literal["text/html"] = "text/html"
    data: str | None = None


class CodePreview(PreviewBase):
    kind: Literal["code"] = "code"
    mime: Literal["text/x-code"] = "text/x-code"
    data: str | None = None


class LatexPreview(PreviewBase):
    kind: Literal["latex"] = "latex"
    mime: Literal["text/latex"] = "text/latex"
    data: str | None = None


class MarkedText(TypedDict):
    """Parts of a text, each with its mark: what it is, or a score."""

    parts: list[tuple[str, Json]]
    colors: dict[str, str]


class MarkedPreview(PreviewBase):
    kind: Literal["marked"] = "marked"
    mime: Literal["application/x-daggr-marked"] = "application/x-daggr-marked"
    data: MarkedText


class ChatMessage(TypedDict):
    """What one says; ``chat`` tells Markdown of a chatbot from a line of a dialogue."""

    who: str
    text: str
    chat: bool


class ChatPreview(PreviewBase):
    kind: Literal["chat"] = "chat"
    mime: Literal["application/x-daggr-chat"] = "application/x-daggr-chat"
    data: list[ChatMessage]


# ---------------------------------------------------------------- data


class JsonPreview(PreviewBase):
    kind: Literal["json"] = "json"
    mime: Literal["application/json"] = "application/json"
    data: Json = None


class TreePreview(PreviewBase):
    """Plain data that opens and closes."""

    kind: Literal["tree"] = "tree"
    mime: Literal["application/json"] = "application/json"
    data: Json = None


class ItemsPreview(PreviewBase):
    """Rows that people edit; ``data`` is absent when they are too many."""

    kind: Literal["items"] = "items"
    mime: Literal["application/vnd.daggr.items+json"] = "application/vnd.daggr.items+json"
    data: list[dict[str, Json]] | None = None


class Classes(TypedDict):
    """The best class, and the confidences; one that is no number is its text."""

    label: str
    parts: list[tuple[str, float | str]]


class LabelPreview(PreviewBase):
    kind: Literal["label"] = "label"
    mime: Literal["application/x-daggr-label"] = "application/x-daggr-label"
    data: Classes


class PalettePreview(PreviewBase):
    kind: Literal["palette"] = "palette"
    mime: Literal["application/x-daggr-colors"] = "application/x-daggr-colors"
    data: list[str]


class ArrayFacts(TypedDict):
    """``min`` and ``max`` are absent where values have no order."""

    shape: str
    dtype: str
    values: str
    min: str | None
    max: str | None


class ArrayPreview(PreviewBase):
    kind: Literal["array"] = "array"
    mime: Literal["application/x-daggr-array"] = "application/x-daggr-array"
    data: ArrayFacts


class Column(TypedDict):
    name: str
    kind: str
    type: str


NoValue = TypedDict("NoValue", {"is": str})
"""What a cell shows that stands for nothing, such as ``NaN``: so it is told from a text."""


class CutCell(TypedDict):
    """The beginning of a cell that is longer than a card has room for."""

    cut: str


Cell = str | int | float | bool | NoValue | CutCell | None


class Rows(TypedDict):
    """Some rows of a table, from ``start`` on, each with what its index says."""

    start: int
    index: list[str]
    rows: list[list[Cell]]


class TableRows(Rows):
    """The first rows of a table; ``hidden`` counts the columns that are not there."""

    columns: list[Column]
    hidden: int


class TablePreview(PreviewBase):
    kind: Literal["table"] = "table"
    mime: Literal["application/x-daggr-table"] = "application/x-daggr-table"
    data: TableRows


class PlotlyFigure(TypedDict):
    height: float | None


class PlotlyPreview(HeavyBase):
    """A figure; what draws it is fetched, and so is its script."""

    kind: Literal["plotly"] = "plotly"
    mime: Literal["application/vnd.plotly.v1+json"] = "application/vnd.plotly.v1+json"
    data: PlotlyFigure


# ---------------------------------------------------------------- media


class FileInfo(TypedDict):
    name: str
    size: int
    mime: str


class ImagePreview(PreviewBase):
    """A picture; ``data`` says which file it is, if it is one."""

    kind: Literal["image"] = "image"
    mime: str = "image/png"
    data: FileInfo | None = None


class AudioPreview(HeavyBase):
    """Sound; ``rows`` asks for how loud it is from moment to moment."""

    kind: Literal["audio"] = "audio"
    mime: str
    data: FileInfo


class VideoPreview(HeavyBase):
    kind: Literal["video"] = "video"
    mime: str
    data: FileInfo


class FilesPreview(PreviewBase):
    kind: Literal["files"] = "files"
    mime: Literal["application/x-daggr-files"] = "application/x-daggr-files"
    data: list[FileInfo]


class ModelPreview(HeavyBase):
    """A model in space."""

    kind: Literal["model"] = "model"
    mime: Literal["application/x-daggr-model"] = "application/x-daggr-model"
    data: list[FileInfo]


class Pictures(TypedDict):
    """Of each of ``items``: its caption, and whether the value is a pair of picture and caption."""

    captions: list[str | None]
    deep: list[bool]


class GalleryPreview(PreviewBase):
    kind: Literal["gallery"] = "gallery"
    mime: Literal["application/x-daggr-gallery"] = "application/x-daggr-gallery"
    data: Pictures


class BeforeAndAfter(Pictures):
    position: float


class ComparePreview(PreviewBase):
    """Two pictures, one over the other; ``position`` says how many percent of the first show."""

    kind: Literal["compare"] = "compare"
    mime: Literal["application/x-daggr-compare"] = "application/x-daggr-compare"
    data: BeforeAndAfter


class LostPreview(PreviewBase):
    """What cannot be shown, with the reason; what is ``pending`` comes when it is ready."""

    kind: Literal["lost"] = "lost"
    mime: Literal["application/x-daggr-lost"] = "application/x-daggr-lost"
    data: Told
    pending: bool = False


# ---------------------------------------------------------------- several values


class ListPreview(PreviewBase):
    """Values in a line each, or pictures in a grid."""

    kind: Literal["list"] = "list"
    mime: Literal["application/x-daggr-list"] = "application/x-daggr-list"
    data: None = None


class EachPreview(PreviewBase):
    """Values each of which is shown as it would be alone."""

    kind: Literal["each"] = "each"
    mime: Literal["application/x-daggr-each"] = "application/x-daggr-each"
    data: None = None


Preview = TypeAliasType(
    "Preview",
    Annotated[
        TextPreview
        | MarkdownPreview
        | HtmlPreview
        | CodePreview
        | LatexPreview
        | MarkedPreview
        | ChatPreview
        | JsonPreview
        | TreePreview
        | ItemsPreview
        | LabelPreview
        | PalettePreview
        | ArrayPreview
        | TablePreview
        | PlotlyPreview
        | ImagePreview
        | AudioPreview
        | VideoPreview
        | FilesPreview
        | ModelPreview
        | GalleryPreview
        | ComparePreview
        | LostPreview
        | ListPreview
        | EachPreview,
        Field(discriminator="kind"),
    ],
)
