"""What is said of a node's freshness: a judgement, and the reasons for it in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from daggr_nb._engine.sheet.identity import by_identity
from daggr_nb._ids import NodeId
from daggr_nb._model.words import Freshness, ReasonKind
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.log.records import InputRef
from daggr_nb._text import cut

Row = tuple[str, str, Sequence[dict[str, Any]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a node is not fresh. ``subject`` is a port, a helper or a node; ``text`` says it all."""

    kind: ReasonKind
    subject: str
    text: str
    diff: str | None = None

    def __str__(self) -> str:
        return self.text

    def as_dict(self) -> dict[str, Any]:
        """Return the reason as plain data."""
        fields: dict[str, Any] = {"kind": self.kind, "subject": self.subject, "text": self.text}
        return fields if self.diff is None else {**fields, "diff": self.diff}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A node's freshness with its reasons; none when it is fresh.

    ``own`` are those that lie in the node itself, ``waits`` the parents that are not fresh. A
    ``skipped`` node is not needed: a route above it went elsewhere.
    """

    freshness: Freshness
    own: tuple[Reason, ...] = ()
    skipped: bool = False
    waits: tuple[NodeId, ...] = ()

    def told(self, name: NodeId) -> Row:
        """Return what an event tells of a node so judged."""
        return name, self.freshness, [r.as_dict() for r in self.own] if self.own else (), self.waits

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Everything that keeps the node from being fresh, made when somebody looks."""
        return (*self.own, *map(waits_for, self.waits))


def waits_for(parent: str) -> Reason:
    """Return the reason of a node that waits for another."""
    return Reason("UPSTREAM", parent, f"waits for {parent}")


FRESH = Judgement("fresh")
MISSING = Judgement("missing")
SKIPPED = Judgement("fresh", skipped=True)


def input_difference(label: str, before: InputRef | None, now: InputRef) -> Reason:
    """Say how what feeds an input differs from what a record consumed."""
    if before is None:
        return Reason("EDGE", label, f"input {label} was added")
    if before.origin != now.origin:
        return Reason("EDGE", label, f"{label} comes from {_origin(now)} now")
    if now.record is not None:
        return Reason("INPUT", label, f"{_origin(now)} changed")
    files = _files_apart(before.value, now.value)
    if files:
        return Reason("INPUT", label, f"{label}: {files}")
    texts = apart(before.value, now.value)
    values = " → ".join(cut(each or "empty", 28) for each in texts or ())
    text = f"{label}: {values}" if texts else f"{label} changed"
    return Reason("INPUT", label, text)


def _files_apart(old: ValueRef, new: ValueRef) -> str:
    """Return how one file differs from another, by name; empty if the name does not tell."""
    (old_form, _, old_name), (new_form, _, name) = (
        ref.encoding.partition(":") for ref in (old, new)
    )
    if old_form not in ("file", "folder"):
        return ""
    if new_form == "path":
        return f"{old_name} is gone"
    is_other = new_form in ("file", "folder") and old_name != name
    return f"{old_name} → {name}" if is_other else ""


def brief(ref: ValueRef) -> str:
    """Return a value in a few characters, as a reason shows it; nothing if it is not short."""
    if by_identity(ref) or ref.inline is None:
        return ""
    return cut(" ".join(ref.inline.split()) or "empty", 28)


def apart(old: ValueRef, new: ValueRef) -> tuple[str, str] | None:
    """Return two values as text, of numbers what is enough to tell them apart; or ``None``."""
    if old.inline is None or new.inline is None or by_identity(old) or by_identity(new):
        return None
    rounded = _rounded(old), _rounded(new)
    if rounded[0] != rounded[1]:
        return rounded
    return " ".join(old.inline.split()), " ".join(new.inline.split())


def _rounded(ref: ValueRef) -> str:
    text = " ".join((ref.inline or "").split())
    try:
        return f"{float(text):.6g}" if ref.encoding == "json" and "." in text else text
    except ValueError:
        return text


def _origin(ref: InputRef) -> str:
    return ".".join(ref.origin) if ref.origin else ref.source
