"""Sound and film, which are sent when somebody presses play."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from typing import Any

from daggr_nb._canvas.displays.rendering import Look, clock, size
from daggr_nb._protocol.displays import AudioPreview, FileInfo, VideoPreview


def stream_look(
    mime: str, about: FileInfo, read: Callable[[], bytes], seconds: float | None = None
) -> Look:
    """Return the look of sound or film, by its media type."""
    summary = clock(seconds) if seconds is not None else size(about["size"])
    player = AudioPreview if mime.startswith("audio/") else VideoPreview
    preview = player(summary=summary, mime=mime, data=about, inline=True)
    return Look(preview, lambda width: (mime, read()), lambda: (mime, read()))


def sound_look(rate: int, samples: Any) -> Look | None:
    """Return the look of ``(rate, samples)``: samples in a row, or a column for each channel."""
    shape: Any = getattr(samples, "shape", ())
    if len(shape) not in (1, 2) or not shape[0] or samples.dtype.kind not in "iuf":
        return None
    about: FileInfo = {"name": "sound.wav", "size": 44 + 2 * samples.size, "mime": "audio/wav"}
    return stream_look("audio/wav", about, lambda: wav(rate, samples), shape[0] / rate)


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
