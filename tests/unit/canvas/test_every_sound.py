"""Samples are heard as they are, whatever their type, shape and rate."""

from __future__ import annotations

import io
import pathlib
import struct
import wave
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from daggr_nb import FnNode, Graph, ui
from daggr_nb._canvas.displays.previews import look_at
from daggr_nb._nodes.calls.coerce import coerce

RATE = 8000
TONE = np.round(np.sin(np.arange(400) / 7) * 30_000).astype("int16")
UNIT = TONE / 32767
TYPES: dict[str, Any] = {
    "uint8": ((TONE.astype(int) >> 8) + 128).astype("uint8"),
    "int8": (TONE.astype(int) >> 8).astype("int8"),
    "uint16": (TONE.astype(int) + 32768).astype("uint16"),
    "int16": TONE,
    "int32 of 16 bits": TONE.astype("int32"),
    "int64 of 16 bits": TONE.astype("int64"),
    "int32": TONE.astype("int32") << 16,
    "uint32": ((TONE.astype("int64") + 32768) << 16).astype("uint32"),
    "int64 of 32 bits": TONE.astype("int64") << 16,
    "int64": TONE.astype("int64") << 48,
    "uint64": (TONE.astype("int64") + 32768).astype("uint64") << np.uint64(48),
    "big-endian": TONE.astype(">i2"),
    "float16": UNIT.astype("float16"),
    "float32": UNIT.astype("float32"),
    "float64": UNIT,
    "longdouble": UNIT.astype("longdouble"),
}


def played(value: Any) -> tuple[int, Any]:
    """Return the rate and the frames of what the player gets."""
    mime, data = look_at(value, ui.Audio()).content(None)
    assert mime == "audio/wav"
    with wave.open(io.BytesIO(data)) as sound:
        assert sound.getsampwidth() == 2
        frames = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
        return sound.getframerate(), frames.reshape(-1, sound.getnchannels()).astype(int)


@pytest.mark.parametrize("name", TYPES)
def test_a_tone_sounds_the_same_in_every_type(name: str) -> None:
    rate, frames = played((RATE, TYPES[name]))
    off = 256 if name in ("uint8", "int8") else 20
    assert rate == RATE
    assert np.abs(frames[:, 0] - TONE).max() <= off
    look = look_at((RATE, TYPES[name]), ui.Audio())
    assert look.preview.summary == "0:01"
    assert look.rows is not None
    loud = look.rows(0, 4)
    assert max(loud["peaks"]) == pytest.approx(30_000 / 32768, abs=0.01)
    assert loud["seconds"] == len(TONE) / RATE


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
@pytest.mark.parametrize("first", [False, True])
def test_channels_may_come_first(channels: int, first: bool) -> None:
    frames = np.stack([TONE // (number + 1) for number in range(channels)], axis=1)
    rate, heard = played((RATE, frames.T if first else frames))
    assert (rate, heard.shape) == (RATE, (len(TONE), channels))
    assert np.array_equal(heard, frames)
    assert look_at((RATE, frames.T if first else frames), ui.Audio()).preview.summary == "0:01"


@pytest.mark.parametrize(
    "rate",
    [8000, 8000.0, np.int64(8000), np.uint16(8000), np.float32(8000), np.array(8000), 7999.6],
)
def test_a_rate_is_a_number_of_any_type(rate: Any) -> None:
    assert played((rate, TONE))[0] == RATE


@pytest.mark.parametrize(
    ("rate", "samples", "why"),
    [
        (RATE, np.zeros(0), "without samples"),
        (RATE, np.zeros((0, 2), "int16"), "without samples"),
        (RATE, np.zeros((100, 33)), "33"),
        (RATE, np.zeros((400, 300), "int16"), "300"),
        (0, TONE, "rate"),
        (-1, TONE, "rate"),
        (float("nan"), TONE, "rate"),
        (float("inf"), TONE, "rate"),
        (10**12, TONE, "rate"),
    ],
)
def test_what_no_player_can_play_says_why(rate: Any, samples: Any, why: str) -> None:
    look = look_at((rate, samples), ui.Audio())
    assert look.preview.kind == "lost"
    assert why in look.preview.data


@pytest.mark.parametrize("rate", [True, "8000", None, [8000]])
def test_what_is_no_rate_makes_no_sound(rate: Any) -> None:
    look = look_at((rate, TONE), ui.Audio())
    assert look.preview.kind != "audio"
    assert "shows a sound" in look.preview.note


def test_what_is_no_number_is_silent() -> None:
    samples = UNIT.copy()
    samples[:3] = np.nan, np.inf, -np.inf
    frames = played((RATE, samples))[1][:, 0]
    assert frames[:3].tolist() == [0, 32767, -32767]
    assert np.abs(frames[3:] - TONE[3:]).max() <= 1
    assert played((RATE, np.full(9, np.nan)))[1].max() == 0


def test_floats_beyond_one_are_made_quieter_and_it_says_so() -> None:
    frames = played((RATE, UNIT * 20_000))[1][:, 0]
    assert np.abs(frames - TONE * (32767 / 30_000)).max() <= 2
    assert "quieter" in look_at((RATE, UNIT * 2), ui.Audio()).preview.note
    assert look_at((RATE, UNIT), ui.Audio()).preview.note == ""


def test_bools_are_on_and_off() -> None:
    assert played((RATE, np.array([True, False])))[1][:, 0].tolist() == [32767, 0]


@given(
    st_numpy.arrays(
        st.sampled_from(["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "?"]),
        st.sampled_from([(9,), (9, 1), (9, 2), (2, 9), (1, 9)]),
    )
)
def test_what_is_louder_is_not_heard_quieter(samples: Any) -> None:
    frames = played((RATE, samples))[1]
    assert len(frames) == 9
    numbers = samples.T if samples.shape in ((2, 9), (1, 9)) else samples
    numbers = numbers.reshape(9, -1).astype("longdouble")
    finite = np.isfinite(numbers)
    order = np.argsort(numbers[finite], kind="stable")
    assert np.all(np.diff(frames[finite][order]) >= 0)
    rows = look_at((RATE, samples), ui.Audio()).rows
    assert rows is not None
    assert all(0 <= peak <= 1 for peak in rows(0, 5)["peaks"])


# ---------------------------------------------------------------- files


def file_of(samples: Any, tag: int, bits: int, data: bytes | None = None) -> bytes:
    channels = samples.shape[1] if samples.ndim == 2 else 1
    body = samples.tobytes() if data is None else data
    width = bits // 8 * channels
    form = struct.pack("<HHIIHH", tag, channels, RATE, RATE * width, width, bits)
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    chunks += b"LIST" + struct.pack("<I", 3) + b"abc\0"
    chunks += b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


FILES = {
    "uint8": (1, 8, "u1"),
    "int16": (1, 16, "<i2"),
    "int32": (1, 32, "<i4"),
    "float32": (3, 32, "<f4"),
    "float64": (3, 64, "<f8"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_function_gets_the_samples_of_a_file(
    name: str, channels: int, tmp_path: pathlib.Path
) -> None:
    tag, bits, kind = FILES[name]
    samples = TYPES[name].astype(kind)
    samples = np.stack([samples] * channels, axis=1) if channels > 1 else samples
    path = tmp_path / "it.wav"
    path.write_bytes(file_of(samples, tag, bits))
    rate, found = coerce(path, Any, ui.Audio(type="numpy"))
    assert (rate, found.dtype) == (RATE, samples.dtype)
    assert np.array_equal(found, samples)
    assert np.array_equal(coerce(path, np.ndarray, None), samples)
    rows = look_at(path, ui.Audio()).rows
    assert rows is not None
    assert max(rows(0, 4)["peaks"]) == pytest.approx(30_000 / 32768, abs=0.01)


def test_24_bits_are_the_upper_ones(tmp_path: pathlib.Path) -> None:
    wide = TONE.astype("<i4") << 8
    data = b"".join(int(each).to_bytes(4, "little", signed=True)[:3] for each in wide)
    path = tmp_path / "it.wav"
    path.write_bytes(file_of(TONE, 1, 24, data))
    rate, found = coerce(path, Any, ui.Audio(type="numpy"))
    assert np.array_equal(found, TONE.astype("<i4") << 16)
    assert np.array_equal(played((rate, found))[1][:, 0], TONE)


@pytest.mark.parametrize("name", ["float32", "int8", "uint32"])
def test_a_value_reaches_functions_untouched(name: str) -> None:
    sound = FnNode(lambda: (np.float64(RATE), TYPES[name]), "sound", outputs={"it": ui.Audio()})
    same = FnNode(
        lambda it: bool(it[0] == RATE and np.array_equal(it[1], TYPES[name])),
        "same",
        inputs={"it": sound.it},
    )
    graph = Graph("Sound", [sound, same], persist_key=False)
    graph.run()
    assert graph.results["same"]["output"] is True
