"""How values of numpy, pandas, PIL, torch, pydantic, Matplotlib and Plotly go into a digest.

None of them is imported here: a value of theirs proves that theirs is loaded.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from daggr_nb._provenance.encoding import Encoder, Encoding
from daggr_nb._provenance.figures import add_artist, add_figure
from daggr_nb._provenance.objects import attributes
from daggr_nb._provenance.tensors import elements
from daggr_nb.errors import DigestError


def _class(value: Any) -> str:
    """A package and a class; between releases classes move from module to module."""
    kind = type(value)
    return f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}"


# ---------------------------------------------------------------- numpy


def _add_array(value: Any, out: Encoding) -> None:
    """Dtype, shape and elements in C order; the layout in memory is left out."""
    numpy = sys.modules["numpy"]
    kind = type(value)
    ours = kind in (numpy.ndarray, numpy.memmap)
    out.text(b"A", f"{'numpy.ndarray' if ours else _class(value)} {value.shape}")
    if isinstance(value, numpy.ma.MaskedArray):
        out.add(numpy.ma.getmaskarray(value))
        out.add(value.hardmask)
        value = value.data
    elif not ours and kind.__module__.partition(".")[0] != "numpy":
        out.add(attributes(value))
    _add_elements(numpy.asarray(value), out)


def _add_elements(value: Any, out: Encoding) -> None:
    numpy, dtype = sys.modules["numpy"], value.dtype
    out.text(b"y", str(dtype.descr if dtype.names else dtype.str))
    if dtype.names:  # field by field: what lies between fields is no content
        for name in dtype.names:
            out.add(value[name])
    elif dtype.hasobject:
        items = value.ravel(order="C").tolist()
        out.several(b"o", value, items, len(items))
    else:
        flat = numpy.ascontiguousarray(value).reshape(-1)
        out.raw(memoryview(flat.view(numpy.uint8) if flat.nbytes else b""))


def _add_numpy_scalar(value: Any, out: Encoding) -> None:
    if value.dtype.names:
        out.tagged(b"n", b"")
        out.add(sys.modules["numpy"].asarray(value))
    else:
        out.tagged(b"n", f"{value.dtype.str} ".encode() + value.tobytes())


# ---------------------------------------------------------------- pictures


def _add_picture(value: Any, out: Encoding) -> None:
    """Mode, size, pixels, palette and the transparent colour."""
    if getattr(value, "is_animated", False):
        raise DigestError(
            "A picture of several frames stands at one of them and has no content as a whole. "
            "Hand over its path (pathlib.Path), or a list of frames."
        )
    value.load()
    out.text(b"I", f"{value.mode} {value.size}")
    palette = value.palette
    if value.mode in ("P", "PA") and palette is not None:
        out.add(palette.mode)
        out.add(value.getpalette(palette.mode))
    out.add(value.info.get("transparency"))
    out.tagged(b"p", value.tobytes())


# ---------------------------------------------------------------- pandas


def _add_frame(value: Any, out: Encoding) -> None:
    out.text(b"R", f"{_class(value)} {value.shape}")
    out.add(value.attrs)
    out.add(value.columns)
    out.add(value.index)
    for position in range(value.shape[1]):
        out.add(value.iloc[:, position].array)


def _add_series(value: Any, out: Encoding) -> None:
    out.text(b"r", f"{_class(value)} {len(value)}")
    out.add(value.attrs)
    out.add(value.name)
    out.add(value.index)
    out.add(value.array)


def _add_index(value: Any, out: Encoding) -> None:
    out.text(b"x", f"{_class(value)} {value.dtype} {getattr(value, 'freqstr', None)}")
    out.add(list(value.names))
    if isinstance(value, sys.modules["pandas"].RangeIndex):
        out.add(range(value.start, value.stop, value.step))
    elif value.nlevels > 1:
        for level in range(value.nlevels):
            out.add(value.get_level_values(level))
    else:
        out.add(value.array)


def _add_column(value: Any, out: Encoding) -> None:
    """The elements of a column or index, whatever holds them."""
    out.text(b"a", f"{value.dtype} {len(value)}")
    if hasattr(value, "categories"):
        for part in (value.categories, bool(value.ordered), value.codes):
            out.add(part)
    elif hasattr(value, "asi8"):  # dates and the like: numbers, whose unit the dtype says
        out.add(value.asi8)
    else:
        numbers = getattr(value.dtype, "numpy_dtype", None)
        if numbers is not None and numbers.kind in "iufb" and value.isna().any():
            out.add(value.isna())
            value = value.fillna(numbers.type(0))
        plain = sys.modules["numpy"].asarray(value, dtype=numbers)
        if plain.dtype.hasobject:
            out.several(b"o", value, list(value), len(value))
        else:
            out.add(plain)


def _add_pandas_scalar(value: Any, out: Encoding) -> None:
    out.text(b"c", f"{_class(value)} {value!r} {getattr(value, 'unit', '')}")


# ---------------------------------------------------------------- the others


def _add_tensor(value: Any, out: Encoding) -> None:
    """Dtype, shape and elements, wherever they are; whether it takes part in derivatives."""
    layout = str(value.layout).removeprefix("torch.")
    out.text(b"K", f"{_class(value)} {value.dtype} {tuple(value.shape)}")
    if value.requires_grad:
        out.text(b"k", "requires_grad")
    if layout in _SPARSE:
        out.text(b"k", layout)
        plain = value.detach().coalesce() if layout == "sparse_coo" else value.detach()
        for part in _SPARSE[layout]:
            out.add(getattr(plain, part)())
    elif value.is_quantized:
        out.add(value.int_repr())
        out.add(value.dequantize())
    else:
        out.raw(elements(value))


_SPARSE = {
    "sparse_coo": ("indices", "values"),
    "sparse_csr": ("crow_indices", "col_indices", "values"),
    "sparse_csc": ("ccol_indices", "row_indices", "values"),
}


def _add_name(value: Any, out: Encoding) -> None:
    out.text(b"c", f"{_class(value)} {value!r}")


def _add_model(value: Any, out: Encoding) -> None:
    """A pydantic model: its fields in order, what else it took, and what was set."""
    out.kind(b"J", type(value))
    fields = (dict(value.__dict__), value.__pydantic_extra__, value.__pydantic_private__)
    out.several(b"t", value, (*fields, value.model_fields_set), 4)


def _add_plotly(value: Any, out: Encoding) -> None:
    """What the figure is drawn from, in the form that draws it: data, layout, frames.

    The order of keys is none of it: Plotly has another one for a figure that it has read.
    """
    out.text(b"F", _class(value))
    out.text(b"s", json.dumps(json.loads(value.to_json(engine="json")), sort_keys=True))


def _add_typing(value: Any, out: Encoding) -> None:
    out.text(b"G", repr(value))


# Types of libraries that may never be imported: (top-level package, class).
ENCODERS: Mapping[tuple[str, str], Encoder] = {
    ("numpy", "ndarray"): _add_array,
    ("numpy", "generic"): _add_numpy_scalar,
    ("PIL", "Image"): _add_picture,
    ("pandas", "DataFrame"): _add_frame,
    ("pandas", "Series"): _add_series,
    ("pandas", "Index"): _add_index,
    ("pandas", "ExtensionArray"): _add_column,
    **{
        ("pandas", name): _add_pandas_scalar
        for name in ("Timestamp", "Timedelta", "Period", "Interval", "NAType", "NaTType")
    },
    ("torch", "Tensor"): _add_tensor,
    ("torch", "dtype"): _add_name,
    ("torch", "device"): _add_name,
    ("pydantic", "BaseModel"): _add_model,
    ("matplotlib", "FigureBase"): add_figure,
    ("matplotlib", "Artist"): add_artist,
    ("plotly", "BaseFigure"): _add_plotly,
    ("typing", "_Final"): _add_typing,
}
