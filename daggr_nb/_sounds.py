"""Samples of a sound, however wide and however signed they are: as 16 bits to hear, and from files.

NumPy is loaded when there are samples.
"""

from __future__ import annotations

import io
import math
import struct
import wave
from typing import Any, NamedTuple

_CHANNELS = 32
_FIRST = 8  # rows that are taken for channels, where there are more columns
_SHORT = 16
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


class NoSoundError(ValueError):
    """Numbers of the shape of a sound are none that can be heard; the message says why."""


def rate_of(value: Any) -> int | None:
    """Return samples a second, of whatever type the number is; ``None`` for what is no number.

    >>> rate_of(8000.0), rate_of("8000"), rate_of(True)
    (8000, None, None)
    """
    if isinstance(value, (bool, str, bytes)) or getattr(value, "shape", ()) != ():
        return None
    if not (hasattr(value, "__index__") or hasattr(value, "__float__")):
        return None
    number = float(value)
    return round(number) if math.isfinite(number) else 0


def is_samples(value: Any) -> bool:
    """Whether a value is an array whose shape and numbers can be those of a sound."""
    shape = getattr(value, "shape", ())
    return len(shape) in (1, 2) and getattr(value.dtype, "kind", "") in tuple("biuf")


def frames_of(samples: Any) -> Any:
    """Return samples with a row for each moment: a few rows of many numbers are channels."""
    rows, columns = (*samples.shape, 1)[:2]
    first = samples.ndim == 2 and rows < columns and rows <= _FIRST
    return samples.T if first else samples


def check(rate: int, samples: Any) -> None:
    """Raise :class:`NoSoundError` for what no player can play."""
    frames = frames_of(samples)
    channels = frames.shape[1] if frames.ndim == 2 else 1
    if not samples.size:
        raise NoSoundError("A sound without samples.")
    if not 1 <= channels <= _CHANNELS:
        raise NoSoundError(
            f"A sound of up to {_CHANNELS} channels was expected, this has {channels:,}: a column "
            "is a channel."
        )
    if not 0 < rate * channels * 2 < 2**32:
        raise NoSoundError(f"A sound was expected to have a rate above 0, this has {rate:,}.")


def is_too_loud(samples: Any) -> bool:
    """Whether there are floats beyond 1 and -1, which :func:`heard` makes quieter."""
    return samples.dtype.kind == "f" and _loudest(samples) > 1


def _loudest(samples: Any) -> float:
    import numpy  # noqa: PLC0415 - whoever has samples has it

    finite = samples[numpy.isfinite(samples)]
    return float(max(finite.max(), -finite.min())) if finite.size else 0.0


def heard(samples: Any) -> Any:
    """Return samples as whole numbers of 16 bits, with a row for each moment.

    Integers count by the width of their type, wider ones that fit into 16 bits as those; what is
    unsigned lies around its middle. Floats reach from -1 to 1, or as far as the loudest of them.

    >>> import numpy
    >>> heard(numpy.array([-128, 0, 127], "i1")).tolist()
    [-32768, 0, 32512]
    """
    import numpy  # noqa: PLC0415 - see above

    samples = frames_of(samples)
    kind, bits = samples.dtype.kind, 8 * samples.dtype.itemsize
    if kind == "b":
        return samples.astype("<i2") * 32767
    if kind == "f":
        loudest = max(_loudest(samples), 1.0)
        with numpy.errstate(all="ignore"):
            part = numpy.nan_to_num(samples.astype("f8") / loudest, nan=0.0, posinf=1, neginf=-1)
        return numpy.rint(part.clip(-1, 1) * 32767).astype("<i2")
    if bits > _SHORT:
        bits = _width(samples, kind)
    if kind == "u":
        upper = (
            samples >> (bits - _SHORT)
            if bits > _SHORT
            else samples.astype("<u4") << (_SHORT - bits)
        )
        return (upper.astype("<i8") - 32768).astype("<i2")
    upper = (
        samples >> (bits - _SHORT) if bits > _SHORT else samples.astype("<i4") << (_SHORT - bits)
    )
    return upper.astype("<i2")


def _width(samples: Any, kind: str) -> int:
    """Return how many bits integers use, of those there are types of."""
    low, high = (int(samples.min()), int(samples.max())) if samples.size else (0, 0)
    for bits in (16, 32):
        half = 2 ** (bits - 1)
        least, most = (0, 2 * half - 1) if kind == "u" else (-half, half - 1)
        if least <= low and high <= most:
            return bits
    return 64


def wav(rate: int, samples: Any) -> bytes:
    """Return samples as a .wav file of 16 bits; raises :class:`NoSoundError` for what is none."""
    check(rate, samples)
    whole = heard(samples)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(whole.shape[1] if whole.ndim == 2 else 1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(whole.tobytes())
    return buffer.getvalue()


def exact_wav(rate: int, samples: Any) -> bytes:
    """Return samples as a .wav file that has their very numbers.

    What such a file cannot hold is in it as 16 bits; raises :class:`NoSoundError` for what is no
    sound.
    """
    check(rate, samples)
    frames = frames_of(samples)
    form = _FORMS.get(frames.dtype.str.lstrip("<|=>"))
    if form is None:
        return wav(rate, samples)
    tag, bits = form
    data: bytes = frames.astype(frames.dtype.newbyteorder("<")).tobytes()
    channels = frames.shape[1] if frames.ndim == 2 else 1
    width = channels * bits // 8
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * width, width, bits)
    # A file of floats says how many moments there are.
    fact = b"" if tag == _PCM else b"fact" + struct.pack("<II", 4, len(frames))
    padded = data + b"\0" * (len(data) % 2)
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + fact
    body += b"data" + struct.pack("<I", len(data)) + padded
    return b"RIFF" + struct.pack("<I", len(body)) + body


_FORMS = {
    "u1": (_PCM, 8),
    "i2": (_PCM, 16),
    "i4": (_PCM, 32),
    "f4": (_FLOAT, 32),
    "f8": (_FLOAT, 64),
}


class Wave(NamedTuple):
    """What a .wav file holds: integers or floats as they are in it, a column for each channel."""

    rate: int
    samples: Any
    bits: int


def read_wav(data: bytes) -> Wave | None:
    """Return what a .wav file of integers or floats holds, ``None`` for what is none.

    Integers of 24 bits are the upper ones of 32.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    form: tuple[int, int, int, int] | None = None
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        chunk = data[at + 8 : at + 8 + size]
        if name == b"fmt " and len(chunk) >= 16:
            tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
            if tag == _EXTENSIBLE and len(chunk) >= 26:
                tag = int.from_bytes(chunk[24:26], "little")
            form = (tag, channels, rate, bits)
        elif name == b"data" and form is not None:
            return _samples_in(chunk, *form)
        at += 8 + size + size % 2
    return None


def _samples_in(data: bytes, tag: int, channels: int, rate: int, bits: int) -> Wave | None:
    import numpy  # noqa: PLC0415 - optional and heavy

    forms = {_PCM: {8: "u1", 16: "<i2", 32: "<i4"}, _FLOAT: {32: "<f4", 64: "<f8"}}
    is_24 = tag == _PCM and bits == 24
    form = "<i4" if is_24 else forms.get(tag, {}).get(bits)
    if form is None or not channels:
        return None
    width = bits // 8 * channels
    data = data[: len(data) // width * width]
    if is_24:  # to the upper bytes of 32 bits
        raw = numpy.frombuffer(data, numpy.uint8).reshape(-1, 3)
        wide: Any = numpy.zeros((len(raw), 4), numpy.uint8)
        wide[:, 1:] = raw
        samples: Any = wide.view("<i4")[:, 0]
    else:
        samples = numpy.frombuffer(data, form)
    return Wave(rate, samples.reshape(-1, channels) if channels > 1 else samples, bits)
