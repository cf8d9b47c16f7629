"""torch tensors as safetensors, and back on the CPU.

The form is the published one: a length (8 bytes), a header of JSON, the elements in C order.
Whoever has that library can read the bytes; it is not needed here. What the form has no name for
(sparse, quantized and complex128 tensors, subclasses) is left to whoever asks: ``None``.
"""

from __future__ import annotations

import json
import math
import sys
from typing import Any

from daggr_nb._json import decode_json
from daggr_nb._provenance.digest.objects import attributes
from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb._provenance.values.library import Library, type_name

_LARGE = 1 << 20  # bytes of elements that are not copied on their way to disk
_NAMES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "float8_e5m2": "F8_E5M2",
    "float8_e4m3fn": "F8_E4M3",
    "complex64": "C64",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint64": "U64",
    "uint32": "U32",
    "uint16": "U16",
    "uint8": "U8",
    "bool": "BOOL",
}
_DTYPES = {short: name for name, short in _NAMES.items()}


def _elements(value: Any) -> memoryview:
    """Return the elements of a strided tensor as bytes in C order, on the CPU."""
    torch = sys.modules["torch"]
    plain = value.detach().cpu().resolve_conj().resolve_neg().contiguous().view(-1)
    return memoryview(plain.view(torch.uint8).numpy() if plain.numel() else b"")


def _write(value: Any) -> tuple[str, Any] | None:
    """Return a tensor or parameter in its form, many elements uncopied; ``None`` if it has none."""
    torch = sys.modules["torch"]
    name = _NAMES.get(str(value.dtype).removeprefix("torch."))
    ordinary = type(value) in (torch.Tensor, torch.nn.Parameter) and value.layout == torch.strided
    if not ordinary or name is None or attributes(value):
        return None
    data = _elements(value)
    entry = {"dtype": name, "shape": list(value.shape), "data_offsets": [0, data.nbytes]}
    metadata = {"class": type(value).__name__, "requires_grad": str(value.requires_grad)}
    header = json.dumps({"__metadata__": metadata, "tensor": entry}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)  # so that the elements are aligned
    chunks = len(header).to_bytes(8, "little") + header, data.cast("B")
    return "safetensors", chunks if data.nbytes >= _LARGE else b"".join(chunks)


def _read(data: bytes) -> Any:
    """Return what :func:`_write` wrote, on the CPU."""
    import torch  # noqa: PLC0415 - loaded already, or needed now

    body_start = 8 + int.from_bytes(data[:8], "little")
    header = decode_json(data[8:body_start])
    entry, metadata = header["tensor"], header["__metadata__"]
    dtype, shape = getattr(torch, _DTYPES[entry["dtype"]]), entry["shape"]
    if math.prod(shape):
        flat = torch.frombuffer(bytearray(memoryview(data)[body_start:]), dtype=torch.uint8)
        tensor = flat.view(dtype).reshape(shape)
    else:
        tensor = torch.empty(shape, dtype=dtype)
    grad = metadata["requires_grad"] == "True"
    if metadata["class"] == "Parameter":
        return torch.nn.Parameter(tensor, requires_grad=grad)
    return tensor.requires_grad_(grad)


# ---------------------------------------------------------------- content

_SPARSE = {
    "sparse_coo": ("indices", "values"),
    "sparse_csr": ("crow_indices", "col_indices", "values"),
    "sparse_csc": ("ccol_indices", "row_indices", "values"),
    "sparse_bsr": ("crow_indices", "col_indices", "values"),
    "sparse_bsc": ("ccol_indices", "row_indices", "values"),
}


def _add_tensor(value: Any, out: Encoding) -> None:
    """Dtype, shape and elements, wherever they are; whether it takes part in derivatives."""
    layout = str(value.layout).removeprefix("torch.")
    out.text(b"K", f"{type_name(value)} {value.dtype} {tuple(value.shape)}")
    if value.requires_grad:
        out.text(b"k", "requires_grad")
    if beside := attributes(value):
        out.add(beside)
    if layout in _SPARSE:
        out.text(b"k", layout)
        plain = value.detach().coalesce() if layout == "sparse_coo" else value.detach()
        for part in _SPARSE[layout]:
            out.add(getattr(plain, part)())
    elif value.is_quantized:
        out.add(value.int_repr())
        out.add(value.dequantize())
    else:
        out.raw(_elements(value))


def _add_name(value: Any, out: Encoding) -> None:
    out.text(b"c", f"{type_name(value)} {value!r}")


LIBRARY = Library(
    digests={
        ("torch", "Tensor"): _add_tensor,
        ("torch", "dtype"): _add_name,
        ("torch", "device"): _add_name,
    },
    writers={("torch", "Tensor"): _write, ("torch", "Parameter"): _write},
    readers={"safetensors": _read},
)
