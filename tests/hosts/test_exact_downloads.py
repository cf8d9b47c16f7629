"""What is downloaded is what Python has: the bytes of a file, or what reads back as the value.

One node in a real notebook has an output for every row of the table. Each is enlarged and saved as
a person does it, and compared in Python with what the node returned.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.hosts import lab
from tests.hosts.server import Jupyter
from tests.hosts.test_exact import LINES, TEXTS

pytestmark = pytest.mark.own_page


@dataclass(frozen=True)
class Row:
    """An output's component, what the node returns, how the file is read, and its ending."""

    component: str
    value: str
    check: str
    ending: str
    saves: str = ""  # the button on the card; else that of the enlarged value


SETUP = """
import datetime, decimal, io, json, math, pathlib, wave
import numpy as np, pandas as pd
from PIL import Image
from daggr_nb import FnNode, Graph, ui

folder = pathlib.Path("made")
folder.mkdir(exist_ok=True)
ramp = np.arange(12 * 9, dtype="u1").reshape(9, 12)
random = np.random.default_rng(0)
photo = random.integers(0, 256, (9, 12, 3), dtype="u1")
tall = Image.fromarray(photo)
exif = tall.getexif()
exif[0x0112] = 6
tall.save(folder / "turned.jpg", exif=exif)
tall.save(folder / "plain.png")
tall.save(folder / "moves.gif", save_all=True, append_images=[tall.rotate(90)], loop=0)
Image.fromarray(ramp.astype("u2") * 500).save(folder / "deep.tiff")
turned = tall.copy()
turned.info["exif"] = exif.tobytes()
framed = pd.DataFrame({"n": [1, 2**53 + 1, -7], "x": [0.1 + 0.2, 1234567.891, 1e-300]})
wide = (np.sin(np.arange(900) / 9) * 20_000).astype("i2")
with wave.open(str(folder / "heard.wav"), "wb") as out:
    out.setparams((1, 2, 8000, 0, "NONE", ""))
    out.writeframes(wide.tobytes())
(folder / "notes.txt").write_text("otters hold hands\\n")
(folder / "no ending").write_bytes(bytes(range(256)) * 300)
(folder / "triangle.obj").write_text("v 0 0 0\\nv 1 0 0\\nv 0 1 0\\nf 1 2 3\\n")
(folder / "film.webm").write_bytes(b"\\x1aE\\xdf\\xa3" + bytes(range(256)))

def text(data, value):
    return data.decode() == value

def plain(data, value):
    return repr(json.loads(data)) == repr(value)

def number(data, value):
    return float(data) == value

def listed(data, value):
    return json.loads(data) == value

def own(data, value):
    return data == pathlib.Path(value).read_bytes()

def as_is(data, value):
    return data == value

def picture(data, value):
    with Image.open(io.BytesIO(data)) as saved:
        saved.load()
        rotated = saved.getexif().get(0x0112), value.getexif().get(0x0112)
        alike = saved.size == value.size and rotated[0] == rotated[1]
        if saved.mode == value.mode:
            shades = saved.getpalette() == value.getpalette()
            return alike and shades and saved.tobytes() == value.tobytes()
        return alike and np.array_equal(np.asarray(saved), np.asarray(value))

def pixels(data, value):
    with Image.open(io.BytesIO(data)) as saved:
        return np.array_equal(np.asarray(saved), value.squeeze())

def shades(data, value):
    with Image.open(io.BytesIO(data)) as saved:
        return np.array_equal(np.asarray(saved), np.rint(value * 255))

def array(data, value):
    saved = np.load(io.BytesIO(data))
    nan = value.dtype == "f8"
    return saved.dtype == value.dtype and np.array_equal(saved, value, equal_nan=nan)

def sound(data, value):
    from scipy.io import wavfile
    rate, samples = wavfile.read(io.BytesIO(data))
    held = value[1]
    held = held.T if held.ndim == 2 and held.shape[0] < held.shape[1] else held
    return rate == value[0] and samples.dtype == held.dtype and np.array_equal(samples, held)

def table(data, value, **how):
    index = value.index
    counts = type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1
    levels = [] if counts else [*range(index.nlevels)]
    saved = pd.read_csv(
        io.BytesIO(data), header=None, skiprows=1,
        keep_default_na=False, na_values=[""], dtype={
            n + len(levels): "str" if not pd.api.types.is_numeric_dtype(dtype) else dtype
            for n, dtype in enumerate(value.dtypes) if not pd.api.types.is_bool_dtype(dtype)
        },
    )
    names = next(iter(pd.read_csv(io.BytesIO(data), header=None, nrows=1, dtype=str).values))
    assert [*names[len(levels):]] == [*map(str, value.columns)], names
    labels = [*zip(*(saved[n] for n in levels))]
    wanted = [each if isinstance(each, tuple) else (each,) for each in index]
    in_words = [[tuple(map(str, each)) for each in side] for side in (labels, wanted)]
    assert not levels or in_words[0] == in_words[1], in_words
    for n in range(value.shape[1]):
        column, there = value.iloc[:, n], saved[n + len(levels)]
        is_number = pd.api.types.is_numeric_dtype(column)
        said = column if is_number else column.map(str).where(column.notna())
        assert [*there.isna()] == [*said.isna()], (there, said)
        assert [*there.dropna()] == [*said.dropna()], ([*there], [*said])
    return True

def cells(data, value):
    import csv
    return [*csv.reader(io.StringIO(data.decode()))] == value
"""
DATA = [
    "{'a': 1, 'b': [1.5, None, True]}",
    "[1, 2, 3]",
    "2**53 + 1",
    "2**64",
    "[2**64, -(2**53) - 1, 0.1 + 0.2]",
    "0.1",
    "1.0",
    "[1.0, -0.0]",
    "1e300",
    "{'n': math.nan, 'i': math.inf}",
    "'a text'",
    "{'ümläut': '🦦', 'nested': {'deep': ['<b>', '\\u2028']}}",
    "[*range(20_000)]",
    "{'key %d' % n: 'x' * n for n in range(200)}",
    "[]",
    "{}",
]
TABLES = [
    "framed",
    "framed.set_index(pd.Index(['Oslo', 'Rome', 'Lima']))",
    "framed.iloc[1:]",
    "pd.DataFrame({'s': ['a,b', 'say \"x\"', 'two\\nlines', ' padded ', 'None', '007']})",
    "pd.DataFrame([[1, 'x'], [2, 'y']], columns=['same', 'same'])",
    "pd.DataFrame({'t': pd.date_range('2026-01-31', periods=3, tz='Europe/Oslo')})",
    "pd.DataFrame({'c': pd.Categorical(['low', 'high', 'low']), 'b': [True, False, True]})",
    "pd.DataFrame({'m': [1.5, None, 3.25], 's': ['a', None, 'c']})",
    "pd.DataFrame({'v': [1, 2, 3, 4]}, index=pd.MultiIndex.from_product([['a', 'b'], [1, 2]]))",
    "pd.DataFrame({'ümläut': ['日本語', 'שלום', '🦦']})",
    "pd.DataFrame(random.normal(size=(3_000, 4)), columns=[*'abcd'])",
    "pd.DataFrame({'long': ['x' * 5_000, 'y']})",
]
PICTURES = [
    "tall",
    "tall.convert('L')",
    "tall.convert('1')",
    "tall.convert('P')",
    "tall.convert('RGBA')",
    "tall.convert('LA')",
    "Image.fromarray(ramp.astype('u2') * 500)",
    "turned",
]
DEEP = [
    "Image.fromarray(ramp.astype('i4') * 500_000)",
    "Image.fromarray(ramp / np.float32(7))",
    "tall.convert('CMYK')",
]
SOUNDS = [
    "(8000, wide)",
    "(44100, np.stack([wide, -wide], axis=1))",
    "(8000, np.stack([wide, -wide]))",
    "(8000, (wide // 256 + 128).astype('u1'))",
    "(8000, wide.astype('i4') * 60_000)",
    "(8000, (wide / 20_000).astype('f4'))",
    "(8000, wide / 20_000)",
    "(8000, wide / 9_000)",
]


def rows() -> Iterator[Row]:
    for value in (*TEXTS, *LINES):
        yield Row("ui.Textbox()", repr(value), "text", "txt")
    yield Row("ui.Textbox()", "'line of a long text\\n' * 9_000", "text", "txt")
    yield Row("ui.Textbox()", "'\\x1b[31mred\\x1b[0m and\\rback'", "text", "txt")
    yield Row("ui.Code(language='python')", "'def f():\\n\\treturn 1\\n'", "text", "py")
    yield Row("ui.Markdown()", "'# Title\\n\\n*text* $x^2$'", "text", "md")
    yield Row("ui.HTML()", "'<p onclick=\"x()\">one &amp; two</p>'", "text", "html")
    for value in DATA:
        yield Row("ui.JSON()", value, "plain", "json")
    yield Row("ui.JSON()", "-math.inf", "number", "txt")
    for value in TABLES:
        yield Row("ui.Dataframe()", value, "table", "csv")
        yield Row("None", value, "table", "csv")
    yield Row(
        "ui.Dataframe()",
        "[{'a': '1', 'b': 'x'}, {'a': '2'}]",
        "lambda d, v: cells(d, [['a', 'b'], ['1', 'x'], ['2', '']])",
        "csv",
    )
    for value in PICTURES:
        yield Row("ui.Image()", value, "picture", "png")
    for value in DEEP:
        yield Row("ui.Image()", value, "picture", "tiff")
    for value in ("ramp", "photo", "ramp > 50", "ramp[..., None]", "ramp.astype('u2') * 600"):
        yield Row("ui.Image()", value, "pixels", "png")
    for name in ("turned.jpg", "plain.png", "moves.gif", "deep.tiff"):
        yield Row("ui.Image()", f"folder / '{name}'", "own", name)
    for value in SOUNDS:
        yield Row("ui.Audio()", value, "sound", "wav", "Download sound.wav")
    for component, name in (
        ("ui.Audio()", "heard.wav"),
        ("ui.Video()", "film.webm"),
        ("ui.File()", "notes.txt"),
        ("ui.File()", "no ending"),
        ("ui.Model3D()", "triangle.obj"),
    ):
        yield Row(component, f"folder / '{name}'", "own", name, f"Download {name}")
    yield Row("None", "bytes(range(256))", "as_is", "file.bin", "Download file.bin")
    for value in ("random.normal(size=(40, 30))", "np.arange(5)", "np.array([1.5, np.nan])"):
        yield Row("None", value, "array", "npy")
    yield Row("ui.Image()", "ramp / 107", "shades", "png")
    yield Row("ui.Label()", "{'cat': 0.1 + 0.2, 'dog': 0.7}", "listed", "json")


TABLE = {f"p{index}": row for index, row in enumerate(rows())}


@pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.everywhere)])
def test_what_is_downloaded_is_what_python_has(
    page: Page, jupyter: Jupyter, tmp_path: Path, step: int
) -> None:
    table = dict(list(TABLE.items())[::step])
    values = ", ".join(f"{name!r}: {row.value}" for name, row in table.items())
    ports = ", ".join(f"{name!r}: {row.component}" for name, row in table.items())
    checks = ", ".join(f"{name!r}: {row.check}" for name, row in table.items())
    define = f"made = FnNode(lambda: values, 'made', outputs={{{ports}}})"
    show = "graph = Graph('Downloads', [made], persist_key=False)\ngraph.run()\ngraph.output(*made)"
    lab.write_notebook(
        jupyter,
        "downloads.ipynb",
        SETUP.strip(),
        f"values = {{{values}}}\nchecks = {{{checks}}}",
        define,
        show.replace("*made", "*(getattr(made, name) for name in values)"),
    )
    lab.open_notebook(page, jupyter, "downloads.ipynb")
    lab.run_all(page)
    lab.wait_for_all(page)
    root = page.locator('.daggr-alone[data-part="output"]')
    wrong = {}
    for name, row in table.items():
        field = root.locator(f'[data-port="out:{name}"]')
        path, suggested = saved(page, root, field, row, tmp_path / name)
        code = (
            f"try:\n    said = checks[{name!r}](open({str(path)!r}, 'rb').read(), "
            f"graph.results['made'][{name!r}])\nexcept Exception as error:\n"
            "    said = f'{type(error).__name__}: {error}'\nprint(json.dumps(repr(said)))"
        )
        said = json.loads(lab.execute(page, code))
        if not suggested.endswith(row.ending):
            wrong[f"the name of {row.component} {row.value}"] = suggested
        if said not in ("True", "np.True_"):
            wrong[f"{row.component} {row.value}"] = said
    assert not wrong, "\n".join(f"{what}: {said}" for what, said in wrong.items())


def saved(page: Page, root: Locator, field: Locator, row: Row, path: Path) -> tuple[Path, str]:
    """Save a value as a person does, and return where it is and what it would be called."""
    field.scroll_into_view_if_needed()
    if row.saves:
        with page.expect_download() as download:
            field.get_by_role("button", name=row.saves).click()
    else:
        field.get_by_role("button", name="Enlarge").first.click()
        box = root.get_by_role("dialog")
        with page.expect_download() as download:
            box.locator('[data-control="download"]').click()
        page.keyboard.press("Escape")
        expect(box).to_have_count(0)
    download.value.save_as(path)
    return path, download.value.suggested_filename
