"""Documents of Beautiful Soup: tags and texts as they are nested, and which of them it is.

What the parser keeps beside them (what comes next, what it is at) follows from that.
"""

from __future__ import annotations

from typing import Any

from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb._provenance.values.library import Library, StructuredForm, type_name


def _add_element(value: Any, out: Encoding) -> None:
    """Write the whole document: a tag leads to its parents. Then the way down to the element."""
    root, way = _way_to(value)
    out.text(b"D", type_name(root))
    out.add([_plain(root), way])


def _way_to(element: Any) -> tuple[Any, list[int]]:
    """Return the document of an element, and which child leads to it, level by level."""
    root, way = element, []
    while root.parent is not None:
        place = next((n for n, each in enumerate(root.parent.contents) if each is root), None)
        if place is None:  # its parent does not know it
            break
        way.append(place)
        root = root.parent
    return root, way[::-1]


def _plain(element: Any) -> Any:
    kind = type(element).__qualname__
    contents = getattr(element, "contents", None)
    if contents is None:
        return [kind, str(element)]
    attributes = {str(name): _text(value) for name, value in (element.attrs or {}).items()}
    name = (element.name, element.namespace, element.prefix, bool(element.is_xml))
    return [kind, name, attributes, [_plain(each) for each in contents]]


def _text(value: Any) -> Any:
    return [*map(str, value)] if isinstance(value, (list, tuple)) else str(value)


def _take_apart(value: Any) -> Any:
    """Return an element as its document and the way down to it: alone it would lose its parents."""
    root, way = _way_to(value)
    return {"document": root, "way": way} if way and hasattr(root, "builder") else None


def _put_together(form: Any) -> Any:
    element = form["document"]
    for place in form["way"]:
        element = element.contents[place]
    return element


LIBRARY = Library(
    digests={("bs4", "PageElement"): _add_element},
    structure=StructuredForm("element", _take_apart, _put_together),
)
