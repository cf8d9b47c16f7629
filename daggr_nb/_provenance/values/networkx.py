"""Graphs of networkx: their attributes, without what other libraries made of them."""

from __future__ import annotations

from daggr_nb._provenance.values.library import Library

LIBRARY = Library(caches={("networkx", "Graph"): frozenset({"__networkx_cache__"})})
