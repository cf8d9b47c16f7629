"""A sound, a filter, what it looks like, and what the filter does at several settings."""

import numpy as np
from matplotlib.figure import Figure

from daggr_nb import Graph, node, ui

RATE = 16_000
Sound = tuple[int, np.ndarray]


@node(outputs=ui.Audio())
def tone(pitch: float, noise: float):
    """A tone of one second with noise, the same noise every time."""
    time = np.arange(RATE) / RATE
    hiss = np.random.default_rng(1).normal(0, 0.2, RATE)
    return RATE, 0.5 * np.sin(2 * np.pi * pitch * time) + noise * hiss


@node(outputs=ui.Audio())
def lowpass(sound: Sound, cutoff: float):
    """Frequencies above ``cutoff`` (hertz) are taken out."""
    rate, samples = sound
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(len(samples), 1 / rate) > cutoff] = 0
    return rate, np.fft.irfft(spectrum, len(samples))


@node(outputs=ui.Plot())
def spectrum(sound: Sound) -> Figure:
    rate, samples = sound
    figure = Figure(figsize=(5, 2.4), layout="constrained")
    figure.subplots().magnitude_spectrum(samples, Fs=rate, scale="dB")
    return figure


@node
def loudness(sound: Sound) -> float:
    """The level in decibels below full scale."""
    return round(float(20 * np.log10(np.sqrt(np.mean(sound[1] ** 2)))), 2)


# wiring
sound = tone(
    ui.Slider(110, 880, value=220, label="Pitch"), ui.Slider(0, 1, value=0.5, label="Noise")
)
clean = lowpass(sound, ui.Slider(200, 8000, value=1000, label="Cutoff"))
plot, level = spectrum(clean), loudness(clean)
audio = Graph("audio", [plot, level])
sweep = audio.sweep({clean.cutoff: [400, 1000, 4000, 8000]})
