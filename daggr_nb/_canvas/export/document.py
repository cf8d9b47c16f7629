"""The graph and its results as one HTML file that needs nothing else: no script, no network."""

from __future__ import annotations

import datetime
import functools
import json
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas import views
from daggr_nb._canvas.displays.data.table import cell_text
from daggr_nb._canvas.displays.deadline import DEADLINE
from daggr_nb._canvas.displays.display import SET, component_at
from daggr_nb._canvas.displays.each import shown_by
from daggr_nb._canvas.displays.late import at_once
from daggr_nb._canvas.displays.previews import look_at
from daggr_nb._canvas.displays.rendering import size
from daggr_nb._canvas.export.blocks import is_colour
from daggr_nb._canvas.export.markdown import markdown_html
from daggr_nb._canvas.export.picture import picture
from daggr_nb._canvas.export.thumbnails import link, shrunk
from daggr_nb._canvas.export.transcript import transcript
from daggr_nb._canvas.runs import recorded
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._ids import NodeId
from daggr_nb._protocol.displays import (
    AudioPreview,
    FilesPreview,
    ImagePreview,
    LabelPreview,
    MarkdownPreview,
    MarkedPreview,
    PalettePreview,
    Preview,
    TablePreview,
    TextPreview,
    VideoPreview,
)
from daggr_nb._protocol.views import InputView, NodeView
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.log.records import Record, shown_time
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import is_hidden
from daggr_nb._text import clean
from daggr_nb.errors import DaggrError, is_interrupt, text_of

_ALONE, _AMONG = 1280, 520  # pixels of a picture, and of one of several: twice what is shown
_TEXT = 100_000  # characters of a text
_MEDIA = 8_000_000  # bytes of a sound or a film that go along
_ROWS = 500  # of a table
_ITEMS = 100  # of a list
_PATIENCE = 5  # seconds that a value may take

Output = tuple[str, Any, Any]
"""A label, a value, and the component that shows it."""

_STYLE = """
:root{color-scheme:light dark;--ground:light-dark(#fafafa,#161719);
--surface:light-dark(#fff,#1f2124);--ink:light-dark(#1b1d20,#ececee);
--quiet:light-dark(#5b6168,#a4a9af);--hair:light-dark(#dfe1e4,#34373c);
--fresh:light-dark(#b58058,#b98c66);--sunken:light-dark(#f3f4f5,#292c30);
--data:light-dark(#8aa3c4,#6d88ad);
--stale:light-dark(#8b9198,#7c838b);--running:light-dark(#2563c9,#6ea8ff);
--failed:light-dark(#b3261e,#ff8a80)}
*{box-sizing:border-box}
body{margin:0 auto;padding:32px 24px 64px;max-width:1100px;background:var(--ground);
color:var(--ink);font:400 14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1{font-size:22px;margin:0 0 4px}
h2{font-size:16px;margin:0;font-weight:600;overflow-wrap:anywhere}
h3{font-size:12px;margin:14px 0 4px;font-weight:400;color:var(--quiet)}
p{margin:0}
.about,.when{color:var(--quiet);font-size:12px}
.graph{margin:20px 0 32px;border:1px solid var(--hair);border-radius:10px;overflow:auto}
.graph svg{display:block;max-width:100%;height:auto;margin:auto}
section{margin:0 0 16px;padding:16px 18px;background:var(--surface);
border:1px solid var(--hair);border-radius:10px}
section>header{display:flex;gap:12px;align-items:baseline;justify-content:space-between}
.state{font-size:12px;color:var(--quiet);white-space:nowrap}
.state.fresh::before{content:"";display:inline-block;width:6px;height:6px;margin:0 6px 1px 0;
border-radius:50%;background:var(--fresh)}
.state.failed{color:var(--failed)}
.state.running{color:var(--running)}
pre,.value{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;
font:12.5px/1.5 ui-monospace,Menlo,Consolas,monospace}
.text,.prose{overflow-wrap:anywhere}
.prose>*{margin:0 0 8px}.prose>:last-child{margin:0}
.prose :is(h4,h5,h6){font-size:14px;font-weight:600;margin:12px 0 6px}
.prose h4{font-size:16px}.prose>:first-child{margin-top:0}
.prose :is(ul,ol){padding-left:22px}
.prose code{font:12.5px/1.5 ui-monospace,Menlo,Consolas,monospace}
.prose blockquote{padding-left:12px;border-left:3px solid var(--hair);color:var(--quiet)}
.prose a{color:inherit}
code{font:inherit}
pre.error{color:var(--failed)}
img,video{display:block;max-width:100%;max-height:70vh;border-radius:6px;background:#fff1}
audio{width:100%;max-width:480px}
.many{display:flex;flex-wrap:wrap;gap:8px}.many>*{max-width:260px}
.scroll,.value,.text,.prose,pre{overflow:auto;max-height:480px}
table{border-collapse:collapse;font-size:12.5px}
th,td{padding:4px 12px 4px 0;text-align:left;vertical-align:top;
border-bottom:1px solid var(--hair);overflow-wrap:anywhere}
th{font-weight:600}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:8px 0 0;font-size:12.5px}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
svg .ground{fill:var(--ground)}svg .card{fill:var(--surface);stroke:var(--hair)}
svg .hair{stroke:var(--hair)}svg .ink{fill:var(--ink)}svg .quiet{fill:var(--quiet)}
svg .fresh{fill:var(--fresh)}svg .sunken{fill:var(--sunken)}svg .data{fill:var(--data)}
svg .running{fill:var(--running)}
svg .failed{fill:var(--failed)}svg .edge-fresh{stroke:var(--fresh)}
svg .edge-stale{stroke:var(--stale)}
.palette{display:flex;width:fit-content;border-radius:4px;overflow:hidden}
mark{padding:1px 3px;border-radius:3px;background:var(--sunken);color:inherit;
box-shadow:inset 0 -2px var(--data)}
@media print{section,.graph{break-inside:avoid}.scroll,.value,.text,pre{max-height:none}}
"""


def document(session: Session, name: str) -> str:
    """Return the graph as it stands, with what every card shows, as an HTML document."""
    about, cards = contents(session)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(name)}</title><style>{_STYLE}</style></head><body>"
        f'<main><h1>{escape(name)}</h1><p class="about">{about}</p>'
        f'<div class="graph" role="img" aria-label="The graph {escape(name, quote=True)}">'
        f"{picture(session, name)}</div>{''.join(cards)}</main></body></html>"
    )


def contents(session: Session, level: int = 2) -> tuple[str, list[str]]:
    """Return a line about the graph, and every card with what it shows, as HTML.

    Cards have headings of ``level``, and their ports of the next one.
    """
    about, cards = gathered(session, level)
    return about, [card() for card in cards]


def gathered(session: Session, level: int = 2) -> tuple[str, list[Callable[[], str]]]:
    """Return a line about the graph, and functions that make the HTML of each card.

    Values are foreign code that may take its time: nobody needs the lock while these are called.
    """
    with session.reading() as current:
        order = current.structure.topology.order
        cards = [_card(current, node, level) for node in order]
        sheet = session.sheets.index.names[session.sheets.index.current]
    today = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    count = f"{len(order)} node{'' if len(order) == 1 else 's'}"
    return clean(f"{count} · {escape(sheet)} · {today}"), cards


_POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"


def _card(current: SheetSession, name: NodeId, level: int) -> Callable[[], str]:
    view = views.node_view(current, name, {})
    record = current.sheet.shown.get(name)
    if view.state.chat is None:
        outputs, body = list(_outputs(current, view, record)), _inputs(view)
    else:  # all it hands on is what was said
        outputs, body = [], _inputs(view, view.state.chat.turns) + transcript(current, name)
    return functools.partial(_card_html, view, record, body, outputs, level)


def _card_html(
    view: NodeView, record: Record | None, body: str, outputs: list[Output], level: int
) -> str:
    word, look = _word(view)
    for label, value, component in outputs:
        body += _heading(level + 1, label) + shown_value(value, component)
    error = view.state.error
    if error is not None:
        text = error.traceback.strip() or f"{error.type}: {error.message}"
        body += _heading(level + 1, "What went wrong")
        body += f'<pre class="error" tabindex="0"><code>{escape(text)}</code></pre>'
    return clean(
        f"<section><header>{_heading(level, view.id)}"
        f'<span class="state {look}">{escape(word)}{_when(record)}</span></header>{body}</section>'
    )


def _heading(level: int, text: str) -> str:
    return f"<h{level}>{escape(text)}</h{level}>"


def _word(view: NodeView) -> tuple[str, str]:
    if not view.runnable:
        return "inputs", ""
    status, freshness = view.state.status, view.state.freshness
    if status in ("failed", "running", "blocked", "cancelled", "skipped"):
        return status, status
    return freshness.replace("missing", "not run"), freshness


def _when(record: Record | None) -> str:
    if record is None:
        return ""
    at = datetime.datetime.fromtimestamp(shown_time(record.ended_at)).astimezone()
    took = max(record.duration, 0.001)
    return f" · {at:%Y-%m-%d %H:%M} · " + (
        f"{took:.1f} s" if took >= 0.1 else f"{took * 1000:.0f} ms"
    )


def _inputs(view: NodeView, without: str = "") -> str:
    variant = next((str(row.value) for row in view.inputs if row.name == view.selector), "")
    rows = [row for row in view.inputs if not row.variant or row.variant == variant]
    rows = [row for row in rows if row.name != without]
    if not rows:
        return ""
    items = "".join(f"<dt>{escape(row.label)}</dt><dd>{escape(_said(row))}</dd>" for row in rows)
    return f"<dl>{items}</dl>"


def _said(row: InputView) -> str:
    if row.text:
        return row.text
    value = HIDDEN if row.value == SET else row.value
    text = value if isinstance(value, str) else json.dumps(_labelled(value), ensure_ascii=False)
    return text[:2_000] if value is not None else "–"


def _labelled(value: Any) -> Any:
    """Return a control's value with the labels of choices that are known by their place."""
    if isinstance(value, list):
        return [_labelled(each) for each in value]
    label = ui.choice_label(value)
    return value if label is None else label


def _outputs(current: SheetSession, view: NodeView, record: Record | None) -> Iterator[Output]:
    components = shown_by(current.structure, NodeId(view.id))
    for port in view.outputs:
        if not view.runnable:
            tracked = current.inputs.control(NodeId(view.id), port.name)
            value: Any = HIDDEN if is_hidden(tracked.ref.digest) else tracked.value
        elif record is not None and port.name in record.outputs:
            ref: ValueRef = record.outputs[port.name]
            value = recorded(current, record, port.name, ref)
        else:
            continue
        yield port.label, value, components[port.name]


# ---------------------------------------------------------------- values


def shown_value(value: Any, component: Any = None, depth: int = 0) -> str:
    """Return a value as HTML without scripts: a picture, a table, a list or text.

    What cannot be shown says so in its place, and so does what takes too long.
    """
    if depth or at_once(value):
        return _value_html(value, component, depth)
    html = DEADLINE.within(_PATIENCE, lambda: _value_html(value, component, depth))
    if html is not None:
        return html
    why = f"{type(value).__name__}: not shown, as looking at it takes more than {_PATIENCE} seconds"
    return f'<p class="about">{escape(why)}</p>'


def _value_html(value: Any, component: Any, depth: int) -> str:
    try:
        return _shown_value(value, component, depth)
    except BaseException as error:  # a value is foreign code
        if is_interrupt(error):
            raise
        why = text_of(error) if isinstance(error, DaggrError) else type(error).__name__
        return f'<p class="about">{escape(why)}</p>'


def _shown_value(value: Any, component: Any, depth: int) -> str:
    look = look_at(value, component)
    preview = look.preview
    if isinstance(preview, ImagePreview):
        most = _AMONG if depth else _ALONE
        mime, data = shrunk(*look.content(most), most)
        img = f'<img alt="{escape(preview.summary, quote=True)}" src="{link(mime, data)}">'
        return img + _note(preview)
    drawn = _DRAWN.get(preview.kind)
    if drawn is not None:
        return drawn(preview)
    if isinstance(preview, AudioPreview | VideoPreview) and look.whole is not None:
        return _media(preview, *look.whole())
    if isinstance(preview, TablePreview) and look.rows is not None:
        return _table(preview, look.rows(0, _ROWS))
    if preview.items and isinstance(value, (list, tuple)) and depth < 3:
        return _many(value, component, depth)
    mime, data = look.content(None)
    return _text(preview, mime, data) + _note(preview)


def _note(preview: Preview) -> str:
    return f'<p class="about">{escape(preview.note)}</p>' if preview.note else ""


def _palette(seen: PalettePreview) -> str:
    """Return colours as a strip that needs no style sheet."""
    colours = [colour for colour in seen.data if is_colour(colour)]
    width = min(48, 480 // max(len(colours), 1))
    style = f"display:inline-block;width:{width}px;height:20px;background-color:"
    strip = "".join(
        f'<span title="{colour}" style="{style}{colour}">&nbsp;</span>' for colour in colours
    )
    return f'<div class="palette">{strip}</div>'


def _label(seen: LabelPreview) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>"
        + (f"{share:.1%}" if isinstance(share, (int, float)) else escape(str(share)))
        + "</dd>"
        for name, share in seen.data["parts"]
    )
    return f"<p><strong>{escape(seen.data['label'])}</strong></p>" + (rows and f"<dl>{rows}</dl>")


def _files(seen: FilesPreview) -> str:
    return "".join(f"<p>{escape(each['name'])} · {size(each['size'])}</p>" for each in seen.data)


def _marked(seen: MarkedPreview) -> str:
    return '<p class="text">' + "".join(map(_marked_part, seen.data["parts"])) + "</p>"


def _marked_part(part: tuple[str, Any]) -> str:
    text, mark = escape(part[0]), part[1]
    if mark is None or mark == "":
        return text
    return f"<mark>{text}</mark> <small>{escape(str(mark))}</small>"


_DRAWN: Mapping[str, Callable[[Any], str]] = {
    "files": _files,
    "label": _label,
    "marked": _marked,
    "palette": _palette,
}


def _media(seen: AudioPreview | VideoPreview, mime: str, data: bytes) -> str:
    if len(data) > _MEDIA:
        return f'<p class="about">{escape(seen.summary)}, too large to go along</p>'
    return f'<{seen.kind} controls src="{link(mime, data)}"></{seen.kind}>'


def _many(values: Any, component: Any, depth: int) -> str:
    parts = [component_at(component, index) for index in range(len(values[:_ITEMS]))]
    items_html = "".join(
        f"<div>{shown_value(item, part, depth + 1)}</div>"
        for item, part in zip(values, parts, strict=False)
    )
    more = len(values) - _ITEMS
    rest = f'<p class="about">and {more:,} more</p>' if more > 0 else ""
    return f'<div class="many">{items_html}</div>{rest}'


def _table(seen: TablePreview, page: Any) -> str:
    names = [column["name"] for column in seen.data["columns"]]
    head = "<td></td>" + "".join(f"<th>{escape(str(name))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell_text(cell))}</td>" for cell in (index, *row)) + "</tr>"
        for index, row in zip(page["index"], page["rows"], strict=True)
    )
    caption = f'<p class="about">{escape(seen.summary)}</p>'
    return f'{caption}<div class="scroll" tabindex="0"><table><tr>{head}</tr>{body}</table></div>'


def _text(seen: Preview, mime: str, data: bytes) -> str:
    if not (mime.startswith("text/") or mime.endswith("json")):
        return f'<p class="about">{escape(seen.summary)}</p>'
    text = data.decode("utf-8", "replace")
    if mime.endswith("json"):
        text = _pretty(text)
    cut = f"\n… {len(text):,} characters in all" if len(text) > _TEXT else ""
    prose = markdown_html(text[:_TEXT] + cut) if isinstance(seen, MarkdownPreview) else None
    if prose is not None:
        return f'<div class="prose" dir="auto" tabindex="0">{prose}</div>'
    html = escape(text[:_TEXT] + cut)
    if isinstance(seen, TextPreview | MarkdownPreview):  # lines stay lines without a style sheet
        return (
            f'<div class="text" style="white-space:pre-wrap" dir="auto" tabindex="0">{html}</div>'
        )
    return f'<pre class="value" dir="auto" tabindex="0"><code>{html}</code></pre>'


def _pretty(text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
