"""Estimators of scikit-learn: what pickling carries of them, without what they work out in use."""

from __future__ import annotations

from daggr_nb._provenance.values.library import Library

LIBRARY = Library(caches={("sklearn", "_VectorizerMixin"): frozenset({"_stop_words_id"})})
"""There the address of a list tells whether it has been looked at."""
