"""Sound and film; of sound, how loud it is from moment to moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypedDict

from daggr_nb._canvas.displays.media.lost import lost_look
from daggr_nb._canvas.displays.rendering import Look, clock, noted, on_press, size
from daggr_nb._protocol.displays import AudioPreview, FileInfo, VideoPreview
from daggr_nb._sounds import (
    NoSoundError,
    check,
    exact_wav,
    frames_of,
    heard,
    is_samples,
    is_too_loud,
    read_wav,
    wav,
)


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
    """Return the peaks of a .wav file, nothing for all others."""
    try:
        file = read_wav(data)
    except ImportError:
        file = None
    if file is None or file.bits not in _READ:
        return {"peaks": [], "seconds": None}
    return _loudness(file.rate, file.samples, count)


_READ = frozenset({8, 16, 32, 64})


def _loudness(rate: int, samples: Any, count: int) -> Loudness:
    """Return the peaks of samples, as they are heard."""
    import numpy as np  # noqa: PLC0415 - whoever has samples has it

    whole = heard(samples)
    length = len(whole)
    if not (length and rate):
        return {"peaks": [], "seconds": None}
    count = max(1, min(count, length, _MOST_PEAKS))
    starts: Any = np.arange(count) * length // count
    flat = whole.reshape(length, -1)
    high = np.maximum.reduceat(flat, starts).max(axis=1).astype(float)
    low = np.minimum.reduceat(flat, starts).min(axis=1).astype(float)
    peaks = np.maximum(high, -low) / 32768
    return {"peaks": [round(float(p), 3) for p in peaks.clip(0, 1)], "seconds": length / rate}


_MOST_PEAKS = 2_000


def sound_look(rate: int, samples: Any) -> Look | None:
    """Return the look of ``(rate, samples)``: a column, or a few long rows, for each channel."""
    if not is_samples(samples):
        return None
    try:
        check(rate, samples)
    except NoSoundError as error:
        return lost_look(str(error))
    about: FileInfo = {"name": "sound.wav", "size": 44 + 2 * samples.size, "mime": "audio/wav"}
    look = stream_look(
        "audio/wav",
        about,
        lambda: wav(rate, samples),
        len(frames_of(samples)) / rate,
        lambda count: _loudness(rate, samples, count),
    )
    look = replace(look, file=lambda: ("audio/wav", exact_wav(rate, samples)))
    return noted(look, "Louder than 1: made quieter." if is_too_loud(samples) else "")
