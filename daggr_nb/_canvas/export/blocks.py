"""What the cards of a still picture hold, part by part: each knows its height, and draws itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.data.table import cell_text
from daggr_nb._canvas.displays.display import SET, component_at
from daggr_nb._canvas.displays.jsonable import digits_shown, number_text
from daggr_nb._canvas.displays.media.folder import FOLDER
from daggr_nb._canvas.displays.rendering import size
from daggr_nb._canvas.export.lettering import fitted, width_of, wrapped
from daggr_nb._canvas.export.markdown import without_marks
from daggr_nb._canvas.export.thumbnails import Thumbnail, Thumbnails
from daggr_nb._protocol.displays import (
    ArrayPreview,
    ChatPreview,
    CodePreview,
    ComparePreview,
    FilesPreview,
    GalleryPreview,
    HtmlPreview,
    ItemsPreview,
    JsonPreview,
    LabelPreview,
    LatexPreview,
    LostPreview,
    MarkdownPreview,
    MarkedPreview,
    ModelPreview,
    PalettePreview,
    Preview,
    TablePreview,
    TextPreview,
    TreePreview,
    VideoPreview,
)
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._text import clean
from daggr_nb.errors import is_interrupt

LINE, _TEXT, _GAP = 22.0, 17.0, 6.0
_TALLEST, _ACROSS, _PICTURES = 240.0, 3, 6
_ROWS, _LINES = 5, 4
_COLUMN = 120.0
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}")
_TAG = re.compile(r"<(style|script)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Block:
    """A part of a card, drawn from its left upper corner."""

    height: float
    svg: str


def escaped(text: str) -> str:
    """Return a text as XML can have it: most control characters it cannot, not even escaped."""
    return escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", clean(text)))


def is_colour(said: Any) -> bool:
    """Whether a value is a colour, written such that it may stand in a document."""
    return isinstance(said, str) and _COLOUR.fullmatch(said) is not None


def text(x: float, y: float, said: str, look: str) -> str:
    """Return a line of text, which the caller has made short enough."""
    return f"<text class='{look}' x='{x:.1f}' y='{y:.1f}'>{escaped(said)}</text>" if said else ""


# ---------------------------------------------------------------- lines


def line(label: str, said: str, room: float, look: str = "quiet") -> Block:
    """Return a name on the left and what is said of it on the right, with a gap between them."""
    name = fitted(label, room * (0.62 if said else 1))
    left = room - width_of(name) - 14
    right = text(room, 15, fitted(said, left), f"{look} end") if said and left > 24 else ""
    return Block(LINE, text(0, 15, name, "ink") + right)


def paragraph(lines: Sequence[str], look: str = "ink") -> Block:
    """Return lines of text, one below the other."""
    return Block(
        len(lines) * _TEXT + 4,
        "".join(text(0, 12 + i * _TEXT, each, look) for i, each in enumerate(lines)),
    )


def field(lines: Sequence[str], room: float, look: str = "ink") -> Block:
    """Return lines of text on a ground of their own, as in a control."""
    height = len(lines) * _TEXT + 9
    ground = f"<rect class='sunken' width='{room:.0f}' height='{height:.0f}' rx='5'/>"
    said = "".join(text(8, 16.5 + i * _TEXT, each, look) for i, each in enumerate(lines))
    return Block(height + _GAP, ground + said)


def labelled(label: str, said: str, room: float, most: int = 3) -> list[Block]:
    """Return a name with a text beside it, or below it where there is no room."""
    one = " ".join(said.split())
    if width_of(label) + 14 + width_of(one) <= room:
        return [line(label, one, room, "ink")]
    return [line(label, "", room), field(wrapped(said, room - 16, most), room)]


# ---------------------------------------------------------------- controls


def control(label: str, value: Any, room: float) -> list[Block]:
    """Return an input that people edit."""
    if is_colour(value):
        shown = f"<rect x='{room - 44:.0f}' y='4' width='44' height='14' rx='4' fill='{value}'/>"
        name = line(label, "", room - 54)
        return [Block(LINE, name.svg + shown)]
    return labelled(label, plain(value), room)


def first(count: int, most: int) -> int:
    """Return how many of some are shown: all, if else one line would tell of one more."""
    return count if count <= most + 1 else most


def plain(value: Any) -> str:
    """Return the value of a control in words."""
    if value == SET:
        return HIDDEN
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return number_text(value)
    label = ui.choice_label(value)
    if label is not None:
        return label
    if isinstance(value, list) and all(map(_is_brief, value)):
        return ", ".join(map(plain, value)) or "–"
    return value if isinstance(value, str) else digits_shown(json.dumps(value, ensure_ascii=False))


def _is_brief(value: Any) -> bool:
    return isinstance(value, (str, int, float)) or ui.choice_label(value) is not None


# ---------------------------------------------------------------- values


@dataclass(frozen=True)
class Value:
    """A value to draw: its preview, itself if it is at hand, and the component that shows it."""

    preview: Preview
    value: Any = None
    component: Any = None

    def part(self, index: int) -> Value:
        """Return one of several values."""
        seen = self.preview
        deep = isinstance(seen, GalleryPreview | ComparePreview) and seen.data["deep"][index]
        item: Any = None
        if isinstance(self.value, (list, tuple)) and index < len(self.value):
            item = self.value[index][0] if deep else self.value[index]
        return Value(seen.items[index], item, component_at(self.component, index))


def pictured(seen: Preview) -> bool:
    """Whether a preview is drawn with pictures, for which the value itself is needed."""
    return seen.kind in _FROM_VALUES or any(map(pictured, seen.items))


_FROM_VALUES = frozenset({"image", "audio", "plotly"})


def output(label: str, shown: Value, room: float, thumbnails: Thumbnails) -> list[Block]:
    """Return a result: its name, and what it looks like."""
    seen = shown.preview
    if seen.kind in ("text", "markdown", "json") and not seen.items:
        said = first_words(seen)
        if said and "\n" not in said.strip() and not isinstance(seen.data, (list, dict)):
            return labelled(label, said, room, _LINES)
    body = drawn(shown, room, thumbnails)
    return [line(label, seen.summary, room), *body]


def drawn(shown: Value, room: float, thumbnails: Thumbnails) -> list[Block]:
    """Return what a value looks like."""
    seen = shown.preview
    if seen.kind in _FROM_VALUES:
        return _BY_VALUE[seen.kind](shown, room, thumbnails)
    if seen.items and all(item.kind == "image" for item in seen.items):
        return _gallery(shown, room, thumbnails)
    if seen.items:
        return list(_several(shown, room, thumbnails))
    draw = _DRAWN.get(seen.kind)
    if draw is not None:
        return draw(seen, room)
    said = first_words(seen)
    return [field(wrapped(said, room - 16, _LINES), room)] if said.strip() else []


def first_words(seen: Preview) -> str:
    """Return what a value says, as text."""
    if isinstance(seen, MarkdownPreview):
        return without_marks(seen.data or "")
    if isinstance(seen, HtmlPreview):
        return " ".join(_TAG.sub(" ", seen.data or "").split()) or seen.summary
    if isinstance(seen, MarkedPreview):
        return "".join(part for part, _ in seen.data["parts"])
    if isinstance(seen, TextPreview | CodePreview | LatexPreview | LostPreview):
        return seen.data if seen.data is not None else seen.summary
    if isinstance(seen, LabelPreview):
        return seen.data["label"]
    if isinstance(seen, JsonPreview | TreePreview) and seen.inline:
        return plain(seen.data)
    return seen.summary


def _image(shown: Value, room: float, thumbnails: Thumbnails) -> list[Block]:
    picture = _thumbnail(shown, room, thumbnails)
    aspect = (picture.aspect if picture else 0) or _aspect_of(shown.preview) or 1.5
    height = min(_TALLEST, room / aspect)
    width = min(room, height * aspect)
    return [Block(height + _GAP + 2, _framed(picture, (room - width) / 2, 2, width, height))]


def _gallery(shown: Value, room: float, thumbnails: Thumbnails) -> list[Block]:
    count = shown.preview.count or len(shown.preview.items)
    across = min(_ACROSS, count) if count != 4 else 2
    side = (room - _GAP * (across - 1)) / across
    height = min(side, 100.0)
    cells = ""
    most = min(_PICTURES, len(shown.preview.items))
    for index in range(most):
        picture = _thumbnail(shown.part(index), side, thumbnails)
        x, y = index % across * (side + _GAP), 2 + index // across * (height + _GAP)
        cells += _framed(picture, x, y, side, height, cover=True)
    rows = -(-most // across)
    blocks = [Block(rows * (height + _GAP) + 2, cells)]
    if count > most:
        blocks.append(paragraph([f"and {count - most:,} more"], "quiet"))
    return blocks


def _thumbnail(shown: Value, width: float, thumbnails: Thumbnails) -> Thumbnail | None:
    if shown.value is None:
        return None
    return thumbnails.of(shown.value, shown.component, width, _key_of(shown))


def _key_of(shown: Value) -> str | None:
    digest = shown.preview.digest
    return None if digest is None or digest.startswith("so-far") else digest


def _framed(
    picture: Thumbnail | None, x: float, y: float, width: float, height: float, cover: bool = False
) -> str:
    place = f"x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}'"
    if picture is None:
        return f"<rect class='sunken' {place} rx='5'/>"
    fit = " preserveAspectRatio='xMidYMid slice'" if cover else ""
    return f"<image {place}{fit} style='clip-path:inset(0 round 5px)' href='{picture.href}'/>"


def _aspect_of(seen: Preview) -> float:
    found = re.search(r"(\d+) × (\d+)", seen.summary)
    return int(found[1]) / int(found[2]) if found and int(found[2]) else 0.0


def _several(shown: Value, room: float, thumbnails: Thumbnails) -> Iterator[Block]:
    """Yield values in a line each, the first ones."""
    items = shown.preview.items
    count = shown.preview.count or len(items)
    most = min(first(count, _ROWS), len(items))
    for index, item in enumerate(items[:most]):
        number = text(0, 14, str(index + 1), "quiet")
        if isinstance(item, PalettePreview):
            (strip,) = _palette(item, room - 22)
            yield Block(LINE, f"{number}<g transform='translate(22 1)'>{strip.svg}</g>")
        elif item.kind == "image":
            (one,) = _image(shown.part(index), room - 22, thumbnails)
            yield Block(one.height, f"{number}<g transform='translate(22)'>{one.svg}</g>")
        else:
            yield Block(
                _TEXT + 3, number + text(22, 14, fitted(first_words(item), room - 22), "ink")
            )
    if count > most:
        yield paragraph([f"and {count - most:,} more"], "quiet")


def _palette(seen: PalettePreview, room: float) -> list[Block]:
    colours = [each for each in seen.data if is_colour(each)][:24] or ["#808080"]
    each = room / len(colours)
    strip = "".join(
        f"<rect x='{i * each:.1f}' y='4' width='{each + 0.3:.1f}' height='12' fill='{colour}'/>"
        for i, colour in enumerate(colours)
    )
    clip = "style='clip-path:inset(0 round 3px)'"
    return [Block(LINE, f"<g {clip}>{strip}</g>")]


def _label(seen: LabelPreview, room: float) -> list[Block]:
    blocks = [Block(LINE, text(0, 15, fitted(seen.data["label"], room, 13, True), "ink name"))]
    for name, share in seen.data["parts"][:_LINES]:
        is_number = isinstance(share, (int, float))
        said = f"{share:.0%}" if is_number else str(share)
        bar = max(0.0, min(1.0, float(share))) * room if is_number else 0.0
        ground = f"<rect class='sunken' y='19' width='{room:.0f}' height='4' rx='2'/>"
        filled = f"<rect class='data' y='19' width='{bar:.1f}' height='4' rx='2'/>"
        blocks.append(Block(28, line(name, said, room).svg + ground + (filled if bar else "")))
    return blocks


def _table(seen: TablePreview, room: float) -> list[Block]:
    data = seen.data
    rows = data["rows"][:_ROWS]
    columns = []
    for place, column in enumerate(data["columns"]):
        cells = [column["name"], *(cell_text(row[place]) for row in rows)]
        is_number = all(isinstance(row[place], (int, float, type(None))) for row in rows)
        columns.append((cells, is_number, min(_COLUMN, max(map(width_of, cells), default=0) + 2)))
    svg, x = "", 0.0
    for cells, is_number, width in columns:
        left = room - x
        if x and left < min(width, 44):
            break
        width = min(width, left)
        for row, cell in enumerate(cells):
            look = "quiet" if row == 0 else "ink"
            at = x + width if is_number else x
            anchor = f"{look} end" if is_number else look
            svg += text(at, 14 + row * _TEXT, fitted(cell, width), anchor)
        x += width + 14
    rule = f"<path class='hair' d='M0 {_TEXT + 2.5:.1f}h{room:.0f}'/>"
    return [Block((len(rows) + 1) * _TEXT + 10, svg + rule)] if columns else []


def _sound(shown: Value, room: float, thumbnails: Thumbnails) -> list[Block]:
    """Return a player that shows how loud a sound is, from moment to moment."""
    left, right = 32.0, room - 14
    peaks: Sequence[float] = ()
    if shown.value is not None:
        count = int((right - left) / _BAR)
        peaks = thumbnails.peaks_of(shown.value, shown.component, count, _key_of(shown))
    track = f"<path class='hair' d='M{left:.0f} 15h{right - left:.0f}' stroke-width='3'/>"
    if peaks:
        loudest = max(peaks) or 1.0
        each = (right - left) / len(peaks)
        track = "".join(
            f"<rect class='data' x='{left + i * each:.1f}' y='{15 - half:.1f}' "
            f"width='{each - 1:.1f}' height='{2 * half:.1f}' rx='1'/>"
            for i, half in enumerate(max(0.7, 11 * peak / loudest) for peak in peaks)
        )
    ground = f"<rect class='sunken' width='{room:.0f}' height='30' rx='15'/>"
    return [Block(30 + _GAP, ground + _play(14) + track)]


_BAR = 4.0  # pixels for each moment of a sound


def _play(x: float, y: float = 9.5) -> str:
    return f"<path class='quiet' d='M{x:.1f} {y:.1f}v11l9-5.5z'/>"


def _film(seen: VideoPreview, room: float) -> list[Block]:
    """Return the place of a film: which one it is, as only a browser can draw it."""
    return [_placeholder(seen.data["name"] if seen.data else "Film", room, _play(room / 2 - 4, 31))]


def _chart(shown: Value, room: float, thumbnails: Thumbnails) -> list[Block]:
    """Return the place of a figure that only its own script draws: which one it is."""
    try:
        layout, traces = shown.value.layout, shown.value.data
        title = getattr(layout.title, "text", None)
        kinds = ", ".join(dict.fromkeys(str(trace.type) for trace in traces[:_ROWS]))
        said = str(title or "") or (f"Plotly: {kinds}" if kinds else shown.preview.summary)
    except BaseException as error:  # a library's object may raise anything
        if is_interrupt(error):
            raise
        said = shown.preview.summary
    bars = "".join(
        f"<rect class='data' x='{room / 2 - 14 + 10 * i:.1f}' y='{47 - high}' width='7' "
        f"height='{high}' rx='1.5'/>"
        for i, high in enumerate((10, 22, 15))
    )
    return [_placeholder(said, room, bars)]


def _placeholder(said: str, room: float, sign: str) -> Block:
    """Return what stands for a picture that is not to be had: a sign, and what it is of."""
    ground = f"<rect class='sunken' y='2' width='{room:.0f}' height='90' rx='5'/>"
    words = fitted(said, room - 16)
    return Block(98, ground + sign + text((room - width_of(words)) / 2, 70, words, "quiet"))


def _files(seen: FilesPreview | ModelPreview, room: float) -> list[Block]:
    most = first(len(seen.data), _ROWS)
    sizes = ("folder" if each["mime"] == FOLDER else size(each["size"]) for each in seen.data)
    rows = zip(seen.data[:most], sizes, strict=False)
    blocks = [line(each["name"], said, room) for each, said in rows]
    more = len(seen.data) - most
    return blocks + ([paragraph([f"and {more:,} more"], "quiet")] if more > 0 else [])


def _array(seen: ArrayPreview, room: float) -> list[Block]:
    facts = seen.data
    return [field(wrapped(facts["values"], room - 16, 2), room, "ink mono")]


def _code(seen: CodePreview, room: float) -> list[Block]:
    return _mono((seen.data or seen.summary).splitlines(), room)


def _data(seen: JsonPreview | TreePreview, room: float) -> list[Block]:
    if not seen.inline or seen.data is None:
        return []
    texts = (
        [each for each in seen.data if isinstance(each, str)] if isinstance(seen.data, list) else []
    )
    if texts and texts == seen.data:
        most = first(len(texts), _ROWS)
        lines = [fitted(each, room - 16) for each in texts[:most]]
        more = len(texts) - most
        lines += [f"and {more:,} more"] if more > 0 else []
        return [field(lines, room)]
    text = digits_shown(json.dumps(seen.data, ensure_ascii=False, indent=2))
    return _mono(text.splitlines(), room)


def _mono(lines: Iterable[str], room: float) -> list[Block]:
    kept = [each for each in lines if each.strip()]
    most = _LINES + 2
    shown = [_indented(each, room - 16) for each in kept[:most]]
    if len(kept) > most:
        shown[-1] = "…"
    return [field(shown, room, "ink mono")] if shown else []


def _indented(said: str, room: float) -> str:
    indent = "\N{NO-BREAK SPACE}" * min(8, len(said) - len(said.lstrip()))
    return indent + fitted(said, room - 7 * len(indent), mono=True)


def _chat(seen: ChatPreview, room: float) -> list[Block]:
    said = [
        (each["who"], without_marks(each["text"]) if each["chat"] else each["text"])
        for each in seen.data[-3:]
    ]
    return [
        field(wrapped(f"{who}: {words}" if who else words, room - 16, 2), room)
        for who, words in said
        if words.strip()
    ]


def _items(seen: ItemsPreview, room: float) -> list[Block]:
    rows = seen.data or []
    said = [", ".join(plain(each) for each in row.values() if each is not None) for row in rows]
    most = first(len(said), _ROWS)
    lines = [fitted(each, room - 16) for each in said[:most]]
    if len(said) > most:
        lines.append(f"and {len(said) - most:,} more")
    return [field(lines, room)] if lines else []


_DRAWN: dict[str, Callable[[Any, float], list[Block]]] = {
    "array": _array,
    "chat": _chat,
    "code": _code,
    "files": _files,
    "items": _items,
    "json": _data,
    "label": _label,
    "model": _files,
    "palette": _palette,
    "table": _table,
    "tree": _data,
    "video": _film,
}
_BY_VALUE: dict[str, Callable[[Value, float, Thumbnails], list[Block]]] = {
    "audio": _sound,
    "image": _image,
    "plotly": _chart,
}
