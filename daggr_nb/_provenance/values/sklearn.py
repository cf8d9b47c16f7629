"""Estimators of scikit-learn: what pickling carries of them, without what they note in use."""

from __future__ import annotations

from typing import Any

from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb._provenance.values.library import Library, type_name

_TREES = [f"{kind}{width}" for kind in ("KDTree", "BallTree") for width in ("", "32", "64")]


def _add_tree(value: Any, out: Encoding) -> None:
    """A search tree: its points and nodes. Among the numbers beside them it counts its steps."""
    out.text(b"W", type_name(value))
    out.add([part for part in value.__getstate__() if not isinstance(part, int)])


LIBRARY = Library(
    digests={("sklearn", name): _add_tree for name in _TREES},
    caches={("sklearn", "_VectorizerMixin"): frozenset({"_stop_words_id"})},
)
"""Of a vectorizer the address of a list tells whether that has been looked at."""
