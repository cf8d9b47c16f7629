"""Arrays and data sets of xarray: names, dimensions, cells and notes.

An empty note counts as none: xarray makes room for notes when somebody looks for them.
"""

from __future__ import annotations

from typing import Any

from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb._provenance.values.library import Library, type_name


def _add_variable(value: Any, out: Encoding) -> None:
    out.text(b"V", type_name(value))
    out.add((value.dims, value.data, dict(value.attrs), dict(value.encoding)))


def _add_array(value: Any, out: Encoding) -> None:
    out.text(b"V", f"{type_name(value)} {_index_types(value)}")
    coordinates = {name: value.coords[name].variable for name in value.coords}
    out.add((value.name, value.variable, coordinates))


def _add_set(value: Any, out: Encoding) -> None:
    out.text(b"V", f"{type_name(value)} {_index_types(value)}")
    variables = {name: value.variables[name] for name in value.variables}
    out.add((variables, sorted(map(str, value.coords))))
    out.add((dict(value.attrs), dict(value.encoding)))


def _index_types(value: Any) -> list[tuple[str, str]]:
    return sorted((str(name), type(index).__name__) for name, index in value.xindexes.items())


LIBRARY = Library(
    digests={
        ("xarray", "Variable"): _add_variable,
        ("xarray", "DataArray"): _add_array,
        ("xarray", "Dataset"): _add_set,
    }
)
"""What has no form of its own here is pickled."""
