"""Models of pydantic: their fields, what else they took, and what was set."""

from __future__ import annotations

from typing import Any

from daggr_nb._provenance.digest.objects import derived_names
from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb._provenance.values.library import Library


def _add_model(value: Any, out: Encoding) -> None:
    """A pydantic model: its fields in order, what else it took, and what was set."""
    out.kind(b"J", type(value))
    derived = derived_names(type(value))
    own = {name: part for name, part in value.__dict__.items() if name not in derived}
    fields = (own, value.__pydantic_extra__, value.__pydantic_private__)
    out.several(b"t", value, (*fields, value.model_fields_set), 4)


LIBRARY = Library(digests={("pydantic", "BaseModel"): _add_model})
