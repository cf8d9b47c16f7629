"""Sound and film; of sound, how loud it is from moment to moment."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from typing import Any, TypedDict

from daggr_nb._canvas.displays.rendering import Look, clock, on_press, size
from daggr_nb._protocol.displays import AudioPreview, FileInfo, VideoPreview


class Loudness(TypedDict):
    """How loud a sound is: the greatest of each of as many parts as were asked for, from 0 to 1.

    There is nothing in it where only a browser can read the sound.
    """

    peaks: list[float]
    seconds: float | None


def stream_look(
    mime: str,
    about: FileInfo,
    read: Callable[[], bytes],
    seconds: float | None = None,
    loudness: Callable[[int], Loudness] | None = None,
) -> Look:
    """Return the look of sound or film, by its media type.

    Of sound, ``rows`` are the peaks that a view draws, as many as it asks for.
    """
    summary = clock(seconds) if seconds is not None else size(about["size"])
    is_sound = mime.startswith("audio/")
    player = AudioPreview if is_sound else VideoPreview
    preview = player(summary=summary, mime=mime, data=about, inline=True, on_press=on_press())
    loud = loudness or (lambda count: _loudness_of_file(read(), count))
    return Look(
        preview,
        lambda width: (mime, read()),
        lambda: (mime, read()),
        (lambda start, stop: loud(stop)) if is_sound else None,
    )


def _loudness_of_file(data: bytes, count: int) -> Loudness:
    """Return the peaks of a .wav file of whole numbers, nothing for all others."""
    try:
        import numpy as np  # noqa: PLC0415 - only where it is there

        with wave.open(io.BytesIO(data)) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            if width not in (1, 2, 4):
                return {"peaks": [], "seconds": None}
            frames = file.readframes(file.getnframes())
    except (ImportError, EOFError, wave.Error):
        return {"peaks": [], "seconds": None}
    samples = np.frombuffer(frames, "u1" if width == 1 else f"<i{width}")
    return _loudness(rate, samples.reshape(-1, channels), count)


def _loudness(rate: int, samples: Any, count: int) -> Loudness:
    """Return the peaks of samples, which have one look each."""
    import numpy as np  # noqa: PLC0415 - whoever has samples has it

    length = len(samples)
    count = max(1, min(count, length, _MOST_PEAKS))
    starts: Any = np.arange(count) * length // count
    flat = samples.reshape(length, -1)
    high = np.maximum.reduceat(flat, starts).max(axis=1).astype(float)
    low = np.minimum.reduceat(flat, starts).min(axis=1).astype(float)
    kind, width = samples.dtype.kind, samples.dtype.itemsize
    if kind == "u":
        middle = 2 ** (8 * width - 1)
        high, low, whole = high - middle, low - middle, middle
    else:
        whole = 1 if kind == "f" else 2 ** (8 * width - 1)
    peaks = np.nan_to_num(np.maximum(np.abs(high), np.abs(low)) / whole)
    return {"peaks": [round(float(p), 3) for p in peaks.clip(0, 1)], "seconds": length / rate}


_MOST_PEAKS = 2_000


def sound_look(rate: int, samples: Any) -> Look | None:
    """Return the look of ``(rate, samples)``: samples in a row, or a column for each channel."""
    shape: Any = getattr(samples, "shape", ())
    if len(shape) not in (1, 2) or not shape[0] or samples.dtype.kind not in "iuf":
        return None
    about: FileInfo = {"name": "sound.wav", "size": 44 + 2 * samples.size, "mime": "audio/wav"}
    return stream_look(
        "audio/wav",
        about,
        lambda: wav(rate, samples),
        shape[0] / rate,
        lambda count: _loudness(rate, samples, count),
    )


def wav(rate: int, samples: Any) -> bytes:
    """Return samples as a .wav file of 16 bits; floats are taken to lie between -1 and 1."""
    if samples.dtype.kind == "f":
        whole = (samples.clip(-1, 1) * 32767).astype("<i2")
    elif samples.dtype.itemsize == 1:
        whole = (samples.astype("<i2") - 128) * 256
    else:
        whole = (samples >> 8 * (samples.dtype.itemsize - 2)).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(samples.shape[1] if samples.ndim == 2 else 1)
        out.setsampwidth(2)
        out.setframerate(int(rate))
        out.writeframes(whole.tobytes())
    return buffer.getvalue()
