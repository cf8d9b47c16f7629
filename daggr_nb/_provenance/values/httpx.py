"""Responses of httpx: what came, without the text and the decoder that were made of it."""

from __future__ import annotations

from daggr_nb._provenance.values.library import Library

LIBRARY = Library(caches={("httpx", "Response"): frozenset({"_text", "_decoder", "_encoding"})})
