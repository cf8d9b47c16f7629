"""The code of the classes of values: an edited method changes what a consumer makes of a value."""

from __future__ import annotations

from daggr_nb._engine.sheet.own_classes import find
from daggr_nb._ids import Digest
from daggr_nb._model.evaluation import Code
from daggr_nb._provenance.artifacts.codec import ValueRef, joined_classes
from daggr_nb._provenance.code.fingerprint import Fingerprint, Memo, fingerprint


class ClassCode:
    """The fingerprints of the person's own classes that values are of, by name."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[type | None, Fingerprint | None]] = {}
        self.by_digest: dict[Digest, Fingerprint] = {}

    def read_again(self, memo: Memo) -> tuple[set[str], set[str]]:
        """Look at all classes anew; return the names whose code changed, and those bound anew."""
        changed, bound = set(), set()
        for name, (kind, code) in list(self._known.items()):
            current = find(name)
            now = self._read(name, current, memo)
            if _digest(now) != _digest(code):
                changed.add(name)
            if current is not kind and kind is not None:
                bound.add(name)
        return changed, bound

    def current(self, ref: ValueRef) -> ValueRef:
        """Return ``ref`` with the digests of its classes' code beside their names."""
        if not ref.classes:
            return ref
        self.know(ref)
        return ref._replace(classes=joined_classes(map(self._with_digest, ref.class_names())))

    def know(self, ref: ValueRef) -> None:
        """Watch the classes of a value from now on."""
        for name in ref.class_names():
            if name not in self._known:
                self._read(name, find(name), Memo())

    def _with_digest(self, name: str) -> str:
        code = self._known[name][1]
        return f"{name}={code.digest}" if code is not None else name

    def _read(self, name: str, kind: type | None, memo: Memo) -> Fingerprint | None:
        code = None
        if kind is not None:
            code = fingerprint(Code("class", {"fn": kind}), memo)
            self.by_digest[code.digest] = code
        self._known[name] = kind, code
        return code


def _digest(code: Fingerprint | None) -> Digest | None:
    return None if code is None else code.digest
