"""What a node says while what feeds it is made: literal text and variables, in order."""

from __future__ import annotations

import json
import pathlib
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from daggr_nb._text import digits, repr_of
from daggr_nb.errors import GraphError

Lead = Literal["eager", "hold"]
"""When text before the first variable is said: at once, or with that variable."""

OnRetry = Literal["reset", "hold"]
"""What becomes of what a variable has said when its source is tried again: it is taken back, or
nothing is said of a source that can be tried again before it has succeeded."""


@dataclass(frozen=True)
class Segment:
    """A part of an utterance: literal ``text``, or what the input ``port`` gets."""

    text: str = ""
    port: str | None = None


@dataclass(frozen=True)
class Utterance:
    """What a node says, segment by segment; the joined text is the value of ``output``."""

    segments: Sequence[Segment]
    output: str
    lead: Lead = "eager"
    on_retry: OnRetry = "reset"


def parse(template: str) -> list[Segment]:
    """Return the segments of a text with variables in braces; ``{{`` and ``}}`` are braces.

    Raises :class:`~daggr_nb.errors.GraphError` for braces that make no variable.

    >>> [segment.port or segment.text for segment in parse("Dear {name}, {{x}}")]
    ['Dear ', 'name', ', {x}']
    """
    segments: list[Segment] = []
    text = ""
    try:
        for literal, name, spec, conversion in string.Formatter().parse(template):
            text += literal
            if name is None:
                continue
            if not name or spec or conversion:
                raise ValueError(_written(name, spec, conversion))
            segments += [Segment(text)] if text else []
            segments.append(Segment(port=name))
            text = ""
    except ValueError as error:
        raise GraphError(
            f"A template expected variables as {{name}}, got {error}. Write {{{{ and }}}} for "
            "braces in the text; format a value in the function that makes it."
        ) from None
    return segments + ([Segment(text)] if text else [])


def _written(name: str, spec: str | None, conversion: str | None) -> str:
    inner = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
    return repr(f"{{{inner}}}")


def variables(segments: Iterable[Segment]) -> list[str]:
    """Return the inputs that segments name, each once, in order."""
    return list(dict.fromkeys(s.port for s in segments if s.port is not None))


def as_text(value: Any) -> str:
    """Return a value as it stands in a text.

    ``None`` is nothing, lists and dicts are JSON, files are links in Markdown; anything else is
    what ``str`` makes of it.

    >>> as_text(None), as_text(0), as_text([1, "é", None]), as_text(pathlib.PurePosixPath("/a/b c"))
    ('', '0', '[1, "é", null]', '[b c](</a/b c>)')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return str.__str__(value)  # a subclass may answer anything
    if isinstance(value, pathlib.PurePath):
        return _link(value)
    if type(value) is int:
        return digits(value)
    if isinstance(value, (list, tuple, dict)):
        return _as_json(value)
    return str.__str__(str(value))


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError, RecursionError):  # keys that are no text, or it holds itself
        return repr_of(value)


def _link(path: pathlib.PurePath) -> str:
    name = path.name.replace("[", "\\[").replace("]", "\\]")
    target = str(path)
    return f"[{name}]({f'<{target}>' if set(' ()<>') & set(target) else target})"


def _plain(value: Any) -> Any:
    """Return what JSON can say of a value that is none of its own kinds."""
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    if callable(tolist := getattr(value, "tolist", None)):  # arrays and their scalars
        return tolist()
    return as_text(value)
