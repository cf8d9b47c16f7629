"""A batch of pictures, in one of two looks, that somebody approves before they are printed."""

from PIL import Image, ImageOps
from skimage import data

from daggr_nb import Graph, node, ops, ui

PHOTOS = (data.coffee, data.chelsea, data.rocket, data.hubble_deep_field, data.astronaut)


@node(outputs=ui.Gallery())
def load(count: int) -> list[Image.Image]:
    return [ImageOps.fit(Image.fromarray(photo()), (360, 240)) for photo in PHOTOS[:count]]


@node(outputs=ui.Image())
def duotone(photo: Image.Image, ink: str) -> Image.Image:
    return ImageOps.colorize(ImageOps.grayscale(photo), ink, "#f7f1e3")


@node(outputs=ui.Image())
def poster(photo: Image.Image, bits: int) -> Image.Image:
    return ImageOps.posterize(photo.convert("RGB"), int(bits))


@node(outputs=ui.Image())
def contact_sheet(pictures: list[Image.Image], columns: int) -> Image.Image:
    rows = -(-len(pictures) // int(columns))
    sheet = Image.new("RGB", (370 * int(columns) + 10, 250 * rows + 10), "white")
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i % int(columns) * 370 + 10, i // int(columns) * 250 + 10))
    return sheet


# wiring
photos = load(ui.Slider(2, 5, value=4, label="Photos"))
inked = duotone(photos.each, ui.ColorPicker("#1d4e6b", label="Ink"))
look = inked | poster(photos.each, ui.Slider(1, 4, value=2, label="Bits"))
approved = ops.Approve("approved", look.all(), label="Print these?")
sheet = contact_sheet(approved, ui.Slider(1, 3, value=2, label="Columns"))
batch = Graph(sheet)
