"""The same in marimo, a cell for each step; the functions are those of ``audio``."""

import marimo

app = marimo.App()

with app.setup:
    import marimo as mo
    from audio import loudness, lowpass, spectrum, tone


# wiring
@app.cell
def _():
    pitch = mo.ui.slider(110, 880, value=220, label="Pitch")
    noise = mo.ui.slider(0, 1, value=0.5, step=0.01, label="Noise")
    cutoff = mo.ui.slider(200, 8000, value=1000, label="Cutoff")
    mo.vstack([pitch, noise, cutoff])
    return cutoff, noise, pitch


@app.cell
def _(noise, pitch):
    sound = tone(pitch.value, noise.value)
    mo.audio(sound[1], rate=sound[0])
    return (sound,)


@app.cell
def _(cutoff, sound):
    clean = lowpass(sound, cutoff.value)
    mo.audio(clean[1], rate=clean[0])
    return (clean,)


@app.cell
def _(clean):
    level = loudness(clean)
    mo.vstack([spectrum(clean), level])
    return (level,)


@app.cell
def _(sound):
    cutoffs = [400, 1000, 4000, 8000]
    sweep = [{"cutoff": c, "loudness": loudness(lowpass(sound, c))} for c in cutoffs]
    mo.ui.table(sweep)
    return (sweep,)
