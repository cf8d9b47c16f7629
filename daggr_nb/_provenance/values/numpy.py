"""Arrays and scalars of numpy: digested element by element, stored as npy."""

from __future__ import annotations

import io
import pathlib
import sys
import threading
import weakref
from typing import Any

from daggr_nb._provenance.digest.objects import attributes
from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb._provenance.values.library import Library, StructuredForm, type_name

_LARGE = 1 << 18  # bytes of an array that are not copied on their way to disk
_MAPS = 512  # files that are mapped at once, at most


def _add_array(value: Any, out: Encoding) -> None:
    """Dtype, shape and elements in C order; the layout in memory is left out."""
    numpy = sys.modules["numpy"]
    kind = type(value)
    ours = kind in (numpy.ndarray, numpy.memmap)
    out.text(b"A", f"{'numpy.ndarray' if ours else type_name(value)} {value.shape}")
    if isinstance(value, numpy.ma.MaskedArray):
        out.add(numpy.ma.getmaskarray(value))
        out.add(value.hardmask)
        out.add(value.fill_value)
        value = value.data
    elif not ours and kind.__module__.partition(".")[0] != "numpy":
        out.add(attributes(value))
    _add_elements(numpy.asarray(value), out)


def _add_elements(value: Any, out: Encoding) -> None:
    numpy, dtype = sys.modules["numpy"], value.dtype
    out.text(b"y", str(dtype.descr if dtype.names else dtype.str))
    if dtype.metadata:
        out.add(dict(dtype.metadata))
    if dtype.kind == "T":  # texts of any length, which live elsewhere
        out.text(b"y", repr(dtype))
        items = value.ravel(order="C").tolist()
        out.several(b"o", value, items, len(items))
    elif dtype.names:  # field by field: what lies between fields is no content
        for name in dtype.names:
            out.add(value[name])
    elif dtype.hasobject:
        items = value.ravel(order="C").tolist()
        out.several(b"o", value, items, len(items))
    else:
        flat = numpy.ascontiguousarray(value).reshape(-1)
        out.raw(memoryview(flat.view(numpy.uint8) if flat.nbytes else b""))


def _add_scalar(value: Any, out: Encoding) -> None:
    if value.dtype.names:
        out.tagged(b"n", b"")
        out.add(sys.modules["numpy"].asarray(value))
    else:
        out.tagged(b"n", f"{value.dtype.str} ".encode() + value.tobytes())


def _write_array(value: Any) -> tuple[str, Any] | None:
    if value.dtype.hasobject or value.dtype.kind == "T" or _has_metadata(value.dtype):
        return None
    import numpy  # noqa: PLC0415 - loaded already, or needed now

    buffer = io.BytesIO()
    if value.nbytes >= _LARGE and value.flags.c_contiguous and value.dtype.kind in "biufc":
        header = numpy.lib.format.header_data_from_array_1_0(value)
        numpy.lib.format.write_array_header_2_0(buffer, header)
        return "npy", (buffer.getvalue(), value.view(numpy.ndarray).reshape(-1).data.cast("B"))
    numpy.lib.format.write_array(buffer, numpy.asarray(value), allow_pickle=False)
    return "npy", buffer.getvalue()


def _has_metadata(dtype: Any) -> bool:
    """Whether a dtype carries notes, which the form leaves out."""
    parts = [dtype.fields[name][0] for name in dtype.names or ()]
    return bool(dtype.metadata) or any(map(_has_metadata, parts))


def _read_array(data: bytes) -> Any:
    import numpy  # noqa: PLC0415 - loaded already, or needed now

    return numpy.lib.format.read_array(io.BytesIO(data), allow_pickle=False)


class _Maps:
    """How many files are mapped: each is open as long as its array lives, and few may be."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = threading.RLock()  # an array may go while another one is counted

    def take(self) -> bool:
        """Whether one more may be mapped; it is counted then."""
        with self._lock:
            is_free = self._count < _most_maps()
            self._count += is_free
            return is_free

    def give(self) -> None:
        with self._lock:
            self._count -= 1


_maps = _Maps()


def _most_maps() -> int:
    """Return a quarter of the files that the process may open."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return _MAPS
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MAPS if limit == resource.RLIM_INFINITY else min(_MAPS, limit // 4)


def map_array(path: pathlib.Path) -> Any:
    """Return the array of an npy file, mapped into memory and not read, unless many are."""
    import numpy  # noqa: PLC0415 - loaded already, or needed now

    if not _maps.take():
        array = numpy.load(path, allow_pickle=False)
        array.flags.writeable = False
        return array
    try:
        mapped = numpy.load(path, mmap_mode="r", allow_pickle=False)
    except BaseException:
        _maps.give()
        raise
    weakref.finalize(mapped, _maps.give).atexit = False
    return mapped.view(numpy.ndarray)


def _take_apart(value: Any) -> Any:
    """Return an array with a hard mask as its parts: pickling would make the mask a soft one."""
    numpy = sys.modules["numpy"]
    if type(value) is not numpy.ma.MaskedArray or not value.hardmask:
        return None
    mask = numpy.ma.getmaskarray(value)
    return {"data": value.data, "mask": mask, "fill_value": value.fill_value, "hard_mask": True}


def _put_together(form: Any) -> Any:
    import numpy  # noqa: PLC0415 - loaded already, or needed now

    return numpy.ma.array(**form)


LIBRARY = Library(
    digests={("numpy", "ndarray"): _add_array, ("numpy", "generic"): _add_scalar},
    writers={("numpy", "ndarray"): _write_array, ("numpy", "memmap"): _write_array},
    readers={"npy": _read_array},
    structure=StructuredForm("masked", _take_apart, _put_together),
)
