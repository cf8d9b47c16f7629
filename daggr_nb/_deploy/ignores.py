"""What git would leave out of a folder: the patterns of ``.gitignore``, as git reads them."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

FILE = ".gitignore"


@dataclass(frozen=True)
class Pattern:
    """One line of an ignore file.

    ``base`` is the folder of the file, seen from the project; ``between`` the project's own, seen
    from a file above it. Paths have ``/`` between their names.
    """

    expression: re.Pattern[str]
    negated: bool
    folders_only: bool
    base: str = ""
    between: str = ""

    def matches(self, path: str, is_folder: bool) -> bool:
        """Whether the line is about a path."""
        if self.folders_only and not is_folder:
            return False
        if self.base and not path.startswith(f"{self.base}/"):
            return False
        own = path[len(self.base) + 1 :] if self.base else path
        own = f"{self.between}/{own}" if self.between else own
        return self.expression.fullmatch(own) is not None


def patterns_in(text: str, base: str = "", between: str = "") -> list[Pattern]:
    """Return the patterns of an ignore file."""
    lines = (_trimmed(line) for line in text.splitlines())
    return [pattern(line, base, between) for line in lines if line and not line.startswith("#")]


def _trimmed(line: str) -> str:
    kept = line.rstrip()
    return f"{kept} " if kept.endswith("\\") and len(kept) < len(line) else kept


def pattern(line: str, base: str = "", between: str = "") -> Pattern:
    """Return what one line means."""
    negated = line.startswith("!")
    text = line[1:] if negated else line
    folders_only = text.endswith("/")
    text = text.rstrip("/")
    anchored = "/" in text
    expression = _expression(text.lstrip("/"))
    if not anchored:
        expression = f"(?:.*/)?{expression}"
    compiled = re.compile(expression, re.DOTALL)
    return Pattern(compiled, negated, folders_only, base, between)


def _expression(text: str) -> str:
    """Return a glob of git as a regular expression."""
    parts, at = [], 0
    while at < len(text):
        for glob, expression in (("**/", "(?:.*/)?"), ("/**", "/.*"), ("*", "[^/]*")):
            ends = glob != "/**" or at + 3 == len(text)
            if text.startswith(glob, at) and ends and (glob != "**/" or text[at - 1 : at] in "/"):
                parts.append(expression)
                at += len(glob)
                break
        else:
            length, expression = _one(text, at)
            parts.append(expression)
            at += length
    return "".join(parts)


def _one(text: str, at: int) -> tuple[int, str]:
    """Return how long a single character of a glob is, and its expression."""
    if text[at] == "?":
        return 1, "[^/]"
    if text[at] == "\\" and at + 1 < len(text):
        return 2, re.escape(text[at + 1])
    end = text.find("]", at + 2)
    if text[at] == "[" and end > 0:
        inner = text[at + 1 : end].replace("\\", "\\\\")
        inner = f"^{inner[1:]}" if inner[0] in "!^" else inner
        return end + 1 - at, f"[{inner}]"
    return 1, re.escape(text[at])


def ignored(path: str, is_folder: bool, patterns: Iterable[Pattern]) -> bool:
    """Whether a path is left out: the last line that is about it decides."""
    out = False
    for each in patterns:
        if each.matches(path, is_folder):
            out = not each.negated
    return out


def patterns_above(folder: pathlib.Path) -> list[Pattern]:
    """Return the patterns of the ignore files above a folder, to the top of its repository."""
    above: list[pathlib.Path] = []
    for parent in [folder, *folder.parents]:
        if (parent / ".git").exists():
            break
        above.append(parent.parent)
    else:
        return []
    patterns: list[Pattern] = []
    for parent in reversed(above):
        if (parent / FILE).is_file():
            between = folder.relative_to(parent).as_posix()
            text = (parent / FILE).read_text("utf-8", "replace")
            patterns += patterns_in(text, between=between)
    return patterns
